//! `artifacts.lock`: which key and outputs of each step the paper uses, for each hardware. One fact per line, sorted,
//! committed. Written only when it changes. The file may come from anyone, so every line is checked.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ecow::EcoString;

use crate::altered::{Altered, Cause};
use crate::digest::Digest;
use crate::files::{self, Doing, FileError, Flush};
use crate::request::Request;
use crate::resolved::Outputs;
use crate::step::Class;

mod parse;
mod text;

use parse::Bad;

const HEAD: &str =
    "# What each step last gave, written by `cargo xtask reproduce`. One line a fact, sorted.\nversion 3\n";
/// The error for a lock of the previous format, which has no requests.
const EARLIER: &str = "it was written by an earlier version of this program, which kept no requests";
/// More than 100,000 steps need.
const MAX_BYTES: u64 = 128 << 20;

/// All steps of the lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Facts of hardware, by name.
    pub hardware: BTreeMap<String, BTreeMap<String, String>>,
    /// The request for each hardware.
    pub requests: BTreeMap<String, Request>,
    /// By name of the hardware and of the step.
    pub steps: BTreeMap<(EcoString, EcoString), Locked>,
}

/// The result of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// The class of the step.
    pub class: Class,
    /// Its key.
    pub key: Digest,
    /// Its outputs; for a measurement, of the result that the paper uses.
    pub outputs: Outputs,
}

/// Why a lock cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not as it was written.
    #[error(transparent)]
    Altered(#[from] Altered),
    /// A line is not valid.
    #[error(
        "{}: line {line}: field `{field}`: {problem}\nhint: restore the file from version control, or delete it and \
         run `cargo xtask reproduce`: measurements made here are found in the store",
        path.display()
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// The field.
        field: String,
        /// What is wrong.
        problem: String,
    },
}

impl Lock {
    /// Reads the lock at `path`. A missing file is an empty lock.
    pub fn read(path: &Path) -> Result<Self, LockError> {
        let mut bytes = Vec::new();
        match fs::File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            file => file.and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes)).doing("cannot read", path)?,
        };
        if let Some(cause) = Cause::of_text(&bytes) {
            return Err(Altered { cause, count: 1, first: path.display().to_string() }.into());
        }
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            LockError::Line { path: path.to_owned(), line, field: "line".into(), problem: "it is not text".into() }
        })?;
        Self::from_text(text, path)
    }

    /// Reads the text of a lock; errors call it `path`.
    pub fn from_text(text: &str, path: &Path) -> Result<Self, LockError> {
        let error = |(line, field, problem): Bad| LockError::Line { path: path.to_owned(), line, field, problem };
        Self::parse(text).map_err(error)
    }

    /// Writes the lock to `path` if it has changed. Returns whether it had.
    pub fn write(&self, path: &Path, scratch: &Path) -> Result<bool, LockError> {
        // The text of many steps would take more memory than all else.
        if files::has_text(path, |out| self.write_to(out)) {
            return Ok(false);
        }
        files::put(path, self.to_text().as_bytes(), scratch, Flush::Yes)?;
        Ok(true)
    }

    /// The result of a step on some hardware.
    pub fn get(&self, hardware: &str, step: &str) -> Option<&Locked> {
        self.steps.get(&(hardware.into(), step.into()))
    }

    /// Inserts a step's result, and returns the previous one.
    pub fn put(&mut self, hardware: &str, step: &str, locked: Locked) -> Option<Locked> {
        self.steps.insert((hardware.into(), step.into()), locked)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::identity::{ANY, Identity};

    fn cpu() -> Identity {
        let facts = BTreeMap::from([("cpu".to_owned(), "A \"model\", 4 cores".to_owned())]);
        Identity { kind: "cpu".to_owned(), facts }
    }

    fn sample() -> Lock {
        let locked = |name: &str| Locked {
            class: Class::Measured,
            key: Digest::of(name.as_bytes()),
            outputs: Outputs::from([("a.json", Digest::of(b"a")), ("b.csv", Digest::of(b"b"))]),
        };
        let hardware = BTreeMap::from([(cpu().name(), cpu().facts)]);
        let mut lock = Lock { hardware, ..Lock::default() };
        lock.put(ANY, "counts", locked("one"));
        lock.put(&cpu().name(), "measure/cpu/a/b1", locked("two"));
        lock
    }

    #[test]
    fn a_lock_is_read_back_unchanged_and_its_lines_are_sorted() {
        let text = sample().to_text();
        assert_eq!(Lock::parse(&text).unwrap(), sample());
        let lines: Vec<_> = text.lines().skip(2).collect();
        assert!(lines.is_sorted());
        assert_eq!(lines[0], format!("hardware {} cpu \"A \\\"model\\\", 4 cores\"", cpu().name()));
    }

    #[test]
    fn hardware_without_steps_is_omitted() {
        let mut lock = sample();
        lock.steps.retain(|(hardware, _), _| hardware == ANY);
        assert!(!lock.to_text().contains("hardware "));
    }

    #[test]
    fn the_request_of_a_paper_that_measures_nothing_is_kept_with_its_machine() {
        let mut lock = sample();
        lock.steps.retain(|(hardware, _), _| hardware == ANY);
        let request = Request(BTreeMap::from([("size".to_owned(), Value::from(3))]));
        lock.requests.insert(cpu().name(), request);
        assert_eq!(Lock::parse(&lock.to_text()).unwrap(), lock);
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
    fn a_corrupt_line_is_named_with_its_field() {
        let digest = Digest::of(b"a");
        let other_cores = sample().to_text().replace("4 cores", "8 cores");
        let cases = [
            ("version 4\n", 1, "version"),
            ("version 2\n", 1, "version"),
            ("version 3\nrequest cpu-1 size 3\n", 2, "request"),
            ("version 3\nrequest cpu-1 size many\n", 2, "request"),
            ("version 3\nrequest cpu-1\n", 2, "request"),
            ("# nothing else\n", 1, "version"),
            ("version 3\ncounts\n", 2, "line"),
            ("version 3\n\"torn\n", 2, "line"),
            ("version 3\nstep any ../up class exact\n", 2, "step"),
            ("version 3\nstep .. a class exact\n", 2, "step"),
            (&format!("version 3\nstep cpu-1 a class exact\nstep cpu-1 a key {digest}\n"), 2, "step"),
            ("version 3\nstep any a class holy\n", 2, "class"),
            ("version 3\nstep any a class exact\nstep any a key 12\n", 3, "key"),
            ("version 3\nstep any a class exact\nstep any a class exact\n", 3, "class"),
            ("version 3\nstep any a class exact\nstep any a colour red\n", 3, "colour"),
            ("version 3\nstep any a class exact\n", 2, "key"),
            (&format!("version 3\nstep any a key {digest}\n"), 2, "class"),
            (&format!("version 3\nstep any a output ../x {digest}\n"), 2, "output"),
            ("version 3\nstep any a output x\n", 2, "output"),
            ("version 3\nhardware a b c\nhardware a b d\n", 3, "hardware"),
            (&other_cores, 3, "hardware"),
        ];
        for (text, line, field) in cases {
            let (found_line, found_field, _) = Lock::parse(text).unwrap_err();
            assert_eq!((found_line, found_field.as_str()), (line, field), "{text}");
        }
    }
}
