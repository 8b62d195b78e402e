//! What a step reads, and the sources of its program.

use ecow::EcoString;

/// One file of the input folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its path in the folder, with `/`.
    pub(crate) path: EcoString,
    /// Its origin.
    pub(crate) origin: Origin,
}

impl Input {
    /// The output of a step, at a path of the input folder.
    pub fn made(step: impl Into<String>, output: impl Into<String>, at: impl Into<String>) -> Self {
        let (step, output) = (step.into().into(), output.into().into());
        Self { path: at.into().into(), origin: Origin::Step { step, output } }
    }

    /// A file of the checkout, by its path from the top, at a path of the input folder.
    pub fn file(path: impl Into<String>, at: impl Into<String>) -> Self {
        Self { path: at.into().into(), origin: Origin::File(path.into().into()) }
    }

    /// Its path in the folder.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its origin.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// The origin of an input.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// An output of an earlier step.
    Step {
        /// Name of the step.
        step: EcoString,
        /// Its output.
        output: EcoString,
    },
    /// A file of the checkout, relative to its top.
    File(EcoString),
}

/// Files of the checkout by pattern, relative to its top: `*` within a name, `**` for any folders between.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sources {
    /// Files that match one of these ...
    pub include: Vec<String>,
    /// ... and none of these.
    pub exclude: Vec<String>,
}
