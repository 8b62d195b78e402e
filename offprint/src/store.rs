//! Stores the outputs of finished steps, by content and by key. Everything read is checked against its digest. Corrupt
//! files are reported and quarantined, never used.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::digest::Digest;
use crate::entry::{self, Entry};
use crate::files::{self, Doing, FileError, Flush};
use crate::journal::Journal;
use crate::resolved::Outputs;
use crate::stat_cache::{Before, FileStat, Hashing, StatCache};

mod paths;

pub use paths::{digest_in, entry_path, object_path};

/// A store in its folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    stat_cache: Arc<StatCache>,
    /// The runs of steps.
    pub journal: Journal,
}

/// The state of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// Its content has the digest in its name.
    Intact,
    /// It does not exist.
    Missing,
    /// Its content has another digest.
    Corrupt,
}

/// The state of a key's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Its entry.
    Entry(Box<Entry>),
    /// Nothing.
    Nothing,
    /// The entry does not parse.
    Corrupt {
        /// What is wrong with it.
        problem: String,
    },
}

impl Store {
    /// The store in `folder`, which need not exist yet. `stat_cache` avoids reading unchanged files.
    pub fn open(folder: &Path, stat_cache: Arc<StatCache>) -> Result<Self, FileError> {
        Ok(Self { folder: folder.to_owned(), stat_cache, journal: Journal::open(&folder.join("journal"))? })
    }

    /// The path of the stat cache of the store in `folder`.
    pub fn stat_cache_path(folder: &Path) -> PathBuf {
        folder.join("stat-cache")
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder for unfinished work.
    pub fn scratch(&self) -> PathBuf {
        self.folder.join("scratch")
    }

    /// Creates the store's folders and removes unfinished work. Requires the store lock.
    pub fn prepare(&self) -> Result<(), FileError> {
        files::remove_folder(&self.scratch())?;
        for part in ["objects", "entries", "runs", "scratch"] {
            let path = self.folder.join(part);
            fs::create_dir_all(&path).doing("cannot make the folder", &path)?;
        }
        Ok(())
    }

    /// Reads the journal again.
    pub fn refresh(&mut self) -> Result<(), FileError> {
        self.journal = Journal::open(&self.folder.join("journal"))?;
        Ok(())
    }

    /// Saves the stat cache for the next run. Requires the store lock.
    pub fn remember(&self) -> Result<(), FileError> {
        self.journal.shorten(&self.scratch())?;
        self.stat_cache.save(&self.scratch())
    }

    /// The path of the object, which need not exist.
    pub fn object_path(&self, object: Digest) -> PathBuf {
        object_path(&self.folder, object)
    }

    /// Checks an object: by the stat cache, or else by reading it.
    pub fn check(&self, object: Digest) -> Result<Object, FileError> {
        let path = self.object_path(object);
        match self.stat_cache.is_intact(&path, object) {
            Ok(true) => Ok(Object::Intact),
            Ok(false) => Ok(Object::Corrupt),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Object::Missing),
            Err(error) => Err(error).doing("cannot read", &path),
        }
    }

    /// The digest of any file, for comparing it with an object.
    pub fn digest(&self, path: &Path) -> io::Result<Digest> {
        self.stat_cache.digest(path, Hashing::Bytes)
    }

    /// Stores the content of `path`, and returns its digest.
    pub fn take(&self, path: &Path, flush: Flush) -> Result<Digest, FileError> {
        let bytes = fs::read(path).doing("cannot read", path)?;
        self.take_bytes(&bytes, flush)
    }

    /// Stores `bytes`, and returns their digest.
    pub fn take_bytes(&self, bytes: &[u8], flush: Flush) -> Result<Digest, FileError> {
        let object = Digest::of(bytes);
        if self.check(object)? == Object::Intact {
            return Ok(object);
        }
        let path = self.object_path(object);
        files::put(&path, bytes, &self.scratch(), flush)?;
        // The store never writes to an object again; this prevents others from doing so by accident. Shares may refuse.
        let mut rights = fs::metadata(&path).doing("cannot read", &path)?.permissions();
        rights.set_readonly(true);
        let _ = fs::set_permissions(&path, rights);
        Ok(object)
    }

    /// The content of an object; none when it is missing or corrupt.
    pub fn read(&self, object: Digest) -> Result<Option<Vec<u8>>, FileError> {
        let path = self.object_path(object);
        match fs::read(&path) {
            Ok(bytes) => Ok((Digest::of(&bytes) == object).then_some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).doing("cannot read", &path),
        }
    }

    /// The entry of a key.
    pub fn find(&self, key: Digest) -> Result<Found, FileError> {
        let path = self.entry_path(key);
        let before = FileStat::of(&path).map(Before::reading);
        let (before, bytes) = match before.and_then(|before| Ok((before, fs::read(&path)?))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            read => read.doing("cannot read", &path)?,
        };
        let text = String::from_utf8(bytes).map_err(|_| "it is not text".to_owned());
        let found = match text.and_then(|text| Entry::parse(&text)) {
            Ok(entry) if entry.key.digest == key => Found::Entry(Box::new(entry)),
            Ok(_) => Found::Corrupt { problem: "it is the entry of another key".to_owned() },
            Err(problem) => Found::Corrupt { problem },
        };
        let result = match &found {
            Found::Entry(entry) if entry.results.len() == 1 => entry.results.first().map(entry::digest),
            _ => None,
        };
        self.stat_cache.keep_result(&path, key, before, result);
        Ok(found)
    }

    /// Whether the key has an intact entry with this result only, by the stat cache; where that does not know, false.
    pub fn has_only(&self, key: Digest, result: &Outputs) -> bool {
        self.stat_cache.result(&self.entry_path(key), key) == Some(entry::digest(result))
    }

    /// Records an entry. The outputs of its results must be in the store already.
    pub fn record(&self, entry: &Entry, flush: Flush) -> Result<(), FileError> {
        files::put(&self.entry_path(entry.key.digest), entry.to_text().as_bytes(), &self.scratch(), flush)
    }

    /// The path of a key's entry, which need not exist.
    pub fn entry_path(&self, key: Digest) -> PathBuf {
        entry_path(&self.folder, key)
    }

    /// Moves an object or entry to the quarantine folder, where it can be examined.
    pub fn quarantine(&self, path: &Path) -> Result<PathBuf, FileError> {
        let name: PathBuf = path.strip_prefix(&self.folder).unwrap_or(path).components().skip(1).collect();
        let name = name.to_string_lossy().replace('/', "");
        let folder = self.folder.join("corrupt");
        fs::create_dir_all(&folder).doing("cannot make the folder", &folder)?;
        let free = |count: u32| folder.join(if count == 0 { name.clone() } else { format!("{name}.{count}") });
        let quarantined = (0..u32::MAX).map(free).find(|path| !path.exists()).unwrap_or_else(|| folder.join(&name));
        fs::rename(path, &quarantined).doing("cannot quarantine", path)?;
        Ok(quarantined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::stat_cache::Caching;
    use crate::step::Class;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let stat_cache = StatCache::open(folder.path(), &Store::stat_cache_path(&path), Caching::On);
        let store = Store::open(&path, Arc::new(stat_cache)).unwrap();
        store.prepare().unwrap();
        (folder, store)
    }

    #[test]
    fn an_object_has_the_stored_content() {
        let (folder, store) = store();
        let file = folder.path().join("file");
        fs::write(&file, "content").unwrap();
        let object = store.take(&file, Flush::Yes).unwrap();
        assert_eq!(object, Digest::of(b"content"));
        assert_eq!(store.check(object).unwrap(), Object::Intact);
        assert_eq!(store.read(object).unwrap().unwrap(), b"content");
        assert_eq!(store.check(Digest::of(b"other")).unwrap(), Object::Missing);
        assert_eq!(files::list(&store.scratch()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_corrupt_object_is_noticed_quarantined_and_replaced() {
        let (folder, store) = store();
        let file = folder.path().join("file");
        fs::write(&file, "content").unwrap();
        let object = store.take(&file, Flush::Yes).unwrap();
        let path = store.object_path(object);
        fs::remove_file(&path).unwrap();
        fs::write(&path, "contemt").unwrap();
        assert_eq!(store.check(object).unwrap(), Object::Corrupt);
        assert_eq!(store.read(object).unwrap(), None);
        let quarantined = store.quarantine(&path).unwrap();
        assert_eq!(fs::read(quarantined).unwrap(), b"contemt");
        assert_eq!(store.check(object).unwrap(), Object::Missing);
        assert_eq!(store.take(&file, Flush::Yes).unwrap(), object);
        assert_eq!(store.check(object).unwrap(), Object::Intact);
    }

    #[test]
    fn an_entry_is_found_by_its_key_unless_it_is_corrupt() {
        let (_folder, store) = store();
        let key = Key::of("key 1\nstep = a\n".to_owned());
        let outputs = Outputs::from([("out", Digest::of(b"out"))]);
        let entry = Entry { key: key.clone(), class: Class::Exact, results: vec![outputs] };
        assert_eq!(store.find(key.digest).unwrap(), Found::Nothing);
        store.record(&entry, Flush::Yes).unwrap();
        assert_eq!(store.find(key.digest).unwrap(), Found::Entry(Box::new(entry)));
        let path = store.entry_path(key.digest);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert!(matches!(store.find(key.digest).unwrap(), Found::Corrupt { .. }));
        let other = store.entry_path(Digest::of(b"else"));
        fs::create_dir_all(other.parent().unwrap()).unwrap();
        fs::write(other, text).unwrap();
        assert!(matches!(store.find(Digest::of(b"else")).unwrap(), Found::Corrupt { .. }));
    }
}
