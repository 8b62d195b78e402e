//! A measured step as a job: what goes to the node, and what comes back.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::attempts::Attempts;
use super::description::{Executable, Measured};
use super::outcome::Ended;
use super::{CARRIED, Slurm, Wanted, shared};
use ecow::EcoString;

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
        let elsewhere = |problem: String| RunError::Elsewhere { step: step.name.to_string(), problem };
        let node = self.cluster.node(&step.needs).map_err(|error| elsewhere(error.to_string()))?;
        let measured = self.described(&job)?;
        let most = node.time.map(|minutes| Duration::from_secs(60 * u64::from(minutes.get())));
        let limit = (step.limit + BEYOND).min(most.unwrap_or(Duration::MAX));
        let wanted =
            Wanted { key: job.key, comment: &step.name, node: &node, limit, step: Some(measured), known: job.known };
        let mut attempts = Attempts::new(self, &wanted);
        let outcome = loop {
            let outcome = attempts.run(on_output)?;
            let Ended::Finished { outputs, seconds, printed } = &outcome.ended else { break outcome };
            match self.taken(&job, outcome.job, outputs)? {
                Ok(output) => return Ok(finished(output, *seconds, printed.clone())),
                Err(problem) => attempts.refuse(outcome.job, format!("job {}: {problem}", outcome.job))?,
            }
        };
        let at = format!("{} (job {})", outcome.node, outcome.job);
        match outcome.ended {
            Ended::Failed { ended, printed } => Err(RunError::Failed {
                step: step.name.to_string(),
                program: format!("{} on node {at}", step.program.name()),
                ended,
                printed,
            }),
            Ended::Late { limit, printed } if limit == wanted.limit.as_secs() && wanted.limit < step.limit + BEYOND => {
                Err(elsewhere(format!(
                    "node {at}: its job reached the `time` of {} min in cluster.toml\n{printed}\nhint: give it more there; \
                     jobs get a signal to end a minute before",
                    limit / 60
                )))
            }
            Ended::Late { limit, printed } => Err(RunError::Limit {
                step: step.name.to_string(),
                program: format!("{} on node {at}", step.program.name()),
                limit: Duration::from_secs(limit),
                printed,
            }),
            Ended::Outputs { missing, extra } => Err(RunError::Outputs {
                step: step.name.to_string(),
                program: step.program.name().to_owned(),
                missing,
                extra,
            }),
            Ended::OtherHardware { differs } => Err(elsewhere(format!(
                "node {at} has other hardware, and nothing was measured: {differs}\nhint: correct the constraint in cluster.toml, so that it \
                 finds only such nodes; if the nodes have changed, remove {}, and they are asked again",
                self.shared.results(self.hardware_key(&node)).display()
            ))),
            Ended::Trouble { problem } => Err(elsewhere(format!("node {at}: {problem}"))),
            Ended::Finished { .. } | Ended::Busy | Ended::Stopped | Ended::Hardware { .. } => {
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
        let file = |source| RunError::File { step: job.step.name.to_string(), source };
        let edited = |changes: String| RunError::Edited { step: job.step.name.to_string(), changes };
        let path = &job.launch.executable;
        let executable = match &job.step.program {
            Program::Installed(_) => {
                let (digest, _) = Digest::of_file(path).doing("cannot read", path).map_err(file)?;
                Executable::Installed(digest.to_string())
            }
            Program::Workspace { .. } => {
                let digest = self.carry(path).map_err(file)?.to_string();
                if job.step.texts().get(CARRIED).is_some_and(|declared| *declared != digest) {
                    return Err(edited(format!("the program {}", path.display())));
                }
                Executable::Carried(digest)
            }
        };
        let mut inputs = BTreeMap::new();
        for staged in job.inputs {
            let digest = match &staged.content {
                Content::Text(text) => self.shared.put_text(text),
                Content::File(path, _) => self.shared.put_file(path),
            };
            let digest = digest.map_err(file)?;
            if matches!(staged.content, Content::File(_, keyed) if keyed != digest) {
                return Err(edited(format!("input {}", staged.path)));
            }
            inputs.insert(staged.path.clone(), digest);
        }
        Measured::of(job, executable, inputs).map_err(edited)
    }

    /// Copies the outputs of a finished job to this machine, each with its digest, and returns their folder; or why the job
    /// left no usable ones.
    fn taken(
        &self,
        job: &Job,
        id: u64,
        outputs: &BTreeMap<String, String>,
    ) -> Result<Result<PathBuf, String>, RunError> {
        let file = |source| RunError::File { step: job.step.name.to_string(), source };
        let names: Vec<&str> = outputs.keys().map(String::as_str).collect();
        let mut declared: Vec<&str> = job.step.outputs.iter().map(EcoString::as_str).collect();
        declared.sort();
        if names != declared {
            return Ok(Err(format!("it says that it wrote {names:?}, and the step declares {declared:?}")));
        }
        let (from, to) = (self.shared.result(job.key, id).join("output"), job.folder.join("output"));
        for (output, digest) in outputs {
            let Ok(digest) = digest.parse() else { return Ok(Err(format!("`{digest}` is no digest"))) };
            let (from, path) = (from.join(output), to.join(output));
            let parent = path.parent().unwrap_or(&to);
            fs::create_dir_all(parent).doing("cannot make the folder", parent).map_err(file)?;
            if let Err(error) = shared::fetch(&from, digest, &path) {
                // What the job left is right, so this machine cannot keep it.
                if Digest::of_file(&from).is_ok_and(|(found, _)| found == digest) {
                    return Err(file(error));
                }
                return Ok(Err(error.to_string()));
            }
        }
        Ok(Ok(to))
    }
}

/// A run on a node. The clock of the node is another one; only the duration is known here.
fn finished(output: PathBuf, seconds: f64, printed: Option<String>) -> Finished {
    let ended = crate::journal::now();
    let began = ended.saturating_sub(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    Finished { output, began, ended, printed }
}
