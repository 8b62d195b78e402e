//! The hardware that a result belongs to: facts, and a short name derived from them.

use std::collections::BTreeMap;
use std::path::Path;

use crate::digest::Digest;
use crate::processor;
use crate::quote::quote;

/// The name for results that belong to no hardware.
pub const ANY: &str = "any";
/// Hexadecimal digits in a name.
const DIGITS: usize = 8;

/// Hardware, described by facts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// The kind of hardware, which is the first part of the name.
    pub kind: String,
    /// Facts that distinguish hardware of the same kind. Equal facts mean the same hardware.
    pub facts: BTreeMap<String, String>,
}

impl Identity {
    /// The processor of this machine, and the number of cores that this process may use.
    pub fn processor() -> Self {
        Self { kind: "cpu".to_owned(), facts: processor::facts(Path::new("/proc"), Path::new("/sys")) }
    }

    /// The hardware called `name`; none when the name does not match the facts.
    pub fn named(name: &str, facts: &BTreeMap<String, String>) -> Option<Self> {
        let (kind, _) = name.rsplit_once('-')?;
        fits(name, facts).then(|| Self { kind: kind.to_owned(), facts: facts.clone() })
    }

    /// The kind and the first digits of a digest of the facts, for example `cpu-3f2a91c0`.
    pub fn name(&self) -> String {
        format!("{}-{}", self.kind, digits(&self.facts))
    }
}

/// Whether `name` matches these facts.
pub fn fits(name: &str, facts: &BTreeMap<String, String>) -> bool {
    name.rsplit_once('-').is_some_and(|(_, end)| end == digits(facts))
}

/// The name for a result that belongs to all of `names`.
pub fn together<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() { ANY.to_owned() } else { names.join("+") }
}

/// The names in a combined name.
pub fn apart(name: &str) -> impl Iterator<Item = &str> {
    name.split('+').filter(|part| *part != ANY)
}

fn digits(facts: &BTreeMap<String, String>) -> String {
    let lines: String = facts.iter().map(|(fact, value)| format!("{} {}\n", quote(fact), quote(value))).collect();
    Digest::of(lines.as_bytes()).to_string()[..DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_depends_on_every_fact() {
        let of = |model: &str| Identity {
            kind: "cpu".to_owned(),
            facts: BTreeMap::from([("model".to_owned(), model.to_owned())]),
        };
        let (one, two) = (of("one"), of("two"));
        assert_ne!(one.name(), two.name());
        assert!(one.name().starts_with("cpu-") && one.name().len() == 4 + DIGITS);
        assert_eq!(Identity::named(&one.name(), &one.facts), Some(one.clone()));
        assert_eq!(Identity::named(&two.name(), &one.facts), None);
        assert!(fits(&one.name(), &one.facts) && !fits(&one.name(), &two.facts));
    }

    #[test]
    fn names_are_combined_and_taken_apart() {
        assert_eq!(together([]), "any");
        assert_eq!(together(["a-1", "b-2"]), "a-1+b-2");
        assert_eq!(apart("a-1+b-2").collect::<Vec<_>>(), ["a-1", "b-2"]);
        assert_eq!(apart("any").count(), 0);
    }
}
