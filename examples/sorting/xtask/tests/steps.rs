//! The steps of the paper for a request, and the sources in their keys.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn xtask(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).current_dir(top()).output().expect("the program")
}

fn steps(request: &[&str]) -> BTreeSet<String> {
    let output = xtask(&[&["plan", "--json"], request].concat());
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let name = |step: &Value| step["step"].as_str().expect("a name").to_owned();
    plan.as_array().expect("a list").iter().map(name).collect()
}

#[test]
fn every_algorithm_is_timed_on_every_size() {
    let steps = steps(&[]);
    for algorithm in ["merge", "quick", "heap", "radix"] {
        for size in [1_000, 30_000, 1_000_000] {
            assert!(steps.contains(&format!("time/{algorithm}/{size}")), "{algorithm} {size}");
        }
    }
    assert_eq!(steps.len(), 12 + 4, "{steps:?}");
}

#[test]
fn a_smaller_request_has_its_measurements_and_the_same_steps_after_them() {
    let expected = ["analysis", "figures", "page", "report", "time/heap/7", "time/radix/7"].map(str::to_owned);
    assert_eq!(steps(&["--algorithms", "heap,radix", "--sizes", "7"]), BTreeSet::from(expected));
}

#[test]
fn an_unknown_algorithm_is_refused_before_anything_runs() {
    let output = xtask(&["plan", "--algorithms", "bogo"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && text.contains("possible values: merge, quick, heap, radix"), "{text}");
}

#[test]
fn every_source_of_the_experiment_is_in_the_key_of_a_step() {
    let explained: String =
        steps(&[]).iter().map(|step| String::from_utf8_lossy(&xtask(&["explain", step]).stdout).into_owned()).collect();
    let mut folders = vec![top().join("sorting/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(top()).expect("below it").to_string_lossy().into_owned();
            // It only lists modules.
            assert!(explained.contains(&name) || name == "sorting/src/lib.rs", "no step has {name} among its sources");
        }
    }
}
