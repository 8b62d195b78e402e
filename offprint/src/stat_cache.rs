//! Caches what was read from files. A file counts as unchanged only if size, times and inode are the same, and its times
//! were well in the past when it was last read. So an edit within one clock tick, or under a clock that jumps, is never
//! missed.

use std::collections::HashMap;
use std::fs;
use std::hash::Hash;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ecow::EcoString;

use crate::digest::Digest;
use crate::files::{self, FileError};
use crate::store::{entry_path, object_path};
use crate::tokens;

mod file_stat;
mod text;

pub use file_stat::{Before, FileStat};

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

/// What was read from files, by file.
#[derive(Debug)]
pub struct StatCache {
    root: PathBuf,
    file: PathBuf,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Digests of files by name, which is relative to the top of the checkout or absolute. Other names than UTF-8 are not cached.
    bytes: Files,
    /// The same of sources.
    sources: Files,
    /// The intact objects of the store.
    objects: HashMap<Digest, (FileStat, ())>,
    /// For keys whose entry in the store has one result, the digest of that.
    entries: HashMap<Digest, (FileStat, Digest)>,
    changed: bool,
}

type Files = HashMap<EcoString, (FileStat, Digest)>;

impl StatCache {
    /// Reads the cache in `file`, which is in the folder of the store; empty when the file is missing, incomplete or corrupt. Paths
    /// below `root` are kept relative to it, so that the cache stays valid when the checkout is moved.
    pub fn open(root: &Path, file: &Path, caching: Caching) -> Self {
        let known = match caching {
            Caching::On => fs::read(file).ok().and_then(|bytes| Known::parse(&bytes)).unwrap_or_default(),
            Caching::Off => Known { changed: true, ..Known::default() },
        };
        Self { root: root.to_owned(), file: file.to_owned(), known: Mutex::new(known) }
    }

    /// The digest of the file at `path`, which is below the root or absolute.
    pub fn digest(&self, path: &Path, hashing: Hashing) -> io::Result<Digest> {
        self.digest_with(path, FileStat::of(path)?, hashing)
    }

    /// The same for a file whose metadata is known.
    pub fn digest_with(&self, path: &Path, stat: FileStat, hashing: Hashing) -> io::Result<Digest> {
        let name = self.name(path);
        if let Some(digest) = name.and_then(|name| cached(self.known().files(hashing).get(name), stat)) {
            return Ok(digest);
        }
        let before = Before::reading(stat);
        let digest = match hashing {
            Hashing::Source if path.extension().is_some_and(|extension| extension == "rs") => {
                tokens::digest(&fs::read(path)?)
            }
            _ => Digest::of_file(path)?.0,
        };
        let after = before.after(path)?;
        if let Some(name) = name {
            let known = &mut *self.known();
            known.changed |= keep(known.files(hashing), name.into(), after.map(|stat| (stat, digest)));
        }
        Ok(digest)
    }

    /// Whether the content of the object at `path` in the store has the digest `object`.
    pub fn is_intact(&self, path: &Path, object: Digest) -> io::Result<bool> {
        let stat = FileStat::of(path)?;
        if cached(self.known().objects.get(&object), stat).is_some() {
            return Ok(true);
        }
        let before = Before::reading(stat);
        let is_intact = Digest::of_file(path)?.0 == object;
        let after = before.after(path)?.filter(|_| is_intact);
        let known = &mut *self.known();
        known.changed |= keep(&mut known.objects, object, after.map(|stat| (stat, ())));
        Ok(is_intact)
    }

    /// The digest of the only result of the entry at `path`, as [`Self::keep_result`] got it; none if the entry must be read.
    pub fn result(&self, path: &Path, key: Digest) -> Option<Digest> {
        // Without a cached entry, its file is opened anyway.
        let known = self.known().entries.get(&key).copied()?;
        cached(Some(&known), FileStat::of(path).ok()?)
    }

    /// Keeps the digest of the only result of a key's entry, if its file has not changed since `before`.
    pub fn keep_result(&self, path: &Path, key: Digest, before: Before, result: Option<Digest>) {
        let after = result.and_then(|_| before.after(path).ok()?);
        let known = &mut *self.known();
        known.changed |= keep(&mut known.entries, key, after.zip(result));
    }

    /// Saves the cache for the next run, without files that no longer exist.
    pub fn save(&self, scratch: &Path) -> Result<(), FileError> {
        let known = &mut *self.known();
        if !known.changed {
            return Ok(());
        }
        let folder = self.file.parent().unwrap_or(&self.root);
        for files in [&mut known.bytes, &mut known.sources] {
            files.retain(|name, _| self.root.join(name.as_str()).exists());
        }
        known.objects.retain(|object, _| object_path(folder, *object).exists());
        known.entries.retain(|key, _| entry_path(folder, *key).exists());
        let store = self.name(folder).unwrap_or_default();
        files::put(&self.file, known.to_text(Path::new(store)).as_bytes(), scratch, files::Flush::No)?;
        known.changed = false;
        Ok(())
    }

    /// A path as it is called in the cache.
    fn name<'a>(&self, path: &'a Path) -> Option<&'a str> {
        // A comparison of paths by their parts would take as long as asking the system for the file.
        let below = path.as_os_str().as_encoded_bytes().strip_prefix(self.root.as_os_str().as_encoded_bytes());
        match below.and_then(|rest| rest.strip_prefix(b"/")) {
            Some(name) if !name.starts_with(b"/") => str::from_utf8(name).ok(),
            _ => path.to_str(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn files(&mut self, hashing: Hashing) -> &mut Files {
        match hashing {
            Hashing::Bytes => &mut self.bytes,
            Hashing::Source => &mut self.sources,
        }
    }
}

/// What is known of a file, if it is unchanged.
fn cached<T: Copy>(known: Option<&(FileStat, T)>, stat: FileStat) -> Option<T> {
    known.filter(|(old, _)| *old == stat).map(|(_, value)| *value)
}

/// Keeps what is known of a file, or forgets it. Returns whether there was something to keep or to forget.
fn keep<K: Eq + Hash, T>(all: &mut HashMap<K, (FileStat, T)>, key: K, value: Option<(FileStat, T)>) -> bool {
    match value {
        Some(value) => {
            all.insert(key, value);
            true
        }
        None => all.remove(&key).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
        assert!(stat_cache.known().bytes.is_empty());
    }

    #[test]
    fn the_digest_of_a_settled_file_is_cached_between_runs() {
        let folder = Folder::new();
        let digest = Digest::of(b"not its content");
        folder.write("ü file", "one", UNIX_EPOCH + LONG_AGO);
        let stat_cache = folder.stat_cache();
        // As if it had been read long after its last change.
        let stat = FileStat::of(&folder.path("ü file")).unwrap();
        stat_cache.known().bytes.insert("ü file".into(), (stat, digest));
        stat_cache.known().changed = true;
        stat_cache.save(folder.0.path()).unwrap();
        assert_eq!(folder.digest(&folder.stat_cache(), "ü file"), digest);
        let afresh = StatCache::open(folder.0.path(), &folder.path("stat-cache"), Caching::Off);
        assert_eq!(folder.digest(&afresh, "ü file"), Digest::of(b"one"));
    }

    #[test]
    fn the_cache_of_an_object_or_entry_is_kept_while_its_file_is_unchanged_and_exists() {
        let folder = Folder::new();
        let (intact, result) = (Digest::of(b"object"), Digest::of(b"result"));
        // Both have their files; the content would not be believed if it were read.
        for path in [object_path(folder.0.path(), intact), entry_path(folder.0.path(), intact)] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "anything").unwrap();
        }
        let path = |of: fn(&Path, Digest) -> PathBuf| of(folder.0.path(), intact);
        let stat_cache = folder.stat_cache();
        {
            let known = &mut *stat_cache.known();
            known.objects.insert(intact, (FileStat::of(&path(object_path)).unwrap(), ()));
            known.entries.insert(intact, (FileStat::of(&path(entry_path)).unwrap(), result));
            let gone = FileStat::of(folder.0.path()).unwrap();
            known.objects.insert(result, (gone, ()));
            known.entries.insert(result, (gone, result));
            known.changed = true;
        }
        stat_cache.save(folder.0.path()).unwrap();
        let again = folder.stat_cache();
        assert!(again.is_intact(&path(object_path), intact).unwrap());
        assert_eq!(again.result(&path(entry_path), intact), Some(result));
        assert_eq!(again.known().objects.len(), 1);
        assert_eq!(again.known().entries.len(), 1);
        for path in [path(object_path), path(entry_path)] {
            fs::write(&path, "ANYTHING").unwrap();
        }
        assert!(!again.is_intact(&path(object_path), intact).unwrap());
        assert_eq!(again.result(&path(entry_path), intact), None);
    }

    #[test]
    fn a_corrupt_cache_or_one_of_another_version_is_ignored() {
        let folder = Folder::new();
        let stat = FileStat { size: 3, modified: 1, status_changed: 1, inode: 1 };
        let digest = Digest::of(b"a");
        let known = Known {
            bytes: HashMap::from([("two words".into(), (stat, digest))]),
            sources: HashMap::from([("a.rs".into(), (stat, digest))]),
            objects: HashMap::from([(digest, (stat, ()))]),
            entries: HashMap::from([(digest, (stat, digest))]),
            changed: false,
        };
        let text = known.to_text(Path::new(".store"));
        let read = Known::parse(text.as_bytes()).unwrap();
        assert_eq!((read.bytes, read.sources), (known.bytes, known.sources));
        assert_eq!((read.objects, read.entries), (known.objects, known.entries));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            assert!(Known::parse(&bytes).is_none(), "byte {at}");
            assert!(Known::parse(&text.as_bytes()[..at]).is_none(), "cut at {at}");
        }
        let old = "stat-cache 1\n";
        fs::write(folder.path("stat-cache"), format!("{old}whole {}\n", Digest::of(old.as_bytes()))).unwrap();
        assert!(folder.stat_cache().known().bytes.is_empty());
    }
}
