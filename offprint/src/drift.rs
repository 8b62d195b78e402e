//! How this machine differs from when it measured, apart from its hardware: kernel, clock governor and so on. A
//! difference is reported and changes no key. The paper says which facts matter.

use std::collections::BTreeMap;

use crate::files::FileError;
use crate::paper::{Paper, Rule};
use crate::plan::Planned;
use crate::session::Session;
use crate::state::State;
use crate::step::Class;

/// One warning for each fact that has changed since measurements of `plan` were made.
///
/// # Errors
/// A file of the store cannot be read.
pub fn warnings<P: Paper>(session: &Session, plan: &[Planned], paper: &P) -> Result<Vec<String>, FileError> {
    let now = paper.facts_now();
    if now.is_empty() {
        return Ok(Vec::new());
    }
    let mut records = Vec::new();
    for planned in plan.iter().filter(|planned| planned.class == Class::Measured) {
        let (State::Fresh { outputs, .. } | State::Outdated { outputs, .. }) = &planned.state else { continue };
        for &digest in outputs.values() {
            // A result that is only published was made elsewhere, or long ago.
            records.extend(session.store.read(digest)?.map(|bytes| P::facts_of(&bytes)));
        }
    }
    Ok(differences(&records, &now, P::rule))
}

fn differences(
    records: &[BTreeMap<String, String>],
    now: &BTreeMap<String, String>,
    rule: fn(&str) -> Rule,
) -> Vec<String> {
    let mut warnings = Vec::new();
    for (fact, new) in now.iter().filter(|(fact, _)| rule(fact) == Rule::Warns) {
        let mut old: BTreeMap<&str, usize> = BTreeMap::new();
        for value in records.iter().filter_map(|record| record.get(fact)).filter(|value| *value != new) {
            *old.entry(value).or_default() += 1;
        }
        warnings.extend(old.into_iter().map(|(old, count)| {
            format!("{fact} {old} → {new} since {count} measurements; `--again STEP` measures again")
        }));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(kernel: &str) -> BTreeMap<String, String> {
        [("kernel", kernel), ("load", "0.3")].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    fn rule(fact: &str) -> Rule {
        if fact == "kernel" { Rule::Warns } else { Rule::Kept }
    }

    #[test]
    fn a_fact_that_differs_from_the_record_is_reported_once_with_both_values() {
        let now = BTreeMap::from([("kernel".to_owned(), "6.8.0".to_owned()), ("load".to_owned(), "9".to_owned())]);
        assert_eq!(differences(&[facts("6.8.0")], &now, rule), Vec::<String>::new());
        let warnings = differences(&[facts("6.1.0"), facts("6.1.0"), facts("6.8.0")], &now, rule);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].starts_with("kernel 6.1.0 → 6.8.0 since 2 measurements"), "{}", warnings[0]);
    }

    #[test]
    fn a_fact_that_is_unknown_now_is_not_compared() {
        assert!(differences(&[facts("6.1.0")], &BTreeMap::new(), rule).is_empty());
    }
}
