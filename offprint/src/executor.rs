//! Where measured steps run: as a process of this machine, or as a job on a node of a cluster.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::files::FileError;
use crate::program::Builds;
use crate::resolved::Outputs;
use crate::run::{self, Finished, Launch, RunError, Staged};
use crate::step::Step;
use crate::supervisor::Supervisor;

/// A measured step that is ready to run.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The step.
    pub step: &'a Step,
    /// The digest of its key.
    pub key: Digest,
    /// What is started for it.
    pub launch: &'a Launch,
    /// The files of its input folder.
    pub inputs: &'a [Staged],
    /// An empty folder on this machine, which gets its outputs.
    pub folder: &'a Path,
    /// Results that are recorded already and must not be returned once more, when the step is to run again.
    pub known: &'a [Outputs],
}

/// How many measured steps may run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// One, while nothing else runs: it is measured on this machine.
    Here,
    /// This many, whatever runs here meanwhile.
    Elsewhere(NonZero<usize>),
}

/// Runs steps: measured ones here or elsewhere, all others on this machine.
pub trait Executor: Sync {
    /// Supervises the programs that run on this machine.
    fn supervisor(&self) -> &Supervisor;

    /// How many measured steps may run at once.
    fn places(&self) -> Places;

    /// Runs a step to its end. Its outputs are then in [`Finished::output`], on this machine. Meanwhile, `on_output` gets
    /// what is worth knowing, at most once a second.
    ///
    /// # Errors
    /// The step failed.
    fn run(&self, job: Job, on_output: &mut dyn FnMut(String)) -> Result<Finished, RunError>;

    /// The same for a step that is not measured, always on this machine.
    ///
    /// # Errors
    /// The step failed.
    fn run_here(&self, job: Job, on_output: &mut dyn FnMut(String)) -> Result<Finished, RunError> {
        run::run(job.step, job.launch, job.inputs, job.folder, self.supervisor(), on_output)
    }

    /// The builds of earlier runs of this process.
    fn builds(&self) -> Option<&Builds> {
        None
    }

    /// The program of a measured step, if it is not to be built or found here.
    fn program(&self, _step: &Step) -> Option<PathBuf> {
        None
    }

    /// Called once the result of a step is in the store, so that it need not be kept anywhere else.
    ///
    /// # Errors
    /// A file cannot be written.
    fn recorded(&self, _job: Job) -> Result<(), FileError> {
        Ok(())
    }

    /// Called when another step has failed and the run is to end: steps that run elsewhere are not waited for.
    fn stop(&self) {}
}

/// This machine.
impl Executor for Supervisor {
    fn supervisor(&self) -> &Supervisor {
        self
    }

    fn places(&self) -> Places {
        Places::Here
    }

    fn run(&self, job: Job, on_output: &mut dyn FnMut(String)) -> Result<Finished, RunError> {
        self.run_here(job, on_output)
    }
}
