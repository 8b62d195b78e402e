//! The paper in `examples/sorting`, made where it lies: the tool knows nothing of the networks.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs the command of the second paper; what it prints, which must be a success.
fn xtask(arguments: &[&str]) -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a folder of builds");
    let folder = tests::root().join("examples/sorting");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["xtask"]).args(arguments).current_dir(folder).env("CARGO_TARGET_DIR", target);
    let output = cargo.output().expect("cargo");
    let printed = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "cargo xtask {arguments:?}:\n{printed}");
    printed
}

#[test]
fn two_algorithms_on_one_size_become_a_report_and_a_second_call_runs_nothing() {
    let asked = ["reproduce", "--algorithms", "merge,radix", "--sizes", "30000"];
    xtask(&asked);
    let report = fs::read(tests::root().join("examples/sorting/output/cpu/report.pdf")).expect("a report");
    assert!(report.starts_with(b"%PDF-"));
    let again = xtask(&asked);
    assert!(again.contains("nothing"), "{again}");
}

#[test]
fn it_is_compiled_from_the_crates_of_this_checkout() {
    let packages = |path: &str| {
        let text = fs::read_to_string(tests::root().join(path)).expect("a lock");
        let packages = text.split("[[package]]").skip(1).filter(|package| package.contains("source = "));
        packages.map(|package| package.lines().take(4).map(str::to_owned).collect()).collect::<BTreeSet<Vec<_>>>()
    };
    let (own, root) = (packages("examples/sorting/Cargo.lock"), packages("Cargo.lock"));
    let others: Vec<_> = own.difference(&root).collect();
    assert!(own.len() > 100 && others.is_empty(), "{others:?}");
}
