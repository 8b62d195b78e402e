//! `artifacts.lock`: which key and which outputs the paper now uses, one line a fact, sorted, committed. Written only when it
//! changes. Whatever is in the file was written by anyone: every line is checked.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::engine::digest::Digest;
use crate::engine::files::{self, Doing, FileError};
use crate::engine::graph::is_plain;
use crate::engine::step::Class;
use crate::engine::word::{word, words};

const HEAD: &str =
    "# What each step last gave, written by `cargo xtask reproduce`. One line a fact, sorted by step.\nversion 1\n";
/// 100,000 steps have less.
const MOST_BYTES: u64 = 128 << 20;

/// All steps of the lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// By name.
    pub steps: BTreeMap<String, Locked>,
}

/// What a step gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// What it is worth.
    pub class: Class,
    /// Its key.
    pub key: Digest,
    /// Its outputs.
    pub outputs: BTreeMap<String, Digest>,
    /// The hardware it belongs to, fact by fact.
    pub identity: BTreeMap<String, String>,
}

/// Why a lock cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line is not what this program writes.
    #[error(
        "{}: line {line}: field `{field}`: {problem}\nhint: take the file back from version control, or delete it and run `cargo xtask reproduce`",
        path.display()
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from one.
        line: usize,
        /// What it is about.
        field: String,
        /// What is wrong.
        problem: String,
    },
}

impl Lock {
    /// Reads the lock at `path`; none is an empty one.
    pub fn read(path: &Path) -> Result<Self, LockError> {
        let mut bytes = Vec::new();
        match fs::File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            file => file.and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes)).doing("cannot read", path)?,
        };
        let error = |(line, field, problem): Bad| LockError::Line { path: path.to_owned(), line, field, problem };
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            LockError::Line { path: path.to_owned(), line, field: "line".into(), problem: "it is not text".into() }
        })?;
        Self::parse(text).map_err(error)
    }

    /// Writes the lock to `path` if that changes it, and says whether it did.
    pub fn write(&self, path: &Path, scratch: &Path) -> Result<bool, LockError> {
        let text = self.to_text();
        if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
            return Ok(false);
        }
        files::put(path, text.as_bytes(), scratch)?;
        Ok(true)
    }

    fn to_text(&self) -> String {
        let mut text = HEAD.to_owned();
        for (name, step) in &self.steps {
            let name = word(name);
            text += &format!("{name} class {}\n", step.class.name());
            for (fact, value) in &step.identity {
                text += &format!("{name} hardware {} {}\n", word(fact), word(value));
            }
            text += &format!("{name} key {}\n", step.key);
            for (output, digest) in &step.outputs {
                text += &format!("{name} output {} {digest}\n", word(output));
            }
        }
        text
    }

    fn parse(text: &str) -> Result<Self, Bad> {
        let mut drafts: BTreeMap<String, Draft> = BTreeMap::new();
        let mut versioned = false;
        let mut count = 0;
        for (line, content) in text.lines().enumerate().map(|(index, content)| (index + 1, content)) {
            count = line;
            if content.starts_with('#') || content.is_empty() {
                continue;
            }
            let bad = |field: &str, problem: &str| (line, field.to_owned(), problem.to_owned());
            let words = words(content).ok_or_else(|| bad("line", "it is not a list of words"))?;
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if !versioned {
                if words != ["version", "1"] {
                    return Err(bad("version", "expected `version 1`, which this program writes"));
                }
                versioned = true;
                continue;
            }
            let [step, field, values @ ..] = &words[..] else {
                return Err(bad("line", "expected a step, a field and its values"));
            };
            if !is_plain(step) {
                return Err(bad("step", "it is no name of a step"));
            }
            let draft = drafts.entry((*step).to_owned()).or_insert_with(|| Draft { line, ..Draft::default() });
            draft.add(field, values).map_err(|problem| bad(field, &problem))?;
        }
        if !versioned {
            return Err((count.max(1), "version".to_owned(), "it is missing".to_owned()));
        }
        let steps = drafts.into_iter().map(|(name, draft)| Ok((name, draft.finish()?))).collect::<Result<_, _>>()?;
        Ok(Self { steps })
    }
}

/// Line, field, problem.
type Bad = (usize, String, String);

#[derive(Default)]
struct Draft {
    line: usize,
    class: Option<Class>,
    key: Option<Digest>,
    outputs: BTreeMap<String, Digest>,
    identity: BTreeMap<String, String>,
}

impl Draft {
    fn add(&mut self, field: &str, values: &[&str]) -> Result<(), String> {
        let digest = |text: &str| text.parse::<Digest>().map_err(|error| error.to_string());
        let twice = match (field, values) {
            ("class", [name]) => {
                let class = Class::from_name(name)
                    .ok_or_else(|| format!("`{name}` is none of {}", Class::ALL.map(Class::name).join(", ")))?;
                self.class.replace(class).is_some()
            }
            ("key", [text]) => self.key.replace(digest(text)?).is_some(),
            ("hardware", [fact, value]) => self.identity.insert((*fact).to_owned(), (*value).to_owned()).is_some(),
            ("output", [name, _]) if !is_plain(name) => return Err(format!("`{name}` is no name of an output")),
            ("output", [name, text]) => self.outputs.insert((*name).to_owned(), digest(text)?).is_some(),
            ("class" | "key" | "hardware" | "output", _) => return Err("wrong number of values".to_owned()),
            _ => return Err("unknown; the fields are class, hardware, key, output".to_owned()),
        };
        if twice { Err("it is given twice".to_owned()) } else { Ok(()) }
    }

    fn finish(self) -> Result<Locked, Bad> {
        let missing = |field: &str| (self.line, field.to_owned(), "this step has none".to_owned());
        let class = self.class.ok_or_else(|| missing("class"))?;
        let key = self.key.ok_or_else(|| missing("key"))?;
        Ok(Locked { class, key, outputs: self.outputs, identity: self.identity })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Lock {
        let locked = |name: &str, identity: BTreeMap<String, String>| Locked {
            class: Class::Measured,
            key: Digest::of(name.as_bytes()),
            outputs: BTreeMap::from([("a.json".into(), Digest::of(b"a")), ("b.csv".into(), Digest::of(b"b"))]),
            identity,
        };
        let cpu = BTreeMap::from([("cpu".to_owned(), "A \"model\", 4 cores".to_owned())]);
        Lock {
            steps: BTreeMap::from([
                ("counts".to_owned(), locked("one", BTreeMap::new())),
                ("measure/cpu/a/b1".to_owned(), locked("two", cpu)),
            ]),
        }
    }

    #[test]
    fn a_lock_reads_back_as_itself_and_its_lines_are_sorted() {
        let text = sample().to_text();
        assert_eq!(Lock::parse(&text).unwrap(), sample());
        let lines: Vec<_> = text.lines().skip(2).collect();
        assert!(lines.is_sorted());
        assert!(lines.contains(&"measure/cpu/a/b1 hardware cpu \"A \\\"model\\\", 4 cores\""));
    }

    #[test]
    fn a_lock_is_written_only_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("artifacts.lock");
        assert_eq!(Lock::read(&path).unwrap(), Lock::default());
        assert!(sample().write(&path, folder.path()).unwrap());
        assert!(!sample().write(&path, folder.path()).unwrap());
        assert_eq!(Lock::read(&path).unwrap(), sample());
    }

    #[test]
    fn a_damaged_line_is_named_with_its_field() {
        let digest = Digest::of(b"a");
        let cases = [
            ("version 2\n", 1, "version"),
            ("# nothing else\n", 1, "version"),
            ("version 1\ncounts\n", 2, "line"),
            ("version 1\n\"torn\n", 2, "line"),
            ("version 1\n../up class exact\n", 2, "step"),
            ("version 1\na class holy\n", 2, "class"),
            ("version 1\na class exact\na key 12\n", 3, "key"),
            ("version 1\na class exact\na class exact\n", 3, "class"),
            ("version 1\na class exact\na colour red\n", 3, "colour"),
            ("version 1\na class exact\n", 2, "key"),
            (&format!("version 1\na key {digest}\n"), 2, "class"),
            (&format!("version 1\na output ../x {digest}\n"), 2, "output"),
            ("version 1\na output x\n", 2, "output"),
        ];
        for (text, line, field) in cases {
            let (found_line, found_field, _) = Lock::parse(text).unwrap_err();
            assert_eq!((found_line, found_field.as_str()), (line, field), "{text}");
        }
    }
}
