//! Records with fewer samples than their protocol asks for, and points of a single sample.

use results::choose::limit::Quantity;
use results::choose::{Choice, Fits, text::text};
use results::compare::Bounds;
use results::{Comparison, Interval, Published};

use super::*;

#[test]
fn a_record_with_less_than_its_protocol_asks_for_is_refused_with_both_numbers() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str); 6] = [
        (
            |process| process["samples"] = json!([4, 1, 3, 5]),
            "`processes[1].samples`: 4, but the protocol asks for at least 5",
        ),
        (|process| process["samples"] = json!([4]), "`processes[1].samples`: 1, but the protocol asks for at least 5"),
        // Five samples are enough only for a window that ended at its time limit.
        (
            |process| process["end"] = json!("precise"),
            "`processes[1].samples`: 5, but a window that ended for this reason has at least 10",
        ),
        (
            |process| process["end"] = json!("max"),
            "`processes[1].samples`: 5, but a window that ended for this reason has at least 200",
        ),
        (
            |process| process["samples"] = json!([0.9, 0.9, 0.9, 0.9, 0.9]),
            "`processes[1].end`: `enough`, but its samples took less than 5 s",
        ),
        (|process| process["warm_up"] = json!([]), "`processes[1].warm_up`: 0, but the protocol asks for at least 1"),
    ];
    for (change, expected) in cases {
        let text = error(|record| {
            // Slow enough for every rate that these times give.
            record["operations"] = json!(1);
            change(&mut record["processes"][1]);
        });
        assert!(
            text.contains(&format!("alexnet-b16.json: field {expected}\nhint: measure this point again")),
            "{text}"
        );
    }
}

#[test]
fn a_point_that_ended_otherwise_may_have_any_number_of_samples() {
    let folder = study();
    let mut record = record("alexnet", 16);
    record["outcome"] = json!({"kind": "out-of-time", "reason": "after 3 s"});
    record["processes"][1]["samples"] = json!([]);
    put(folder.path(), "alexnet-b16", &record);
    assert_eq!(estimates(&folder).point("alexnet", 16).expect("the point").time, None);
}

/// A folder with one point, measured in one process with these times, by a protocol that asks for one sample.
fn of_one_process(samples: &[f64]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("records")).expect("a folder");
    let mut record = record("alexnet", 1);
    let process = record["processes"][0].clone();
    record["processes"] = json!([process]);
    record["processes"][0]["samples"] = json!(samples);
    record["power"] = json!({"state": "no-sensor"});
    for (constant, value) in [("processes", 1.0), ("min_samples", 1.0), ("enough_seconds", 0.0)] {
        record["protocol"][constant] = if constant == "enough_seconds" { json!(value) } else { json!(value as u32) };
    }
    put(folder.path(), "alexnet-b1", &record);
    folder
}

fn records(folder: &TempDir) -> results::Records {
    results::records::read(folder.path(), &["alexnet".to_owned()]).expect("records")
}

#[test]
fn a_single_sample_has_a_time_and_no_interval() {
    let interval = |samples: &[f64]| {
        let estimates = estimates(&of_one_process(samples));
        let point = estimates.point("alexnet", 1).expect("the point").clone();
        assert!(point.time.is_some());
        (point.replication.expect("a time").interval, point.has_interval())
    };
    assert_eq!(interval(&[2.0]), (Interval::None, false));
    assert_eq!(interval(&[2.0, 3.0]), (Interval::WithinProcess, true));
}

#[test]
fn a_limit_is_perhaps_met_by_a_single_sample_however_far_it_is() {
    let limits = [Quantity::Time.limit("9s").expect("a limit")];
    let choice = |samples: &[f64]| {
        let estimates = Estimates::of(&records(&of_one_process(samples)), 1);
        let published = concat!(env!("CARGO_MANIFEST_DIR"), "/../published/2016");
        let published = Published::read(Path::new(published)).expect("the values of 2016");
        Choice::of(&estimates, &published, &limits, &[])
    };
    let of = |samples: &[f64]| choice(samples).rows[0].fits;
    assert_eq!((of(&[2.0]), of(&[20.0])), (Fits::Perhaps, Fits::Perhaps));
    assert_eq!((of(&[2.0, 2.1, 2.2]), of(&[20.0, 21.0, 22.0])), (Fits::Surely, Fits::No));
    assert!(text(&choice(&[2.0])).contains("one sample gives none"), "{}", text(&choice(&[2.0])));
}

#[test]
fn no_difference_between_single_samples_is_real_and_the_comparison_states_why() {
    let (a, b) = (records(&of_one_process(&[2.0])), records(&of_one_process(&[3.0])));
    let comparison = Comparison::of(("a", &a), ("b", &b), Bounds::USUAL).expect("a common point");
    assert!(!comparison.rows[0].verdict.is_real());
    let printed = results::compare::text::text(&comparison);
    assert!(
        printed.replace('\n', " ").contains("1 of 1 rows have a single sample on a side, which has no interval"),
        "{printed}"
    );
    let table = results::compare::cells::csv(&comparison, |_| [None, None]);
    assert!(
        table.lines().nth(1).is_some_and(|row| row.starts_with("alexnet,1,2.000000000,,,3.000000000,,,1.5")),
        "{table}"
    );
}
