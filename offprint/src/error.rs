//! The errors of the engine, and how an error is printed.

use crate::altered::Altered;
use crate::files::FileError;
use crate::graph::GraphError;
use crate::key::KeyError;
use crate::lock::LockError;
use crate::program::ProgramError;
use crate::run::RunError;

/// An error of the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The steps do not form a graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A key could not be computed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A file of the store or the checkout.
    #[error(transparent)]
    File(#[from] FileError),
    /// Files are not as they were published.
    #[error(transparent)]
    Altered(#[from] Altered),
    /// The lock is not usable.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The lock would change.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// A step has no program.
    #[error("step {step}: {source}")]
    Program {
        /// The step.
        step: String,
        /// Why.
        source: ProgramError,
    },
    /// A step's program failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// An output has disappeared during the run.
    #[error(
        "step {step}: output {output} is corrupt or no longer in the store\nhint: run `cargo xtask reproduce` to get \
         it back"
    )]
    Lost {
        /// The step.
        step: String,
        /// Its output.
        output: String,
    },
    /// A measurement is to be kept, but there is none.
    #[error(
        "step {step}: no measurement on hardware {hardware} to keep ({reason})\nhint: `--machine {hardware}` uses \
         published measurements of that hardware, if any; to measure it, run on that hardware without --no-measure"
    )]
    NotMeasured {
        /// The step.
        step: String,
        /// Name of its hardware.
        hardware: String,
        /// Why it is not fresh.
        reason: String,
    },
}

/// A step that would change a locked lock.
#[derive(Debug, thiserror::Error)]
#[error("the lock would change: step {step}: {reason}\nhint: {remedy}")]
pub struct Refusal {
    /// The step.
    pub step: String,
    /// What differs from the lock.
    pub reason: String,
    /// The remedy.
    pub remedy: &'static str,
}

/// The text of an error and of its causes, each once, then the remedies, which start with `hint: ` on a line of their
/// own.
pub fn described(error: &anyhow::Error) -> String {
    let (mut text, mut remedies) = (String::new(), Vec::<String>::new());
    for cause in error.chain().map(ToString::to_string) {
        let (problem, remedy) = cause.split_once("\nhint: ").unwrap_or((&cause, ""));
        if !text.contains(problem) {
            text += &if text.is_empty() { problem.to_owned() } else { format!(": {problem}") };
        }
        if !remedy.is_empty() && !remedies.iter().any(|known| known.contains(remedy)) {
            remedies.push(remedy.to_owned());
        }
    }
    remedies.iter().fold(text, |text, remedy| format!("{text}\nhint: {remedy}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::path::Path;

    use crate::files::Doing;

    #[test]
    fn an_error_and_its_causes_are_printed_once_and_the_remedy_comes_last() {
        let refused = || io::Error::from_raw_os_error(13);
        let file = |path| Err::<(), _>(refused()).doing("cannot write", Path::new(path)).unwrap_err();
        let open = "the file and its folder must be open to the user who runs this";
        let step = EngineError::Run(RunError::File { step: "a".to_owned(), source: file("b") });
        for (error, printed) in [
            (step.into(), format!("step a: b: cannot write: Permission denied (os error 13)\nhint: {open}")),
            (
                anyhow::Error::new(file("b")).context("c is not a publication\nhint: get it again"),
                format!(
                    "c is not a publication: b: cannot write: Permission denied (os error 13)\nhint: get it again\nhint: {open}"
                ),
            ),
            (
                Err::<(), _>(io::Error::from_raw_os_error(20)).doing("cannot read", Path::new("a/b")).unwrap_err().into(),
                "a/b: cannot read: Not a directory (os error 20)\nhint: something on this path is a file and no folder: \
                 rename or remove it"
                    .to_owned(),
            ),
            (
                anyhow::Error::new(refused()).context("cannot open a"),
                "cannot open a: Permission denied (os error 13)".to_owned(),
            ),
            (
                anyhow::Error::new(refused()).context("cannot open a\nhint: name another"),
                "cannot open a: Permission denied (os error 13)\nhint: name another".to_owned(),
            ),
        ] {
            assert_eq!(described(&error), printed);
        }
    }
}
