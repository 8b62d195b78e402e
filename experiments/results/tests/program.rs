//! The program `results` as its step runs it: reads a folder of records, writes estimates.json or prints an error.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use results::power::budget::budget;
use results::power::{Power, PowerInterval, Quantity, Rail, Scope, Sensor, Watched};
use results::{Bytes, Estimates, Outcome, PowerEstimate};
use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "program/accuracies.rs"]
mod accuracies;
#[path = "program/earlier.rs"]
mod earlier;
#[path = "program/few.rs"]
mod few;
#[path = "program/mutations.rs"]
mod mutations;
#[path = "program/sessions.rs"]
mod sessions;

/// A record of two processes, whose passes over the batch take 1, 2 … 5 s per image.
fn record(network: &str, batch: u32) -> Value {
    let unknown = json!({"reason": "not counted"});
    let process = json!({
        "first_run": 9.0, "warm_up": [2 * batch], "warmth": "steady",
        "samples": [4 * batch, batch, 3 * batch, 5 * batch, 2 * batch], "end": "enough",
        "memory": {
            "before_model": 100, "after_model": 200, "building_peak": 300, "peak": 350, "covers": "passes",
            "allocator": {"state": "unknown", "reason": "none"}
        },
        "interference": {
            "wall_seconds": 15 * batch, "processors": 2, "processor_seconds": {"value": 30 * batch},
            "waiting_seconds": unknown, "others_seconds": unknown, "steal_seconds": unknown,
            "psi_seconds": unknown, "swapped_pages": unknown, "major_faults": unknown, "throttle_events": unknown
        }
    });
    json!({
        "schema": 4, "network": network, "batch": batch, "seed": 2016, "weights": "none",
        "device": {"kind": "cpu", "hardware": "a processor", "backend": "a library", "simulated": false},
        "protocol": {
            "name": "quick", "processes": 2, "warm_up_runs": 1, "warm_up_seconds": 0.2, "steady_percent": 2.0,
            "warm_up_limit_seconds": 2.0, "samples": 10, "window_seconds": 1.0, "width_percent": 5.0,
            "max_samples": 200, "min_samples": 5, "enough_seconds": 5.0, "idle_seconds": 1.0,
            "power_readings": 40, "power_limit_seconds": 30.0, "limit_seconds": 600.0
        },
        "outcome": {"kind": "measured"}, "operations": 6_000_000_000_u64 * u64::from(batch),
        "peak_rates": {"operations_per_second": 10e9, "bytes_per_second": 1e9}, "processes": [process.clone(), process],
        "power": power(15.0 * f64::from(batch)),
        "environment": {"kernel": {"value": "6.1"}, "load": {"value": batch}, "governor": {"reason": "no clock"}}
    })
}

/// Two windows of `window` seconds at 11.5 W, between idle intervals at 1.5 W; the GPU's share is 5.5 W, and 0.5 W at
/// idle.
fn power(window: f64) -> Value {
    let rail = |name: &str, in_total| Rail {
        name: name.to_owned(),
        in_total,
        reads: Quantity::Power,
        step: Some(0.038),
        accuracy: None,
        lost: None,
    };
    let sensor = Sensor {
        source: "ina3221".to_owned(),
        what: "monitors".to_owned(),
        scope: Scope::Module,
        fixture: false,
        rails: vec![rail("VDD_IN", true), rail("VDD_GPU", false)],
        total: "it feeds the module".to_owned(),
        period_seconds: Some(0.1),
        interval_seconds: 0.05,
        averaging_seconds: None,
        processor_share: 0.001,
    };
    let interval = |seconds: f64, watts: [f64; 2]| PowerInterval {
        seconds,
        at: (0..=20).map(|step| seconds * f64::from(step) / 20.0).collect(),
        rails: watts.map(|watts| vec![watts; 21]).to_vec(),
    };
    let idle: Vec<PowerInterval> = (0..3).map(|_| interval(1.0, [1.5, 0.5])).collect();
    let load = vec![interval(window, [11.5, 5.5]); 2];
    let budget = budget(&sensor, &idle, &load).expect("readings cover the windows");
    json!(Power::Measured { watched: Box::new(Watched { sensor, idle, load, budget }) })
}

/// A folder with records of two networks at two batches each.
fn study() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("records")).expect("a folder");
    for (network, batch) in [("alexnet", 1), ("alexnet", 16), ("vgg-16", 2), ("vgg-16", 16)] {
        put(folder.path(), &format!("{network}-b{batch}"), &record(network, batch));
    }
    folder
}

fn put(folder: &Path, name: &str, record: &Value) {
    fs::write(folder.join("records").join(format!("{name}.json")), record.to_string()).expect("a record");
}

fn run(input: &Path, output: &Path) -> Output {
    run_with(&[], input, output)
}

fn run_with(arguments: &[&str], input: &Path, output: &Path) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_results"));
    program.args(["estimates", "--networks", "vgg-16,alexnet"]).args(arguments);
    program.arg("--input").arg(input).arg("--output").arg(output).output().expect("the program runs")
}

fn estimates(folder: &TempDir) -> Estimates {
    let output = folder.path().join("output");
    let ended = run(folder.path(), &output);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    results::json::read(&output.join("estimates.json")).expect("estimates")
}

/// The error of a study in which `alexnet-b16.json` was changed; nothing is written.
fn error(change: impl FnOnce(&mut Value)) -> String {
    let (folder, mut changed) = (study(), record("alexnet", 16));
    change(&mut changed);
    put(folder.path(), "alexnet-b16", &changed);
    failure(&folder)
}

fn failure(folder: &TempDir) -> String {
    let output = folder.path().join("output");
    let ended = run(folder.path(), &output);
    assert!(!ended.status.success() && !output.exists() && ended.stdout.is_empty());
    let text = String::from_utf8(ended.stderr).expect("text");
    assert!(text.starts_with("error: ") && text.contains("\nhint: "), "{text}");
    text
}

#[test]
fn points_are_sorted_by_network_as_requested_then_by_batch() {
    let estimates = estimates(&study());
    let order: Vec<_> = estimates.points.iter().map(|point| (point.network.as_str(), point.batch)).collect();
    assert_eq!(order, [("vgg-16", 2), ("vgg-16", 16), ("alexnet", 1), ("alexnet", 16)]);
    assert_eq!((estimates.device.kind.as_str(), estimates.protocol.name.as_str()), ("cpu", "quick"));
}

#[test]
fn numbers_are_per_image_and_net() {
    let estimates = estimates(&study());
    let point = estimates.point("alexnet", 16).expect("the point");
    let time = point.time.expect("a time");
    assert_eq!((point.samples, time.value), (10, 3.0));
    assert!(1.0 <= time.low && time.low < 3.0 && 3.0 < time.high && time.high <= 5.0, "{time:?}");
    assert_eq!(point.first_run.map(|time| time.0), Some(9.0));
    assert_eq!(point.memory.map(|memory| (memory.peak, memory.net)), Some((Bytes(350), Bytes(250))));
    // 6 G operations per image in 3 s, with a peak of 10 G per second.
    assert_eq!(point.share_of_peak, Some(0.2));
    assert_eq!(point.spread.as_ref().map(|spread| (spread.processes, spread.mean)), Some((2, 3.0)));
    let PowerEstimate::Measured { net, idle, energy_per_image, source, rails, .. } = &point.power else {
        panic!("{:?}", point.power)
    };
    assert_eq!(
        (net.value, *idle, energy_per_image.value, source.as_str()),
        (10.0, 1.5, 30.0, "ina3221 VDD_IN (module)")
    );
    assert!(net.low < 10.0 && 10.0 < net.high && (energy_per_image.low - 3.0 * net.low).abs() < 1e-9);
    assert_eq!((rails[1].name.as_str(), rails[1].in_total, rails[1].net, rails[1].idle), ("VDD_GPU", false, 5.0, 0.5));
}

#[test]
fn each_state_of_power_is_kept() {
    let of = |state: Value| {
        let (folder, mut changed) = (study(), record("alexnet", 16));
        changed["power"] = state;
        put(folder.path(), "alexnet-b16", &changed);
        estimates(&folder).point("alexnet", 16).expect("the point").power.clone()
    };
    assert_eq!(of(json!({"state": "no-sensor"})), PowerEstimate::NoSensor);
    let locked = json!({"state": "not-readable", "source": "rapl", "reason": "permission denied", "remedy": "sudo"});
    assert_eq!(of(locked), PowerEstimate::NotReadable { remedy: "sudo".to_owned() });
    let stalled = json!({"state": "unusable", "source": "ina3221", "reason": "VDD_IN stopped"});
    assert_eq!(of(stalled), PowerEstimate::Unusable { reason: "ina3221: VDD_IN stopped".to_owned() });
    let none = json!({"state": "not-chosen", "reason": "--power none"});
    assert_eq!(of(none), PowerEstimate::NotChosen { reason: "--power none".to_owned() });
}

#[test]
fn a_point_without_a_time_has_no_power() {
    let (folder, mut changed) = (study(), record("alexnet", 16));
    changed["outcome"] = json!({"kind": "refused", "reason": "logits changed"});
    put(folder.path(), "alexnet-b16", &changed);
    let power = estimates(&folder).point("alexnet", 16).expect("the point").power.clone();
    assert!(matches!(&power, PowerEstimate::Unusable { reason } if reason.contains("no time")), "{power:?}");
}

#[test]
fn facts_that_differ_are_listed_with_their_values() {
    let environment = serde_json::to_value(estimates(&study()).environment).expect("JSON");
    let expected =
        json!({"kernel": {"value": "6.1"}, "load": {"value": [2, 16, 1]}, "governor": {"reason": "no clock"}});
    assert_eq!(environment, expected);
}

#[test]
fn a_point_has_the_day_of_its_record_and_the_environment_no_timestamps() {
    let (folder, mut dated) = (study(), record("alexnet", 16));
    dated["environment"]["started_utc"] = json!({"value": "2026-11-24T22:45:10Z"});
    dated["environment"]["began_monotonic_seconds"] = json!({"value": 12.345});
    dated["environment"]["ended_monotonic_seconds"] = json!({"value": 23.456});
    put(folder.path(), "alexnet-b16", &dated);
    let estimates = estimates(&folder);
    let day = |batch| estimates.point("alexnet", batch).expect("the point").measured_on.clone();
    assert_eq!((day(16), day(1)), (Some("2026-11-24".to_owned()), None));
    assert!(estimates.environment.keys().eq(["governor", "kernel", "load"]), "{:?}", estimates.environment);
}

#[test]
fn a_point_names_the_file_of_its_record_by_its_digest_and_the_commit_that_measured() {
    let (folder, mut changed) = (study(), record("alexnet", 16));
    changed["environment"]["commit"] = json!({"value": "87ab713e0aa8572aebcac72f858614022dba7e27"});
    changed["environment"]["commit_changed"] = json!({"value": true});
    put(folder.path(), "alexnet-b16", &changed);
    let source = |batch| estimates(&folder).point("alexnet", batch).expect("the point").sources[0].clone();
    let output = Command::new("sha256sum").arg(folder.path().join("records/alexnet-b16.json")).output();
    let digest = String::from_utf8(output.expect("sha256sum runs").stdout).expect("digits");
    assert!(digest.starts_with(&source(16).sha256) && source(16).sha256.len() == 64, "{digest}");
    let commit = source(16).commit.expect("the record has it");
    assert!(commit.starts_with("87ab713e") && source(16).commit_changed == Some(true));
    assert_eq!((source(1).commit, source(1).commit_changed), (None, None));
}

#[test]
fn an_invalid_timestamp_is_an_error() {
    let text = error(|record| record["environment"]["started_utc"] = json!({"value": "2026-02-30T00:00:00Z"}));
    assert!(text.contains("records/alexnet-b16.json: field `environment.started_utc`: "), "{text}");
}

#[test]
fn points_of_listed_records_are_outdated_and_the_others_are_not() {
    let folder = study();
    let outdated = || {
        let points = estimates(&folder).points.into_iter().filter(|point| point.outdated);
        points.map(|point| format!("{}-b{}", point.network, point.batch)).collect::<Vec<_>>()
    };
    assert!(outdated().is_empty());
    fs::write(folder.path().join("outdated"), "records/alexnet-b16.json\nrecords/vgg-16-b2.json\n").expect("a file");
    assert_eq!(outdated(), ["vgg-16-b2", "alexnet-b16"]);
    let text = fs::read_to_string(folder.path().join("output/estimates.json")).expect("estimates");
    assert_eq!(text.matches("\"outdated\": ").count(), 4, "it is always written");
}

#[test]
fn an_argument_names_outdated_records_as_the_list_does() {
    let folder = study();
    put(folder.path(), "vgg-16-b2-s2", &{
        let mut again = record("vgg-16", 2);
        again["seed"] = json!(2017);
        again
    });
    let output = folder.path().join("output");
    let ended = run_with(&["--outdated", "alexnet-b16,vgg-16-b2-s2"], folder.path(), &output);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let estimates: Estimates = results::json::read(&output.join("estimates.json")).expect("estimates");
    let outdated = estimates.points.iter().filter(|point| point.outdated);
    assert_eq!(
        outdated.map(|point| (point.network.as_str(), point.batch)).collect::<Vec<_>>(),
        [("vgg-16", 2), ("alexnet", 16)]
    );
    let ended = run_with(&["--outdated", "alexnet-b2"], folder.path(), &folder.path().join("none"));
    let error = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(
        !ended.status.success() && error.contains("has no record `alexnet-b2`") && error.contains("\nhint: "),
        "{error}"
    );
}

#[test]
fn a_listed_path_without_a_record_is_an_error_that_names_it() {
    let folder = study();
    fs::write(folder.path().join("outdated"), "records/alexnet-b1.json\nrecords/alexnet-b2.json\n").expect("a file");
    let text = failure(&folder);
    assert!(
        text.contains("outdated: line 2: `records/alexnet-b2.json` is not a record of this folder\nhint: "),
        "{text}"
    );
}

#[test]
fn a_point_out_of_memory_has_no_time() {
    let (folder, mut failed) = (study(), record("vgg-16", 16));
    failed["outcome"] = json!({"kind": "out-of-memory", "reason": "killed"});
    put(folder.path(), "vgg-16-b16", &failed);
    let estimates = estimates(&folder);
    let point = estimates.point("vgg-16", 16).expect("the point");
    assert_eq!(point.outcome, Outcome::OutOfMemory { reason: "killed".to_owned() });
    assert_eq!((point.samples, point.time, point.first_run, point.memory), (0, None, None, None));
    assert!(!matches!(point.power, PowerEstimate::Measured { .. }));
}

#[test]
fn skipped_points_are_sorted_among_the_others_and_have_the_reason() {
    let folder = study();
    let output = folder.path().join("output");
    let skipped = ["--skipped", "vgg-16:64", "--skipped", "vgg-16:4", "--budget", "20m"];
    assert!(run_with(&skipped, folder.path(), &output).status.success());
    let estimates: Estimates = results::json::read(&output.join("estimates.json")).expect("estimates");
    let order: Vec<_> = estimates.points.iter().map(|point| (point.network.as_str(), point.batch)).collect();
    assert_eq!(order, [("vgg-16", 2), ("vgg-16", 4), ("vgg-16", 16), ("vgg-16", 64), ("alexnet", 1), ("alexnet", 16)]);
    let reason = "it does not fit into the budget of 20m".to_owned();
    assert_eq!(estimates.points[1].outcome, Outcome::Skipped { reason });
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let folder = study();
    let bytes = |output: &str| {
        assert!(run(folder.path(), &folder.path().join(output)).status.success());
        fs::read(folder.path().join(output).join("estimates.json")).expect("estimates")
    };
    assert_eq!(bytes("once"), bytes("twice"));
}

#[test]
fn an_interval_does_not_depend_on_the_other_points() {
    let (all, few) = (study(), study());
    fs::remove_file(few.path().join("records/vgg-16-b2.json")).expect("it is there");
    assert_eq!(estimates(&all).point("alexnet", 16), estimates(&few).point("alexnet", 16));
}

#[test]
fn each_error_names_its_file_and_field() {
    let cases: [(&str, Value, &str); 24] = [
        ("/schema", json!(1), "schema"),
        ("/batch", json!(0), "batch"),
        ("/batch", json!(1), "batch"),
        ("/network", json!("lenet"), "network"),
        ("/processes", json!([]), "processes"),
        ("/processes/1/samples", json!([]), "processes[1].samples"),
        ("/processes/1/samples/1", json!(0.0), "processes[1].samples[1]"),
        ("/processes/0/samples/1", json!(-1.0), "processes[0].samples[1]"),
        ("/processes/0/samples/1", json!(1e300), "processes[0].samples[1]"),
        ("/processes/0/samples/1", json!("1 s"), "processes[0].samples[1]"),
        ("/processes/1/warm_up/0", json!(-1.0), "processes[1].warm_up[0]"),
        ("/processes/1/first_run", json!(0), "processes[1].first_run"),
        ("/outcome", json!({"kind": "skipped", "reason": "no time"}), "outcome"),
        // 96 G operations in 7.6 s are more than 1.25 times 10 G per second.
        ("/processes/1/warm_up/0", json!(7.6), "processes"),
        ("/peak_rates/bytes_per_second", json!(0.0), "peak_rates.bytes_per_second"),
        ("/power/watched/load/0/rails/0/3", json!(-1.0), "power.watched"),
        ("/power/watched/budget/load", json!(12.0), "power.watched.budget"),
        ("/power/watched/load", json!([]), "power.watched.load"),
        ("/power/watched/load/0/at", json!([]), "power.watched"),
        ("/power/state", json!("below-resolution"), "power.state"),
        ("/device/backend", json!("another"), "device.backend"),
        ("/device/simulated", json!(true), "device.simulated"),
        ("/protocol/name", json!("paper"), "protocol.name"),
        ("/protocol/samples", json!(11), "protocol.samples"),
    ];
    for (at, value, field) in cases {
        let text = error(|record| *record.pointer_mut(at).expect("the field") = value);
        assert!(text.contains(&format!("records/alexnet-b16.json: field `{field}`: ")), "{at}: {text}");
    }
}

#[test]
fn a_file_that_is_not_a_record_is_an_error() {
    let folder = study();
    fs::write(folder.path().join("records/alexnet-b16.json"), "{\"schema\": 1, \"batch\": 1e999}").expect("a file");
    let text = failure(&folder);
    assert!(text.contains("records/alexnet-b16.json: field `"), "{text}");
    let text = error(|record| record["surprise"] = json!(1));
    assert!(text.contains("records/alexnet-b16.json: field `surprise`"), "{text}");
}

#[test]
fn two_records_of_one_point_are_an_error_that_names_both() {
    let folder = study();
    put(folder.path(), "again", &record("vgg-16", 2));
    let text = failure(&folder);
    assert!(text.contains("records/vgg-16-b2.json: field `batch`: ") && text.contains("records/again.json"), "{text}");
}

#[test]
fn no_records_are_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(failure(&folder).contains("records: no record\n"));
    fs::create_dir(folder.path().join("records")).expect("a folder");
    fs::write(folder.path().join("records/notes.txt"), "").expect("a file");
    assert!(failure(&folder).contains("records: no record\n"));
}
