//! One environment for many points: facts that all share are kept, facts that differ are listed with their values.
//!
//! | a fact that | becomes |
//! |---|---|
//! | is equal at all points | the same |
//! | has up to 16 distinct values | the list of its values in order of first appearance |
//! | has more values, all of them numbers | `min to max (n different values)` |
//! | has more values, others | `n different values, the first is …` |
//! | is unknown at some points | the same, with `not known: reason` as a value or after the text |
//! | is unknown at all points, for several reasons | unknown, with the reasons |
//!
//! A fact that some points lack is unknown there, because it was not recorded.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::record::Observation;

/// Nobody reads longer lists; they would fill a table of the report.
const MAX_VALUES: usize = 16;

/// Facts by name.
type Observations = BTreeMap<String, Observation>;

/// Names of facts in records of the previous version, and their present names.
const RENAMED: [(&str, &str); 4] = [
    ("clock_least_mhz", "clock_min_mhz"),
    ("clock_most_mhz", "clock_max_mhz"),
    ("cpu_pressure_before_percent", "cpu_psi_before_percent"),
    ("cpu_pressure_after_percent", "cpu_psi_after_percent"),
];

/// Gives the facts of a record of the previous version their present names.
pub fn rename(facts: &mut Observations) {
    for (earlier, name) in RENAMED {
        if let Some(fact) = facts.remove(earlier) {
            facts.insert(name.to_owned(), fact);
        }
    }
}

/// The merged facts of all points; values are in the order of the points.
pub fn merge(points: &[&Observations]) -> Observations {
    let names: BTreeSet<&String> = points.iter().flat_map(|facts| facts.keys()).collect();
    let merged = names.into_iter().map(|name| {
        let mut distinct: Vec<Observation> = Vec::new();
        for facts in points {
            let absent = || Observation::Unknown { reason: "not recorded".to_owned() };
            let seen = facts.get(name).cloned().unwrap_or_else(absent);
            if !distinct.contains(&seen) {
                distinct.push(seen);
            }
        }
        (name.clone(), summary(distinct))
    });
    merged.collect()
}

fn summary(mut distinct: Vec<Observation>) -> Observation {
    if distinct.len() == 1
        && let Some(same) = distinct.pop()
    {
        return same;
    }
    let mut values: Vec<&Value> = Vec::new();
    let mut reasons: Vec<&str> = Vec::new();
    for observation in &distinct {
        match observation {
            Observation::Known { value } => values.push(value),
            Observation::Unknown { reason } => reasons.push(reason),
        }
    }
    if values.is_empty() {
        return Observation::Unknown { reason: because(&reasons) };
    }
    let value = if distinct.len() <= MAX_VALUES {
        let value = |observation: &Observation| match observation {
            Observation::Known { value } => value.clone(),
            Observation::Unknown { reason } => format!("not known: {reason}").into(),
        };
        distinct.iter().map(value).collect()
    } else if reasons.is_empty() {
        in_words(&values).into()
    } else {
        format!("{}; not known: {}", in_words(&values), because(&reasons)).into()
    };
    Observation::Known { value }
}

/// A summary of many values.
fn in_words(values: &[&Value]) -> String {
    let numbers: Option<Vec<(f64, &Value)>> = values.iter().map(|&value| Some((value.as_f64()?, value))).collect();
    let ends = numbers.as_deref().and_then(|numbers| {
        let min = numbers.iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
        let max = numbers.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some((min.1, max.1))
    });
    match (ends, values) {
        (Some((min, max)), _) => format!("{min} to {max} ({} different values)", values.len()),
        (None, [Value::String(first), ..]) => format!("{} different values, the first is {first}", values.len()),
        (None, [first, ..]) => format!("{} different values, the first is {first}", values.len()),
        (None, []) => "no value".to_owned(),
    }
}

/// Reasons in one sentence.
fn because(reasons: &[&str]) -> String {
    match reasons {
        [first, others @ ..] if reasons.len() > MAX_VALUES => format!("{first} (and {} other reasons)", others.len()),
        few => few.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known(value: impl Into<Value>) -> Observation {
        Observation::Known { value: value.into() }
    }

    fn unknown(reason: &str) -> Observation {
        Observation::Unknown { reason: reason.to_owned() }
    }

    /// The merged fact of points that observed these values.
    fn merged(seen: impl IntoIterator<Item = Observation>) -> Observation {
        let point = |seen| Observations::from([("fact".to_owned(), seen)]);
        let points: Vec<Observations> = seen.into_iter().map(point).collect();
        merge(&points.iter().collect::<Vec<_>>()).remove("fact").expect("the fact")
    }

    #[test]
    fn facts_that_all_points_share_are_kept() {
        assert_eq!(merged([known("6.1"), known("6.1")]), known("6.1"));
        assert_eq!(merged([unknown("no file"), unknown("no file")]), unknown("no file"));
    }

    #[test]
    fn facts_that_differ_become_the_list_of_their_values() {
        assert_eq!(merged([known(0.5), known(0.25), known(0.5)]), known(json!([0.5, 0.25])));
        let some = merged([unknown("no file"), known(41.5), unknown("no file")]);
        assert_eq!(some, known(json!(["not known: no file", 41.5])));
        assert_eq!(merged([unknown("no file"), unknown("not allowed")]), unknown("no file; not allowed"));
    }

    #[test]
    fn many_values_are_summarised() {
        let numbers = || (0..20).map(|index| known(index * 7 % 20));
        assert_eq!(merged(numbers()), known("0 to 19 (20 different values)"));
        let some = merged(numbers().chain([unknown("no file")]));
        assert_eq!(some, known("0 to 19 (20 different values); not known: no file"));
        let texts = (0..20).map(|index| known(format!("v{index}")));
        assert_eq!(merged(texts), known("20 different values, the first is v0"));
        let reasons: Vec<String> = (0..20).map(|index| format!("r{index}")).collect();
        assert_eq!(merged(reasons.iter().map(|reason| unknown(reason))), unknown("r0 (and 19 other reasons)"));
    }

    #[test]
    fn facts_of_the_previous_version_get_their_present_names() {
        let mut facts = Observations::from(
            [("clock_least_mhz", 800), ("kernel", 6)].map(|(name, value)| (name.to_owned(), known(value))),
        );
        rename(&mut facts);
        assert!(facts.keys().eq(["clock_min_mhz", "kernel"]), "{facts:?}");
    }

    #[test]
    fn a_fact_that_a_point_lacks_is_unknown_there() {
        let (with, without) = (Observations::from([("fact".to_owned(), known(1))]), Observations::new());
        let merged = merge(&[&with, &without]);
        assert_eq!(merged["fact"], known(json!([1, "not known: not recorded"])));
    }
}
