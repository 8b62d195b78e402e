//! The session of one call: graph, checkout, store and lock. Decides whether a step is fresh.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use crate::digest::Digest;
use crate::error::EngineError;
use crate::files::FileError;
use crate::graph::{Graph, GraphError};
use crate::identity::Identity;
use crate::key::{EXECUTABLE, Key, VERSION, input_label};
use crate::lock::Lock;
use crate::policy::Policy;
use crate::published::Published;
use crate::reason::{Reason, changes};
use crate::request::Request;
use crate::resolved::{Built, Outputs, Resolved};
use crate::state::{Miss, Repair, State};
use crate::step::{Input, Origin, Program, Step};
use crate::store::{Found, Object, Store};
use crate::tree::{Digests, Tree};
use crate::workspace::Workspace;

mod previous;

pub use previous::made_here;

use previous::ran_here;

/// Everything that a plan or a run reads.
pub struct Session {
    /// The steps.
    pub graph: Graph,
    /// The checkout.
    pub tree: Tree,
    /// Earlier results.
    pub store: Store,
    /// The published records.
    pub published: Published,
    /// The results that the paper uses.
    pub lock: Lock,
    /// The path of the lock.
    pub lock_path: PathBuf,
    /// The request and its machine, which the lock keeps after a run of all steps.
    pub request: Option<(Identity, Request)>,
    /// The hardware for which the lock has each step, when first needed.
    hardware_of: OnceLock<BTreeMap<String, Vec<String>>>,
}

impl Session {
    /// Orders the steps of a checkout.
    ///
    /// # Errors
    /// The steps do not form a graph.
    pub fn open(workspace: Workspace, steps: Vec<Step>) -> Result<Self, EngineError> {
        let Workspace { tree, store, published, lock, lock_path } = workspace;
        let hardware_of = OnceLock::new();
        Ok(Self { graph: graph(steps)?, tree, store, published, lock, lock_path, request: None, hardware_of })
    }

    /// Replaces its steps.
    ///
    /// # Errors
    /// The steps do not form a graph.
    pub fn declare(&mut self, steps: Vec<Step>) -> Result<(), EngineError> {
        self.graph = graph(steps)?;
        Ok(())
    }

    /// Reads lock and journal again, since another run may have changed them before this one got the store lock.
    pub fn refresh(&mut self) -> Result<(), EngineError> {
        self.lock = Lock::read(&self.lock_path)?;
        self.hardware_of = OnceLock::new();
        Ok(self.store.refresh()?)
    }

    /// Takes the digests of the sources of `step` before its program is built, so that an edit during the build is found
    /// when the step has run.
    pub fn look_at_sources(&self, step: &Step) {
        // An error is reported when the step's turn comes.
        drop(Key::new(step, &Resolved::default(), &self.tree, Digests::Cached));
    }

    /// Whether step `index` must run, and why. Keys are compared only here.
    pub fn state(&self, index: usize, made: &Built, policy: &Policy) -> Result<State, EngineError> {
        let step = &self.graph.steps()[index];
        let resolved = Resolved::of(&self.graph, index, made);
        let key = Key::new(step, &resolved, &self.tree, Digests::Cached)?;
        let not_installed = self.not_installed(index)?.map(|program| Reason::NotInstalled { program });
        if not_installed.is_some() || !resolved.pending.is_empty() {
            let missing = step.inputs.iter().filter(|input| !resolved.digests.contains_key(&input.path));
            let mut unknown: BTreeSet<String> = missing.map(|input| input_label(&input.path)).collect();
            if not_installed.is_some() {
                unknown.extend([VERSION, EXECUTABLE].map(str::to_owned));
            }
            let can_keep = resolved.pending.is_empty() && policy.keeps(step.class);
            let pending = resolved.pending.into_iter().map(|step| Reason::Waits { step });
            let known = self.previous(index)?.map(|old| changes(&old.text, &key.text, &unknown));
            let reasons = not_installed.into_iter().chain(pending).chain(known.unwrap_or_default()).collect();
            return if can_keep {
                self.kept(index, reasons, policy)
            } else {
                Ok(State::Waiting { partial: key, reasons })
            };
        }
        if policy.again.contains(&index) {
            return Ok(State::Stale { miss: Miss::of(key), reasons: vec![Reason::Asked] });
        }
        let mut reasons = Vec::new();
        let results = self.results(index, &key, policy, &mut reasons)?;
        let entry_corrupt = !reasons.is_empty();
        for KnownResult { outputs, is_recorded, is_own } in results {
            let (restore, faults) = self.faults(index, &outputs)?;
            let usable = faults.iter().all(|fault| restore.contains(fault.output()));
            reasons.extend(faults);
            if usable {
                // Entries only have results that were made here.
                let repair = Repair { restore, corruption: reasons, entry: is_own && (entry_corrupt || !is_recorded) };
                return Ok(State::Fresh { key, outputs, repair });
            }
        }
        if reasons.is_empty() && !policy.adopts() && self.is_published(index, &key)? {
            reasons.push(Reason::NotOwn);
        }
        if reasons.is_empty() {
            reasons = match self.previous(index)? {
                Some(old) => changes(&old.text, &key.text, &BTreeSet::new()),
                None => Vec::new(),
            };
        }
        // If the previous key equals this one, its entry is lost, and that run is unknown.
        if reasons.is_empty() {
            reasons.push(Reason::NeverRun);
        }
        if policy.keeps(step.class) {
            return self.kept(index, reasons, policy);
        }
        Ok(State::Stale { miss: Miss::of(key), reasons })
    }

    /// The states of those steps that are fresh and lack nothing, found by several threads. For the others, the order matters:
    /// what one of them repairs, another may share.
    pub fn fresh(&self, indices: &[usize], made: &Built, policy: &Policy) -> HashMap<usize, State> {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let fresh = |&index: &usize| match self.state(index, made, policy) {
            Ok(State::Fresh { key, outputs, repair }) if repair == Repair::default() => {
                Some((index, State::Fresh { key, outputs, repair }))
            }
            _ => None,
        };
        thread::scope(|scope| {
            let parts = indices.chunks(indices.len().div_ceil(threads).max(1));
            let parts: Vec<_> =
                parts.map(|part| scope.spawn(move || part.iter().filter_map(fresh).collect::<Vec<_>>())).collect();
            // A thread that panicked leaves its steps to the caller.
            parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
        })
    }

    /// The program of step `index` if it is missing on this machine.
    pub fn not_installed(&self, index: usize) -> Result<Option<String>, FileError> {
        let Program::Installed(name) = &self.graph.steps()[index].program else { return Ok(None) };
        Ok(self.tree.installed.get(name, Digests::Cached)?.is_none().then(|| name.to_string()))
    }

    /// Results for the key, in order of preference. A corrupt entry is added to `corruption`.
    fn results(
        &self,
        index: usize,
        key: &Key,
        policy: &Policy,
        corruption: &mut Vec<Reason>,
    ) -> Result<Vec<KnownResult>, FileError> {
        let step = &self.graph.steps()[index];
        let locked = self.lock.get(self.graph.hardware(index), &step.name);
        let locked = locked.filter(|locked| locked.key == key.digest && locked.class == step.class);
        // Nearly always, the entry has the result that the lock names, and is unchanged since it was read.
        let found = match locked {
            Some(locked) if self.store.has_only(key.digest, &locked.outputs) => None,
            _ => Some(self.store.find(key.digest)?),
        };
        let (recorded, is_entry) = match found {
            None => (locked.iter().map(|locked| locked.outputs.clone()).collect(), true),
            Some(Found::Entry(entry)) => (entry.results, true),
            Some(Found::Nothing) => (Vec::new(), false),
            Some(Found::Corrupt { problem }) => {
                corruption.push(Reason::EntryCorrupt { problem });
                (Vec::new(), false)
            }
        };
        let locked = locked.map(|locked| {
            let is_recorded = recorded.contains(&locked.outputs);
            // An exact result is the same on every machine. Where the entry was lost, the journal may have its run.
            let is_own = match (step.class.is_nondeterministic(), is_entry) {
                (false, _) => true,
                (true, true) => is_recorded,
                (true, false) => ran_here(&self.store, (self.graph.hardware(index), &step.name), locked),
            };
            KnownResult { outputs: locked.outputs.clone(), is_recorded, is_own }
        });
        let locked = locked.filter(|locked| locked.is_own || policy.adopts());
        let of_entry = |outputs| KnownResult { outputs, is_recorded: true, is_own: true };
        let mut results: Vec<KnownResult> = recorded.into_iter().rev().map(of_entry).collect();
        // The lock chooses among several results. An exact step has only one, and one made here is preferred.
        if let Some(locked) = locked {
            results.retain(|known| known.outputs != locked.outputs);
            results.insert(if step.class.is_nondeterministic() { 0 } else { results.len() }, locked);
        }
        // The lock may come from anyone: a result must have exactly the declared outputs.
        results.retain(|KnownResult { outputs, .. }| {
            outputs.len() == step.outputs.len() && step.outputs.iter().all(|output| outputs.contains_key(output))
        });
        Ok(results)
    }

    /// Whether the result that the lock names for this key is published.
    fn is_published(&self, index: usize, key: &Key) -> Result<bool, FileError> {
        let (step, hardware) = (&self.graph.steps()[index], self.graph.hardware(index));
        let locked = self.lock.get(hardware, &step.name);
        let Some(locked) = locked.filter(|locked| locked.key == key.digest && step.class.is_nondeterministic()) else {
            return Ok(false);
        };
        for (output, digest) in &locked.outputs {
            if self.published.read(hardware, &step.name, output, *digest)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The outdated measurement to keep in use: that of the lock, else the latest of the store.
    fn kept(&self, index: usize, reasons: Vec<Reason>, policy: &Policy) -> Result<State, EngineError> {
        let step = &self.graph.steps()[index];
        let hardware = self.graph.hardware(index);
        let locked = match self.lock.get(hardware, &step.name) {
            Some(locked) if policy.adopts() || made_here(&self.store, (hardware, &step.name), locked)? => {
                Some((locked.key, locked.outputs.clone()))
            }
            _ => None,
        };
        let mut found: Vec<(Digest, Outputs)> = locked.into_iter().collect();
        if let Some(ran) = self.store.journal.latest(&step.name, hardware)
            && let Found::Entry(entry) = self.store.find(ran.key)?
        {
            found.extend(entry.results.into_iter().rev().map(|outputs| (ran.key, outputs)));
        }
        for (key, outputs) in found {
            let (restore, faults) = self.faults(index, &outputs)?;
            if step.outputs.iter().all(|output| outputs.contains_key(output))
                && faults.iter().all(|fault| restore.contains(fault.output()))
            {
                let repair = Repair { restore, corruption: faults, entry: false };
                return Ok(State::Outdated { key, outputs, repair, reasons });
            }
        }
        let (step, reason) = (step.name.to_string(), reasons.first().map(Reason::to_string).unwrap_or_default());
        Err(EngineError::NotMeasured { step, hardware: hardware.to_owned(), reason })
    }

    /// The optional inputs of step `index` that exist, by path: outputs that are fresh, restored or finished. Outdated
    /// ones belong to another key and are skipped. Outputs of steps outside `chosen` must be in the store already. An
    /// unreadable output counts as missing: no step fails because of an optional input.
    pub fn optional(&self, index: usize, made: &Built, chosen: &BTreeSet<usize>, policy: &Policy) -> Outputs {
        let existing = |input: &Input| {
            let Origin::Step { step, output } = &input.origin else { return None };
            let from = self.graph.find(step)?;
            let digest = match made.outputs.get(&from) {
                _ if made.outdated.contains(&from) => None,
                Some(outputs) => outputs.get(output).copied(),
                None if chosen.contains(&from) => None,
                None => match self.state(from, made, policy) {
                    Ok(State::Fresh { outputs, repair, .. }) if repair.restore.is_empty() => {
                        outputs.get(output).copied()
                    }
                    _ => None,
                },
            };
            digest.filter(|&digest| self.store.check(digest).is_ok_and(|object| object == Object::Intact))
        };
        let optional = self.graph.steps()[index].optional.iter();
        optional.filter_map(|input| Some((input.path.clone(), existing(input)?))).collect()
    }

    /// The content of a step's output, which must be in the store.
    pub fn output(&self, step: &str, output: &str, digest: Digest) -> Result<Vec<u8>, EngineError> {
        let lost = || EngineError::Lost { step: step.to_owned(), output: output.to_owned() };
        self.store.read(digest)?.ok_or_else(lost)
    }

    /// All known results for the key of a fresh step, oldest first.
    pub fn known(&self, state: &State) -> Result<Vec<Outputs>, FileError> {
        let State::Fresh { key, .. } = state else { return Ok(Vec::new()) };
        Ok(match self.store.find(key.digest)? {
            Found::Entry(entry) => entry.results,
            _ => Vec::new(),
        })
    }

    /// Estimated duration of a step: as last time, else as declared.
    pub fn estimate(&self, index: usize) -> Duration {
        let step = &self.graph.steps()[index];
        self.store.journal.latest(&step.name, self.graph.hardware(index)).map_or(step.estimate, |ran| ran.took())
    }

    /// The outputs that are missing in the store but published, and the problems of those in the store.
    fn faults(&self, index: usize, outputs: &Outputs) -> Result<(BTreeSet<String>, Vec<Reason>), FileError> {
        let (step, hardware) = (&self.graph.steps()[index].name, self.graph.hardware(index));
        let (mut restore, mut faults) = (BTreeSet::new(), Vec::new());
        for (output, digest) in outputs {
            let object = self.store.check(*digest)?;
            if object == Object::Intact {
                continue;
            }
            let is_published = self.published.read(hardware, step, output, *digest)?.is_some();
            if is_published {
                restore.insert(output.to_owned());
            }
            let published = self.published.path(hardware, step, output);
            let output = output.to_owned();
            match object {
                Object::Corrupt => faults.push(Reason::OutputCorrupt { output, object: *digest }),
                _ if is_published => {}
                _ => {
                    faults.push(Reason::OutputMissing { output });
                    if published.exists() {
                        let file = published.strip_prefix(&self.tree.root).unwrap_or(&published).to_owned();
                        faults.push(Reason::PublishedDiffers { file });
                    }
                }
            }
        }
        Ok((restore, faults))
    }
}

/// Orders the steps. A program that is built here must have sources, or its step would never run again.
fn graph(steps: Vec<Step>) -> Result<Graph, GraphError> {
    let is_open = |step: &&Step| {
        matches!(step.program, Program::Workspace { .. })
            && step.source_patterns().include.is_empty()
            && step.crates.is_empty()
    };
    if let Some(step) = steps.iter().find(is_open) {
        return Err(GraphError::Sources { step: step.name.to_string(), program: step.program.name().to_owned() });
    }
    Graph::new(steps)
}

/// A result for a key.
struct KnownResult {
    outputs: Outputs,
    /// Whether it is in the key's entry.
    is_recorded: bool,
    /// Whether it was made here, according to the store.
    is_own: bool,
}
