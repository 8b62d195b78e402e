//! Files of the caller for names of the paper: a flag with values `NAME=FILE`, or with a TOML file that lists some. A key and a lock have
//! their digests, never their places.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Display;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CallerError, absolute};
use crate::digest::Digest;
use crate::files::FileError;
use crate::step::Step;
use crate::tree::Tree;

/// A list of files is shorter than this [bytes].
const MAX_LIST_BYTES: u64 = 1 << 20;

/// Files by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedFiles(BTreeMap<String, NamedFile>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct NamedFile {
    /// None in a lock, whose files may be elsewhere or nowhere.
    path: Option<PathBuf>,
    /// None before [`NamedFiles::join`].
    digest: Option<Digest>,
}

impl NamedFiles {
    /// One value of a flag: `NAME=FILE`, or a TOML file in whose table `table` each line is `NAME = "FILE"`. Paths begin at the folder of
    /// the caller, in a list at its own. `known` refuses names that the paper does not have.
    ///
    /// # Errors
    /// The value is neither, a name is unknown, or a file cannot be read.
    pub fn parse<T, E: Display>(
        text: &str,
        table: &str,
        known: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Self, CallerError> {
        Self::parse_in(&env::current_dir().map_err(CallerError::Folder)?, text, table, known)
    }

    fn parse_in<T, E: Display>(
        folder: &Path,
        text: &str,
        table: &str,
        known: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Self, CallerError> {
        let named = |folder: &Path, name: &str, file: &str| {
            known(name).map_err(|error| CallerError::Unknown(error.to_string()))?;
            let path = readable(absolute(folder, file))?;
            Ok((name.to_owned(), NamedFile { path: Some(path), digest: None }))
        };
        if let Some((name, file)) = text.split_once('=').filter(|(_, file)| !file.is_empty()) {
            return Ok(Self(BTreeMap::from([named(folder, name, file)?])));
        }
        if text.contains('=') || !text.ends_with(".toml") {
            return Err(CallerError::NotNamed(text.to_owned()));
        }
        let path = readable(absolute(folder, text))?;
        let folder = path.parent().unwrap_or(folder);
        let files = list(&path, table)?.into_iter().map(|(name, file)| named(folder, &name, &file));
        Ok(Self(files.collect::<Result<_, CallerError>>()?))
    }

    /// Makes the values of a flag one, if there are any, and computes the digests.
    ///
    /// # Errors
    /// A name has two files, or a file cannot be read.
    pub fn join(values: &mut Vec<Self>, tree: &Tree) -> Result<(), CallerError> {
        let mut joined = BTreeMap::new();
        for (name, mut file) in values.drain(..).flat_map(|value| value.0) {
            if let (Some(path), None) = (&file.path, file.digest) {
                // A path of the caller is absolute.
                let digest = tree.digest(&path.to_string_lossy());
                let problem = |error: FileError| CallerError::File { path: path.clone(), problem: error.to_string() };
                file.digest = Some(digest.map_err(problem)?);
            }
            if joined.contains_key(&name) {
                return Err(CallerError::Twice(name));
            }
            joined.insert(name, file);
        }
        if !joined.is_empty() {
            values.push(Self(joined));
        }
        Ok(())
    }

    /// The names.
    pub fn names(&self) -> BTreeSet<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// Gives a step the file for `name` as the flag `--FLAG`, if there is one. Only its digest is in the key.
    pub fn give(&self, step: Step, flag: &str, name: &str) -> Step {
        let Some(NamedFile { path, digest }) = self.0.get(name) else { return step };
        let step = step.text(flag, digest.map(|digest| digest.to_string()).unwrap_or_default());
        match path {
            Some(path) => step.unkeyed_args([format!("--{flag}").into(), path.clone().into_os_string()]),
            None => step,
        }
    }
}

/// The path, if it is that of a file which can be opened.
fn readable(path: PathBuf) -> Result<PathBuf, CallerError> {
    let problem = match fs::metadata(&path).and_then(|facts| File::open(&path).map(|_| facts)) {
        Ok(facts) if facts.is_file() && path.to_str().is_some() => return Ok(path),
        Ok(facts) if facts.is_file() => "its path is not valid UTF-8".to_owned(),
        Ok(_) => "not a file".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(CallerError::File { path, problem })
}

/// The pairs of a list.
fn list(path: &Path, table: &str) -> Result<BTreeMap<String, String>, CallerError> {
    let problem = |problem: String| CallerError::List { path: path.to_owned(), problem, table: table.to_owned() };
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_LIST_BYTES).read_to_string(&mut text));
    read.map_err(|error| problem(error.to_string()))?;
    let mut tables: BTreeMap<String, BTreeMap<String, String>> =
        toml::from_str(&text).map_err(|error| problem(error.to_string().trim_end().to_owned()))?;
    let files = tables.remove(table).ok_or_else(|| problem(format!("it has no table `{table}`")))?;
    match tables.into_keys().next() {
        None => Ok(files),
        Some(other) => Err(problem(format!("unknown table `{other}`"))),
    }
}

/// Digests by name.
impl Serialize for NamedFiles {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, file)| (name, file.digest.map(|digest| digest.to_string()))))
    }
}

impl<'de> Deserialize<'de> for NamedFiles {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let digests = BTreeMap::<String, String>::deserialize(from)?;
        let files = digests.into_iter().map(|(name, digest)| {
            let digest = digest.parse().map_err(serde::de::Error::custom)?;
            Ok((name, NamedFile { path: None, digest: Some(digest) }))
        });
        Ok(Self(files.collect::<Result<_, D::Error>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::stat_cache::{Caching, StatCache};

    fn known(name: &str) -> Result<(), String> {
        if ["small", "large"].contains(&name) { Ok(()) } else { Err(format!("`{name}` is no model\nhint: try small")) }
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("lists")).unwrap();
        fs::write(folder.path().join("a b=1.pth"), "one").unwrap();
        fs::write(folder.path().join("lists/two.pth"), "two").unwrap();
        fs::write(folder.path().join("lists/w.toml"), "[models]\nlarge = \"two.pth\"\n").unwrap();
        folder
    }

    fn parse(folder: &tempfile::TempDir, text: &str) -> Result<NamedFiles, CallerError> {
        NamedFiles::parse_in(folder.path(), text, "models", known)
    }

    fn joined(folder: &tempfile::TempDir, texts: &[&str]) -> Result<NamedFiles, CallerError> {
        for (name, text) in [("Cargo.lock", "version = 4\n"), ("rust-toolchain.toml", "")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let cache = StatCache::open(folder.path(), &folder.path().join("cache"), Caching::Off);
        let tree = Tree::open(folder.path(), Arc::new(cache)).unwrap();
        let mut values: Vec<_> = texts.iter().map(|text| parse(folder, text).unwrap()).collect();
        NamedFiles::join(&mut values, &tree)?;
        assert_eq!(values.len(), 1);
        Ok(values.remove(0))
    }

    #[test]
    fn a_step_gets_the_path_of_its_file_and_its_key_only_the_digest() {
        let folder = folder();
        let files = joined(&folder, &["small=a b=1.pth", "lists/w.toml"]).unwrap();
        assert_eq!(files.names(), BTreeSet::from(["small", "large"]));
        for (name, file, content) in [("small", "a b=1.pth", "one"), ("large", "lists/two.pth", "two")] {
            let step = files.give(Step::exact("work", "worker"), "weights", name);
            assert_eq!(step.texts()["weights"], Digest::of(content.as_bytes()).to_string());
            assert_eq!(step.unkeyed_args, ["--weights".into(), folder.path().join(file).into_os_string()]);
        }
        let without = files.give(Step::exact("work", "worker"), "weights", "medium");
        assert_eq!(without, Step::exact("work", "worker"));
    }

    #[test]
    fn a_lock_has_digests_and_no_places_and_gives_the_same_key() {
        let folder = folder();
        let files = joined(&folder, &["lists/w.toml"]).unwrap();
        let text = serde_json::to_string(&files).unwrap();
        assert_eq!(text, format!("{{\"large\":\"{}\"}}", Digest::of(b"two")));
        let of_lock: NamedFiles = serde_json::from_str(&text).unwrap();
        let step = |files: &NamedFiles| files.give(Step::exact("work", "worker"), "weights", "large");
        assert_eq!(step(&of_lock).texts(), step(&files).texts());
        assert!(step(&of_lock).unkeyed_args.is_empty());
        assert!(serde_json::from_str::<NamedFiles>("{\"large\":\"../two.pth\"}").is_err());
    }

    #[test]
    fn a_wrong_value_file_name_or_list_is_refused_with_a_hint() {
        let folder = folder();
        for (list, text) in [
            ("bad.toml", "[models\n"),
            ("none.toml", "large = \"lists/two.pth\"\n"),
            ("other.toml", "[models]\n[more]\n"),
            ("name.toml", "[models]\ntiny = \"lists/two.pth\"\n"),
            ("file.toml", "[models]\nlarge = \"two.pth\"\n"),
            ("number.toml", "[models]\nlarge = 2\n"),
            ("twice.toml", "[models]\nlarge = \"lists/two.pth\"\nlarge = \"lists/two.pth\"\n"),
        ] {
            fs::write(folder.path().join(list), text).unwrap();
        }
        for (text, problem) in [
            ("", "`` is no file for a name"),
            ("small", "`small` is no file for a name"),
            ("small=", "`small=` is no file for a name"),
            ("tiny=lists/two.pth", "`tiny` is no model"),
            ("small=two.pth", "two.pth: No such file"),
            ("small=lists", "lists: not a file"),
            ("more.toml", "more.toml: No such file"),
            ("bad.toml", "bad.toml: TOML parse error at line 1"),
            ("none.toml", "none.toml: TOML parse error at line 1"),
            ("other.toml", "other.toml: unknown table `more`"),
            ("name.toml", "`tiny` is no model"),
            ("file.toml", "two.pth: No such file"),
            ("number.toml", "number.toml: TOML parse error at line 2"),
            ("twice.toml", "twice.toml: TOML parse error at line 3"),
        ] {
            let error = parse(&folder, text).unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
            assert_eq!(error.matches("\nhint: ").count(), 1, "{error}");
        }
        let error = joined(&folder, &["large=a b=1.pth", "lists/w.toml"]).unwrap_err().to_string();
        assert!(error.contains("`large` has two files") && error.contains("\nhint: "), "{error}");
    }
}
