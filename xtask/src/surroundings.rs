//! What of this machine may differ from when a measurement was made, beside the hardware itself: kernel, clock governor. A
//! difference is told and changes no key; `steps.rs` has the rule.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::engine::files::FileError;
use crate::engine::plan::Planned;
use crate::engine::session::{Session, State};
use crate::steps::{self, Rule};

/// Where the kernel tells of the machine.
const PROCFS: &str = "/proc";

/// One warning a fact that is not what it was when measurements of `plan` were made.
pub fn warnings(session: &Session, plan: &[Planned]) -> Result<Vec<String>, FileError> {
    let mut records = Vec::new();
    for planned in plan.iter().filter(|planned| planned.class == "measured") {
        let (State::Fresh { outputs, .. } | State::Outdated { outputs, .. }) = &planned.state else { continue };
        for &digest in outputs.values() {
            // What is only on the shelf was made elsewhere, or long ago.
            if let Some(bytes) = session.store.read(digest)? {
                records.extend(serde_json::from_slice(&bytes).ok().map(|record: Value| facts(&record)));
            }
        }
    }
    Ok(differences(&records, &now(Path::new(PROCFS))))
}

/// The facts of this machine, now, as records name them.
fn now(procfs: &Path) -> BTreeMap<String, String> {
    let files = [("kernel", "sys/kernel/osrelease")];
    let read = |(fact, file): (&str, &str)| {
        let text = fs::read_to_string(procfs.join(file)).ok()?;
        Some((fact.to_owned(), text.trim().to_owned()))
    };
    files.into_iter().filter_map(read).collect()
}

/// The facts of a record's environment that have a value.
fn facts(record: &Value) -> BTreeMap<String, String> {
    let environment = record["environment"].as_object();
    let value = |(fact, observed): (&String, &Value)| Some((fact.clone(), observed["value"].as_str()?.to_owned()));
    environment.into_iter().flatten().filter_map(value).collect()
}

fn differences(records: &[BTreeMap<String, String>], now: &BTreeMap<String, String>) -> Vec<String> {
    let mut warnings = Vec::new();
    for (fact, new) in now.iter().filter(|(fact, _)| steps::rule(fact) == Rule::Warns) {
        let mut old: BTreeMap<&str, usize> = BTreeMap::new();
        for value in records.iter().filter_map(|record| record.get(fact)).filter(|value| *value != new) {
            *old.entry(value).or_default() += 1;
        }
        warnings.extend(old.into_iter().map(|(old, count)| {
            format!("{fact} {old} → {new} since {count} points were measured; `--again 'measure/**'` measures anew")
        }));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_kernel_that_is_not_the_records_is_told_once_with_both() {
        let record =
            |kernel: &str| facts(&json!({"environment": {"kernel": {"value": kernel}, "load": {"value": 0.3}}}));
        let procfs = tempfile::tempdir().unwrap();
        fs::create_dir_all(procfs.path().join("sys/kernel")).unwrap();
        fs::write(procfs.path().join("sys/kernel/osrelease"), "6.8.0\n").unwrap();
        let now = now(procfs.path());
        assert_eq!(differences(&[record("6.8.0")], &now), Vec::<String>::new());
        let told = differences(&[record("6.1.0"), record("6.1.0"), record("6.8.0")], &now);
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("kernel 6.1.0 → 6.8.0 since 2 points"), "{}", told[0]);
    }

    #[test]
    fn what_a_machine_does_not_tell_is_not_compared() {
        let record = BTreeMap::from([("kernel".to_owned(), "6.1.0".to_owned())]);
        assert!(differences(&[record], &now(Path::new("/nowhere"))).is_empty());
    }
}
