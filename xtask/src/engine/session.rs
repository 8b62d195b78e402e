//! What one call of the driver works with: the graph, the checkout, the store and the lock; and whether a step is fresh.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::engine::digest::Digest;
use crate::engine::entry::Entry;
use crate::engine::files::FileError;
use crate::engine::graph::{Graph, GraphError};
use crate::engine::key::{Key, KeyError, input_label};
use crate::engine::lock::{Lock, LockError};
use crate::engine::program::ProgramError;
use crate::engine::reason::{Reason, changes};
use crate::engine::run::RunError;
use crate::engine::step::{Origin, Step};
use crate::engine::store::{Found, Object, Store};
use crate::engine::tree::Tree;

/// Everything a plan or a run reads.
pub struct Session {
    /// The steps.
    pub graph: Graph,
    /// The checkout.
    pub tree: Tree,
    /// What was made before.
    pub store: Store,
    /// What the paper uses.
    pub lock: Lock,
    /// Where the lock is kept.
    pub lock_path: PathBuf,
}

/// What stops the engine.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum EngineError {
    /// The steps make no graph.
    Graph(#[from] GraphError),
    /// A step has no key.
    Key(#[from] KeyError),
    /// A file of store or checkout.
    File(#[from] FileError),
    /// The lock.
    Lock(#[from] LockError),
    /// A program could not be built.
    Program(#[from] ProgramError),
    /// A step's program did not do what it should.
    Run(#[from] RunError),
}

/// Outputs of finished or fresh steps, by index of the step.
pub type Made = BTreeMap<usize, BTreeMap<String, Digest>>;

/// Whether a step must run.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Its key has an entry whose outputs are all intact.
    Fresh(Box<Entry>),
    /// It must run.
    Stale {
        /// Its key.
        key: Key,
        /// Why, at least one.
        reasons: Vec<Reason>,
    },
    /// Steps it reads from must run first.
    Waiting {
        /// What is known of its key.
        partial: Key,
        /// Those steps, and what changed besides.
        reasons: Vec<Reason>,
    },
}

impl Session {
    /// Orders `steps` and reads the lock at `lock_path`. `root` is the checkout that keys are made of.
    pub fn open(root: &Path, store: Store, lock_path: PathBuf, steps: Vec<Step>) -> Result<Self, EngineError> {
        let lock = Lock::read(&lock_path)?;
        Ok(Self { graph: Graph::new(steps)?, lock, lock_path, tree: Tree::open(root)?, store })
    }

    /// The digests a step finds in its input folder, as far as they are made, and the steps it waits for.
    pub fn inputs(&self, index: usize, made: &Made) -> (BTreeMap<String, Digest>, BTreeSet<String>) {
        let (mut digests, mut waits) = (BTreeMap::new(), BTreeSet::new());
        for input in &self.graph.steps()[index].inputs {
            let Origin::Step { step, output } = &input.origin else { continue };
            let outputs = self.graph.find(step).and_then(|from| made.get(&from));
            match outputs.and_then(|outputs| outputs.get(output)) {
                Some(digest) => {
                    digests.insert(input.place.clone(), *digest);
                }
                None => {
                    waits.insert(step.clone());
                }
            }
        }
        (digests, waits)
    }

    /// Whether step `index` must run, and why; the one place where keys are compared.
    pub fn state(&self, index: usize, made: &Made) -> Result<State, EngineError> {
        let step = &self.graph.steps()[index];
        let (digests, waits) = self.inputs(index, made);
        let key = Key::new(step, &digests, &self.tree)?;
        if !waits.is_empty() {
            let missing = step.inputs.iter().filter(|input| !digests.contains_key(&input.place));
            let unknown = missing.map(|input| input_label(&input.place)).collect();
            let reasons = waits.into_iter().map(|step| Reason::Waits { step });
            let known = self.previous(&step.name)?.map(|old| changes(&old.text, &key.text, &unknown));
            return Ok(State::Waiting { partial: key, reasons: reasons.chain(known.unwrap_or_default()).collect() });
        }
        let reasons = match self.store.find(key.digest)? {
            Found::Entry(entry) => {
                let reasons = self.faults(&entry)?;
                if reasons.is_empty() {
                    return Ok(State::Fresh(entry));
                }
                reasons
            }
            Found::Damaged { problem } => vec![Reason::EntryDamaged { problem }],
            Found::Nothing => match self.previous(&step.name)? {
                Some(old) => changes(&old.text, &key.text, &BTreeSet::new()),
                None => vec![Reason::NeverRun],
            },
        };
        // A previous key that equals this one has lost its entry: nothing is known of that run any more.
        let reasons = if reasons.is_empty() { vec![Reason::NeverRun] } else { reasons };
        Ok(State::Stale { key, reasons })
    }

    /// How long a step takes: as last time, else as declared.
    pub fn estimate(&self, index: usize) -> Duration {
        let step = &self.graph.steps()[index];
        self.store.last(&step.name).map_or(step.rough, |last| last.took)
    }

    /// The key of the step's latest known run: of this store, else of the lock.
    pub fn previous(&self, step: &str) -> Result<Option<Key>, FileError> {
        let here = self.store.last(step).map(|last| last.key);
        let locked = self.lock.steps.get(step).map(|locked| locked.key);
        for key in [here, locked].into_iter().flatten() {
            if let Found::Entry(entry) = self.store.find(key)? {
                return Ok(Some(entry.key));
            }
        }
        Ok(None)
    }

    /// Where the damaged object of a key's output lies; none when another step made it again already.
    pub fn damaged(&self, key: Digest, output: &str) -> Result<Option<PathBuf>, FileError> {
        let Found::Entry(entry) = self.store.find(key)? else { return Ok(None) };
        let Some(&object) = entry.outputs.get(output) else { return Ok(None) };
        Ok((self.store.check(object)? == Object::Damaged).then(|| self.store.object_path(object)))
    }

    fn faults(&self, entry: &Entry) -> Result<Vec<Reason>, FileError> {
        let mut faults = Vec::new();
        for (output, digest) in &entry.outputs {
            let output = output.clone();
            match self.store.check(*digest)? {
                Object::Intact => {}
                Object::Missing => faults.push(Reason::OutputMissing { output }),
                Object::Damaged => faults.push(Reason::OutputDamaged { output }),
            }
        }
        Ok(faults)
    }
}
