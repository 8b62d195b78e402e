//! Two sets of records compared: sets whose difference is known, and the program's output.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use results::compare::{Bounds, Verdict, Which, text};
use results::page;
use results::{Comparison, Records, Session};
use serde_json::{Value, json};

/// A record whose processes have these samples [s] of the whole batch.
fn record(network: &str, batch: u32, processes: &[Vec<f64>]) -> Value {
    let unknown = json!({"reason": "not counted"});
    let process = |samples: &Vec<f64>| {
        json!({
            "first_run": 9.0, "warm_up": [2.0], "warmth": "steady", "samples": samples, "end": "enough",
            "memory": {
                "before_model": 100, "after_model": 200, "building_peak": 300, "peak": 300 + 100 * batch,
                "covers": "passes", "allocator": {"state": "unknown", "reason": "none"}
            },
            "interference": {
                "wall_seconds": 1.0, "processors": 2, "processor_seconds": {"value": 2.0},
                "waiting_seconds": unknown, "others_seconds": unknown, "steal_seconds": unknown,
                "psi_seconds": unknown, "swapped_pages": unknown, "major_faults": unknown,
                "throttle_events": unknown
            }
        })
    };
    json!({
        "schema": 4, "network": network, "batch": batch, "seed": 2016, "weights": "none",
        "device": {"kind": "cpu", "hardware": "a processor", "backend": "a library", "simulated": false},
        "protocol": {
            "name": "quick", "processes": processes.len(), "warm_up_runs": 1, "warm_up_seconds": 0.2,
            "steady_percent": 2.0, "warm_up_limit_seconds": 2.0, "samples": 10, "window_seconds": 1.0,
            "width_percent": 5.0, "max_samples": 200, "min_samples": 5, "enough_seconds": 0.0,
            "idle_seconds": 1.0, "power_readings": 100, "power_limit_seconds": 30.0, "limit_seconds": 600.0
        },
        "outcome": {"kind": "measured"}, "operations": 1_000_000, "peak_rates": null,
        "processes": processes.iter().map(process).collect::<Vec<_>>(), "power": {"state": "no-sensor"},
        "environment": {
            "kernel": {"value": "6.1"}, "load_before": {"value": batch}, "burn": {"value": "0.22.1"},
            "started_utc": {"value": "2026-11-24T22:45:10Z"}
        }
    })
}

/// Records of the networks at batches 1 and 4, with the samples that `take` gives for network, batch and process.
fn set(networks: &[&str], processes: usize, take: impl Fn(usize, u32, usize) -> Vec<f64>) -> Vec<Value> {
    let mut all = Vec::new();
    for (index, network) in networks.iter().enumerate() {
        for batch in [1, 4] {
            let samples: Vec<_> = (0..processes).map(|process| take(index, batch, process)).collect();
            all.push(record(network, batch, &samples));
        }
    }
    all
}

/// Records of several sessions of the same points.
fn records(sessions: &[&[Value]]) -> Records {
    let mut all: Vec<Session> = Vec::new();
    for (number, records) in (1..).zip(sessions) {
        let session = |record: &Value| Session {
            number,
            record: serde_json::from_value(record.clone()).expect("a record"),
            sha256: String::new(),
            outdated: false,
        };
        all.extend(records.iter().map(session));
    }
    let names: Vec<String> = all.iter().map(|session| session.record.network.clone()).collect();
    let index = |network: &str| names.iter().position(|name| name == network);
    all.sort_by_key(|session| (index(&session.record.network), session.record.batch, session.number));
    let (device, protocol) = (all[0].record.device.clone(), all[0].record.protocol.clone());
    Records { device, protocol, sessions: all }
}

fn compare_sessions(a: &[&[Value]], b: &[&[Value]]) -> Comparison {
    Comparison::of(("A", &records(a)), ("B", &records(b)), Bounds::USUAL).expect("they share points")
}

fn compare(a: &[Value], b: &[Value]) -> Comparison {
    compare_sessions(&[a], &[b])
}

/// A number from 0 to 1 from a seed (SplitMix64, Steele, Lea and Flood 2014).
struct Chance(u64);

impl Chance {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Nearly normal, with mean 0 and variance 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// Samples around 0.1 s whose standard deviation, as a share, is `between` processes and `within` this one.
    fn samples(&mut self, count: usize, between: f64, within: f64) -> Vec<f64> {
        let mean = 1.0 + between * self.normal();
        (0..count).map(|_| 0.1 * mean * (1.0 + within * self.normal())).collect()
    }
}

const NETWORKS: [&str; 3] = ["alexnet", "enet", "vgg-16"];

#[test]
fn twice_the_time_at_all_points_is_a_ratio_of_two_and_slower_if_sessions_agree() {
    // All samples of a side are equal, so the interval is the ratio.
    for processes in [1, 3] {
        let a = set(&NETWORKS, processes, |index, batch, _| vec![0.1 * (index + 1) as f64 * f64::from(batch); 10]);
        let b = set(&NETWORKS, processes, |index, batch, _| vec![0.2 * (index + 1) as f64 * f64::from(batch); 10]);
        let comparison = compare_sessions(&[&a, &a], &[&b, &b]);
        assert_eq!(comparison.rows.len(), 6);
        for row in &comparison.rows {
            assert!((row.ratio.low - 2.0).abs() < 1e-6 && (row.ratio.high - 2.0).abs() < 1e-6, "{row:?}");
            assert_eq!((row.verdict, row.memory_ratio, row.same), (Verdict::Slower, Some(1.0), false));
        }
        let overall = &comparison.overall;
        assert_eq!((overall.ratio.value, overall.networks, overall.verdicts), (2.0, 3, [6, 0, 0, 0, 0]));
        let back = compare_sessions(&[&b, &b], &[&a, &a]);
        assert!(back.rows.iter().all(|row| row.verdict == Verdict::Faster && row.ratio.value == 0.5));
    }
}

#[test]
fn with_one_session_on_a_side_no_difference_is_real_however_large() {
    let a = set(&NETWORKS, 5, |_, _, _| vec![0.1; 10]);
    let b = set(&NETWORKS, 5, |_, _, _| vec![0.3; 10]);
    for comparison in [compare(&a, &b), compare_sessions(&[&a, &a], &[&b]), compare_sessions(&[&a], &[&b, &b])] {
        assert_eq!(comparison.overall.verdicts, [0, 0, 0, 0, 6]);
        let printed = text::text(&comparison).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(printed.contains("unknown, and no difference is called real"), "{printed}");
    }
    assert!(!text::text(&compare_sessions(&[&a, &a], &[&b, &b])).contains("no difference is called real"));
}

#[test]
fn the_same_samples_in_another_order_are_never_a_difference() {
    for processes in [1, 2, 5] {
        let a = set(&NETWORKS, processes, |index, batch, process| {
            Chance((index * 100 + process) as u64 + 1000 * u64::from(batch)).samples(9, 0.05, 0.05)
        });
        let mut b = a.clone();
        for record in &mut b {
            for process in record["processes"].as_array_mut().expect("processes") {
                process["samples"].as_array_mut().expect("samples").rotate_left(4);
            }
        }
        for row in compare(&a, &b).rows {
            assert!(row.ratio.value == 1.0 && !row.same, "{processes}: {row:?}");
            assert_eq!(row.verdict, Verdict::Inconclusive);
        }
    }
}

#[test]
fn the_same_records_are_exactly_equivalent_and_the_text_states_why() {
    let a = set(&NETWORKS, 1, |_, _, _| Chance(5).samples(10, 0.0, 0.3));
    let comparison = compare(&a, &a);
    for row in &comparison.rows {
        assert_eq!((row.ratio.value, row.ratio.low, row.ratio.high), (1.0, 1.0, 1.0));
        assert_eq!((row.verdict, row.same), (Verdict::Equivalent, true));
    }
    assert_eq!(comparison.overall.same, 6);
    assert!(comparison.differences.is_empty() && comparison.only.is_empty());
    assert!(text::text(&comparison).contains("6 of 6 rows have the same samples on both sides"));
}

#[test]
fn between_equal_sets_about_one_ratio_in_twenty_excludes_one() {
    const RUNS: u64 = 30;
    let names: Vec<String> = (0..10).map(|index| format!("n{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // Three sessions per side. Each shifts all points by about 4 %, and each point by about 2 % more.
    let (mut excluded, mut rows) = (0, 0);
    for run in 0..RUNS {
        let session = |number: u64| {
            let seed = (run * 6 + number).wrapping_mul(0x9e37_79b9);
            let common = 1.0 + 0.04 * Chance(seed).normal();
            set(&names, 1, |index, batch, _| {
                let mut chance = Chance(seed + 1 + index as u64 * 1000 + u64::from(batch) * 100);
                let factor = common * (1.0 + 0.02 * chance.normal());
                chance.samples(9, 0.0, 0.01).into_iter().map(|sample| factor * sample).collect()
            })
        };
        let [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map(session);
        let comparison = compare_sessions(&[&a, &b, &c], &[&d, &e, &f]);
        excluded += comparison.rows.iter().filter(|row| row.ratio.low > 1.0 || row.ratio.high < 1.0).count();
        rows += comparison.rows.len();
        assert!(comparison.rows.iter().all(|row| row.over_sessions && row.verdict != Verdict::NotDecided));
    }
    let share = excluded as f64 / rows as f64;
    assert!((0.01..0.08).contains(&share), "{share}");
}

#[test]
fn a_difference_of_five_percent_is_found_with_several_sessions_and_not_decided_with_one() {
    let take = |scale: f64, seed: usize| {
        move |index: usize, batch: u32, process: usize| {
            let seed = (seed + index * 100 + process) as u64 + 1000 * u64::from(batch);
            Chance(seed).samples(20, 0.003, 0.003).into_iter().map(|sample| scale * sample).collect()
        }
    };
    let of = |scale: f64, seed: usize| set(&NETWORKS, 5, take(scale, seed));
    let (a, b) = ([0, 17, 31].map(|seed| of(1.0, seed)), [50, 67, 81].map(|seed| of(1.05, seed)));
    let verdicts = |count: usize| {
        let [a, b] = [&a, &b].map(|side| side.iter().take(count).map(Vec::as_slice).collect::<Vec<_>>());
        compare_sessions(&a, &b).overall.verdicts
    };
    assert_eq!(verdicts(3), [6, 0, 0, 0, 0]);
    assert_eq!(verdicts(1), [0, 0, 0, 0, 6]);
}

#[test]
fn points_that_one_side_lacks_are_reported_with_the_reason() {
    let a = set(&NETWORKS, 1, |_, _, _| vec![0.1; 5]);
    let mut b = set(&NETWORKS[..2], 1, |_, _, _| vec![0.1; 5]);
    b[3]["outcome"] = json!({"kind": "out-of-memory", "reason": "killed"});
    let comparison = compare(&a, &b);
    let only: Vec<_> = comparison
        .only
        .iter()
        .map(|unpaired| (unpaired.side, unpaired.network.as_str(), unpaired.batch, unpaired.reason.as_str()))
        .collect();
    let expected = [
        (Which::A, "enet", 4, "out of memory"),
        (Which::A, "vgg-16", 1, "no record"),
        (Which::A, "vgg-16", 4, "no record"),
    ];
    assert_eq!(only, expected);
    let printed = text::text(&comparison);
    assert!(printed.contains("Points for which only A has a time, by network: enet 4 (out of memory)"), "{printed}");
}

#[test]
fn other_differences_are_reported_without_facts_of_a_moment() {
    let a = set(&NETWORKS, 1, |_, _, _| vec![0.1; 5]);
    let mut b = a.clone();
    for record in &mut b {
        record["environment"]["kernel"] = json!({"value": "6.8\u{1b}[2J"});
        record["environment"]["governor"] = json!({"reason": "no clock"});
        record["environment"]["load_before"] = json!({"value": 99});
        record["environment"]["started_utc"] = json!({"value": "2026-11-26T00:00:00Z"});
        record["device"]["hardware"] = json!("another processor");
        record["protocol"]["samples"] = json!(20);
    }
    let comparison = compare(&a, &b);
    let facts: Vec<_> =
        comparison.differences.iter().map(|one| (one.fact.as_str(), one.a.as_str(), one.b.as_str())).collect();
    let expected = [
        ("device.hardware", "a processor", "another processor"),
        ("protocol.samples", "10", "20"),
        ("environment.governor", "not known: not recorded", "not known: no clock"),
        ("environment.kernel", "6.1", "6.8\u{1b}[2J"),
    ];
    assert_eq!(facts, expected);
    let text = text::text(&comparison);
    assert!(text.contains("differ in device and protocol") && !text.contains('\u{1b}'), "{text}");
    assert!(text.contains("2026-11-24") && text.contains("2026-11-26"));
}

#[test]
fn a_model_of_a_device_is_named_before_the_table() {
    let a = set(&NETWORKS, 1, |_, _, _| vec![0.1; 5]);
    let mut b = a.clone();
    b.iter_mut().for_each(|record| record["device"]["simulated"] = json!(true));
    let text = text::text(&compare(&a, &b));
    let position = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} in {text}"));
    assert!(position("SIMULATED DEVICE, NOT A MEASUREMENT: B is") < position("verdict"));
    assert!(position("one session per point") < position("verdict"));
}

fn write(folder: &Path, all: &[Value]) {
    fs::create_dir_all(folder.join("records")).expect("a folder");
    for (index, record) in all.iter().enumerate() {
        fs::write(folder.join(format!("records/{index}.json")), record.to_string()).expect("a record");
    }
}

fn program(folder: &Path, more: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_results"));
    program.args(["compare", "--networks", "vgg-16,enet,alexnet", "--output"]).arg(folder.join("output"));
    program.args(["--published", concat!(env!("CARGO_MANIFEST_DIR"), "/../published/2016")]);
    program.arg("--a").arg(folder.join("a")).arg("--b").arg(folder.join("b")).args(more);
    program.output().expect("the program runs")
}

#[test]
fn the_program_prints_a_table_no_wider_than_a_page_and_writes_two_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut a = set(&NETWORKS, 1, |index, batch, _| Chance(index as u64 + u64::from(batch)).samples(10, 0.0, 0.02));
    a[0]["processes"][0]["interference"]["swapped_pages"] = json!({"value": 7});
    write(&folder.path().join("a"), &a);
    write(&folder.path().join("b"), &set(&NETWORKS, 1, |index, _, _| Chance(index as u64 + 77).samples(10, 0.0, 0.02)));
    let once = program(folder.path(), &["--name-a", &"yesterday ".repeat(30), "--name-b", "today"]);
    assert!(once.status.success(), "{}", String::from_utf8_lossy(&once.stderr));
    let text = String::from_utf8(once.stdout.clone()).expect("text");
    assert!(text.lines().all(|line| line.chars().count() <= page::WIDTH), "{text}");
    assert!(text.contains("† A swapping: alexnet 1.\n") && text.contains("B  today\n"), "{text}");
    let files = || {
        ["comparison.json", "comparison.csv"].map(|name| fs::read(folder.path().join("output").join(name)).expect(name))
    };
    let written = files();
    let comparison: Comparison = serde_json::from_slice(&written[0]).expect("a comparison");
    let order: Vec<_> = comparison.rows.iter().map(|row| row.network.as_str()).collect();
    assert_eq!(order, ["vgg-16", "vgg-16", "enet", "enet", "alexnet", "alexnet"]);
    let csv = String::from_utf8(written[1].clone()).expect("text");
    let widths: BTreeSet<usize> = csv.lines().map(|line| line.split(',').count()).collect();
    assert_eq!((csv.lines().count(), widths.len()), (7, 1), "{csv}");
    let again = program(folder.path(), &["--name-a", &"yesterday ".repeat(30), "--name-b", "today"]);
    assert_eq!((again.stdout, files()), (once.stdout, written));
}

#[test]
fn the_minimum_difference_can_be_set() {
    let folder = tempfile::tempdir().expect("a folder");
    for (side, time) in [("a", 0.100), ("b", 0.103)] {
        let all = set(&NETWORKS, 2, |_, _, _| vec![time; 5]);
        write(&folder.path().join(side), &all);
        for (index, mut record) in all.into_iter().enumerate() {
            record["environment"]["started_utc"] = json!({"value": "2026-11-25T08:00:00Z"});
            let path = folder.path().join(side).join(format!("records/{index}-s2.json"));
            fs::write(path, record.to_string()).expect("a record");
        }
    }
    let printed = |more: &[&str]| String::from_utf8(program(folder.path(), more).stdout).expect("text");
    assert!(printed(&[]).contains("slower 6, faster 0, equivalent 0"));
    assert!(printed(&["--min-difference", "4"]).contains("slower 0, faster 0, equivalent 6"));
    assert!(printed(&["--min-difference", "4", "--margin", "2"]).contains("equivalent 0, inconclusive 6"));
}

#[test]
fn nothing_is_written_if_there_is_nothing_to_compare() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |more: &[&str]| {
        let ended = program(folder.path(), more);
        assert!(!ended.status.success() && ended.stdout.is_empty() && !folder.path().join("output").exists());
        String::from_utf8(ended.stderr).expect("text")
    };
    write(&folder.path().join("a"), &set(&NETWORKS[..1], 1, |_, _, _| vec![0.1; 5]));
    assert!(refused(&[]).contains("b/records: no record\nhint: "));
    write(&folder.path().join("b"), &set(&NETWORKS[1..], 1, |_, _, _| vec![0.1; 5]));
    let text = refused(&[]);
    assert!(
        text.contains("no point has a time on both sides: A has alexnet at batch 1, alexnet at batch 4; B has "),
        "{text}"
    );
    assert!(text.contains("\nhint: "));
    assert!(refused(&["--min-difference=-1"]).contains("expected 0 to 1000 per cent"));
    assert!(refused(&["--least", "4"]).contains("--least is now --min-difference"));
    fs::write(folder.path().join("b/records/0.json"), "{\"schema\": 1e999").expect("a file");
    assert!(refused(&[]).contains("b/records/0.json: field `"));
}
