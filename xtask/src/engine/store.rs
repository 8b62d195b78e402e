//! What finished steps left, found by content and by key. Everything read is checked against its digest; what does not fit is
//! damage, reported and set aside, never used. Knows no step's program.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::engine::digest::Digest;
use crate::engine::entry::Entry;
use crate::engine::files::{self, Doing, FileError};

/// A store in its folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
}

/// The state of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// There, and its content fits its name.
    Intact,
    /// Not there.
    Missing,
    /// There, and not what it should be.
    Damaged,
}

/// What the store has for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Its entry.
    Entry(Box<Entry>),
    /// Nothing.
    Nothing,
    /// An entry that does not parse.
    Damaged {
        /// What is wrong with it.
        problem: String,
    },
}

/// The latest run of a step: where to look for its previous key, and how long it took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Last {
    /// Its key.
    pub key: Digest,
    /// How long its program ran.
    pub took: Duration,
}

impl Store {
    /// The store in `folder`, which is made when it is missing.
    pub fn open(folder: &Path) -> Result<Self, FileError> {
        for part in ["objects", "entries", "last", "scratch", "damaged"] {
            let path = folder.join(part);
            fs::create_dir_all(&path).doing("cannot make the folder", &path)?;
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where unfinished work lies.
    pub fn scratch(&self) -> PathBuf {
        self.folder.join("scratch")
    }

    /// Where the object lies or would lie.
    pub fn object_path(&self, object: Digest) -> PathBuf {
        self.folder.join("objects").join(split(object))
    }

    /// Checks an object by reading all of it.
    pub fn check(&self, object: Digest) -> Result<Object, FileError> {
        let path = self.object_path(object);
        match Digest::of_file(&path) {
            Ok((found, _)) if found == object => Ok(Object::Intact),
            Ok(_) => Ok(Object::Damaged),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Object::Missing),
            Err(error) => Err(error).doing("cannot read", &path),
        }
    }

    /// Takes the content of `path` in, and gives its digest.
    pub fn take(&self, path: &Path) -> Result<Digest, FileError> {
        let bytes = fs::read(path).doing("cannot read", path)?;
        let object = Digest::of(&bytes);
        if self.check(object)? == Object::Intact {
            return Ok(object);
        }
        let place = self.object_path(object);
        files::put(&place, &bytes, &self.scratch())?;
        // Nothing here writes to an object again; this keeps others from doing so by accident.
        let mut rights = fs::metadata(&place).doing("cannot read", &place)?.permissions();
        rights.set_readonly(true);
        fs::set_permissions(&place, rights).doing("cannot protect", &place)?;
        Ok(object)
    }

    /// The content of an object; none when it is not there or not what it should be.
    pub fn read(&self, object: Digest) -> Result<Option<Vec<u8>>, FileError> {
        let path = self.object_path(object);
        match fs::read(&path) {
            Ok(bytes) => Ok((Digest::of(&bytes) == object).then_some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).doing("cannot read", &path),
        }
    }

    /// What there is for a key.
    pub fn find(&self, key: Digest) -> Result<Found, FileError> {
        let path = self.entry_path(key);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            bytes => bytes.doing("cannot read", &path)?,
        };
        let text = String::from_utf8(bytes).map_err(|_| "it is not text".to_owned());
        Ok(match text.and_then(|text| Entry::parse(&text)) {
            Ok(entry) if entry.key.digest == key => Found::Entry(Box::new(entry)),
            Ok(_) => Found::Damaged { problem: "it is the entry of another key".to_owned() },
            Err(problem) => Found::Damaged { problem },
        })
    }

    /// Records an entry. Its outputs must have been taken in before.
    pub fn record(&self, entry: &Entry) -> Result<(), FileError> {
        files::put(&self.entry_path(entry.key.digest), entry.to_text().as_bytes(), &self.scratch())
    }

    /// Where a key's entry lies or would lie.
    pub fn entry_path(&self, key: Digest) -> PathBuf {
        self.folder.join("entries").join(split(key))
    }

    /// Moves an object or entry away from where it would be used, for whoever wants to look at it.
    pub fn set_aside(&self, path: &Path) -> Result<PathBuf, FileError> {
        let name: PathBuf = path.strip_prefix(&self.folder).unwrap_or(path).components().skip(1).collect();
        let name = name.to_string_lossy().replace('/', "");
        let folder = self.folder.join("damaged");
        let free = |count: u32| folder.join(if count == 0 { name.clone() } else { format!("{name}.{count}") });
        let place = (0..u32::MAX).map(free).find(|place| !place.exists()).unwrap_or_else(|| folder.join(&name));
        fs::rename(path, &place).doing("cannot set aside", path)?;
        Ok(place)
    }

    /// Remembers a step's latest run; a hint for plans and explanations, on which no result depends.
    pub fn remember(&self, step: &str, last: Last) -> Result<(), FileError> {
        let text = format!("key {}\nseconds {:.3}\n", last.key, last.took.as_secs_f64());
        files::put(&self.last_path(step), text.as_bytes(), &self.scratch())
    }

    /// A step's latest run, if it is known.
    pub fn last(&self, step: &str) -> Option<Last> {
        let text = fs::read_to_string(self.last_path(step)).ok()?;
        let (key, seconds) = text.strip_prefix("key ")?.strip_suffix('\n')?.split_once("\nseconds ")?;
        let took = Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?;
        Some(Last { key: key.parse().ok()?, took })
    }

    fn last_path(&self, step: &str) -> PathBuf {
        self.folder.join("last").join(step.replace('/', "%"))
    }
}

/// `ab/cdef…`: folders stay small.
fn split(digest: Digest) -> PathBuf {
    let digits = digest.to_string();
    let (first, rest) = digits.split_at(2);
    Path::new(first).join(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::key::Key;
    use crate::engine::step::Class;
    use std::collections::BTreeMap;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        (folder, store)
    }

    #[test]
    fn an_object_is_what_was_taken_in() {
        let (folder, store) = store();
        let file = folder.path().join("file");
        fs::write(&file, "content").unwrap();
        let object = store.take(&file).unwrap();
        assert_eq!(object, Digest::of(b"content"));
        assert_eq!(store.check(object).unwrap(), Object::Intact);
        assert_eq!(store.read(object).unwrap().unwrap(), b"content");
        assert_eq!(store.check(Digest::of(b"other")).unwrap(), Object::Missing);
        assert_eq!(files::list(&store.scratch()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_damaged_object_is_noticed_set_aside_and_replaced() {
        let (folder, store) = store();
        let file = folder.path().join("file");
        fs::write(&file, "content").unwrap();
        let object = store.take(&file).unwrap();
        let place = store.object_path(object);
        fs::remove_file(&place).unwrap();
        fs::write(&place, "contemt").unwrap();
        assert_eq!(store.check(object).unwrap(), Object::Damaged);
        assert_eq!(store.read(object).unwrap(), None);
        let aside = store.set_aside(&place).unwrap();
        assert_eq!(fs::read(aside).unwrap(), b"contemt");
        assert_eq!(store.check(object).unwrap(), Object::Missing);
        assert_eq!(store.take(&file).unwrap(), object);
        assert_eq!(store.check(object).unwrap(), Object::Intact);
    }

    #[test]
    fn an_entry_is_found_by_its_key_and_never_when_damaged() {
        let (_folder, store) = store();
        let key = Key::of("key 1\nstep = a\n".to_owned());
        let outputs = BTreeMap::from([("out".to_owned(), Digest::of(b"out"))]);
        let entry = Entry { key: key.clone(), class: Class::Exact, outputs };
        assert_eq!(store.find(key.digest).unwrap(), Found::Nothing);
        store.record(&entry).unwrap();
        assert_eq!(store.find(key.digest).unwrap(), Found::Entry(Box::new(entry)));
        let path = store.entry_path(key.digest);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert!(matches!(store.find(key.digest).unwrap(), Found::Damaged { .. }));
        let other = store.entry_path(Digest::of(b"else"));
        fs::create_dir_all(other.parent().unwrap()).unwrap();
        fs::write(other, text).unwrap();
        assert!(matches!(store.find(Digest::of(b"else")).unwrap(), Found::Damaged { .. }));
    }

    #[test]
    fn a_latest_run_is_remembered_and_forgotten_when_torn() {
        let (_folder, store) = store();
        let last = Last { key: Digest::of(b"a"), took: Duration::from_millis(1250) };
        store.remember("work/a", last).unwrap();
        assert_eq!(store.last("work/a"), Some(last));
        fs::write(store.last_path("work/a"), "key abc\nseconds nan\n").unwrap();
        assert_eq!(store.last("work/a"), None);
        assert_eq!(store.last("work/b"), None);
    }
}
