//! Notices that something may have changed in folders, by inotify. Only a hint: where it has no watch left or sees nothing, as on a
//! share that others write to, the caller must look at the files from time to time.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

/// Time between two looks at the events, which cost next to nothing.
const LOOK: Duration = Duration::from_millis(10);

/// Watches on folders. Those below them need their own.
pub struct Wake {
    events: Option<OwnedFd>,
    is_complete: bool,
}

impl Wake {
    /// Watches these folders.
    pub fn new<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Self {
        let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok();
        let changes = WatchFlags::MODIFY
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::ATTRIB;
        let is_complete = match &events {
            None => false,
            Some(events) => {
                let fails =
                    |folder: &&Path| inotify::add_watch(events, *folder, changes | WatchFlags::ONLYDIR).is_err();
                folders.into_iter().filter(fails).count() == 0
            }
        };
        Self { events, is_complete }
    }

    /// Whether all folders are watched.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Waits for a change, at most for this long.
    pub fn wait(&self, most: Duration) {
        let began = Instant::now();
        let mut buffer = [0; 4096];
        let mut has_events =
            || self.events.as_ref().is_some_and(|events| rustix::io::read(events, &mut buffer).is_ok());
        while began.elapsed() < most && !has_events() {
            sleep(LOOK.min(most));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_saved_file_ends_the_wait_at_once_and_nothing_does_not() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "one").unwrap();
        let wake = Wake::new([folder.path()]);
        assert!(wake.is_complete());
        let waited = |most: u64| {
            let began = Instant::now();
            wake.wait(Duration::from_millis(most));
            began.elapsed()
        };
        assert!(waited(60) >= Duration::from_millis(60));
        fs::write(folder.path().join("a"), "two").unwrap();
        assert!(waited(20_000) < Duration::from_secs(10));
        while wake.events.as_ref().is_some_and(|events| rustix::io::read(events, &mut [0; 4096]).is_ok()) {}
        fs::rename(folder.path().join("a"), folder.path().join("b")).unwrap();
        assert!(waited(20_000) < Duration::from_secs(10));
    }

    #[test]
    fn a_folder_that_cannot_be_watched_is_reported() {
        assert!(!Wake::new([Path::new("/no/such/folder")]).is_complete());
    }
}
