//! Writes the measurements that a lock names to the folder of published records, for clones without the hardware.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::EngineError;
use crate::files::{self, Doing, FileError, Flush};
use crate::published::KEY;
use crate::session::Session;

/// Writes the outputs and the key of each measured step among `chosen`. Removes other files of the same hardware from
/// steps that the lock no longer names. Returns the number of files.
///
/// # Errors
/// A file cannot be read or written.
pub fn write(session: &Session, chosen: &BTreeSet<usize>) -> Result<usize, EngineError> {
    let mut kept = BTreeSet::new();
    let mut folders = BTreeSet::new();
    for &index in chosen {
        let (step, hardware) = (&session.graph.steps()[index], session.graph.hardware(index));
        let Some(locked) = session.lock.get(hardware, &step.name).filter(|_| step.class.is_nondeterministic()) else {
            continue;
        };
        let mut put = |file: &str, bytes: &[u8]| -> Result<(), FileError> {
            let path = session.published.path(hardware, &step.name, file);
            if fs::read(&path).ok().as_deref() != Some(bytes) {
                files::put(&path, bytes, &session.store.scratch(), Flush::Yes)?;
            }
            kept.insert(path);
            Ok(())
        };
        for (output, &digest) in &locked.outputs {
            put(output, &session.output(&step.name, output, digest)?)?;
        }
        if let Some(key) = session.key_text(hardware, &step.name, locked.key)? {
            put(KEY, key.text.as_bytes())?;
        }
        folders.insert(session.published.path(hardware, "", ""));
    }
    let measured = session.lock.steps.iter().filter(|(_, locked)| locked.class.is_nondeterministic());
    let measured: Vec<PathBuf> =
        measured.map(|((hardware, step), _)| session.published.path(hardware, step, "")).collect();
    // The folder of a point contains those of its further sessions.
    let locked = |path: &Path| measured.iter().any(|folder| path.parent() == Some(folder.as_path()));
    for folder in folders {
        for name in files::list(&folder)? {
            let path = folder.join(name);
            if !kept.contains(&path) && !locked(&path) {
                fs::remove_file(&path).doing("cannot remove", &path)?;
            }
        }
    }
    Ok(kept.len())
}
