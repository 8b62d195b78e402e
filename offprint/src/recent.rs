//! The keys that the latest runs used, which `gc` keeps.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::files::{self, Doing, FileError, Flush};
use crate::store::Store;

/// Number of runs that are remembered, among runs with different keys.
pub const RUNS: usize = 10;

/// Records that a run used `keys`.
pub fn note(store: &Store, mut keys: Vec<Digest>) -> Result<(), FileError> {
    keys.sort_unstable();
    keys.dedup();
    let files = files(store)?;
    let next = files.last().map_or(1, |(number, _)| number + 1);
    let path = store.folder().join("runs").join(next.to_string());
    let is_same = |path: &Path| files::has_text(path, |out| keys.iter().try_for_each(|key| writeln!(out, "{key}")));
    // Most runs use the keys of the latest.
    if let Some(at) = files.iter().rposition(|(_, path)| is_same(path)) {
        // A run with the same keys as an earlier one replaces it.
        let renamed = if at + 1 < files.len() { fs::rename(&files[at].1, &path) } else { Ok(()) };
        return renamed.doing("cannot write", &path);
    }
    let text: String = keys.iter().map(|key| format!("{key}\n")).collect();
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
