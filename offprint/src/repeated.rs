//! This machine for a process that runs steps again and again: programs stay as persistent workers, and Cargo is called only after a
//! change of what it builds from.

use crate::executor::{Executor, Job, Places};
use crate::persistent_worker::Workers;
use crate::program::Builds;
use crate::run::{self, Finished, RunError};
use crate::supervisor::Supervisor;

/// This machine, for repeated runs. Workers end with this value or with the process.
#[derive(Debug)]
pub struct Repeated {
    supervisor: Supervisor,
    workers: Workers,
    builds: Builds,
}

impl Repeated {
    /// Without workers and builds yet.
    pub fn new(supervisor: Supervisor) -> Self {
        Self { supervisor, workers: Workers::default(), builds: Builds::default() }
    }
}

impl Executor for Repeated {
    fn supervisor(&self) -> &Supervisor {
        &self.supervisor
    }

    fn places(&self) -> Places {
        Places::Here
    }

    /// A measurement always gets a process of its own.
    fn run(&self, job: Job, on_output: &mut dyn FnMut(String)) -> Result<Finished, RunError> {
        self.supervisor.run(job, on_output)
    }

    fn run_here(&self, job: Job, on_output: &mut dyn FnMut(String)) -> Result<Finished, RunError> {
        if job.step.persistent_worker {
            self.workers.run(job, &self.supervisor, on_output)
        } else {
            run::run(job.step, job.launch, job.inputs, job.folder, &self.supervisor, on_output)
        }
    }

    fn builds(&self) -> Option<&Builds> {
        Some(&self.builds)
    }
}
