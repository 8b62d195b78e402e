//! The keys that the latest runs used, which `gc` keeps.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::digest::Digest;
use crate::files::{self, Doing, FileError, Flush};
use crate::store::Store;

/// Number of runs that are remembered, among runs with different keys.
pub const RUNS: usize = 10;

/// Records that a run used `keys`.
pub fn note(store: &Store, keys: impl Iterator<Item = Digest>) -> Result<(), FileError> {
    let keys: BTreeSet<Digest> = keys.collect();
    let text: String = keys.iter().map(|key| format!("{key}\n")).collect();
    let files = files(store)?;
    let next = files.last().map_or(1, |(number, _)| number + 1);
    let path = store.folder().join("runs").join(next.to_string());
    if let Some(at) = files.iter().position(|(_, path)| fs::read(path).is_ok_and(|known| known == text.as_bytes())) {
        // A run with the same keys as an earlier one replaces it.
        let renamed = if at + 1 < files.len() { fs::rename(&files[at].1, &path) } else { Ok(()) };
        return renamed.doing("cannot write", &path);
    }
    files::put(&path, text.as_bytes(), &store.scratch(), Flush::No)?;
    for (_, path) in files.iter().rev().skip(RUNS - 1) {
        fs::remove_file(path).doing("cannot remove", path)?;
    }
    Ok(())
}

/// The keys of all remembered runs.
pub fn keys(store: &Store) -> Result<BTreeSet<Digest>, FileError> {
    let mut keys = BTreeSet::new();
    for (_, path) in files(store)? {
        let bytes = fs::read(&path).doing("cannot read", &path)?;
        keys.extend(String::from_utf8_lossy(&bytes).lines().filter_map(|line| line.parse::<Digest>().ok()));
    }
    Ok(keys)
}

/// The recorded runs with their numbers, ascending.
fn files(store: &Store) -> Result<Vec<(u64, PathBuf)>, FileError> {
    let folder = store.folder().join("runs");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let names = files::list(&folder)?;
    let mut files: Vec<_> = names.iter().filter_map(|name| Some((name.parse().ok()?, folder.join(name)))).collect();
    files.sort();
    Ok(files)
}
