//! The key of a step: a text that names everything its result depends on, one fact per line, and its SHA-256. Time,
//! host name and absolute paths are never in it, and of the environment only what decides how Cargo builds.

use std::collections::BTreeMap;
use std::fmt::Write;

use ecow::EcoString;

use crate::digest::Digest;
use crate::quote::{push, quote};
use crate::resolved::Resolved;
use crate::step::{Class, Origin, Program, Step};
use crate::tree::{Digests, Tree};

mod error;

pub use error::KeyError;

/// The label for the version that an installed program prints.
pub const VERSION: &str = "version";
/// The label for the digest of its executable.
pub const EXECUTABLE: &str = "executable";
/// What the labels of Cargo's settings start with.
pub const CARGO: &str = "cargo ";

/// The version of the text format.
const LAYOUT: &str = "key 1\n";

/// A text and its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// One fact per line: `label = value`.
    pub text: String,
    /// SHA-256 of the text.
    pub digest: Digest,
}

impl Key {
    /// The key whose text is `text`.
    pub fn of(text: String) -> Self {
        let digest = Digest::of(text.as_bytes());
        Self { text, digest }
    }

    /// The settings of Cargo in it, as one line; `none` when there are none.
    pub fn settings(&self) -> String {
        let settings = facts(&self.text)
            .into_iter()
            .filter_map(|(label, values)| Some(format!("{} = {}", label.strip_prefix(CARGO)?, values.join(" "))));
        let settings: Vec<String> = settings.collect();
        if settings.is_empty() { "none".to_owned() } else { settings.join("; ") }
    }

    /// The key of `step`. `resolved` has the digests of inputs from other steps. An input without a digest gets no
    /// line, so that the other lines can be compared before it exists.
    pub fn new(step: &Step, resolved: &Resolved, tree: &Tree, look: Digests) -> Result<Self, KeyError> {
        let file = |source| KeyError::File { step: step.name.to_string(), source };
        let digest = |path: &str| {
            let digest = tree.digest_inside(path, look).map_err(file)?;
            digest.ok_or_else(|| KeyError::Outside { step: step.name.to_string(), path: path.to_string() })
        };
        let mut text = Text(LAYOUT.to_owned());
        text.line("step", &step.name);
        text.line("class", step.class.name());
        text.line("program", &step.program.to_string());
        if let Program::Installed(name) = &step.program
            && let Some(program) = tree.installed.get(name, look).map_err(file)?
        {
            program.version.iter().for_each(|version| text.line(VERSION, version));
            text.digest(EXECUTABLE, None, program.executable);
        }
        arguments(&step.args, &mut text);
        let mut inputs: Vec<_> = step.inputs.iter().collect();
        inputs.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        for input in inputs {
            let digest = match &input.origin {
                Origin::Step { .. } => resolved.digests.get(&input.path).copied(),
                Origin::File(path) => Some(digest(path)?),
            };
            if let Some(digest) = digest {
                text.digest("input", Some(&input.path), digest);
            }
        }
        resolved.outdated.iter().for_each(|(path, step)| text.named("outdated", path, step));
        for path in &step.lockfiles {
            text.digest("lockfile", Some(path), digest(path)?);
        }
        let sources = tree.sources(step.source_patterns(), look);
        let sources = sources.map_err(|source| KeyError::Source { step: step.name.to_string(), source })?;
        text.0.push_str(&sources.lines);
        for name in &step.crates {
            let version = tree.crates.version(name);
            let missing = || KeyError::Crate { step: step.name.to_string(), name: name.to_string() };
            let version = version.ok_or_else(missing)?;
            // The version of a workspace crate says little about its sources.
            let digest = tree.member(name, look).map_err(file)?;
            let version = digest.map_or(version.clone(), |digest| format!("{version} sources {digest}"));
            text.named("crate", name, &version);
        }
        // An installed program was not built by this compiler.
        if matches!(step.program, Program::Workspace { .. }) {
            text.line("toolchain", tree.toolchain().map_err(file)?);
            if step.class == Class::Measured {
                let unknown = |source| KeyError::Settings { step: step.name.to_string(), source };
                let settings = tree.settings(look).map_err(unknown)?;
                settings
                    .iter()
                    .for_each(|(name, value)| text.line(&format!("{CARGO}{}", name.replace(' ', "")), value));
            }
        }
        for (name, content) in &step.texts {
            content.split('\n').for_each(|line| text.named("text", name, line));
        }
        for (name, value) in step.identity.iter().flat_map(|identity| &identity.facts) {
            text.named("hardware", name, value);
        }
        step.outputs.iter().for_each(|output| text.line("output", output));
        Ok(Self::of(text.0))
    }
}

/// The lines of source files, given by path.
pub fn source_lines(files: &[(String, Digest)]) -> String {
    let mut text = Text(String::new());
    files.iter().for_each(|(path, digest)| text.digest("source", Some(path), *digest));
    text.0
}

/// The label of an input.
pub fn input_label(path: &str) -> String {
    format!("input {}", quote(path))
}

/// The facts in a key's text: the values of each label, in order. Other lines are skipped.
pub fn facts(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut facts: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut indices = BTreeMap::new();
    for (label, value) in text.lines().filter_map(|line| line.split_once(" = ")) {
        let index = *indices.entry(label).or_insert_with(|| {
            facts.push((label, Vec::new()));
            facts.len() - 1
        });
        facts[index].1.push(value);
    }
    facts
}

struct Text(String);

impl Text {
    fn line(&mut self, label: &str, value: &str) {
        self.0.push_str(label);
        self.value(value);
    }

    /// A line whose label is a kind of fact and a name.
    fn named(&mut self, kind: &str, name: &str, value: &str) {
        self.label(kind, name);
        self.value(value);
    }

    fn digest(&mut self, kind: &str, name: Option<&str>, digest: Digest) {
        match name {
            Some(name) => self.label(kind, name),
            None => self.0.push_str(kind),
        }
        // Writing to a text cannot fail.
        let _ = writeln!(self.0, " = {digest}");
    }

    fn label(&mut self, kind: &str, name: &str) {
        self.0.push_str(kind);
        self.0.push(' ');
        push(&mut self.0, name);
    }

    /// Quotes a value that would be ambiguous.
    fn value(&mut self, value: &str) {
        self.0.push_str(" = ");
        let clear = !value.starts_with('"') && !value.chars().any(char::is_control) && value.trim_end() == value;
        if clear {
            self.0.push_str(value)
        } else {
            push(&mut self.0, value)
        }
        self.0.push('\n');
    }
}

/// Puts a flag and its value on one line, so that a changed value is found under its name.
fn arguments(args: &[EcoString], text: &mut Text) {
    let mut rest = args;
    while let [first, after @ ..] = rest {
        rest = after;
        match after {
            [value, after @ ..] if first.starts_with("--") && !value.starts_with("--") => {
                text.named("argument", first, value);
                rest = after;
            }
            _ => text.line("argument", first),
        }
    }
}

#[cfg(test)]
mod tests;
