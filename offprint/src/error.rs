//! The errors of the engine.

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
