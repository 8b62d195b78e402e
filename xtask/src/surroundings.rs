//! What of this machine may differ from when a measurement was made, beside the hardware itself: kernel, clock governor. A
//! difference is told and changes no key; `steps.rs` has the rule.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::steps::{self, Rule};
use offprint::files::FileError;
use offprint::plan::Planned;
use offprint::session::Session;
use offprint::state::State;
use offprint::step::Class;

/// One warning a fact that is not what it was when measurements of `plan` were made.
///
/// `procfs` and `sysfs` are where the kernel tells of the machine.
pub fn warnings(
    session: &Session,
    plan: &[Planned],
    (procfs, sysfs): (&Path, &Path),
) -> Result<Vec<String>, FileError> {
    let mut records = Vec::new();
    for planned in plan.iter().filter(|planned| planned.class == Class::Measured) {
        let (State::Fresh { outputs, .. } | State::Outdated { outputs, .. }) = &planned.state else { continue };
        for &digest in outputs.values() {
            // What is only on the shelf was made elsewhere, or long ago.
            if let Some(bytes) = session.store.read(digest)? {
                records.extend(serde_json::from_slice(&bytes).ok().map(|record: Value| facts(&record)));
            }
        }
    }
    Ok(differences(&records, &now(procfs, sysfs)))
}

/// The facts of this machine, now, as records name them.
fn now(procfs: &Path, sysfs: &Path) -> BTreeMap<String, String> {
    let kernel = fs::read_to_string(procfs.join("sys/kernel/osrelease")).ok();
    let facts = [("kernel", kernel.map(|text| text.trim().to_owned())), ("governor", governor(sysfs))];
    facts.into_iter().filter_map(|(fact, value)| Some((fact.to_owned(), value?))).collect()
}

/// The governors of all cores, each once.
fn governor(sysfs: &Path) -> Option<String> {
    let folder = glob::Pattern::escape(&sysfs.join("devices/system/cpu").to_string_lossy());
    let files = glob::glob(&format!("{folder}/cpu*/cpufreq/scaling_governor")).ok()?.flatten();
    let all: BTreeSet<String> =
        files.filter_map(|file| fs::read_to_string(file).ok()).map(|text| text.trim().to_owned()).collect();
    (!all.is_empty()).then(|| all.into_iter().collect::<Vec<_>>().join(", "))
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
            format!("{fact} {old} → {new} since {count} measurements; `--again 'measure/**' --again 'layers/**'` measures anew")
        }));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_kernel_or_governor_that_is_not_the_records_is_told_once_with_both() {
        let record = |kernel: &str| {
            let fact = |value: &str| json!({ "value": value });
            let environment =
                json!({ "kernel": fact(kernel), "governor": fact("performance"), "load_before": { "value": 0.3 } });
            facts(&json!({ "environment": environment }))
        };
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("sys/kernel/osrelease", "6.8.0\n");
        for core in ["cpu0", "cpu1"] {
            write(&format!("devices/system/cpu/{core}/cpufreq/scaling_governor"), "performance\n");
        }
        let now = now(folder.path(), folder.path());
        assert_eq!(differences(&[record("6.8.0")], &now), Vec::<String>::new());
        let told = differences(&[record("6.1.0"), record("6.1.0"), record("6.8.0")], &now);
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("kernel 6.1.0 → 6.8.0 since 2 measurements"), "{}", told[0]);
        let slow = BTreeMap::from([("governor".to_owned(), "powersave".to_owned())]);
        assert!(differences(&[record("6.8.0")], &slow)[0].starts_with("governor performance → powersave since 1"));
    }

    #[test]
    fn what_a_machine_does_not_tell_is_not_compared() {
        let record = BTreeMap::from([("kernel".to_owned(), "6.1.0".to_owned())]);
        assert!(differences(&[record], &now(Path::new("/nowhere"), Path::new("/nowhere"))).is_empty());
    }
}
