//! The metadata by which a state of a file is recognised.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A file modified this recently may be edited again with the same times: the coarsest file systems count in two
/// seconds.
const UNSETTLED: Duration = Duration::from_millis(2100);

/// The metadata that identifies a state of a file. Times are in nanoseconds since 1970; those that would overflow, before 1678 or
/// after 2262, are the least or greatest number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStat {
    pub(super) size: u64,
    pub(super) modified: i64,
    pub(super) status_changed: i64,
    pub(super) inode: u64,
}

impl FileStat {
    /// That of the file at `path`, links followed.
    pub fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|facts| Self::from(&facts))
    }

    /// Whether every edit after the time `now` changes the metadata.
    fn is_settled(&self, now: i64) -> bool {
        let latest = self.modified.max(self.status_changed);
        self.modified > i64::MIN && latest.saturating_add(UNSETTLED.as_nanos() as i64) < now
    }
}

impl From<&Metadata> for FileStat {
    fn from(facts: &Metadata) -> Self {
        let time = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
        Self {
            size: facts.len(),
            modified: time(facts.mtime(), facts.mtime_nsec()),
            status_changed: time(facts.ctime(), facts.ctime_nsec()),
            inode: facts.ino(),
        }
    }
}

/// A file before it is read.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    stat: FileStat,
    now: i64,
}

impl Before {
    /// The file has the metadata `stat` at this moment.
    pub fn reading(stat: FileStat) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self { stat, now: now.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(0)) }
    }

    /// The metadata that stands for what was read since; none if the file changed meanwhile, or may change without being noticed.
    pub fn after(self, path: &Path) -> io::Result<Option<FileStat>> {
        Ok(if self.stat.is_settled(self.now) && FileStat::of(path)? == self.stat { Some(self.stat) } else { None })
    }
}
