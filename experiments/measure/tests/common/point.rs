//! Runs `measure point` with arguments for about a second, and reads its record.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use results::Record;

/// The program with arguments for about a second; `change` replaces or adds flags with their values.
pub fn point(output: &Path, change: &[(&str, &str)]) -> Command {
    let mut flags = vec![
        ("--processes", "1"),
        ("--device", "cpu"),
        ("--network", "enet"),
        ("--batch", "1"),
        ("--seed", "7"),
        ("--protocol", "test"),
        ("--warm-up-runs", "1"),
        ("--warm-up-seconds", "0"),
        ("--steady-percent", "50"),
        ("--warm-up-limit-seconds", "0"),
        ("--samples", "3"),
        ("--window-seconds", "0"),
        ("--width-percent", "5"),
        ("--max-samples", "5"),
        ("--min-samples", "2"),
        ("--enough-seconds", "1"),
        ("--limit-seconds", "300"),
    ];
    for &(name, value) in change {
        flags.retain(|(other, _)| *other != name);
        flags.push((name, value));
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_measure"));
    command.arg("point").args(flags.into_iter().flat_map(|(name, value)| [name, value]));
    command.arg("--output").arg(output);
    command
}

/// The record of a program that succeeded: the only file in its folder.
pub fn record(folder: &Path, output: &Output) -> Record {
    assert!(output.status.success(), "{}", text(&output.stderr));
    let names: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names, ["record.json"]);
    let record: Record = results::json::read(&folder.join("record.json")).expect("a record");
    assert_eq!(record.schema, results::record::SCHEMA);
    record
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The process that `parent` starts to compute the point; waits for it.
pub fn child_of(parent: u32) -> u32 {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        for entry in fs::read_dir("/proc").expect("a kernel with procfs").flatten() {
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
            let command = fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
            // The benchmark of peak rates runs first, in a process of its own.
            let computes = command.split('\0').any(|word| word == "process");
            if computes && status.lines().any(|line| line == format!("PPid:\t{parent}")) {
                return id;
            }
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("process {parent} started no process");
}
