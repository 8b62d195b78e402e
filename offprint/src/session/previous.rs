//! What is known of earlier runs of a step: in this store, in the lock, and in the published records.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::files::FileError;
use crate::key::Key;
use crate::lock::{Lock, Locked};
use crate::session::Session;
use crate::store::{Found, Store};

impl Session {
    /// The key of the step's latest known run: from this store, else from the lock, else from the lock for other
    /// hardware.
    pub(super) fn previous(&self, index: usize) -> Result<Option<Key>, FileError> {
        let (step, hardware) = (&self.graph.steps()[index].name, self.graph.hardware(index));
        if let Some(ran) = self.store.journal.latest(step, hardware)
            && let Some(key) = self.key_text(hardware, step, ran.key)?
        {
            return Ok(Some(key));
        }
        let others = self.hardware_of.get_or_init(|| hardware_of(&self.lock)).get(step.as_str());
        let others = others.into_iter().flatten().map(String::as_str);
        for name in [hardware].into_iter().chain(others.filter(|name| *name != hardware)) {
            let Some(locked) = self.lock.get(name, step) else { continue };
            if let Some(key) = self.key_text(name, step, locked.key)? {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// The text of a key, if the store or the published records have it.
    pub fn key_text(&self, hardware: &str, step: &str, key: Digest) -> Result<Option<Key>, FileError> {
        match self.store.find(key)? {
            Found::Entry(entry) => Ok(Some(entry.key)),
            _ => self.published.key(hardware, step, key),
        }
    }
}

/// Whether a result in the lock was made in this store, and not taken from the published records.
pub fn made_here(store: &Store, (hardware, step): (&str, &str), locked: &Locked) -> Result<bool, FileError> {
    Ok(match store.find(locked.key)? {
        Found::Entry(entry) => entry.results.contains(&locked.outputs),
        // The journal may have a run whose entry was lost.
        _ => ran_here(store, (hardware, step), locked),
    })
}

/// Whether the latest run of a step in this store had the key of a result in the lock.
pub(super) fn ran_here(store: &Store, (hardware, step): (&str, &str), locked: &Locked) -> bool {
    store.journal.latest(step, hardware).is_some_and(|ran| ran.key == locked.key)
}

/// The hardware for which a lock has each step.
fn hardware_of(lock: &Lock) -> BTreeMap<String, Vec<String>> {
    let mut machines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (hardware, step) in lock.steps.keys() {
        machines.entry(step.to_string()).or_default().push(hardware.to_string());
    }
    machines
}
