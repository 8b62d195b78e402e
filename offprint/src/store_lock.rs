//! The store lock: only one run changes a store at a time. A second one waits, and names the process that it waits for.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::files::{Doing, FileError};
use crate::lock_file::LockFile;
use crate::store::Store;

/// The store lock, which is held until this value is dropped or the process ends.
#[derive(Debug)]
pub struct StoreLock {
    _held: Held,
}

/// A lock, which is held until this value is dropped or the process ends.
#[derive(Debug)]
pub enum Held {
    /// By the kernel.
    File(File),
    /// By a file that names the holder, where the file system has no locks.
    Named(LockFile),
}

impl StoreLock {
    /// Waits for the store lock. If another run has it, `waiting` is called once with that run's process ID.
    pub fn wait(store: &Store, waiting: impl FnOnce(&str)) -> Result<Self, FileError> {
        fs::create_dir_all(store.folder()).doing("cannot make the folder", store.folder())?;
        let path = store.folder().join("lock");
        let held = lock(&path, waiting)?;
        // Remove what a killed run left unfinished.
        store.prepare()?;
        Ok(Self { _held: held })
    }
}

/// Locks the file at `path`, creating it if necessary, and writes this process's ID into it.
pub fn lock(path: &Path, waiting: impl FnOnce(&str)) -> Result<Held, FileError> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let file = file.doing("cannot open", path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // The ID is only informative.
            let _ = (&file).take(20).read_to_string(&mut holder);
            waiting(holder.trim());
            file.lock().doing("cannot lock", path)?;
        }
        // A share without a lock server, or a driver without locks. A broken disk refuses a new file, too.
        Err(TryLockError::Error(error)) if error.kind() != io::ErrorKind::Interrupted => {
            return LockFile::wait(&path.with_extension("holder"), waiting).map(Held::Named);
        }
        Err(TryLockError::Error(error)) => return Err(error).doing("cannot lock", path),
    }
    file.set_len(0).doing("cannot write", path)?;
    writeln!(&file, "{}", std::process::id()).doing("cannot write", path)?;
    Ok(Held::File(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;
    use crate::stat_cache::{Caching, StatCache};
    use std::sync::{Arc, mpsc};

    #[test]
    fn a_second_run_waits_and_names_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let stat_cache = Arc::new(StatCache::open(folder.path(), &Store::stat_cache_path(folder.path()), Caching::On));
        let store = Store::open(folder.path(), stat_cache).unwrap();
        let first = StoreLock::wait(&store, |_| panic!("nobody has the lock")).unwrap();
        fs::write(store.scratch().join("left"), "").unwrap();
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            let second =
                scope.spawn(|| StoreLock::wait(&store, |holder| sender.send(holder.to_owned()).unwrap()).unwrap());
            assert_eq!(receiver.recv().unwrap(), std::process::id().to_string());
            assert!(!second.is_finished());
            drop(first);
            second.join().unwrap();
        });
        assert!(files::list(&store.scratch()).unwrap().is_empty());
    }
}
