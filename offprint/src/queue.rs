//! The queue of a run: which steps are waiting, ready, running and done. Starts none.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::iter;
use std::time::{Duration, Instant};

use crate::digest::Digest;
use crate::error::EngineError;
use crate::executor::Places;
use crate::key::Key;
use crate::make;
use crate::policy::{Locking, Policy};
use crate::progress::Event;
use crate::refusal;
use crate::resolved::{Built, Outputs};
use crate::session::Session;
use crate::state::{Miss, State};
use crate::step::{Class, Step};

mod measured;

use measured::Waiting;

/// So many ready steps are examined by all processors at once. Fewer would take as long as starting the threads.
const MANY: usize = 512;

/// Where a step's outputs are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Its program ran.
    Ran,
    /// The published records had them.
    Restored,
    /// The store had them.
    Found,
    /// The store had outdated ones, which stay in use.
    Outdated,
}

/// Called for each step that is done, with its index, its key, its outputs and their source.
pub type Settle<'a> = &'a mut dyn FnMut(usize, Digest, &Outputs, How);

/// Which steps are waiting, ready, running and done.
pub struct Queue<'a> {
    policy: &'a Policy,
    /// Steps whose inputs all exist, not yet examined.
    ready: BTreeSet<usize>,
    /// Measured steps that must run, with their keys.
    measured: Waiting,
    places: Places,
    /// Steps that must run and may do so in parallel.
    parallel: BTreeMap<usize, Miss>,
    /// Running steps: whether measured.
    pub running: BTreeMap<usize, bool>,
    /// The number of steps that each step still waits for; those that wait for none may be missing.
    pending: BTreeMap<usize, usize>,
    after: BTreeMap<usize, Vec<usize>>,
    /// The outputs of steps that are done.
    pub made: Built,
    /// The number of steps that are done.
    pub done: usize,
    /// Steps that cannot run because their program is not installed.
    pub without_program: Vec<usize>,
    /// Estimated time of all steps that are not done; unknown until one has to run.
    pub left: Option<Duration>,
    open: BTreeSet<usize>,
    /// When the first measured step started.
    measuring: Option<Instant>,
}

impl<'a> Queue<'a> {
    /// Starts with all of `chosen` waiting, or ready when they need nothing.
    pub fn new(session: &Session, chosen: &BTreeSet<usize>, policy: &'a Policy, places: Places) -> Self {
        let mut after: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let (mut pending, mut ready) = (BTreeMap::new(), BTreeSet::new());
        for &index in chosen {
            let before = session.graph.before(index);
            if before.is_empty() {
                ready.insert(index);
            } else {
                pending.insert(index, before.len());
            }
            before.iter().for_each(|&earlier| after.entry(earlier).or_default().push(index));
        }
        Self {
            policy,
            ready,
            measured: Waiting::new(places),
            places,
            parallel: BTreeMap::new(),
            running: BTreeMap::new(),
            pending,
            after,
            made: Built::default(),
            done: 0,
            without_program: Vec::new(),
            left: None,
            open: chosen.clone(),
            measuring: None,
        }
    }

    /// Examines every step whose inputs exist: a fresh one is done, the others are to run.
    pub fn sort(&mut self, session: &Session, watch: &mut dyn FnMut(Event), settle: Settle) -> Result<(), EngineError> {
        let (mut fresh, mut last) = (HashMap::new(), None);
        while let Some(index) = self.ready.pop_first() {
            // Steps that are ready do not wait for each other.
            if self.ready.len() >= MANY && last.is_none_or(|last| index > last) {
                let next: Vec<usize> = iter::once(index).chain(self.ready.iter().copied().take(MANY)).collect();
                last = next.last().copied();
                fresh = session.fresh(&next, &self.made, self.policy);
            }
            let step = &session.graph.steps()[index];
            let state = match fresh.remove(&index) {
                Some(state) => state,
                None => session.state(index, &self.made, self.policy)?,
            };
            if self.policy.locking == Locking::Refuse {
                refusal::check(session, index, &state)?;
            }
            match state {
                State::Fresh { key, outputs, repair: lacks } => {
                    let locked = session.lock.get(session.graph.hardware(index), &step.name);
                    if locked.is_some_and(|locked| locked.key == key.digest && locked.outputs != outputs) {
                        watch(Event::Replaced { step: &step.name });
                    }
                    let restored = make::repair(session, index, &key, &outputs, &lacks, watch)?;
                    self.settle(session, index, &outputs);
                    watch(if restored {
                        Event::Restored { step: &step.name }
                    } else {
                        Event::Fresh { step: &step.name }
                    });
                    settle(index, key.digest, &outputs, if restored { How::Restored } else { How::Found });
                }
                State::Outdated { key, outputs, repair: lacks, reasons } => {
                    let old = Key { text: String::new(), digest: key };
                    make::repair(session, index, &old, &outputs, &lacks, watch)?;
                    self.made.outdated.insert(index);
                    self.settle(session, index, &outputs);
                    watch(Event::Outdated { step: &step.name, reasons: &reasons });
                    settle(index, key, &outputs, How::Outdated);
                }
                State::Stale { miss, reasons } => {
                    make::quarantine(session, miss.key().digest, &reasons, &step.name, watch)?;
                    watch(Event::Stale { step: &step.name, reasons: &reasons });
                    self.left.get_or_insert_with(|| self.open.iter().map(|&index| session.estimate(index)).sum());
                    match step.class {
                        Class::Measured => self.measured.insert(index, step, miss),
                        _ => drop(self.parallel.insert(index, miss)),
                    }
                }
                // Its inputs exist, so its program is missing.
                State::Waiting { .. } => self.without_program.push(index),
            }
        }
        Ok(())
    }

    /// The next step that may start while others run: at most `max` on this machine, and measured ones in their places.
    pub fn next(&mut self, max: usize) -> Option<(usize, Miss)> {
        let measuring = self.running.values().filter(|measured| **measured).count();
        let others = self.running.len() - measuring;
        let (may_start, may_measure) = match self.places {
            Places::Here => (measuring == 0 && others < max, self.running.is_empty()),
            Places::Elsewhere(most) => (others < max, measuring < most.get()),
        };
        let (next, measured) = match may_start.then(|| self.parallel.pop_first()).flatten() {
            Some(next) => (next, false),
            None if may_measure && !self.time_is_over() => (self.measured.pop()?, true),
            None => return None,
        };
        self.running.insert(next.0, measured);
        Some(next)
    }

    /// Records that a step starts. The time limit begins with the first measured one.
    pub fn starts(&mut self, index: usize) {
        if self.running.get(&index) == Some(&true) {
            self.measuring.get_or_insert_with(Instant::now);
        }
    }

    fn time_is_over(&self) -> bool {
        let passed = self.measuring.map_or(Duration::ZERO, |measuring| measuring.elapsed());
        self.policy.time.is_some_and(|time| passed >= time)
    }

    /// The steps that are not done and whose programs may have to run.
    pub fn may_run<'s>(&self, session: &'s Session) -> impl Iterator<Item = &'s Step> {
        let open = self.open.iter().map(|&index| &session.graph.steps()[index]);
        open.filter(|step| !self.policy.keeps(step.class))
    }

    /// The measured steps that were ready and did not start.
    pub fn not_started(&self) -> impl Iterator<Item = usize> {
        self.measured.steps()
    }

    /// Records that a step is done, and makes those ready that only waited for it.
    pub fn settle(&mut self, session: &Session, index: usize, outputs: &Outputs) {
        self.made.outputs.insert(index, outputs.clone());
        self.open.remove(&index);
        self.done += 1;
        self.left = self.left.map(|left| left.saturating_sub(session.estimate(index)));
        for later in self.after.remove(&index).unwrap_or_default() {
            if let Some(count) = self.pending.get_mut(&later) {
                *count -= 1;
                if *count == 0 {
                    self.ready.insert(later);
                }
            }
        }
    }
}
