//! Runs steps that are not fresh, in order: measured steps exclusively, others in parallel. A finished step is recorded
//! at once, so an interrupted run loses none.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;

use ecow::EcoString;

use crate::altered;
use crate::error::EngineError;
use crate::executor::Executor;
use crate::lock::Locked;
use crate::make::{Done, make};
use crate::plan::plan;
use crate::policy::{Failing, Locking, Policy};
use crate::program::{ProgramError, Programs};
use crate::progress::Event;
use crate::queue::{How, Queue, Settle};
use crate::recent;
use crate::refusal;
use crate::resolved::{Outputs, Resolved};
use crate::run::RunError;
use crate::session::Session;
use crate::step::Step;

/// The result of a run.
#[derive(Debug, Default)]
pub struct Summary {
    /// Outputs of every step that is now fresh or outdated but kept, by step name.
    pub outputs: BTreeMap<EcoString, Outputs>,
    /// The steps that ran.
    pub ran: BTreeSet<String>,
    /// The steps whose outputs came from the published records.
    pub restored: BTreeSet<String>,
    /// The steps whose outdated outputs stay in use.
    pub outdated: BTreeSet<String>,
    /// The steps that failed, and why, in order.
    pub failed: Vec<(String, EngineError)>,
    /// The measured steps that did not start before the time limit.
    pub not_started: BTreeSet<String>,
    /// The steps that did not run because a step they need failed or did not start.
    pub not_run: Vec<String>,
    /// Whether the lock changed.
    pub lock_changed: bool,
}

impl Summary {
    /// Combines two consecutive runs: what either did, and the state after the second.
    pub fn then(self, second: Self) -> Self {
        Self {
            ran: &self.ran | &second.ran,
            restored: &self.restored | &second.restored,
            lock_changed: self.lock_changed || second.lock_changed,
            ..second
        }
    }
}

/// Runs `chosen`, a set that includes everything its members need. Finished steps are written to the lock even after a
/// failure, unless the lock must not change.
pub fn execute(
    session: &mut Session,
    chosen: &BTreeSet<usize>,
    policy: &Policy,
    executor: &dyn Executor,
    watch: &mut dyn FnMut(Event),
) -> Result<Summary, EngineError> {
    if policy.locking == Locking::Refuse {
        let plan = plan(session, chosen, policy)?;
        for (&index, planned) in chosen.iter().zip(&plan) {
            if let Err(refusal) = refusal::check(session, index, &planned.state) {
                return Err(altered::sources(session, &plan)?.map_or(refusal, EngineError::from));
            }
        }
    }
    // Without --keep-going, this failure ends the run before it starts.
    if policy.failing == Failing::Stop {
        for &index in chosen.iter().filter(|&&index| !policy.keeps(session.graph.steps()[index].class)) {
            if session.not_installed(index)?.is_some() {
                return Err(not_installed(session, index));
            }
        }
    }
    let mut summary = Summary::default();
    // The keys of all steps that are done, and what changes in the lock.
    let (mut keys, mut changed) = (Vec::with_capacity(chosen.len()), BTreeMap::new());
    let mut failed = Vec::new();
    let outcome = schedule(session, chosen, policy, executor, watch, &mut failed, &mut |index, key, outputs, how| {
        let step = &session.graph.steps()[index];
        keys.push(key);
        let locked = Locked { class: step.class, key, outputs: outputs.clone() };
        if session.lock.get(session.graph.hardware(index), &step.name) != Some(&locked) {
            changed.insert(index, locked);
        }
        summary.outputs.insert(step.name.clone(), outputs.clone());
        let names = match how {
            How::Ran => &mut summary.ran,
            How::Restored => &mut summary.restored,
            How::Outdated => &mut summary.outdated,
            How::Found => return,
        };
        names.insert(step.name.to_string());
    });
    let is_whole = keys.len() == session.graph.steps().len();
    let noted = recent::note(&session.store, keys);
    let noted = noted.and_then(|()| session.store.remember());
    let written = match policy.locking {
        Locking::Refuse => Ok(false),
        Locking::Update => update(session, changed, is_whole),
    };
    let late = outcome?;
    summary.lock_changed = written?;
    noted?;
    let name = |index: &usize| session.graph.steps()[*index].name.to_string();
    summary.not_started = late.iter().map(name).collect();
    let is_left = |name: &String| {
        !summary.outputs.contains_key(name.as_str())
            && !summary.not_started.contains(name)
            && failed.iter().all(|(step, _): &(String, EngineError)| step != name)
    };
    summary.not_run = chosen.iter().map(name).filter(is_left).collect();
    summary.failed = failed;
    Ok(summary)
}

/// Writes the lock. The request is that of a run of all steps.
fn update(session: &mut Session, changed: BTreeMap<usize, Locked>, is_whole: bool) -> Result<bool, EngineError> {
    if let Some((machine, request)) = session.request.clone().filter(|_| is_whole) {
        session.lock.requests.insert(machine.name(), request);
        session.lock.hardware.insert(machine.name(), machine.facts);
    }
    for (index, locked) in changed {
        let step = &session.graph.steps()[index];
        if let Some(identity) = &step.identity {
            session.lock.hardware.insert(identity.name(), identity.facts.clone());
        }
        session.lock.put(session.graph.hardware(index), &step.name, locked);
    }
    Ok(session.lock.write(&session.lock_path, &session.store.scratch())?)
}

/// A message from a running step.
enum Message {
    /// Its program printed something.
    Printed(String),
    /// It finished or failed.
    Done(Box<Result<Done, EngineError>>),
}

fn schedule(
    session: &Session,
    chosen: &BTreeSet<usize>,
    policy: &Policy,
    executor: &dyn Executor,
    watch: &mut dyn FnMut(Event),
    failed: &mut Vec<(String, EngineError)>,
    settle: Settle,
) -> Result<BTreeSet<usize>, EngineError> {
    let max = thread::available_parallelism().map_or(1, NonZero::get);
    let (root, scratch) = (&session.tree.root, session.store.scratch());
    let mut programs = Programs::new(root, &scratch, executor.supervisor()).after(executor.builds());
    let mut queue = Queue::new(session, chosen, policy, executor.places());
    let mut failure = None;
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        loop {
            if failure.is_none() {
                failure = queue.sort(session, watch, settle).err();
            }
            for index in std::mem::take(&mut queue.without_program) {
                let failed = fail(
                    session.graph.steps()[index].name.to_string(),
                    not_installed(session, index),
                    policy,
                    watch,
                    failed,
                );
                failure = failure.take().or(failed);
            }
            while failure.is_none() {
                let Some((index, miss)) = queue.next(max) else { break };
                let step = &session.graph.steps()[index];
                let ready =
                    executor.program(step).map_or_else(|| ready(session, step, &queue, &mut programs, watch), Ok);
                let program = match ready {
                    Ok(program) => program,
                    Err(error) => {
                        queue.running.remove(&index);
                        failure = fail(step.name.to_string(), no_program(step, error), policy, watch, failed);
                        continue;
                    }
                };
                queue.starts(index);
                let left = queue.left.unwrap_or_default();
                watch(Event::Started { step: &step.name, number: queue.done + queue.running.len(), left });
                let optional = session.optional(index, &queue.made, chosen, policy);
                let resolved = Resolved { optional, ..Resolved::of(&session.graph, index, &queue.made) };
                let sender = sender.clone();
                scope.spawn(move || {
                    // The receiver exists as long as a step runs.
                    let send = |message| drop(sender.send((index, message)));
                    let mut on_output = |printed| send(Message::Printed(printed));
                    let done = make(session, (index, miss), &resolved, policy, &program, executor, &mut on_output);
                    send(Message::Done(Box::new(done)));
                });
            }
            if queue.running.is_empty() {
                break;
            }
            if failure.is_some() {
                executor.stop();
            }
            let Ok((index, message)) = receiver.recv() else { break };
            let name = &session.graph.steps()[index].name;
            let done = match message {
                Message::Printed(printed) => {
                    watch(Event::Inside { step: name, printed: &printed, left: queue.left.unwrap_or_default() });
                    continue;
                }
                Message::Done(done) => *done,
            };
            queue.running.remove(&index);
            match done {
                Ok(done) => {
                    queue.settle(session, index, &done.outputs);
                    let (took, printed) = (done.took, done.printed.as_deref());
                    let left = queue.left.unwrap_or_default();
                    watch(Event::Finished { step: name, number: queue.done, took, left, printed });
                    if let Some(what) = &done.differs {
                        watch(Event::Differs { step: name, what });
                    }
                    settle(index, done.key, &done.outputs, How::Ran);
                }
                // Report the first failure; steps that are already running may finish and are kept.
                Err(error) => {
                    let failed = fail(name.to_string(), error, policy, watch, failed);
                    failure = failure.take().or(failed);
                }
            }
        }
    });
    failure.map_or_else(|| Ok(queue.not_started().collect()), Err)
}

/// The program of `step`, built together with those that the rest of the run may need.
fn ready(
    session: &Session,
    step: &Step,
    queue: &Queue,
    programs: &mut Programs,
    watch: &mut dyn FnMut(Event),
) -> Result<PathBuf, ProgramError> {
    if !programs.is_ready(&step.program) {
        let rest: Vec<&Step> = queue.may_run(session).collect();
        rest.iter().for_each(|step| session.look_at_sources(step));
        programs.build_all(&step.program, rest.iter().map(|step| &step.program), watch);
    }
    programs.ready(&step.program, watch)
}

fn no_program(step: &Step, source: ProgramError) -> EngineError {
    EngineError::Program { step: step.name.to_string(), source }
}

fn not_installed(session: &Session, index: usize) -> EngineError {
    let step = &session.graph.steps()[index];
    no_program(step, ProgramError::NotInstalled(step.program.name().to_owned()))
}

/// Ends the run, or records the failure and continues.
fn fail(
    step: String,
    error: EngineError,
    policy: &Policy,
    watch: &mut dyn FnMut(Event),
    failed: &mut Vec<(String, EngineError)>,
) -> Option<EngineError> {
    let error = match error {
        EngineError::File(source) => RunError::File { step: step.clone(), source }.into(),
        other => other,
    };
    match policy.failing {
        Failing::Stop => Some(error),
        Failing::GoOn => {
            watch(Event::Failed { step: &step, error: &error.to_string() });
            failed.push((step, error));
            None
        }
    }
}
