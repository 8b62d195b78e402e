//! A step: a program, what it reads and what it writes. Knows neither when it runs nor where its outputs are kept.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::identity::Identity;

mod installed;

/// A program's run with everything that decides its result.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Words apart by `/`, for example `measure/cpu/small/b16`.
    pub name: String,
    /// What runs.
    pub program: Program,
    /// Its arguments, without the folders: `--input DIR` is added when inputs or evidence are declared, `--output DIR` always.
    pub args: Vec<String>,
    /// The files it finds in its input folder.
    pub inputs: Vec<Input>,
    /// Outputs of related steps that it finds there too, as far as they are at hand when it runs: it waits for none of them,
    /// and they are in no key. Only for a step whose results may differ from run to run.
    pub evidence: Vec<Input>,
    /// Files of the checkout, by their paths, that decide its result and that it does not find in its input folder: the lock
    /// file of another language's packages, for example `requirements.txt`.
    pub lockfiles: Vec<String>,
    /// The source files that decide its result.
    pub sources: Sources,
    /// Crates whose versions decide its result.
    pub crates: Vec<String>,
    /// Other texts that decide its result, by name.
    pub texts: BTreeMap<String, String>,
    /// The hardware that its result belongs to; none when it is the same on all.
    pub identity: Option<Identity>,
    /// What kind of result it has.
    pub class: Class,
    /// The files it writes, relative to its output folder: these and no others.
    pub outputs: Vec<String>,
    /// It is ended after this time.
    pub limit: Duration,
    /// How long it takes about, for a plan made before it ever ran.
    pub estimate: Duration,
    /// Of the measured steps that may run, the one with the lowest turn is the next. Decides no result and is in no key.
    pub priority: u64,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// A program of this workspace, built when a step needs it.
    Workspace {
        /// Name of the binary.
        bin: String,
        /// How it is built.
        features: Features,
    },
    /// A program found on the search path.
    Installed(String),
}

/// The Cargo features of a build.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Features {
    /// As the packages have them.
    Default,
    /// The default ones, and these.
    And(Vec<String>),
    /// No default ones, and these.
    Only(Vec<String>),
}

/// One file of the input folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its place in the folder, with `/`.
    pub place: String,
    /// Where it is from.
    pub origin: Origin,
}

/// Where an input is from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// An output of an earlier step.
    Step {
        /// Name of the step.
        step: String,
        /// Its output.
        output: String,
    },
    /// A file of the checkout, relative to its top.
    File(String),
}

/// Files of the checkout by pattern, relative to its top: `*` within a name, `**` for any folders between.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sources {
    /// Files that match one of these ...
    pub include: Vec<String>,
    /// ... and none of these.
    pub exclude: Vec<String>,
}

/// What a result is worth: it decides what invalidates it and what a second run must give.
///
/// | class | a changed key | lost outputs | a second run with the same key |
/// |---|---|---|---|
/// | exact, presentation | runs it again | are made again | must give the same bytes |
/// | measured | runs it again, alone | are measured anew | is one more answer; the lock says which is used |
/// | observed | runs it again | are observed anew | is one more answer, whatever it says |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The same bytes each time.
    Exact,
    /// Another run is another answer to the same question; runs alone.
    Measured,
    /// Facts of the surroundings.
    Observed,
    /// For the eye, and the same bytes each time.
    Presentation,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Exact, Self::Measured, Self::Observed, Self::Presentation];

    /// As files have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Measured => "measured",
            Self::Observed => "observed",
            Self::Presentation => "presentation",
        }
    }

    /// Whether another run may give other bytes, each as good as the first.
    pub fn is_nondeterministic(self) -> bool {
        matches!(self, Self::Measured | Self::Observed)
    }

    /// The class with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
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
