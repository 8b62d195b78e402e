//! The estimates of other machines to compare with: `machines/NAME.json` of an input folder. Independent of figures.

use std::path::Path;

use crate::estimates::Estimates;
use crate::json::{self, JsonError};

/// The folder of the files.
pub const FOLDER: &str = "machines";

/// Another machine.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its name in the lock, for example `cpu-3f2a91c0`.
    pub name: String,
    /// What was measured on it.
    pub estimates: Estimates,
}

/// Reads `machines/*.json` of `folder`, sorted by name; none if there is no such folder.
pub fn read(folder: &Path) -> Result<Vec<Machine>, JsonError> {
    let path = folder.join(FOLDER);
    let paths = json::files(&path).map_err(|source| JsonError::Io { path, source })?;
    let name = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    paths.into_iter().map(|path| Ok(Machine { name: name(&path), estimates: json::read(&path)? })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_machines_has_none() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(read(folder.path()).expect("none").is_empty());
    }
}
