//! Why a step must run: each reason with the old and the new value. Compares the texts of keys.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use crate::digest::Digest;
use crate::key::{EXECUTABLE, VERSION, facts};

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No earlier run is known.
    NeverRun,
    /// A fact of the key has changed.
    Changed {
        /// Its label in the key's text, for example `source src/main.rs`.
        field: String,
        /// The old value; none when it is new.
        old: Option<String>,
        /// The new value; none when it was removed.
        new: Option<String>,
    },
    /// An earlier step runs first. Its outputs may turn out to be the same.
    Waits {
        /// The step.
        step: String,
    },
    /// Its program is not installed, so its key is unknown.
    NotInstalled {
        /// The program.
        program: String,
    },
    /// It was asked to run in any case.
    Asked,
    /// An output is no longer in the store.
    OutputMissing {
        /// Which.
        output: String,
    },
    /// An output in the store is corrupt.
    OutputCorrupt {
        /// Which.
        output: String,
        /// The expected object.
        object: Digest,
    },
    /// The published file has another digest.
    PublishedDiffers {
        /// The file, relative to the top of the checkout.
        file: PathBuf,
    },
    /// A result for the same hardware is published, but was not measured here.
    NotOwn,
    /// The store's entry does not parse.
    EntryCorrupt {
        /// What is wrong with it.
        problem: String,
    },
}

impl Reason {
    /// The output that it refers to, or an empty string.
    pub fn output(&self) -> &str {
        match self {
            Self::OutputMissing { output } | Self::OutputCorrupt { output, .. } => output,
            _ => "",
        }
    }
}

/// The facts that differ between two texts, in the order of the new one. Labels in `unknown` are skipped.
pub fn changes(old: &str, new: &str, unknown: &BTreeSet<String>) -> Vec<Reason> {
    let (old, new) = (facts(old), facts(new));
    let values = |facts: &[(&str, Vec<&str>)], label: &str| -> Vec<String> {
        let own = facts.iter().find(|(own, _)| *own == label);
        own.map(|(_, values)| values.iter().map(|value| (*value).to_owned()).collect()).unwrap_or_default()
    };
    let mut seen = BTreeSet::new();
    let labels = new.iter().chain(&old).map(|(label, _)| *label);
    labels
        .filter(|label| !unknown.contains(*label) && seen.insert(*label))
        .filter_map(|label| difference(label, &values(&old, label), &values(&new, label)))
        .collect()
}

/// For a label with several values, only the part that differs.
fn difference(label: &str, old: &[String], new: &[String]) -> Option<Reason> {
    if old == new {
        return None;
    }
    let same = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let (old, new) = (&old[same..], &new[same..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let text = |values: &[String]| (values.len() > tail).then(|| values[..values.len() - tail].join("; "));
    Some(Reason::Changed { field: label.to_owned(), old: text(old), new: text(new) })
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverRun => write!(out, "never run"),
            Self::Changed { field, old: Some(old), new: Some(new) } => {
                write!(out, "{}: {} → {}", readable(field), brief(old), brief(new))
            }
            Self::Changed { field, old: None, new: Some(new) } => {
                write!(out, "{}: new, {}", readable(field), brief(new))
            }
            Self::Changed { field, old, .. } => {
                write!(out, "{}: gone, was {}", readable(field), brief(old.as_deref().unwrap_or("empty")))
            }
            Self::NotInstalled { program } => write!(out, "program `{program}` is not installed"),
            Self::Asked => write!(out, "asked to run again"),
            Self::Waits { step } => write!(out, "{step} runs first"),
            Self::OutputMissing { output } => write!(out, "output {output} is no longer in the store"),
            Self::OutputCorrupt { output, .. } => write!(out, "output {output} is corrupt in the store"),
            Self::PublishedDiffers { file } => {
                write!(out, "the published {} has another digest", file.display())
            }
            Self::NotOwn => write!(out, "published for this hardware, and not measured here"),
            Self::EntryCorrupt { problem } => write!(out, "its entry in the store is corrupt: {problem}"),
        }
    }
}

/// A label for readers who do not see the key's text.
fn readable(label: &str) -> &str {
    match label {
        VERSION => "version of the program",
        EXECUTABLE => "executable of the program",
        _ => label,
    }
}

/// The first digits of a digest; other values are cut where the line would get too long.
fn brief(value: &str) -> String {
    const MAX: usize = 120;
    if value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return value[..12].to_owned();
    }
    if value.chars().count() <= MAX {
        return value.to_owned();
    }
    value.chars().take(MAX).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(field: &str, old: Option<&str>, new: Option<&str>) -> Reason {
        Reason::Changed { field: field.into(), old: old.map(str::to_owned), new: new.map(str::to_owned) }
    }

    #[test]
    fn a_change_is_named_with_its_old_and_new_value() {
        let old = "key 1\nargument --batch = 1\nsource a.rs = 11\nsource b.rs = 22\n";
        let new = "key 1\nargument --batch = 8\nsource a.rs = 11\nsource c.rs = 33\n";
        let expected = [
            changed("argument --batch", Some("1"), Some("8")),
            changed("source c.rs", None, Some("33")),
            changed("source b.rs", Some("22"), None),
        ];
        assert_eq!(changes(old, new, &BTreeSet::new()), expected);
        assert_eq!(expected[0].to_string(), "argument --batch: 1 → 8");
        assert_eq!(changes(old, new, &BTreeSet::from(["argument --batch".to_owned()])), expected[1..]);
        assert_eq!(changes(new, new, &BTreeSet::new()), []);
    }

    #[test]
    fn only_the_lines_of_a_long_text_that_differ_are_named() {
        let text = |lines: &[&str]| lines.iter().map(|line| format!("text shape = {line}\n")).collect::<String>();
        let found = changes(&text(&["a", "b", "c"]), &text(&["a", "x", "c"]), &BTreeSet::new());
        assert_eq!(found, [changed("text shape", Some("b"), Some("x"))]);
        let found = changes(&text(&["a", "b"]), &text(&["a", "a", "b"]), &BTreeSet::new());
        assert_eq!(found, [changed("text shape", None, Some("a"))]);
    }
}
