//! Finds what neither a lock nor a recent run refers to in a store, and removes it on request.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::digest::Digest;
use crate::entry::Entry;
use crate::files::{self, Doing, FileError, Flush};
use crate::key::facts;
use crate::lock::Lock;
use crate::recent;
use crate::resolved::Outputs;
use crate::step::Class;
use crate::store::{Found, Store};

/// The folder of a store in which programs keep what an interrupted run continues.
pub const UNFINISHED: &str = "unfinished";

/// After this time without a change, the files of an interrupted run are abandoned. No step may run as long.
pub const ABANDONED: Duration = Duration::from_secs(30 * 24 * 3600);

/// What can be removed.
#[derive(Debug, Default)]
pub struct Garbage {
    /// Entries of keys that nothing refers to.
    pub entries: Vec<PathBuf>,
    /// Outputs of no kept result.
    pub objects: Vec<PathBuf>,
    /// Number of removable results of kept keys.
    pub results: usize,
    /// Quarantined files.
    pub corrupt: Vec<PathBuf>,
    /// What interrupted runs left and no run continued for [`ABANDONED`].
    pub abandoned: Vec<PathBuf>,
    /// Number of interrupted runs that another run would continue.
    pub unfinished: usize,
    /// Total size in bytes.
    pub bytes: u64,
    /// The steps whose measurements would be removed.
    pub measurements: Vec<String>,
    /// Entries that keep some of their results.
    kept: Vec<Entry>,
}

/// Looks through the store. An entry that does not parse is corrupt and can be removed.
pub fn find(store: &Store, locks: &[Lock]) -> Result<Garbage, FileError> {
    let mut named: BTreeMap<Digest, BTreeSet<Outputs>> = BTreeMap::new();
    for locked in locks.iter().flat_map(|lock| lock.steps.values()) {
        named.entry(locked.key).or_default().insert(locked.outputs.clone());
    }
    let recent = recent::keys(store)?;
    let mut garbage = Garbage::default();
    // An output in the lock is kept even if its entry is corrupt or missing.
    let mut used: BTreeSet<Digest> = named.values().flatten().flat_map(|outputs| outputs.values().copied()).collect();
    for (path, name) in listed(store, "entries")? {
        let found = match name.parse() {
            Ok(key) => store.find(key)?,
            Err(_) => Found::Nothing,
        };
        let Found::Entry(mut entry) = found else {
            garbage.entries.push(path);
            continue;
        };
        let key = entry.key.digest;
        let is_recent = recent.contains(&key);
        let before = entry.results.len();
        entry.results.retain(|outputs| {
            let is_named = named.get(&key).is_some_and(|named| named.contains(outputs));
            // It is unknown which of several results a recent run used, so all are kept.
            is_named || is_recent
        });
        let gone = before - entry.results.len();
        if entry.class == Class::Measured && gone > 0 {
            let step = facts(&entry.key.text).iter().find(|(label, _)| *label == "step").map(|(_, of)| of.concat());
            garbage.measurements.extend(step);
        }
        used.extend(entry.results.iter().flat_map(|outputs| outputs.values().copied()));
        if entry.results.is_empty() {
            garbage.entries.push(path);
        } else if gone > 0 {
            garbage.results += gone;
            garbage.kept.push(*entry);
        }
    }
    for (path, name) in listed(store, "objects")? {
        if name.parse().map_or(true, |object| !used.contains(&object)) {
            garbage.objects.push(path);
        }
    }
    garbage.corrupt = listed(store, "corrupt")?.into_iter().map(|(path, _)| path).collect();
    for (path, _) in listed(store, UNFINISHED)? {
        let changed = fs::metadata(&path).and_then(|facts| facts.modified()).doing("cannot read", &path)?;
        // A time in the future is not old.
        match changed.elapsed().is_ok_and(|age| age > ABANDONED) {
            true => garbage.abandoned.push(path),
            false => garbage.unfinished += 1,
        }
    }
    let mut bytes = 0;
    for path in garbage.files() {
        bytes += fs::metadata(path).doing("cannot read", path)?.len();
    }
    garbage.bytes = bytes;
    Ok(garbage)
}

impl Garbage {
    /// Everything that is removed as a file: entries first, so that none remains without its outputs.
    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.entries.iter().chain(&self.objects).chain(&self.corrupt).chain(&self.abandoned)
    }
}

/// Removes what was found. Requires the store lock.
pub fn remove(store: &Store, garbage: &Garbage) -> Result<(), FileError> {
    for entry in &garbage.kept {
        store.record(entry, Flush::Yes)?;
    }
    for path in garbage.files() {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error).doing("cannot remove", path),
            _ => {}
        }
    }
    Ok(())
}

/// Files of one folder of the store, each with the digest in its path.
fn listed(store: &Store, part: &str) -> Result<Vec<(PathBuf, String)>, FileError> {
    let folder = store.folder().join(part);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    Ok(files::list(&folder)?.into_iter().map(|name| (folder.join(&name), name.replace('/', ""))).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::SystemTime;

    use super::*;
    use crate::stat_cache::{Caching, StatCache};

    #[test]
    fn an_interrupted_run_is_kept_until_nothing_continued_it_for_a_month() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(
            &folder.path().join("store"),
            Arc::new(StatCache::open(folder.path(), &folder.path().join("cache"), Caching::Off)),
        )
        .unwrap();
        let unfinished = store.folder().join(UNFINISHED);
        fs::create_dir_all(&unfinished).unwrap();
        let day = Duration::from_secs(24 * 3600);
        let now = SystemTime::now();
        for (name, changed) in [("old", now - 31 * day), ("recent", now - 29 * day), ("of-tomorrow", now + day)] {
            let file = fs::File::create(unfinished.join(name)).unwrap();
            file.set_len(1000).unwrap();
            file.set_modified(changed).unwrap();
        }
        let garbage = find(&store, &[]).unwrap();
        assert_eq!((&garbage.abandoned, garbage.unfinished), (&vec![unfinished.join("old")], 2));
        assert_eq!(garbage.bytes, 1000);
        remove(&store, &garbage).unwrap();
        assert!(!unfinished.join("old").exists() && unfinished.join("recent").exists());
        let rest = find(&store, &[]).unwrap();
        assert!(rest.abandoned.is_empty() && rest.unfinished == 2 && rest.bytes == 0);
    }
}
