//! One wanted job from submission to outcome: takes over what is there, submits what is not, and submits again what was
//! lost.

use std::time::{Duration, Instant};

use super::absence::{Absence, UNLISTED};
use super::action::{Action, SHARES_LAG, action, is_living};
use super::commands::CallError;
use super::listing::{Listed, Listing};
use super::outcome::{Ended, Outcome};
use super::shared::OUTCOME;
use super::{Slurm, Submitted, Wanted};
use crate::files::FileError;
use crate::progress::duration;
use crate::resolved::Outputs;
use crate::run::RunError;

/// How often a job is submitted in one run.
const MOST: usize = 3;
/// How often a node that measures something else is tried again, and after what time.
const BUSY: (usize, Duration) = (10, Duration::from_secs(60));
/// A submission that failed may still have made a job: how long it is looked for.
const UNCERTAIN: Duration = Duration::from_secs(15);
/// The exit code that Slurm gives a job whose log it cannot write.
const NO_LOG: &str = "0:53";
/// Slurm's silence is reported after this time.
const SILENCE: Duration = Duration::from_secs(60);

/// The attempts to get one outcome.
pub struct Attempts<'a> {
    slurm: &'a Slurm,
    wanted: &'a Wanted<'a>,
    /// Jobs of the key that count no longer.
    before: Vec<u64>,
    /// Nodes to avoid.
    exclude: Vec<String>,
    /// Why earlier jobs were lost.
    lost: Vec<String>,
    busy: usize,
    state: State,
    absence: Absence,
    /// The last turn of the poller whose answer was seen; 0 at first.
    turn: u64,
    /// Whether what was there before this run has been looked at.
    has_looked_back: bool,
}

/// What is known of the present job.
enum State {
    /// There is none, and none is to be submitted before this time.
    None(Option<Instant>),
    /// A submission failed at this time, with this message; there may be a job.
    Uncertain(Instant, CallError),
    /// This job, in the state it was last seen in, since this time.
    Job(Listed, Instant),
}

impl<'a> Attempts<'a> {
    /// No attempts yet.
    pub(super) fn new(slurm: &'a Slurm, wanted: &'a Wanted<'a>) -> Self {
        Self {
            slurm,
            wanted,
            before: Vec::new(),
            exclude: Vec::new(),
            lost: Vec::new(),
            busy: 0,
            state: State::None(None),
            absence: Absence::default(),
            turn: 0,
            has_looked_back: false,
        }
    }

    /// Waits for the outcome, and returns it unless another attempt may have a better one.
    pub(super) fn run(&mut self, on_output: &mut dyn FnMut(String)) -> Result<Outcome, RunError> {
        let key = self.wanted.key;
        self.slurm.out.remember(key, None);
        let outcome = self.wait(on_output);
        self.slurm.out.forget(key);
        outcome
    }

    /// An outcome that cannot be used after all. Makes another attempt, unless there were enough.
    pub(super) fn refuse(&mut self, id: u64, problem: String) -> Result<(), RunError> {
        self.before.push(id);
        self.again(problem, None)
    }

    fn wait(&mut self, on_output: &mut dyn FnMut(String)) -> Result<Outcome, RunError> {
        let key = self.wanted.key;
        if self.turn == 0
            && let Some(outcome) = self.left()?
        {
            return Ok(outcome);
        }
        loop {
            let Some((turn, listing)) = self.slurm.poller.next(self.turn, &self.slurm.commands) else {
                return Err(RunError::Left { step: self.wanted.comment.to_owned() });
            };
            self.turn = turn;
            let silent = self.slurm.poller.silent();
            if let Some(outcome) = self.outcome(&listing)? {
                // The job itself is about to end. A copy that still waits would find the outcome, and end by itself.
                let living: Vec<u64> = listing.living(key).into_iter().filter(|id| *id != outcome.job).collect();
                let _ = self.slurm.commands.cancel(&living);
                return Ok(outcome);
            }
            // After the outcomes, since a job that Slurm calls failed may have left one meanwhile.
            if silent.is_none() && !self.has_looked_back {
                let failed = listing.ended(key).into_iter().filter(|(_, state)| *state != "COMPLETED");
                self.before.extend(failed.map(|(id, _)| id));
                self.has_looked_back = true;
            }
            match silent {
                Some((since, error)) if since >= SILENCE => {
                    on_output(format!("Slurm gives no answer since {}: {error}", duration(since)));
                }
                Some(_) => {}
                None => self.look(&listing, on_output)?,
            }
        }
    }

    /// What earlier runs left: the outcome of a measurement that nobody has taken yet. All others count no longer.
    fn left(&mut self) -> Result<Option<Outcome>, RunError> {
        let key = self.wanted.key;
        for (id, file) in self.slurm.shared.left(key).map_err(|error| self.file(error))? {
            if self.before.contains(&id) {
                continue;
            }
            match file {
                Some(OUTCOME) => match self.slurm.shared.outcome(key, id).map_err(|error| self.file(error))? {
                    Some(Ok(outcome)) if is_result(&outcome.ended) && !self.is_known(&outcome.ended) => {
                        return Ok(Some(outcome));
                    }
                    _ => self.before.push(id),
                },
                Some(_) => self.before.push(id),
                None => {}
            }
        }
        Ok(None)
    }

    /// Whether a result is recorded already, by a run that was killed before it could say so in the shared folder.
    fn is_known(&self, ended: &Ended) -> bool {
        let Ended::Finished { outputs, .. } = ended else { return false };
        let is_this = |known: &Outputs| {
            known.len() == outputs.len()
                && known.iter().all(|(output, digest)| outputs.get(output) == Some(&digest.to_string()))
        };
        self.wanted.known.iter().any(is_this)
    }

    /// The outcome of a job that counts, if it is final. Others make another attempt.
    fn outcome(&mut self, listing: &Listing) -> Result<Option<Outcome>, RunError> {
        let key = self.wanted.key;
        for (id, file) in self.slurm.shared.left(key).map_err(|error| self.file(error))? {
            // One that is recorded meanwhile is that of another checkout, whose run waited for the same job.
            if file.is_none() || self.before.contains(&id) {
                continue;
            }
            let outcome = match self.slurm.shared.outcome(key, id).map_err(|error| self.file(error))? {
                None => continue,
                Some(Ok(outcome)) => outcome,
                Some(Err(problem)) => {
                    self.before.push(id);
                    self.again(format!("job {id} left an unusable outcome: {problem}"), None)?;
                    continue;
                }
            };
            match outcome.ended {
                Ended::Busy => {
                    self.before.push(id);
                    self.busy += 1;
                    if self.busy >= BUSY.0 {
                        return Err(self.elsewhere(format!(
                            "node {} was measuring something else at {} attempts\nhint: `squeue --nodelist {}` lists its jobs",
                            outcome.node, self.busy, outcome.node
                        )));
                    }
                    self.state = State::None(Some(Instant::now() + BUSY.1));
                }
                Ended::Stopped => {
                    // Only Slurm knows who stopped it, and only once it has ended.
                    if listing.living(key).contains(&id) {
                        continue;
                    }
                    self.before.push(id);
                    if listing.ended(key).iter().any(|(ended, state)| *ended == id && *state == "CANCELLED") {
                        return Err(self.cancelled(id));
                    }
                    self.again(format!("job {id} was stopped"), None)?;
                }
                _ => return Ok(Some(outcome)),
            }
        }
        Ok(None)
    }

    /// Does what the present state of the job calls for.
    fn look(&mut self, listing: &Listing, on_output: &mut dyn FnMut(String)) -> Result<(), RunError> {
        let key = self.wanted.key;
        if let Some(job) = listing.job(key, &self.before) {
            self.absence.ends();
            let since = match &self.state {
                State::Job(known, since) if known.id == job.id && known.state == job.state => *since,
                _ => Instant::now(),
            };
            let is_new = !matches!(&self.state, State::Job(known, _) if known == job);
            self.state = State::Job(job.clone(), since);
            self.slurm.out.remember(key, Some(job.id));
            if is_new {
                on_output(in_words(job));
            }
            return self.act(&job.clone(), since);
        }
        match &self.state {
            State::None(after) if after.is_none_or(|after| after <= Instant::now()) => self.submit(on_output)?,
            State::None(_) => {}
            State::Uncertain(since, error) if since.elapsed() >= UNCERTAIN => {
                on_output(format!("submitting again: {error}"));
                self.state = State::None(None);
            }
            State::Uncertain(..) => {}
            State::Job(job, _) => {
                if self.absence.lasts(Instant::now()) >= UNLISTED {
                    let (id, node) = (job.id, job.node.clone());
                    self.before.push(id);
                    self.again(format!("Slurm no longer lists job {id}"), Some(node))?;
                }
            }
        }
        Ok(())
    }

    fn submit(&mut self, on_output: &mut dyn FnMut(String)) -> Result<(), RunError> {
        let mut submitted = self.slurm.submit(self.wanted, &self.before, &self.exclude)?;
        // The nodes to avoid may be all there are.
        if matches!(submitted, Submitted::Refused(_)) && !self.exclude.is_empty() {
            self.exclude.clear();
            submitted = self.slurm.submit(self.wanted, &self.before, &self.exclude)?;
        }
        match submitted {
            // A controller that lost its state counts from one again, and what a job of this number left is there.
            Submitted::As(id) if self.before.contains(&id) => {
                let _ = self.slurm.commands.cancel(&[id]);
                on_output(format!("submitting again: job {id} has the number of an earlier one"));
            }
            Submitted::As(id) => {
                let state = "PENDING".to_owned();
                self.state =
                    State::Job(Listed { id, state, node: String::new(), reason: String::new() }, Instant::now());
                self.absence.ends();
                self.slurm.out.remember(self.wanted.key, Some(id));
                self.slurm.poller.hurry();
                on_output(format!("job {id} is submitted"));
            }
            Submitted::Refused(error) => return Err(self.elsewhere(error.to_string())),
            Submitted::Perhaps(error) => self.state = State::Uncertain(Instant::now(), error),
        }
        Ok(())
    }

    /// Does what the state of a listed job calls for.
    fn act(&mut self, job: &Listed, since: Instant) -> Result<(), RunError> {
        let running = if job.state == "RUNNING" { since.elapsed() } else { Duration::ZERO };
        let log = || self.slurm.shared.jobs(self.wanted.key).join(format!("{}.log", job.id));
        let action = action(job, self.wanted.limit, running);
        // Its outcome may still appear, and counts whatever Slurm calls the job.
        let has_ended = !is_living(&job.state) && !job.node.is_empty();
        if has_ended && action != Action::Look && since.elapsed() < SHARES_LAG / 6 {
            return Ok(());
        }
        match action {
            Action::Wait => Ok(()),
            Action::Look if since.elapsed() < SHARES_LAG => Ok(()),
            Action::Look => {
                let nodes = self.slurm.commands.nodes();
                self.before.push(job.id);
                let problem = format!(
                    "job {} ended on {} without an outcome; log: {}; {nodes}",
                    job.id,
                    job.node,
                    log().display()
                );
                self.again(problem, Some(job.node.clone()))
            }
            Action::Never(reason) => {
                let _ = self.slurm.commands.cancel(&[job.id]);
                Err(self.elsewhere(format!(
                    "no node can run it ({reason}), so its job {} was cancelled\nhint: cluster.toml asks for {}; `sinfo -o '%P %f %G %l'` \
                     lists what there is",
                    job.id,
                    self.asked()
                )))
            }
            Action::Lost(problem) => {
                let _ = self.slurm.commands.cancel(&[job.id]);
                self.before.push(job.id);
                self.again(format!("job {}: {problem}", job.id), Some(job.node.clone()))
            }
            Action::Cancelled => Err(self.cancelled(job.id)),
            Action::Late => Err(RunError::Limit {
                step: self.wanted.comment.to_owned(),
                program: format!("job {} on node {}", job.id, job.node),
                limit: self.wanted.limit,
                printed: self.printed(job.id),
            }),
            Action::Failed(problem) => {
                let (printed, code) = (self.printed(job.id), self.slurm.commands.exit_code(job.id));
                // What the step's program does is in the outcome, so a signal ended the program on the node: somebody, or
                // the system for lack of memory.
                if let Some(signal) = code.as_deref().and_then(killed) {
                    self.before.push(job.id);
                    let problem = format!("job {} was killed on {} (signal {signal})", job.id, job.node);
                    return self.again(problem, Some(job.node.clone()));
                }
                let problem =
                    if problem.is_empty() { format!("job {} failed on node {}", job.id, job.node) } else { problem };
                Err(self.elsewhere(format!("{problem}\n{printed}\nhint: {}", self.remedy(job, code.as_deref()))))
            }
        }
    }

    /// Another attempt, unless there were enough.
    fn again(&mut self, problem: String, node: Option<String>) -> Result<(), RunError> {
        self.lost.push(problem);
        if self.lost.len() >= MOST {
            return Err(self.elsewhere(format!(
                "lost {MOST} times, so it is not tried again in this run: {}\nhint: finished steps are kept; run the same command again",
                self.lost.join("; ")
            )));
        }
        // A node may have been restarted, so it gets a second chance.
        if self.lost.len() > 1 {
            self.exclude.extend(node.filter(|node| !node.is_empty()));
        }
        self.state = State::None(None);
        Ok(())
    }

    fn cancelled(&self, id: u64) -> RunError {
        self.elsewhere(format!(
            "its job {id} was cancelled, by somebody or to make room for others\nhint: the same command submits it again"
        ))
    }

    /// The end of a job's log.
    fn printed(&self, id: u64) -> String {
        let path = self.slurm.shared.jobs(self.wanted.key).join(format!("{id}.log"));
        crate::log::failing_file(&path)
    }

    fn remedy(&self, job: &Listed, code: Option<&str>) -> String {
        let shared = self.slurm.shared.path().display();
        match code {
            Some(NO_LOG) => format!("node {} does not see {shared}: `shared` in cluster.toml must name a folder that all nodes see", job.node),
            Some("74:0") => format!("node {} cannot write into {shared}: is there room, and may you write there?", job.node),
            Some("126:0") => "the program is not one for that node: give `programs` in cluster.toml a folder of programs for its architecture".to_owned(),
            Some(code) => format!("its exit code was {code}; `scontrol show job {}` has more", job.id),
            None => format!("`scontrol show job {}` has more", job.id),
        }
    }

    /// What the job asks for, in words.
    fn asked(&self) -> String {
        let options: Vec<String> = self.wanted.node.options().map(|(name, value)| format!("{name} {value}")).collect();
        if options.is_empty() { "nothing".to_owned() } else { options.join(", ") }
    }

    fn elsewhere(&self, problem: String) -> RunError {
        RunError::Elsewhere { step: self.wanted.comment.to_owned(), problem }
    }

    fn file(&self, source: FileError) -> RunError {
        RunError::File { step: self.wanted.comment.to_owned(), source }
    }
}

/// The signal in an exit code of Slurm, if one ended the job's program.
fn killed(code: &str) -> Option<&str> {
    code.strip_prefix("0:").filter(|signal| code != NO_LOG && *signal != "0")
}

/// Whether an outcome is what was asked for.
fn is_result(ended: &Ended) -> bool {
    matches!(ended, Ended::Finished { .. } | Ended::Hardware { .. })
}

/// The state of a job in words.
pub(super) fn in_words(job: &Listed) -> String {
    match (job.state.as_str(), job.node.as_str()) {
        ("PENDING", _) => format!("job {} waits ({})", job.id, job.reason),
        ("RUNNING", node) => format!("job {} runs on {node}", job.id),
        (state, "") => format!("job {} is {}", job.id, state.to_lowercase()),
        (state, node) => format!("job {} is {} on {node}", job.id, state.to_lowercase()),
    }
}
