//! A measured step as a job: what goes to the node, and what comes back.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::attempts::Attempts;
use super::description::{Executable, Measured};
use super::outcome::Ended;
use super::{Slurm, Wanted, shared};
use crate::digest::Digest;
use crate::executor::{Executor, Job, Places};
use crate::files::{Doing, FileError};
use crate::run::{Content, Finished, RunError};
use crate::step::{Program, Step};
use crate::supervisor::Supervisor;

/// Time of a job beyond that of its step: to start, and to get the signal a minute before its end.
const BEYOND: Duration = Duration::from_secs(180);

impl Executor for Slurm {
    fn supervisor(&self) -> &Supervisor {
        &self.supervisor
    }

    fn places(&self) -> Places {
        Places::Elsewhere(self.cluster.jobs)
    }

    fn run(&self, job: Job, on_output: &mut dyn FnMut(String)) -> Result<Finished, RunError> {
        let step = job.step;
        let elsewhere = |problem: String| RunError::Elsewhere { step: step.name.clone(), problem };
        let node = self.cluster.node(&step.needs).map_err(|error| elsewhere(error.to_string()))?;
        let measured = self.described(&job)?;
        let most = node.time.map(|minutes| Duration::from_secs(60 * u64::from(minutes.get())));
        let limit = (step.limit + BEYOND).min(most.unwrap_or(Duration::MAX));
        let wanted = Wanted { key: job.key, comment: &step.name, node: &node, limit, step: Some(measured) };
        let outcome = Attempts::new(self, &wanted).run(on_output)?;
        let at = format!("{} (job {})", outcome.node, outcome.job);
        match outcome.ended {
            Ended::Finished { outputs, seconds, printed } => {
                self.taken(&job, outcome.job, &outputs, (seconds, printed))
            }
            Ended::Failed { ended, printed } => Err(RunError::Failed {
                step: step.name.clone(),
                program: format!("{} on node {at}", step.program.name()),
                ended,
                printed,
            }),
            Ended::Late { limit, printed } => Err(RunError::Limit {
                step: step.name.clone(),
                program: format!("{} on node {at}", step.program.name()),
                limit: Duration::from_secs(limit),
                printed,
            }),
            Ended::Outputs { missing, extra } => Err(RunError::Outputs {
                step: step.name.clone(),
                program: step.program.name().to_owned(),
                missing,
                extra,
            }),
            Ended::OtherHardware { differs } => Err(elsewhere(format!(
                "node {at} has other hardware, and nothing was measured: {differs}\nhint: correct the constraint in cluster.toml, so that it \
                 finds only such nodes; if the nodes have changed, remove {}, and they are asked again",
                self.shared.path().join("results").display()
            ))),
            Ended::Trouble { problem } => Err(elsewhere(format!("node {at}: {problem}"))),
            Ended::Busy | Ended::Stopped | Ended::Hardware { .. } => {
                Err(elsewhere(format!("node {at} left no result")))
            }
        }
    }

    fn program(&self, step: &Step) -> Option<PathBuf> {
        // Its errors were found when the steps were declared.
        self.carried_program(step).ok().flatten()
    }

    fn recorded(&self, job: Job) -> Result<(), FileError> {
        for (id, file) in self.shared.left(job.key)? {
            if file == Some(shared::OUTCOME) {
                self.shared.recorded(job.key, id)?;
            }
        }
        Ok(())
    }

    fn stop(&self) {
        self.poller.stop();
    }
}

impl Slurm {
    fn described(&self, job: &Job) -> Result<Measured, RunError> {
        let file = |source| RunError::File { step: job.step.name.clone(), source };
        let path = &job.launch.executable;
        let executable = match &job.step.program {
            Program::Installed(_) => {
                let (digest, _) = Digest::of_file(path).doing("cannot read", path).map_err(file)?;
                Executable::Installed(digest.to_string())
            }
            Program::Workspace { .. } => Executable::Carried(self.carry(path).map_err(file)?.to_string()),
        };
        let mut inputs = BTreeMap::new();
        for staged in job.inputs {
            let digest = match &staged.content {
                Content::Text(text) => self.shared.put_text(text),
                Content::File(path, digest) => self.shared.put_file(path).map(|found| {
                    debug_assert_eq!(found, *digest);
                    *digest
                }),
            };
            inputs.insert(staged.path.clone(), digest.map_err(file)?);
        }
        Measured::of(job, executable, inputs)
            .map_err(|changes| RunError::Edited { step: job.step.name.clone(), changes })
    }

    /// Copies the outputs of a finished job to this machine, each with its digest.
    fn taken(
        &self,
        job: &Job,
        id: u64,
        outputs: &BTreeMap<String, String>,
        (seconds, printed): (f64, Option<String>),
    ) -> Result<Finished, RunError> {
        let file = |source| RunError::File { step: job.step.name.clone(), source };
        let elsewhere = |problem: String| RunError::Elsewhere { step: job.step.name.clone(), problem };
        let names: Vec<&String> = outputs.keys().collect();
        let mut declared: Vec<&String> = job.step.outputs.iter().collect();
        declared.sort();
        if names != declared {
            return Err(elsewhere(format!(
                "job {id} says that it wrote {names:?}, and the step declares {declared:?}"
            )));
        }
        let (from, to) = (self.shared.result(job.key, id).join("output"), job.folder.join("output"));
        for (output, digest) in outputs {
            let digest = digest.parse().map_err(|_| elsewhere(format!("job {id}: `{digest}` is no digest")))?;
            let path = to.join(output);
            let parent = path.parent().unwrap_or(&to);
            fs::create_dir_all(parent).doing("cannot make the folder", parent).map_err(file)?;
            shared::fetch(&from.join(output), digest, &path).map_err(file)?;
        }
        let ended = crate::journal::now();
        // The clock of the node is another one; only the duration is known here.
        let began = ended.saturating_sub(Duration::try_from_secs_f64(seconds).unwrap_or_default());
        Ok(Finished { output: to, began, ended, printed })
    }
}
