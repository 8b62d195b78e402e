//! Sets of records: finding what a word on the command line means, and taking its records with suspicion. Knows no
//! statistics; those are the business of the programs that compare and choose.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use offprint::{files, store_lock};

pub mod folder;
pub mod record_set;

/// An empty folder for a command, which nobody else uses until the file is dropped.
///
/// # Errors
/// It cannot be made.
pub fn scratch(root: &Path, command: &str) -> Result<(PathBuf, File)> {
    let scratch = root.join("target").join(command);
    fs::create_dir_all(&scratch).with_context(|| format!("cannot make {}", scratch.display()))?;
    let lock = store_lock::lock(&scratch.with_extension("lock"), |holder| {
        eprintln!("waiting for another call of {command} (process {holder}) to finish");
    })?;
    files::remove_folder(&scratch)?;
    Ok((scratch, lock))
}
