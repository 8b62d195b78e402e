//! Sets of records: resolves an argument to a set, and checks its records. Statistics are left to `results`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use offprint::files::{self, Doing};
use offprint::store_lock;

pub mod folder;
pub mod record_set;

/// An empty folder for a command, locked until the second value is dropped.
///
/// # Errors
/// It cannot be created.
pub fn scratch(root: &Path, command: &str) -> Result<(PathBuf, store_lock::Held)> {
    let scratch = root.join("target").join(command);
    fs::create_dir_all(&scratch).doing("cannot make the folder", &scratch)?;
    let lock = store_lock::lock(&scratch.with_extension("lock"), |holder| {
        eprintln!("waiting for another call of {command} (process {holder}) to finish");
    })?;
    files::remove_folder(&scratch)?;
    Ok((scratch, lock))
}
