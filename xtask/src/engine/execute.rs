//! Runs what is not fresh, in order: measured steps alone, others beside each other. A finished step is recorded at once, so
//! that whatever ends the run loses none. Knows no terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::engine::digest::Digest;
use crate::engine::entry::Entry;
use crate::engine::files;
use crate::engine::key::Key;
use crate::engine::lock::Locked;
use crate::engine::program::Programs;
use crate::engine::progress::Event;
use crate::engine::reason::{Reason, changes};
use crate::engine::run::{self, Finished, Guard, RunError, Staged};
use crate::engine::session::{EngineError, Made, Session, State};
use crate::engine::step::{Class, Origin};
use crate::engine::store::Last;

/// What a run did.
#[derive(Debug, Default)]
pub struct Summary {
    /// Outputs of every step that is now fresh, by name of the step.
    pub outputs: BTreeMap<String, BTreeMap<String, Digest>>,
    /// The steps that ran.
    pub ran: BTreeSet<String>,
    /// Whether the lock changed.
    pub lock_changed: bool,
}

/// Makes `chosen`, a set that holds all that its members need. The lock is written in any case, for what was finished.
pub fn execute(
    session: &mut Session,
    chosen: &BTreeSet<usize>,
    guard: &Guard,
    watch: &mut dyn FnMut(Event),
) -> Result<Summary, EngineError> {
    let mut summary = Summary::default();
    let mut locked = BTreeMap::new();
    let outcome = schedule(session, chosen, guard, watch, &mut |session, index, entry, ran| {
        let step = &session.graph.steps()[index];
        let (outputs, identity) = (entry.outputs.clone(), step.identity.clone());
        locked.insert(step.name.clone(), Locked { class: entry.class, key: entry.key.digest, outputs, identity });
        summary.outputs.insert(step.name.clone(), entry.outputs.clone());
        if ran {
            summary.ran.insert(step.name.clone());
        }
    });
    session.lock.steps.extend(locked);
    let written = session.lock.write(&session.lock_path, &session.store.scratch());
    outcome?;
    summary.lock_changed = written?;
    Ok(summary)
}

type Settle<'a> = &'a mut dyn FnMut(&Session, usize, &Entry, bool);

fn schedule(
    session: &Session,
    chosen: &BTreeSet<usize>,
    guard: &Guard,
    watch: &mut dyn FnMut(Event),
    settle: Settle,
) -> Result<(), EngineError> {
    let most = thread::available_parallelism().map_or(1, NonZero::get);
    let mut programs = Programs::new(&session.tree.root, &session.store.scratch());
    let mut queue = Queue::new(session, chosen);
    let mut failure = None;
    let (tell, hear) = mpsc::channel();
    thread::scope(|scope| {
        loop {
            if failure.is_none() {
                failure = queue.sort(session, watch, settle).err();
            }
            while failure.is_none() {
                let Some((index, key)) = queue.next(most) else { break };
                let step = &session.graph.steps()[index];
                let program = match programs.ready(&step.program, watch) {
                    Ok(program) => program,
                    Err(error) => {
                        queue.running.remove(&index);
                        failure = Some(error.into());
                        break;
                    }
                };
                watch(Event::Started { step: &step.name, number: queue.done + queue.running.len(), left: queue.left });
                let inputs = session.inputs(index, &queue.made).0;
                let tell = tell.clone();
                scope.spawn(move || {
                    let done = make(session, index, key, &inputs, &program, guard);
                    // The other end is there as long as anything runs.
                    let _ = tell.send((index, done));
                });
            }
            if queue.running.is_empty() {
                break;
            }
            let Ok((index, done)) = hear.recv() else { break };
            queue.running.remove(&index);
            match done {
                Ok((entry, finished)) => {
                    let name = &session.graph.steps()[index].name;
                    queue.settle(session, index, &entry);
                    let (took, said) = (finished.took, finished.said.as_deref());
                    watch(Event::Finished { step: name, number: queue.done, took, left: queue.left, said });
                    settle(session, index, &entry, true);
                }
                // The first failure is the one to tell; what runs beside it may finish and is kept.
                Err(error) => {
                    failure.get_or_insert(error);
                }
            }
        }
    });
    failure.map_or(Ok(()), Err)
}

/// Which steps wait for others, may run, run, are done.
struct Queue {
    /// Steps all of whose inputs are there, not yet looked at.
    ready: BTreeSet<usize>,
    /// Steps that must run alone, with their keys.
    alone: BTreeMap<usize, Key>,
    /// Steps that must run and may do so beside others.
    beside: BTreeMap<usize, Key>,
    /// Steps that run: whether alone.
    running: BTreeMap<usize, bool>,
    /// How many steps each step still waits for.
    waits: BTreeMap<usize, usize>,
    after: BTreeMap<usize, Vec<usize>>,
    made: Made,
    done: usize,
    /// Estimated time of all steps that are not done.
    left: Duration,
}

impl Queue {
    fn new(session: &Session, chosen: &BTreeSet<usize>) -> Self {
        let mut after: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut waits = BTreeMap::new();
        for &index in chosen {
            let before = session.graph.before(index);
            waits.insert(index, before.len());
            before.iter().for_each(|&earlier| after.entry(earlier).or_default().push(index));
        }
        Self {
            ready: waits.iter().filter(|(_, count)| **count == 0).map(|(index, _)| *index).collect(),
            alone: BTreeMap::new(),
            beside: BTreeMap::new(),
            running: BTreeMap::new(),
            waits,
            after,
            made: Made::new(),
            done: 0,
            left: chosen.iter().map(|&index| session.estimate(index)).sum(),
        }
    }

    /// Looks at every step whose inputs are there: a fresh one is done, the others are to run.
    fn sort(&mut self, session: &Session, watch: &mut dyn FnMut(Event), settle: Settle) -> Result<(), EngineError> {
        while let Some(index) = self.ready.pop_first() {
            let step = &session.graph.steps()[index];
            match session.state(index, &self.made)? {
                State::Fresh(entry) => {
                    self.settle(session, index, &entry);
                    watch(Event::Fresh { step: &step.name });
                    settle(session, index, &entry, false);
                }
                State::Stale { key, reasons } => {
                    set_aside(session, &key, &reasons, &step.name, watch)?;
                    watch(Event::Stale { step: &step.name, reasons: &reasons });
                    let queue = if step.class == Class::Measured { &mut self.alone } else { &mut self.beside };
                    queue.insert(index, key);
                }
                // Cannot be: only steps whose inputs are made are ready.
                State::Waiting { .. } => {}
            }
        }
        Ok(())
    }

    /// The next step that may start beside those that run.
    fn next(&mut self, most: usize) -> Option<(usize, Key)> {
        if self.running.values().any(|alone| *alone) || self.running.len() >= most {
            return None;
        }
        let (next, alone) = match self.beside.pop_first() {
            Some(next) => (next, false),
            None if self.running.is_empty() => (self.alone.pop_first()?, true),
            None => return None,
        };
        self.running.insert(next.0, alone);
        Some(next)
    }

    fn settle(&mut self, session: &Session, index: usize, entry: &Entry) {
        self.made.insert(index, entry.outputs.clone());
        self.done += 1;
        self.left = self.left.saturating_sub(session.estimate(index));
        for later in self.after.remove(&index).unwrap_or_default() {
            if let Some(count) = self.waits.get_mut(&later) {
                *count -= 1;
                if *count == 0 {
                    self.ready.insert(later);
                }
            }
        }
    }
}

/// Damage is moved away before it is made again, and told.
fn set_aside(
    session: &Session,
    key: &Key,
    reasons: &[Reason],
    step: &str,
    watch: &mut dyn FnMut(Event),
) -> Result<(), EngineError> {
    for reason in reasons {
        let path: PathBuf = match reason {
            Reason::EntryDamaged { .. } => session.store.entry_path(key.digest),
            Reason::OutputDamaged { output } => match session.damaged(key.digest, output)? {
                Some(path) => path,
                None => continue,
            },
            _ => continue,
        };
        let place = session.store.set_aside(&path)?;
        watch(Event::Damaged { step, reason, place: &place });
    }
    Ok(())
}

/// Runs one step, takes its outputs in and records them.
fn make(
    session: &Session,
    index: usize,
    key: Key,
    inputs: &BTreeMap<String, Digest>,
    program: &std::path::Path,
    guard: &Guard,
) -> Result<(Entry, Finished), EngineError> {
    let step = &session.graph.steps()[index];
    let folder = files::unfinished(&session.store.scratch());
    let staged = staged(session, index, inputs)?;
    let finished = run::run(step, program, &staged, &folder, guard)?;
    let now = Key::new(step, inputs, &session.tree)?;
    if now != key {
        let changes: Vec<_> = changes(&key.text, &now.text, &BTreeSet::new()).iter().map(Reason::to_string).collect();
        return Err(RunError::Edited { step: step.name.clone(), changes: changes.join("; ") }.into());
    }
    let mut outputs = BTreeMap::new();
    for output in &step.outputs {
        outputs.insert(output.clone(), session.store.take(&finished.output.join(output))?);
    }
    let entry = Entry { key, class: step.class, outputs };
    session.store.record(&entry)?;
    session.store.remember(&step.name, Last { key: entry.key.digest, took: finished.took })?;
    files::remove_folder(&folder)?;
    Ok((entry, finished))
}

fn staged(session: &Session, index: usize, inputs: &BTreeMap<String, Digest>) -> Result<Vec<Staged>, EngineError> {
    let mut staged = Vec::new();
    for input in &session.graph.steps()[index].inputs {
        let place = input.place.clone();
        match &input.origin {
            Origin::File(path) => {
                let digest = session.tree.digest(path, crate::engine::tree::Reading::Bytes)?;
                staged.push(Staged { place, from: session.tree.root.join(path), digest });
            }
            Origin::Step { .. } => {
                if let Some(&digest) = inputs.get(&place) {
                    staged.push(Staged { place, from: session.store.object_path(digest), digest });
                }
            }
        }
    }
    Ok(staged)
}
