//! Only one run changes a store at a time; a second one waits and learns for whom. Knows nothing of what is stored.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

use crate::files::{Doing, FileError};
use crate::store::Store;

/// The right to change a store, until dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// Waits for the right. When another run has it, `waiting` is called once with that run's process number.
    pub fn wait(store: &Store, waiting: impl FnOnce(&str)) -> Result<Self, FileError> {
        fs::create_dir_all(store.folder()).doing("cannot make the folder", store.folder())?;
        let path = store.folder().join("lock");
        let file = lock(&path, waiting)?;
        // Whatever a killed run left unfinished goes; nobody else works here now.
        store.prepare()?;
        Ok(Self { _file: file })
    }
}

/// Locks the file at `path`, which is made when it is missing, and writes this process's number into it.
pub fn lock(path: &Path, waiting: impl FnOnce(&str)) -> Result<File, FileError> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let file = file.doing("cannot open", path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // The number is for people; without it the wait is the same.
            let _ = (&file).take(20).read_to_string(&mut holder);
            waiting(holder.trim());
            file.lock().doing("cannot lock", path)?;
        }
        Err(TryLockError::Error(error)) => return Err(error).doing("cannot lock", path),
    }
    file.set_len(0).doing("cannot write", path)?;
    writeln!(&file, "{}", std::process::id()).doing("cannot write", path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;
    use crate::stat_cache::{Caching, StatCache};
    use std::sync::{Arc, mpsc};

    #[test]
    fn a_second_run_waits_and_learns_for_whom() {
        let folder = tempfile::tempdir().unwrap();
        let stat_cache = Arc::new(StatCache::open(folder.path(), &Store::stat_cache_path(folder.path()), Caching::On));
        let store = Store::open(folder.path(), stat_cache).unwrap();
        let first = StoreLock::wait(&store, |_| panic!("nobody holds it")).unwrap();
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
