//! What stops the engine, from whichever part of it.

use crate::files::FileError;
use crate::graph::GraphError;
use crate::key::KeyError;
use crate::lock::LockError;
use crate::program::ProgramError;
use crate::run::RunError;

/// What stops the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The steps make no graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A step has no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A file of store or checkout.
    #[error(transparent)]
    File(#[from] FileError),
    /// The lock.
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
    /// A step's program did not do what it should.
    #[error(transparent)]
    Run(#[from] RunError),
    /// An output that was there a moment ago.
    #[error(
        "step {step}: output {output} is corrupt or no longer in the store\nhint: run `cargo xtask reproduce` to get it back"
    )]
    Lost {
        /// The step.
        step: String,
        /// Its output.
        output: String,
    },
    /// A measurement is to stay in use, and there is none.
    #[error(
        "step {step}: there is no measurement of it on hardware {hardware} to keep ({reason})\nhint: `--machine {hardware}` uses what is published of that hardware, if anything is; to measure it, run on that hardware without --no-measure"
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

/// A step whose result would change the lock.
#[derive(Debug, thiserror::Error)]
#[error("the lock would change: step {step}: {reason}\nhint: {remedy}")]
pub struct Refusal {
    /// The step.
    pub step: String,
    /// What differs from the lock.
    pub reason: String,
    /// What helps.
    pub remedy: &'static str,
}
