//! What a step runs: a program of the workspace, or one that is installed.

use std::fmt;

use ecow::EcoString;

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// A program of this workspace, built when a step needs it.
    Workspace {
        /// Name of the binary.
        bin: EcoString,
        /// How it is built.
        features: Features,
    },
    /// A program found on the search path.
    Installed(EcoString),
}

/// The Cargo features of a build.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Features {
    /// The default features.
    Default,
    /// The default ones, and these.
    And(Vec<String>),
    /// No default ones, and these.
    Only(Vec<String>),
}

impl Program {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Workspace { bin, .. } => bin,
            Self::Installed(name) => name,
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workspace { bin, features: Features::Default } => write!(out, "workspace {bin}"),
            Self::Workspace { bin, features: Features::And(named) } => {
                write!(out, "workspace {bin} features default,{}", named.join(","))
            }
            Self::Workspace { bin, features: Features::Only(named) } => {
                write!(
                    out,
                    "workspace {bin} features {}",
                    if named.is_empty() { "none".into() } else { named.join(",") }
                )
            }
            Self::Installed(name) => write!(out, "installed {name}"),
        }
    }
}
