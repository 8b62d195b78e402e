//! `artifacts.lock`: which key and outputs of each step the paper uses, for each hardware. One fact per line, sorted,
//! committed. Written only when it changes. The file may come from anyone, so every line is checked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::altered::{Altered, Cause};
use crate::digest::Digest;
use crate::files::{self, Doing, FileError, Flush};
use crate::graph::is_plain;
use crate::identity;
use serde_json::Value;

use crate::quote::{quote, unquote};
use crate::request::{self, Request};
use crate::resolved::Outputs;
use crate::step::Class;

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
    pub steps: BTreeMap<(String, String), Locked>,
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
        let text = self.to_text();
        if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
            return Ok(false);
        }
        files::put(path, text.as_bytes(), scratch, Flush::Yes)?;
        Ok(true)
    }

    /// The result of a step on some hardware.
    pub fn get(&self, hardware: &str, step: &str) -> Option<&Locked> {
        self.steps.get(&(hardware.to_owned(), step.to_owned()))
    }

    /// Inserts a step's result, and returns the previous one.
    pub fn put(&mut self, hardware: &str, step: &str, locked: Locked) -> Option<Locked> {
        self.steps.insert((hardware.to_owned(), step.to_owned()), locked)
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let mut text = HEAD.to_owned();
        // A paper that measures nothing still has a request.
        let asked = self.requests.keys().map(String::as_str);
        let used: BTreeSet<&str> = self.steps.keys().flat_map(|(name, _)| identity::apart(name)).chain(asked).collect();
        for (name, facts) in self.hardware.iter().filter(|(name, _)| used.contains(name.as_str())) {
            facts.iter().for_each(|(fact, value)| {
                text += &format!("hardware {} {} {}\n", quote(name), quote(fact), quote(value));
            });
        }
        for (name, request) in &self.requests {
            request.0.iter().for_each(|(field, value)| {
                text += &format!("request {} {} {}\n", quote(name), quote(field), request::line(value));
            });
        }
        for ((hardware, name), step) in &self.steps {
            let start = format!("step {} {}", quote(hardware), quote(name));
            text += &format!("{start} class {}\n{start} key {}\n", step.class.name(), step.key);
            for (output, digest) in &step.outputs {
                text += &format!("{start} output {} {digest}\n", quote(output));
            }
        }
        text
    }

    fn parse(text: &str) -> Result<Self, Bad> {
        let mut drafts: BTreeMap<(String, String), Draft> = BTreeMap::new();
        let mut hardware: BTreeMap<String, (usize, BTreeMap<String, String>)> = BTreeMap::new();
        let mut requests: BTreeMap<String, (usize, Request)> = BTreeMap::new();
        let mut versioned = false;
        let mut count = 0;
        for (line, content) in text.lines().enumerate().map(|(index, content)| (index + 1, content)) {
            count = line;
            if content.starts_with('#') || content.is_empty() {
                continue;
            }
            let bad = |field: &str, problem: &str| (line, field.to_owned(), problem.to_owned());
            if let Some(request) = content.strip_prefix("request ").filter(|_| versioned) {
                let (name, field, value) = request_line(request).map_err(|problem| bad("request", &problem))?;
                let fields = &mut requests.entry(name).or_insert_with(|| (line, Request::default())).1.0;
                if fields.insert(field, value).is_some() {
                    return Err(bad("request", "this field is given twice"));
                }
                continue;
            }
            let tokens = unquote(content).ok_or_else(|| bad("line", "it is not a list of words"))?;
            let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
            if !versioned {
                match &tokens[..] {
                    ["version", "3"] => {}
                    ["version", "2"] => return Err(bad("version", EARLIER)),
                    _ => return Err(bad("version", "expected `version 3`, which this program writes")),
                }
                versioned = true;
                continue;
            }
            match &tokens[..] {
                ["hardware", name, fact, value] => {
                    let (_, facts) = hardware.entry((*name).to_owned()).or_insert_with(|| (line, BTreeMap::new()));
                    if facts.insert((*fact).to_owned(), (*value).to_owned()).is_some() {
                        return Err(bad("hardware", "this fact is given twice"));
                    }
                }
                ["step", name, step, field, values @ ..] => {
                    if !is_plain(step) || !is_plain(name) {
                        return Err(bad("step", "it is not a valid name of a step on some hardware"));
                    }
                    let draft = drafts.entry(((*name).to_owned(), (*step).to_owned()));
                    let draft = draft.or_insert_with(|| Draft { line, ..Draft::default() });
                    draft.add(field, values).map_err(|problem| bad(field, &problem))?;
                }
                _ => {
                    return Err(bad(
                        "line",
                        "expected `hardware NAME FACT VALUE`, `request HARDWARE FIELD JSON` or `step HARDWARE NAME \
                         FIELD …`",
                    ));
                }
            }
        }
        if !versioned {
            return Err((count.max(1), "version".to_owned(), "it is missing".to_owned()));
        }
        if let Some((_, (line, _))) = hardware.iter().find(|(name, (_, facts))| !identity::fits(name, facts)) {
            return Err((*line, "hardware".to_owned(), "its name does not match its facts".to_owned()));
        }
        let known = |(name, _): &(String, String)| identity::apart(name).all(|part| hardware.contains_key(part));
        if let Some((_, draft)) = drafts.iter().find(|(name, _)| !known(name)) {
            return Err((draft.line, "step".to_owned(), "no line has the facts of its hardware".to_owned()));
        }
        if let Some((_, (line, _))) = requests.iter().find(|(name, _)| !hardware.contains_key(*name)) {
            return Err((*line, "request".to_owned(), "no line has the facts of its hardware".to_owned()));
        }
        let requests = requests.into_iter().map(|(name, (_, request))| (name, request)).collect();
        let steps = drafts.into_iter().map(|(name, draft)| Ok((name, draft.finish()?))).collect::<Result<_, _>>()?;
        let hardware = hardware.into_iter().map(|(name, (_, facts))| (name, facts)).collect();
        Ok(Self { hardware, requests, steps })
    }
}

/// Hardware, field and value, after `request `.
fn request_line(line: &str) -> Result<(String, String, Value), String> {
    let shape = || "expected `request HARDWARE FIELD JSON`".to_owned();
    let mut parts = line.splitn(3, ' ');
    let mut token = || parts.next().and_then(unquote).and_then(|tokens| tokens.into_iter().next());
    let (name, field) = (token().ok_or_else(shape)?, token().ok_or_else(shape)?);
    let value = serde_json::from_str(parts.next().ok_or_else(shape)?);
    Ok((name, field, value.map_err(|error| format!("its value is not JSON: {error}"))?))
}

/// Line, field, problem.
type Bad = (usize, String, String);

#[derive(Default)]
struct Draft {
    line: usize,
    class: Option<Class>,
    key: Option<Digest>,
    outputs: Outputs,
}

impl Draft {
    fn add(&mut self, field: &str, values: &[&str]) -> Result<(), String> {
        let digest = |text: &str| text.parse::<Digest>().map_err(|error| error.to_string());
        let twice = match (field, values) {
            ("class", [name]) => {
                let class = Class::from_name(name)
                    .ok_or_else(|| format!("`{name}` is not one of {}", Class::ALL.map(Class::name).join(", ")))?;
                self.class.replace(class).is_some()
            }
            ("key", [text]) => self.key.replace(digest(text)?).is_some(),
            ("output", [name, _]) if !is_plain(name) => {
                return Err(format!("`{name}` is not a valid name of an output"));
            }
            ("output", [name, text]) => self.outputs.insert((*name).to_owned(), digest(text)?).is_some(),
            ("class" | "key" | "output", _) => return Err("wrong number of values".to_owned()),
            _ => return Err("unknown; the fields are class, key, output".to_owned()),
        };
        if twice { Err("it is given twice".to_owned()) } else { Ok(()) }
    }

    fn finish(self) -> Result<Locked, Bad> {
        let missing = |field: &str| (self.line, field.to_owned(), "this step has none".to_owned());
        let class = self.class.ok_or_else(|| missing("class"))?;
        let key = self.key.ok_or_else(|| missing("key"))?;
        Ok(Locked { class, key, outputs: self.outputs })
    }
}

#[cfg(test)]
mod tests {
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
            outputs: BTreeMap::from([("a.json".into(), Digest::of(b"a")), ("b.csv".into(), Digest::of(b"b"))]),
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
