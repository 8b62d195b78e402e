//! The device `cpu:onnxruntime`: a point by the library where Python has it, and everything that can go wrong with a program that only
//! looks like it.

#[path = "common/point.rs"]
mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{child_of, point, record, text};
use results::{Observation, Outcome, Record};

/// Runs a point of `device` with a program `python3` that only prints the version, and otherwise runs these commands of a shell.
fn with_python(commands: &str) -> (Output, Option<Record>) {
    let folder = tempfile::tempdir().expect("a folder");
    let python = folder.path().join("python3");
    let script = format!(
        "#!/bin/sh\nfor word; do last=$word; done\nif [ \"$last\" = versions ]; then\n\
         echo 'ONNX Runtime 0.0 (CPUExecutionProvider), Python 0.0'; exit\nfi\n{commands}\n"
    );
    fs::write(&python, script).expect("a file");
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("a program");
    let output = folder.path().join("output");
    let mut program = point(&output, &[("--device", "cpu:onnxruntime")]);
    program.env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()));
    let ended = program.output().expect("the program starts");
    let record = ended.status.success().then(|| record(&output, &ended));
    (ended, record)
}

fn refusal(commands: &str) -> String {
    let (ended, record) = with_python(commands);
    let record = record.unwrap_or_else(|| panic!("{}", text(&ended.stderr)));
    let Outcome::Refused { reason } = record.outcome else { panic!("{:?}", record.outcome) };
    assert!(record.processes.is_empty());
    reason
}

#[test]
fn a_library_that_fails_or_crashes_is_an_outcome_that_names_the_reason() {
    let error = refusal("echo ready; echo 'failed InvalidGraph: no such operator'; exit 1");
    assert!(error.starts_with("the device failed: InvalidGraph: no such operator, "), "{error}");
    let crashed = refusal("echo ready; kill -SEGV $$");
    assert!(crashed.starts_with("the device failed: the process of ONNX Runtime ended with signal: 11"), "{crashed}");
    let chatty = refusal("echo ready; echo loading; exec cat >&2");
    assert!(chatty.contains("wrote \"loading\", expected \"loaded\""), "{chatty}");
    let early = refusal("echo 'failed AssertionError: the process that started this one has ended'; exit 1");
    assert!(early.contains("AssertionError"), "{early}");
}

#[test]
fn a_library_without_memory_is_out_of_memory() {
    for error in ["RuntimeException: std::bad_alloc", "Fail: Failed to allocate memory for requested buffer of size 9"]
    {
        let (_, record) = with_python(&format!("echo ready; echo 'failed {error}'; exit 1"));
        let outcome = record.expect("an outcome").outcome;
        let Outcome::OutOfMemory { reason } = &outcome else { panic!("{outcome:?}") };
        assert!(reason.starts_with(error), "{reason}");
    }
}

#[test]
fn without_python_or_onnxruntime_the_error_has_the_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = point(folder.path(), &[("--device", "cpu:onnxruntime")]);
    let without = program.env("PATH", folder.path()).output().expect("the program starts");
    let error = text(&without.stderr);
    assert!(
        !without.status.success() && error.starts_with("error: the device cpu:onnxruntime needs python3"),
        "{error}"
    );
    assert!(error.contains("\nhint: install it for the `python3` on PATH"), "{error}");

    let python = folder.path().join("python3");
    fs::write(&python, "#!/bin/sh\necho 'failed ModuleNotFoundError: no module'; exit 1\n").expect("a file");
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("a program");
    let mut program = point(folder.path(), &[("--device", "cpu:onnxruntime")]);
    let error = text(&program.env("PATH", folder.path()).output().expect("the program starts").stderr);
    let start =
        "error: the device cpu:onnxruntime needs Python with ONNX Runtime: ModuleNotFoundError: no module\nhint: ";
    assert!(error.starts_with(start), "{error}");

    let mut half = point(folder.path(), &[("--device", "cpu:onnxruntime"), ("--precision", "f16")]);
    assert!(
        text(&half.output().expect("the program starts").stderr).contains("in 32 bits alone\nhint: omit --precision")
    );
}

#[test]
fn the_library_ends_with_the_process_that_started_it() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let long = [("--device", "cpu:onnxruntime"), ("--warm-up-seconds", "200"), ("--warm-up-limit-seconds", "200")];
    let mut program = point(&folder.path().join("output"), &long);
    let program = program.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let worker = child_of(program.id());
    let line = format!("PPid:\t{worker}");
    let is_child = |status: String| status.lines().any(|other| other == line);
    let start = Instant::now();
    let python = loop {
        let all = fs::read_dir("/proc").expect("a kernel with procfs").flatten().map(|entry| entry.path());
        let mut of = all.filter(|path| fs::read_to_string(path.join("status")).is_ok_and(is_child));
        match of.next() {
            Some(path) => break path,
            None => assert!(start.elapsed() < Duration::from_secs(60), "it starts"),
        }
        thread::sleep(Duration::from_millis(20));
    };
    // It has to be past the request to end with the other process: its modules are loaded.
    thread::sleep(Duration::from_secs(5));
    assert!(Command::new("kill").args(["-KILL", &worker.to_string()]).status().expect("kill is installed").success());
    program.wait_with_output().expect("the program ends");
    let is_gone = || fs::read_to_string(python.join("status")).map_or(true, |status| status.contains("State:\tZ"));
    while !is_gone() {
        assert!(start.elapsed() < Duration::from_secs(120), "it ends");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether `python3` has the library. If not, the test says so in spite of the capture of its output.
fn is_installed() -> bool {
    let found = Command::new("python3").args(["-I", "-c", "import onnxruntime"]).output();
    let is = found.is_ok_and(|ended| ended.status.success());
    if !is {
        let line = "NOT TESTED: a point by ONNX Runtime, since the python3 on PATH has no onnxruntime\n";
        // Standard error itself: the macros of the standard library are captured.
        std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).ok();
    }
    is
}

#[test]
fn a_point_by_the_library_has_the_record_of_any_other_device() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let by = |device: &str| {
        let at = folder.path().join(device.replace(':', "-"));
        let ended = point(&at, &[("--device", device), ("--processes", "2")]).output().expect("the program starts");
        record(&at, &ended)
    };
    let (library, own) = (by("cpu:onnxruntime"), by("cpu"));
    assert_eq!((&library.outcome, library.processes.len()), (&Outcome::Measured, 2));
    assert_eq!((library.device.kind.as_str(), &library.device.hardware), ("cpu-onnxruntime", &own.device.hardware));
    let backend = &library.device.backend;
    assert!(backend.starts_with("ONNX Runtime ") && backend.contains("CPUExecutionProvider"), "{backend}");
    assert!(backend.contains(", Python 3."), "{backend}");
    assert_eq!(library.environment["threads"], own.environment["threads"]);
    assert_eq!(library.environment.keys().collect::<Vec<_>>(), own.environment.keys().collect::<Vec<_>>());
    assert_eq!((library.operations, &library.weights), (own.operations, &own.weights));
    let process = &library.processes[0];
    // Its weights alone take 20 MB, in a process of its own.
    assert!(process.memory.after_model.0 > process.memory.before_model.0 + 20_000_000, "{:?}", process.memory);
    assert!(process.memory.peak >= process.memory.after_model, "{:?}", process.memory);
    let busy = process.interference.processor_seconds.number().expect("the kernel counts it");
    let total: f64 = process.samples.iter().map(|sample| sample.0).sum();
    assert!(busy > 0.0 && busy <= 1.1 * total * f64::from(process.interference.processors), "{busy} s of {total} s");
    assert!(matches!(library.environment["started_utc"], Observation::Known { .. }));
    assert!(results::Point::of(&library).time.is_some_and(|time| time.value > 0.0));
    assert!(!Path::new(&folder.path().join("cpu-onnxruntime/network.onnx")).exists());
}
