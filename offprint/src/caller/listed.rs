//! A data set of the caller: a TOML file that names files and folders, wherever they are. A key and a lock have one digest of all content,
//! never a place.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CallerError, absolute};
use crate::digest::Digest;
use crate::files::{self, FileError};
use crate::step::Step;
use crate::stray::is_stray;
use crate::tree::Tree;

/// A list of files is shorter than this [bytes].
const MAX_LIST_BYTES: u64 = 1 << 16;

/// A list with all that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFiles {
    /// None in a lock, whose files may be elsewhere or nowhere.
    list: Option<PathBuf>,
    /// The files and folders that it names.
    named: Vec<PathBuf>,
    /// Number of files in the folders that it names; 0 before [`ListedFiles::complete`].
    files: u64,
    /// None before [`ListedFiles::complete`].
    digest: Option<Digest>,
}

impl ListedFiles {
    /// The value of a flag: a TOML file in which the values of `keys` are paths of files or folders. Keys may be missing. Paths begin at
    /// the folder of the list.
    ///
    /// # Errors
    /// The list or something that it names cannot be read.
    pub fn parse(text: &str, keys: &[&str]) -> Result<Self, CallerError> {
        Self::parse_in(&env::current_dir().map_err(CallerError::Folder)?, text, keys)
    }

    fn parse_in(folder: &Path, text: &str, keys: &[&str]) -> Result<Self, CallerError> {
        let list = absolute(folder, text);
        let problem = |problem: String| CallerError::Listed { path: list.clone(), problem, keys: keys.join("` and `") };
        let facts = fs::metadata(&list).map_err(|error| problem(error.to_string()))?;
        if !facts.is_file() || facts.len() > MAX_LIST_BYTES {
            return Err(problem(format!("not a file of at most {MAX_LIST_BYTES} bytes")));
        }
        let content = fs::read_to_string(&list).map_err(|error| problem(error.to_string()))?;
        let table: toml::Table =
            toml::from_str(&content).map_err(|error| problem(error.to_string().trim_end().to_owned()))?;
        let base = list.parent().unwrap_or(folder);
        let mut named = Vec::new();
        for (key, value) in keys.iter().filter_map(|key| Some((key, table.get(*key)?))) {
            let path = value.as_str().ok_or_else(|| problem(format!("`{key}` is not a text")))?;
            let path = base.join(path);
            fs::metadata(&path).map_err(|error| problem(format!("`{key}`, {}: {error}", path.display())))?;
            named.push(path);
        }
        Ok(Self { list: Some(list), named, files: 0, digest: None })
    }

    /// Computes the digest, with cached digests of files that have not changed. Files of systems and editors do not count.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn complete(&mut self, tree: &Tree) -> Result<(), FileError> {
        // A path of the caller is absolute.
        let digest = |path: &Path| tree.digest(&path.to_string_lossy());
        let Some(list) = &self.list else { return Ok(()) };
        let mut text = format!("{}\n", digest(list)?);
        self.files = 0;
        for path in &self.named {
            if !path.is_dir() {
                text += &format!("{}\n", digest(path)?);
                continue;
            }
            for file in files::list(path)?.into_iter().filter(|file| !is_stray(file)) {
                text += &format!("{} {file}\n", digest(&path.join(&file))?);
                self.files += 1;
            }
        }
        self.digest = Some(Digest::of(text.as_bytes()));
        Ok(())
    }

    /// Number of files in the folders that it names, for estimates of time; 0 in a lock, whose files may be nowhere.
    pub fn files(&self) -> u64 {
        self.files
    }

    /// Gives a step the list as the flag `--FLAG`. Only the digest is in the key.
    pub fn give(&self, step: Step, flag: &str) -> Step {
        let step = step.text(flag, self.digest.map(|digest| digest.to_string()).unwrap_or_default());
        match &self.list {
            Some(list) => step.unkeyed_args([format!("--{flag}").into(), list.clone().into_os_string()]),
            None => step,
        }
    }
}

/// The digest.
impl Serialize for ListedFiles {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.digest.map(|digest| digest.to_string()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for ListedFiles {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let digest = String::deserialize(from)?.parse().map_err(serde::de::Error::custom)?;
        Ok(Self { list: None, named: Vec::new(), files: 0, digest: Some(digest) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::stat_cache::{Caching, StatCache};

    const KEYS: [&str; 2] = ["folder", "labels"];

    /// A checkout with a list of a folder of two files, and labels.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("set/val/deep")).unwrap();
        for (name, text) in [
            ("Cargo.lock", "version = 4\n"),
            ("rust-toolchain.toml", ""),
            ("set/list.toml", "name = \"x\"\nfolder = \"val\"\nlabels = \"labels.csv\"\n"),
            ("set/labels.csv", "a,1"),
            ("set/val/a", "one"),
            ("set/val/deep/b", "two"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn complete(folder: &tempfile::TempDir) -> ListedFiles {
        let cache = StatCache::open(folder.path(), &folder.path().join("cache"), Caching::Off);
        let tree = Tree::open(folder.path(), Arc::new(cache)).unwrap();
        let mut files = ListedFiles::parse_in(folder.path(), "set/list.toml", &KEYS).unwrap();
        files.complete(&tree).unwrap();
        files
    }

    #[test]
    fn a_key_has_a_digest_of_all_content_and_no_place() {
        let folder = folder();
        let step = |files: &ListedFiles| files.give(Step::exact("work", "worker"), "set");
        let first = complete(&folder);
        let place = folder.path().join("set/list.toml").into_os_string();
        assert_eq!(step(&first).unkeyed_args, ["--set".into(), place]);
        let text = serde_json::to_string(&first).unwrap();
        let of_lock: ListedFiles = serde_json::from_str(&text).unwrap();
        assert_eq!(step(&of_lock).texts(), step(&first).texts());
        assert!(step(&of_lock).unkeyed_args.is_empty());
        assert_eq!((first.files(), of_lock.files()), (2, 0));
        assert!(serde_json::from_str::<ListedFiles>("\"list.toml\"").is_err());
        // The same files elsewhere.
        assert_eq!(step(&complete(&self::folder())).texts(), step(&first).texts());
        fs::write(folder.path().join("set/val/.DS_Store"), "x").unwrap();
        assert_eq!(complete(&folder), first);
        for (name, text) in [("set/val/deep/b", "three"), ("set/val/c", ""), ("set/labels.csv", "a,2")] {
            let before = complete(&folder);
            fs::write(folder.path().join(name), text).unwrap();
            assert_ne!(complete(&folder), before, "{name}");
        }
    }

    #[test]
    fn a_wrong_list_is_refused_with_a_hint() {
        let folder = folder();
        for (text, problem) in [
            ("folder = 1", "`folder` is not a text"),
            ("folder = \"none\"", "No such file"),
            ("folder = ", "TOML parse error"),
        ] {
            fs::write(folder.path().join("set/bad.toml"), text).unwrap();
            let error = ListedFiles::parse_in(folder.path(), "set/bad.toml", &KEYS).unwrap_err().to_string();
            assert!(error.contains(problem) && error.contains("bad.toml: "), "{error}");
            assert_eq!(error.matches("\nhint: ").count(), 1, "{error}");
        }
        for (list, problem) in [("none.toml", "No such file"), ("set", "not a file")] {
            let error = ListedFiles::parse_in(folder.path(), list, &KEYS).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
