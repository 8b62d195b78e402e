//! Caches digests of files. A file counts as unchanged only if size, times and inode are the same, and its times were
//! well in the past when it was last read. So an edit within one clock tick, or under a clock that jumps, is never
//! missed.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::digest::Digest;
use crate::files::{self, FileError};
use crate::quote::{quote, unquote};
use crate::tokens;

/// A file modified this recently may be edited again with the same times: the coarsest file systems count in two
/// seconds.
const UNSETTLED: Duration = Duration::from_millis(2100);
const HEAD: &str = "stat-cache 1\n";

/// What is digested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hashing {
    /// Every byte.
    Bytes,
    /// The tokens of a Rust source, the bytes of anything else.
    Source,
}

/// Whether to use the cache of earlier runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caching {
    /// Reuse digests of unchanged files.
    On,
    /// Read every file.
    Off,
}

/// Cached digests by file.
#[derive(Debug)]
pub struct StatCache {
    root: PathBuf,
    file: PathBuf,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    files: Files,
    changed: bool,
}

/// By name as the system knows it: a comparison of paths by their parts would take longer than asking the system for the file.
type Files = HashMap<(OsString, Hashing), (FileStat, Digest)>;

/// The metadata that identifies a state of a file. Times are in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileStat {
    size: u64,
    modified: i128,
    status_changed: i128,
    inode: u64,
}

impl StatCache {
    /// Reads the cache in `file`; empty when the file is missing, incomplete or corrupt. Paths below `root` are kept
    /// relative to it, so that the cache stays valid when the checkout is moved.
    pub fn open(root: &Path, file: &Path, caching: Caching) -> Self {
        let known = match caching {
            Caching::On => fs::read_to_string(file).ok().and_then(|text| parse(&text)).unwrap_or_default(),
            Caching::Off => Known { changed: true, ..Known::default() },
        };
        Self { root: root.to_owned(), file: file.to_owned(), known: Mutex::new(known) }
    }

    /// The digest of the file at `path`, which is below the root or absolute.
    pub fn digest(&self, path: &Path, hashing: Hashing) -> io::Result<Digest> {
        let name = path.strip_prefix(&self.root).unwrap_or(path);
        let stat = FileStat::of(path)?;
        let key = (name.as_os_str().to_owned(), hashing);
        if let Some((_, digest)) = self.known().files.get(&key).filter(|(old, _)| *old == stat) {
            return Ok(*digest);
        }
        let now = nanoseconds(SystemTime::now());
        let digest = match hashing {
            Hashing::Source if path.extension().is_some_and(|extension| extension == "rs") => {
                tokens::digest(&fs::read(path)?)
            }
            _ => Digest::of_file(path)?.0,
        };
        let mut known = self.known();
        // Nothing is cached for a file that changes while it is read.
        if stat.is_settled(now) && FileStat::of(path)? == stat {
            known.files.insert(key, (stat, digest));
            known.changed = true;
        } else {
            known.changed |= known.files.remove(&key).is_some();
        }
        Ok(digest)
    }

    /// Saves the cache for the next run, without files that no longer exist.
    pub fn save(&self, scratch: &Path) -> Result<(), FileError> {
        let mut known = self.known();
        if !known.changed {
            return Ok(());
        }
        known.files.retain(|(name, _), _| self.root.join(name).exists());
        let mut text = HEAD.to_owned();
        let mut sorted: Vec<_> = known.files.iter().collect();
        sorted.sort_unstable_by_key(|(file, _)| *file);
        for ((name, hashing), (stat, digest)) in sorted {
            let Some(name) = name.to_str() else { continue };
            let hashing = if *hashing == Hashing::Bytes { "bytes" } else { "source" };
            let FileStat { size, modified, status_changed, inode } = stat;
            let _ = writeln!(text, "{hashing} {size} {modified} {status_changed} {inode} {digest} {}", quote(name));
        }
        let whole = Digest::of(text.as_bytes());
        files::put(&self.file, format!("{text}whole {whole}\n").as_bytes(), scratch, files::Flush::No)?;
        known.changed = false;
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FileStat {
    fn of(path: &Path) -> io::Result<Self> {
        let facts = fs::metadata(path)?;
        let time = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Ok(Self {
            size: facts.len(),
            modified: time(facts.mtime(), facts.mtime_nsec()),
            status_changed: time(facts.ctime(), facts.ctime_nsec()),
            inode: facts.ino(),
        })
    }

    /// Whether every later edit would change the metadata.
    fn is_settled(&self, now: i128) -> bool {
        let latest = self.modified.max(self.status_changed);
        latest + (UNSETTLED.as_nanos() as i128) < now
    }
}

fn nanoseconds(time: SystemTime) -> i128 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i128)
}

fn parse(text: &str) -> Option<Known> {
    let (body, whole) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let body = &text[..body.len() + 1];
    if whole.strip_prefix("whole ")?.parse::<Digest>().ok()? != Digest::of(body.as_bytes()) {
        return None;
    }
    let mut known = Known::default();
    for line in body.strip_prefix(HEAD)?.lines() {
        let (name, stat, digest) = parse_file(line)?;
        known.files.insert(name, (stat, digest));
    }
    Some(known)
}

fn parse_file(line: &str) -> Option<((OsString, Hashing), FileStat, Digest)> {
    let (facts, name) = line.match_indices(' ').nth(5).map(|(at, _)| (&line[..at], &line[at + 1..]))?;
    let mut facts = facts.split(' ');
    let hashing = match facts.next()? {
        "bytes" => Hashing::Bytes,
        "source" => Hashing::Source,
        _ => return None,
    };
    let stat = FileStat {
        size: facts.next()?.parse().ok()?,
        modified: facts.next()?.parse().ok()?,
        status_changed: facts.next()?.parse().ok()?,
        inode: facts.next()?.parse().ok()?,
    };
    let digest = facts.next()?.parse().ok()?;
    let name = if name.starts_with('"') { unquote(name)?.pop()? } else { name.to_owned() };
    Some(((name.into(), hashing), stat, digest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    const LONG_AGO: Duration = Duration::from_secs(1_000_000_000);

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn stat_cache(&self) -> StatCache {
            StatCache::open(self.0.path(), &self.path("stat-cache"), Caching::On)
        }

        /// Writes a file and sets its modification time; the kernel still sets the time of the status change.
        fn write(&self, name: &str, text: &str, modified: SystemTime) {
            fs::write(self.path(name), text).unwrap();
            File::options().write(true).open(self.path(name)).unwrap().set_modified(modified).unwrap();
        }

        fn digest(&self, stat_cache: &StatCache, name: &str) -> Digest {
            stat_cache.digest(&self.path(name), Hashing::Bytes).unwrap()
        }
    }

    #[test]
    fn an_edit_of_the_same_length_and_time_is_noticed() {
        let (folder, long_ago) = (Folder::new(), UNIX_EPOCH + LONG_AGO);
        for text in ["one", "two", "six"] {
            folder.write("file", text, long_ago);
            let stat_cache = folder.stat_cache();
            assert_eq!(folder.digest(&stat_cache, "file"), Digest::of(text.as_bytes()));
            stat_cache.save(folder.0.path()).unwrap();
        }
    }

    #[test]
    fn a_file_with_a_time_in_the_future_is_read_each_time() {
        let folder = Folder::new();
        folder.write("file", "one", SystemTime::now() + LONG_AGO);
        let stat_cache = folder.stat_cache();
        folder.digest(&stat_cache, "file");
        assert!(stat_cache.known().files.is_empty());
    }

    #[test]
    fn the_digest_of_a_settled_file_is_cached_between_runs() {
        let folder = Folder::new();
        let digest = Digest::of(b"not its content");
        folder.write("ü file", "one", UNIX_EPOCH + LONG_AGO);
        let stat_cache = folder.stat_cache();
        let key = ("ü file".into(), Hashing::Bytes);
        // As if it had been read long after its last change.
        let stat = FileStat::of(&folder.path("ü file")).unwrap();
        stat_cache.known().files.insert(key, (stat, digest));
        stat_cache.known().changed = true;
        stat_cache.save(folder.0.path()).unwrap();
        assert_eq!(folder.digest(&folder.stat_cache(), "ü file"), digest);
        let afresh = StatCache::open(folder.0.path(), &folder.path("stat-cache"), Caching::Off);
        assert_eq!(folder.digest(&afresh, "ü file"), Digest::of(b"one"));
    }

    #[test]
    fn a_corrupt_cache_is_ignored() {
        let folder = Folder::new();
        let stat = FileStat { size: 3, modified: 1, status_changed: 1, inode: 1 };
        folder.write("a", "one", UNIX_EPOCH + LONG_AGO);
        let stat_cache = folder.stat_cache();
        stat_cache.known().files.insert(("a".into(), Hashing::Source), (stat, Digest::of(b"a")));
        stat_cache.known().changed = true;
        stat_cache.save(folder.0.path()).unwrap();
        let text = fs::read_to_string(folder.path("stat-cache")).unwrap();
        assert_eq!(parse(&text).unwrap().files.len(), 1);
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            assert!(String::from_utf8(bytes).is_ok_and(|text| parse(&text).is_none()), "byte {at}");
            assert!(parse(&text[..at]).is_none(), "cut at {at}");
        }
    }
}
