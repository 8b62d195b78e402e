//! How `measure point` supervises the process that computes: every way in which a point can end.

#[path = "common/point.rs"]
mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{child_of, point, record, text};
use results::{Observation, Outcome};

/// A procfs in which the process knows its memory, and the kernel has killed `kills` processes when memory ran out.
fn procfs(root: &Path, kills: Option<u32>) {
    fs::create_dir_all(root.join("self")).expect("a folder");
    fs::write(root.join("self/status"), "VmRSS: 1 kB\nVmHWM: 2 kB\n").expect("a file");
    if let Some(kills) = kills {
        fs::write(root.join("vmstat"), format!("pgfault 9\noom_kill {kills}\n")).expect("a file");
    }
}

/// Kills the process that computes and waits for its supervisor.
fn killed(folder: &Path, kills: Option<u32>, kills_after: Option<u32>) -> Output {
    let root = folder.join("procfs");
    procfs(&root, kills);
    let path = root.to_str().expect("a UTF-8 path").to_owned();
    // More passes than the test waits for.
    let long = [
        ("--procfs", path.as_str()),
        ("--samples", "100000"),
        ("--max-samples", "100000"),
        ("--window-seconds", "200"),
    ];
    let long = [&long[..], &[("--enough-seconds", "200")]].concat();
    let mut command = point(&folder.join("output"), &long);
    let program = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let worker = child_of(program.id());
    thread::sleep(Duration::from_millis(200));
    procfs(&root, kills_after);
    assert!(Command::new("kill").args(["-KILL", &worker.to_string()]).status().expect("kill is installed").success());
    program.wait_with_output().expect("the program ends")
}

#[test]
fn a_point_is_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = point(folder.path(), &[]);
    // As the driver lists them.
    program.env("OFFPRINT_BUILD", "rustflags = -C target-cpu=native").env("OFFPRINT_ENVIRONMENT", "none");
    let output = program.output().expect("the program starts");
    let record = record(folder.path(), &output);
    let known = |name: &str| record.environment[name].clone();
    let text = |text: &str| Observation::Known { value: text.into() };
    assert_eq!(known("build_settings"), text("rustflags = -C target-cpu=native"));
    assert_eq!(known("environment_variables"), text("none"));
    assert!(matches!(known("target_features"), Observation::Known { value } if value != ""));
    assert_eq!((record.network.as_str(), record.batch, record.seed), ("enet", 1, 7));
    assert_eq!(record.outcome, Outcome::Measured);
    assert_eq!(record.processes.len(), 1);
    let process = &record.processes[0];
    assert!((2..=5).contains(&process.samples.len()) && !process.warm_up.is_empty());
    // 0.3 G multiply-accumulates per image.
    assert!((500_000_000..2_000_000_000).contains(&record.operations), "{}", record.operations);
    let peak_rates = record.peak_rates.expect("it was measured");
    assert!(peak_rates.operations_per_second > 1e9 && peak_rates.bytes_per_second > 1e8, "{peak_rates:?}");
    let interference = &process.interference;
    let total: f64 = process.samples.iter().map(|sample| sample.0).sum();
    assert!(interference.wall_seconds >= total && interference.wall_seconds < total + 1.0, "{interference:?}");
    assert!(interference.processor_seconds.number().is_some_and(|seconds| seconds > 0.0), "{interference:?}");
    assert!(!record.device.simulated && record.device.hardware.contains("core"), "{:?}", record.device);
    let fact = |name: &str| serde_json::to_value(&record.environment[name]).expect("it prints")["value"].clone();
    let (began, ended) = (fact("began_monotonic_seconds").as_f64(), fact("ended_monotonic_seconds").as_f64());
    assert!(began.is_some() && began < ended && fact("started_utc").as_str().is_some(), "{:?}", record.environment);
    let memory = &process.memory;
    // Its weights alone take 20 MB.
    assert!(memory.after_model.0 > memory.before_model.0 + 20_000_000, "{memory:?}");
    assert!(memory.building_peak >= memory.after_model && memory.peak >= memory.after_model, "{memory:?}");
}

#[test]
fn a_point_uses_as_many_threads_as_its_affinity_allows_and_records_the_number() {
    if cfg!(not(target_os = "linux")) {
        return;
    }
    for device in ["cpu", "cpu:burn"] {
        let folder = tempfile::tempdir().expect("a folder");
        let unbound = point(folder.path(), &[("--device", device)]);
        let mut bound = Command::new("taskset");
        bound.args(["--cpu-list", "0"]).arg(unbound.get_program()).args(unbound.get_args());
        let record = record(folder.path(), &bound.output().expect("taskset is installed"));
        assert_eq!(record.outcome, Outcome::Measured);
        assert_eq!(record.device.kind, device.replace(':', "-"));
        assert_eq!(record.environment["threads"].number(), Some(1.0), "{:?}", record.environment["threads"]);
    }
}

#[test]
fn several_processes_measure_one_after_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = point(folder.path(), &[("--processes", "2")]).output().expect("the program starts");
    let stages = text(&output.stdout);
    let record = record(folder.path(), &output);
    assert_eq!((record.outcome, record.processes.len()), (Outcome::Measured, 2));
    assert!(stages.contains("process 2 of 2, in the first run\n"), "{stages}");
}

#[test]
fn a_process_gets_no_more_memory_than_is_available() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("procfs");
    procfs(&root, Some(0));
    // 300 MB are available; the weights of VGG-16 take 550.
    fs::write(root.join("meminfo"), "MemTotal: 400000 kB\nMemAvailable: 300000 kB\n").expect("a file");
    let change = [("--network", "vgg-16"), ("--procfs", root.to_str().expect("a UTF-8 path"))];
    let output = point(&folder.path().join("output"), &change).output().expect("the program starts");
    let record = record(&folder.path().join("output"), &output);
    let Outcome::OutOfMemory { reason } = &record.outcome else { panic!("{:?}", record.outcome) };
    let end = " bytes failed, since only 307 MB were available on this machine, while the network was built";
    assert!(reason.starts_with("memory allocation of ") && reason.ends_with(end), "{reason}");
    assert_eq!(record.environment["process_memory_limit_bytes"].number(), Some(307_200_000.0));
    assert!(record.peak_rates.is_some() && record.processes.is_empty());
}

#[test]
fn a_container_full_of_page_cache_has_memory_for_a_point() {
    for version in [1, 2] {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, sysfs) = (folder.path().join("procfs"), folder.path().join("sysfs"));
        procfs(&root, Some(0));
        fs::write(root.join("self/cgroup"), ["4:memory:/\n", "0::/\n"][version - 1]).expect("a file");
        let group = sysfs.join(["fs/cgroup/memory", "fs/cgroup"][version - 1]);
        fs::create_dir_all(&group).expect("a folder");
        // 4 GiB, of which building left 4.1 GB of page cache.
        for (file, text) in [
            ("cgroup.controllers", "memory\n"),
            (["memory.limit_in_bytes", "memory.max"][version - 1], "4294967296\n"),
            (["memory.usage_in_bytes", "memory.current"][version - 1], "4280000000\n"),
            ("memory.stat", "inactive_file 3900000000\nactive_file 200000000\n"),
        ] {
            fs::write(group.join(file), text).expect("a file");
        }
        let [root, sysfs] = [root, sysfs].map(|path| path.to_str().expect("a UTF-8 path").to_owned());
        let output = point(&folder.path().join("output"), &[("--procfs", &root), ("--sysfs", &sysfs)]).output();
        let record = record(&folder.path().join("output"), &output.expect("the program starts"));
        assert_eq!(record.outcome, Outcome::Measured, "version {version}");
        assert_eq!(record.environment["process_memory_limit_bytes"].number(), Some(4_114_967_296.0));
    }
}

#[test]
fn a_batch_larger_than_one_that_ran_out_of_memory_is_not_tried() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("procfs");
    procfs(&root, Some(0));
    fs::write(root.join("meminfo"), "MemAvailable: 300000 kB\n").expect("a file");
    let root = root.to_str().expect("a UTF-8 path");
    let small = [("--network", "vgg-16"), ("--procfs", root)];
    let output = point(&folder.path().join("small"), &small).output().expect("the program starts");
    record(&folder.path().join("small"), &output);
    let input = folder.path().join("input");
    fs::create_dir_all(input.join("earlier")).expect("a folder");
    fs::copy(folder.path().join("small/record.json"), input.join("earlier/b1.json")).expect("a copy");
    // A file that is not a record implies nothing.
    fs::write(input.join("earlier/b2.json"), "{").expect("a file");

    let input = input.to_str().expect("a UTF-8 path");
    let large = [("--network", "vgg-16"), ("--procfs", root), ("--batch", "4"), ("--input", input)];
    let output = point(&folder.path().join("large"), &large).output().expect("the program starts");
    let implied = record(&folder.path().join("large"), &output);
    let Outcome::Implied { batch: 1, reason } = &implied.outcome else { panic!("{:?}", implied.outcome) };
    assert!(reason.starts_with("batch 1 ran out of memory (memory allocation of "), "{reason}");
    // 138.4 M parameters and 4 x 6.57 M activations, four bytes each.
    let end = "this one has 659 MB of weights and activations, and 307 MB were available on this machine";
    assert!(reason.ends_with(end), "{reason}");
    assert!(implied.peak_rates.is_none() && implied.processes.is_empty());

    // With clearly more memory it is tried; here it runs out of time at once.
    fs::write(Path::new(root).join("meminfo"), "MemAvailable: 9000000 kB\n").expect("a file");
    let change = [&large[..], &[("--limit-seconds", "0")]].concat();
    let output = point(&folder.path().join("again"), &change).output().expect("the program starts");
    assert!(matches!(record(&folder.path().join("again"), &output).outcome, Outcome::OutOfTime { .. }));
}

#[test]
fn a_batch_larger_than_one_that_ran_out_of_time_is_not_tried() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("input");
    fs::create_dir_all(input.join("earlier")).expect("a folder");
    let measure = |name: &str, change: &[(&str, &str)]| {
        let output = point(&folder.path().join(name), change).output().expect("the program starts");
        record(&folder.path().join(name), &output)
    };
    let keep = |name: &str, file: &str| {
        fs::copy(folder.path().join(name).join("record.json"), input.join("earlier").join(file)).expect("a copy")
    };
    measure("b1", &[]);
    keep("b1", "b1.json");
    measure("b2", &[("--batch", "2"), ("--limit-seconds", "0")]);
    keep("b2", "b2.json");
    let input = input.to_str().expect("a UTF-8 path").to_owned();
    let large = measure("b4", &[("--batch", "4"), ("--limit-seconds", "0"), ("--input", &input)]);
    let Outcome::Implied { batch: 2, reason } = &large.outcome else { panic!("{:?}", large.outcome) };
    assert!(reason.contains("for 4 passes at the speed of batch 1, and the limit is 0 s"), "{reason}");
    // With a longer limit it is tried.
    assert_eq!(measure("again", &[("--batch", "4"), ("--input", &input)]).outcome, Outcome::Measured);
}

#[test]
fn a_record_contains_no_host_name_or_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = point(folder.path(), &[]).output().expect("the program starts");
    let record = record(folder.path(), &output);
    let environment = serde_json::to_string(&record.environment).expect("it prints");
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = format!("\"{}\"", host.trim());
    for secret in
        [env!("CARGO_MANIFEST_DIR"), folder.path().to_str().expect("a UTF-8 path"), "/proc", "/sys", host.as_str()]
    {
        assert!(!environment.contains(secret), "{secret} in {environment}");
    }
}

#[test]
fn a_point_beyond_its_limit_is_out_of_time_and_records_its_stage() {
    let folder = tempfile::tempdir().expect("a folder");
    let change = [("--limit-seconds", "3.5"), ("--warm-up-seconds", "100")];
    let output = point(folder.path(), &change).output().expect("the program starts");
    let record = record(folder.path(), &output);
    let Outcome::OutOfTime { reason } = record.outcome else { panic!("{:?}", record.outcome) };
    assert!(reason.starts_with("after 3.5 s, in the warm-up, after "), "{reason}");
    assert!(record.processes.is_empty());
}

#[test]
fn a_limit_of_0_seconds_is_out_of_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = point(folder.path(), &[("--limit-seconds", "0")]).output().expect("the program starts");
    assert!(matches!(record(folder.path(), &output).outcome, Outcome::OutOfTime { .. }));
}

#[test]
fn an_allocation_that_fails_within_a_limit_of_the_shell_says_nothing_about_the_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = point(folder.path(), &[("--network", "vgg-16")]);
    // The weights take 550 MB; both processes get 450 MB of address space.
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -v 450000 && exec \"$@\"", "sh"]).arg(program.get_program()).args(program.get_args());
    let output = limited.output().expect("a shell");
    let record = record(folder.path(), &output);
    let Outcome::Refused { reason } = record.outcome else { panic!("{:?}", record.outcome) };
    let end = " bytes failed: the shell limits each process to 461 MB of memory (`ulimit -v`, `ulimit -d`), \
               while the network was built";
    assert!(reason.starts_with("memory allocation of ") && reason.ends_with(end), "{reason}");
    assert_eq!(record.environment["resource_limit_bytes"].number(), Some(460_800_000.0));
    assert!(record.processes.is_empty());
}

#[test]
fn a_kill_that_the_kernel_counts_is_out_of_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = killed(folder.path(), Some(3), Some(4));
    let record = record(&folder.path().join("output"), &output);
    assert!(matches!(record.outcome, Outcome::OutOfMemory { .. }), "{:?}", record.outcome);
}

#[test]
fn a_kill_on_a_kernel_without_a_counter_is_presumably_out_of_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = killed(folder.path(), None, None);
    let Outcome::OutOfMemory { reason } = record(&folder.path().join("output"), &output).outcome else {
        panic!("{output:?}")
    };
    assert!(reason.contains("presumably"), "{reason}");
}

#[test]
fn any_other_kill_is_an_error_without_a_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = killed(folder.path(), Some(3), Some(3));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("signal: 9"), "{}", text(&output.stderr));
    assert!(!folder.path().join("output/record.json").exists());
}

#[test]
fn a_failure_of_the_process_that_computes_is_reported_with_its_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let absent = folder.path().join("absent");
    let change = [("--procfs", absent.to_str().expect("a UTF-8 path"))];
    let output = point(&folder.path().join("output"), &change).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("self/status"), "{}", text(&output.stderr));
}

#[test]
fn the_process_that_computes_ends_with_its_supervisor() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = point(folder.path(), &[("--warm-up-seconds", "200")]).spawn().expect("the program starts");
    let worker = child_of(program.id());
    program.kill().expect("it runs");
    program.wait().expect("it ends");
    let start = Instant::now();
    // A process that has ended is listed until its new parent has waited for it.
    let runs =
        || fs::read_to_string(format!("/proc/{worker}/status")).is_ok_and(|status| !status.contains("State:\tZ"));
    while runs() {
        assert!(start.elapsed() < Duration::from_secs(20), "process {worker} still runs");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn invalid_arguments_are_errors_with_a_hint() {
    let folder = tempfile::tempdir().expect("a folder");
    for change in [
        ("--network", "resnet"),
        ("--batch", "0"),
        ("--min-samples", "0"),
        ("--min-samples", "4"),
        ("--max-samples", "2"),
        ("--processes", "0"),
        ("--width-percent", "NaN"),
        ("--window-seconds", "NaN"),
        ("--limit-seconds", "inf"),
        ("--enough-seconds", "-0.5"),
    ] {
        let (name, value) = change;
        let joined = format!("{name}={value}");
        let mut command = point(folder.path(), &[]);
        // As one argument, since a negative value looks like a flag; it replaces the valid one.
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let index = arguments.iter().position(|argument| argument == name).expect("the flag is given");
        command = Command::new(env!("CARGO_BIN_EXE_measure"));
        command.args(&arguments[..index]).arg(joined).args(&arguments[index + 2..]);
        let output = command.output().expect("the program starts");
        assert_eq!(output.status.code(), Some(1), "{change:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains("\nhint: "), "{change:?}: {}", text(&output.stderr));
        assert!(!folder.path().join("record.json").exists());
    }
}

#[test]
fn earlier_names_of_flags_are_refused_with_the_current_name() {
    for (command, earlier, current) in [
        ("point", "--least-samples", "--min-samples"),
        ("point", "--most-samples", "--max-samples"),
        ("layers", "--least-passes", "--min-passes"),
        ("layers", "--most-passes", "--max-passes"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_measure")).args([command, earlier, "5"]).output();
        let output = output.expect("the program starts");
        assert_eq!(output.status.code(), Some(2));
        let error = text(&output.stderr);
        assert!(error.contains(&format!("tip: {earlier} is now {current}\n")), "{error}");
    }
}

#[test]
fn flags_of_a_workload_have_the_defaults_of_their_command() {
    for (command, seed) in [("layers", "2016"), ("passes", "0")] {
        let output = Command::new(env!("CARGO_BIN_EXE_measure")).args([command, "-h"]).output();
        let help = text(&output.expect("the program starts").stdout);
        for default in ["cpu", "f32", "1", seed] {
            assert!(help.contains(&format!("[default: {default}]")), "{command}: {default} in {help}");
        }
    }
}
