//! The command `measure doctor`: its output and its exit code.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs it on a machine that exposes nothing but its governor.
fn doctor(root: &Path, governor: &str, flags: &[&str]) -> Output {
    let file = root.join("devices/system/cpu/cpu0/cpufreq/scaling_governor");
    fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
    fs::write(file, governor).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_measure"));
    command.arg("doctor").args(flags);
    for flag in ["--procfs", "--sysfs", "--root"] {
        command.arg(flag).arg(root);
    }
    command.output().expect("the program starts")
}

#[test]
fn only_strict_mode_fails_on_a_problem_to_fix() {
    let folder = tempfile::tempdir().expect("a folder");
    for (governor, flags, code) in [
        ("powersave\n", &[][..], 0),
        ("powersave\n", &["--strict"][..], 1),
        ("performance\n", &[][..], 0),
        ("performance\n", &["--strict"][..], 0),
    ] {
        let output = doctor(folder.path(), governor, flags);
        assert_eq!(output.status.code(), Some(code), "{governor}{flags:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn it_shows_the_machine_and_then_what_to_fix() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = doctor(folder.path(), "powersave\n", &[]);
    let text = String::from_utf8(output.stdout).expect("a text");
    let (table, findings) = text.split_once("\nBefore measuring\n").expect("two parts");
    assert!(table.contains("\n  governor                  powersave\n"), "{table}");
    assert!(findings.starts_with("  fix:   the clocks are not fixed: governor powersave"), "{findings}");
    let command = format!("$ for i in {}/devices/system/cpu/cpu[0-9]*/cpufreq; do ", folder.path().display());
    assert!(findings.contains(&command), "{findings}");
    assert!(findings.lines().last().is_some_and(|line| line.starts_with("1 problem to fix, ")), "{findings}");
}
