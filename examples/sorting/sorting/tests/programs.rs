//! Runs the programs as the steps of the paper do.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use sorting::record::{Environment, Interference, Protocol, Record, WarmUp};

const PROTOCOL: Protocol =
    Protocol { samples: 7, seed: 1, sample_ms: 0.1, warm_up_sorts: 3, warm_up_percent: 5.0, warm_up_ms: 5.0 };

/// A record with the times 1, 2, … 7 ms, `slower` times as long.
fn record(algorithm: &str, size: u64, slower: f64) -> Record {
    Record {
        algorithm: algorithm.to_owned(),
        size,
        protocol: PROTOCOL,
        warm_up: WarmUp { sorts: 6, stable: true },
        clock_resolution: 20e-9,
        sorts_per_sample: 1,
        seconds_per_sort: [3, 7, 1, 5, 2, 6, 4].map(|ms| f64::from(ms) * 1e-3 * slower).to_vec(),
        environment: Environment {
            processor: Some("A processor".to_owned()),
            cores: Some(2),
            kernel: None,
            governor: None,
            compiler: Some("rustc 1.95.0".to_owned()),
            started_utc: "2026-11-30T08:15:00Z".to_owned(),
        },
        interference: Interference { waiting: Some(0.002), ..Interference::default() },
    }
}

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().expect("a program")
}

fn analyse(records: &[Record], outdated: Option<&str>) -> (tempfile::TempDir, Output) {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("input");
    fs::create_dir_all(input.join("records")).expect("a folder");
    for record in records {
        let path = input.join(format!("records/{}-{}.json", record.algorithm, record.size));
        fs::write(path, serde_json::to_string(record).expect("JSON")).expect("a file");
    }
    if let Some(list) = outdated {
        fs::write(input.join("outdated"), list).expect("a file");
    }
    let [input, output] = [&input, folder.path()].map(|path| path.to_str().expect("a path").to_owned());
    let constants = ["--claim-from", "1000", "--flag-percent", "1"];
    let output =
        run(env!("CARGO_BIN_EXE_analyse"), &[&constants[..], &["--input", &input, "--output", &output]].concat());
    (folder, output)
}

fn json(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join(name)).expect("a result")).expect("JSON")
}

#[test]
fn a_measurement_writes_a_record_that_the_analysis_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().to_str().expect("a path");
    let protocol = ["--samples", "7", "--seed", "1", "--sample-ms", "0.1"];
    let warm_up = ["--warm-up-sorts", "3", "--warm-up-percent", "5", "--warm-up-ms", "5"];
    let point = ["--algorithm", "heap", "--size", "500", "--output", output];
    let ended = run(env!("CARGO_BIN_EXE_bench"), &[&protocol[..], &warm_up, &point].concat());
    assert!(ended.status.success(), "{ended:?}");
    let text = fs::read_to_string(folder.path().join("times.json")).expect("a record");
    let record: Record = serde_json::from_str(&text).expect("a record");
    assert_eq!((record.algorithm.as_str(), record.size, record.protocol), ("heap", 500, PROTOCOL));
    assert!(record.environment.compiler.as_deref().is_some_and(|version| version.starts_with("rustc ")));
    let (results, ended) = analyse(&[record], None);
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(json(results.path(), "claims.json")[0]["verdict"], "untested");
}

#[test]
fn invalid_constants_are_refused() {
    for (flag, value) in [("--samples", "5"), ("--sample-ms", "0"), ("--sample-ms", "nan"), ("--size", "0")] {
        let ended = run(env!("CARGO_BIN_EXE_bench"), &["--algorithm", "heap", flag, value, "--output", "."]);
        let text = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!ended.status.success() && text.contains(flag) && text.contains(value), "{text}");
    }
}

#[test]
fn the_numbers_of_the_report_are_those_of_the_records() {
    let records =
        [record("merge", 1000, 1.0), record("radix", 1000, 0.1), record("merge", 10, 1.0), record("heap", 10, 2.0)];
    let (folder, ended) = analyse(&records, Some("records/heap-10.json\n"));
    assert!(ended.status.success(), "{ended:?}");
    let facts = json(folder.path(), "facts.json");
    // Of seven samples the smallest and the largest enclose the median with 98.4 %, the second and the sixth with 87.5
    // %.
    let rows = BTreeMap::from([
        ("merge", ["4.00 ms (1.00 to 7.00)", "4.00 ms (1.00 to 7.00)"]),
        ("heap", ["8.00 ms (2.00 to 14.0)", "not measured"]),
        ("radix", ["not measured", "400 µs (100 to 700)"]),
    ]);
    for row in facts["tables"]["times"]["rows"].as_array().expect("rows") {
        let cells: Vec<&str> = row.as_array().expect("cells").iter().filter_map(Value::as_str).collect();
        assert_eq!(cells[1..], rows[cells[0]], "{}", cells[0]);
    }
    let values = &facts["values"];
    assert_eq!(values["claim.weakest"], "10.0 (1.43 to 70.0), merge sort of 1,000 numbers");
    assert_eq!(values["quality.outdated"], "heap sort of 10 numbers");
    assert_eq!((&values["quality.waiting"], &values["machine.kernel"]), (&"none".into(), &"unknown".into()));
    assert_eq!(values["method.algorithms"], "merge, heap and radix");
    let claim = &json(folder.path(), "claims.json")[0];
    assert_eq!((&claim["id"], &claim["verdict"]), (&"C1".into(), &"holds".into()));
}

#[test]
fn the_figures_show_every_estimate_and_name_outdated_ones() {
    let records = [record("merge", 1000, 1.0), record("radix", 1000, 0.1), record("heap", 10, 2.0)];
    for (outdated, note) in [(Some("records/heap-10.json\n"), true), (None, false)] {
        let (folder, _) = analyse(&records, outdated);
        let path = folder.path().to_str().expect("a path");
        let ended = run(env!("CARGO_BIN_EXE_figures"), &["--input", path, "--output", path]);
        assert!(ended.status.success(), "{ended:?}");
        let index = json(folder.path(), "figures/index.json");
        for entry in index.as_array().expect("a list") {
            let file = format!("figures/{}.svg", entry["name"].as_str().expect("a name"));
            let svg = fs::read_to_string(folder.path().join(file)).expect("a figure");
            for value in ["merge sort, 1,000 numbers: 4.00 ms", "radix sort, 1,000", "heap sort, 10 numbers: 8.00 ms"] {
                assert!(svg.contains(value), "{value}");
            }
            assert_eq!(svg.contains("earlier versions of the programs: heap."), note);
            assert!(!svg.contains("quick"), "it was not measured");
        }
        assert_eq!(index.as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn the_digest_of_a_record_agrees_with_sha256sum() {
    let (folder, _) = analyse(&[record("merge", 1000, 1.0)], None);
    let summed = Command::new("sha256sum").arg(folder.path().join("input/records/merge-1000.json")).output();
    let Ok(summed) = summed else { return eprintln!("skipped: sha256sum is not installed") };
    let digest = String::from_utf8_lossy(&summed.stdout)[..64].to_owned();
    assert_eq!(json(folder.path(), "facts.json")["tables"]["records"]["rows"][0][2], digest);
}

#[test]
fn an_incomplete_record_is_refused_by_name() {
    let mut short = record("merge", 1000, 1.0);
    short.seconds_per_sort.pop();
    let mut negative = record("merge", 1000, 1.0);
    negative.seconds_per_sort[3] = -1.0;
    for (record, reason) in [(short, "has 6 samples of 7"), (negative, "has a time that is not above 0")] {
        let (_, ended) = analyse(&[record], None);
        let text = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!ended.status.success() && text.contains("records/merge-1000.json") && text.contains(reason), "{text}");
    }
}
