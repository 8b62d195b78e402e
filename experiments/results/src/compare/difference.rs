//! Other differences between two sets of records than times: device, protocol, environment. Independent of causes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::day;
use crate::environment;
use crate::record::{Observation, Record};
use crate::records::Records;

/// Longer values are truncated, since they cannot be compared by eye.
const MAX_CHARACTERS: usize = 120;

/// One fact that differs between the sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// For example `protocol.processes`, `environment.kernel`.
    pub fact: String,
    /// The value of A, in words.
    pub a: String,
    /// The value of B, in words.
    pub b: String,
}

/// The differences: first of the device, then of the protocol, then of everything else, each sorted by name.
///
/// Facts of the environment that describe a moment, not a setting, are omitted: what was read before and after a point,
/// and what varies among the points of each side.
pub fn of(a: &Records, b: &Records) -> Vec<Difference> {
    let mut differences = fields("device", json(&a.device), json(&b.device));
    differences.extend(fields("protocol", json(&a.protocol), json(&b.protocol)));
    differences.extend(environments(a, b));
    differences
}

fn json(of: &impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}

fn fields(name: &str, a: Value, b: Value) -> Vec<Difference> {
    let (Value::Object(a), Value::Object(b)) = (a, b) else { return Vec::new() };
    let differs = a.iter().filter_map(|(field, one)| Some((field, one, b.get(field).filter(|other| *other != one)?)));
    differs.map(|(field, one, other)| difference(format!("{name}.{field}"), words(one), words(other))).collect()
}

fn environments(a: &Records, b: &Records) -> Vec<Difference> {
    let (seen_a, seen_b) = (seen(a), seen(b));
    let names: BTreeSet<&String> = seen_a.keys().chain(seen_b.keys()).filter(|name| !is_of_a_moment(name)).collect();
    let differs = names.into_iter().filter_map(|name| {
        let absent = Seen { words: "not known: not recorded".to_owned(), varies: false };
        let (one, other) = (seen_a.get(name).unwrap_or(&absent), seen_b.get(name).unwrap_or(&absent));
        let is_listed = one.words != other.words && !(one.varies && other.varies);
        is_listed.then(|| difference(name.clone(), one.words.clone(), other.words.clone()))
    });
    differs.collect()
}

/// A fact, merged over all points of one side.
struct Seen {
    words: String,
    /// Whether its value varies between points.
    varies: bool,
}

fn seen(records: &Records) -> BTreeMap<String, Seen> {
    let own = |record: &Record| {
        let mut facts = record.environment.clone();
        facts = facts.into_iter().map(|(name, fact)| (format!("environment.{name}"), fact)).collect();
        let known = |value: Value| Observation::Known { value };
        facts.insert("seed".to_owned(), known(record.seed.into()));
        facts.insert("weights".to_owned(), known(record.weights.clone().into()));
        facts
    };
    let points: Vec<_> = records.sessions.iter().map(|session| own(&session.record)).collect();
    let merged = environment::merge(&points.iter().collect::<Vec<_>>());
    let facts = merged.into_iter().map(|(name, fact)| {
        let varies = points.iter().any(|facts| facts.get(&name) != points.first().and_then(|first| first.get(&name)));
        let words = match &fact {
            Observation::Known { value } => words(value),
            Observation::Unknown { reason } => format!("not known: {reason}"),
        };
        (name, Seen { words, varies })
    });
    facts.collect()
}

/// Whether a fact describes a moment, by its name: `load_before`, `temperature_after_celsius`.
fn is_of_a_moment(name: &str) -> bool {
    let name = name.strip_prefix("environment.").unwrap_or(name);
    day::TIMESTAMPS.contains(&name)
        || name == "steal_ticks"
        || name.split('_').any(|part| matches!(part, "before" | "after"))
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn difference(fact: String, a: String, b: String) -> Difference {
    Difference { fact: truncated(&fact), a: truncated(&a), b: truncated(&b) }
}

fn truncated(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_a_moment_are_not_settings() {
        for name in ["load_before", "temperature_after_celsius", "started_utc", "steal_ticks"] {
            assert!(is_of_a_moment(&format!("environment.{name}")), "{name}");
        }
        for name in ["kernel", "governor", "burn", "seed", "beforehand"] {
            assert!(!is_of_a_moment(name), "{name}");
        }
    }

    #[test]
    fn long_values_are_truncated_between_characters() {
        assert_eq!(truncated("6.1"), "6.1");
        assert_eq!(truncated(&"ü".repeat(500)), format!("{}…", "ü".repeat(MAX_CHARACTERS)));
    }
}
