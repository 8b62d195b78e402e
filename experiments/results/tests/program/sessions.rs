//! Several sessions of a point: how they are combined, and whether two sets of them agree.

use super::*;

/// The record with all samples multiplied by a factor.
fn slower(record: &Value, factor: f64) -> Value {
    let mut slower = record.clone();
    for process in slower["processes"].as_array_mut().expect("processes") {
        for sample in process["samples"].as_array_mut().expect("samples") {
            *sample = json!(sample.as_f64().expect("a time") * factor);
        }
    }
    slower
}

#[test]
fn sessions_of_a_point_are_combined_and_their_variation_is_pooled_over_the_points() {
    let folder = study();
    let one = estimates(&folder);
    let replication = |estimates: &Estimates, network: &str| {
        let replication = estimates.point(network, 16).expect("the point").replication.expect("a time");
        (replication.sessions, replication.processes, replication.interval.words())
    };
    assert_eq!(replication(&one, "alexnet"), (1, 2, "95 % interval over processes"));
    assert_eq!((one.between_sessions, one.short_of_sessions()), (None, 0));
    assert!(one.points.iter().all(|point| one.time_over_sessions(point).is_none()));

    let mut second = slower(&record("alexnet", 16), 1.5);
    second["environment"]["started_utc"] = json!({"value": "2026-11-26T08:00:00Z"});
    put(folder.path(), "alexnet-b16-s2", &second);
    let both = estimates(&folder);
    let between = both.between_sessions.expect("two sessions");
    assert_eq!((between.points, between.sessions), (1, 2));
    let point = both.point("alexnet", 16).expect("the point");
    let time = point.time.expect("a time");
    // The mean of 3 and 4.5 s; with one degree of freedom, the interval is very wide.
    assert!((time.value - 3.75).abs() < 1e-12 && time.low < 1.5 && time.high > 9.0, "{time:?}");
    assert_eq!((point.samples, replication(&both, "alexnet")), (20, (2, 2, "95 % interval over sessions")));
    let sources: Vec<_> = point.sources.iter().map(|source| (source.session, source.measured_on.as_deref())).collect();
    assert_eq!(sources, [(1, None), (2, Some("2026-11-26"))]);
    // A point with one session keeps its own interval, and has another one that covers the variation between sessions.
    let (single, known) = (both.point("vgg-16", 16).expect("the point"), one.point("vgg-16", 16).expect("the point"));
    assert_eq!(single.time, known.time);
    let wide = both.time_over_sessions(single).expect("it is known");
    assert!(wide.low < single.time.expect("a time").low && wide.high > single.time.expect("a time").high);
}

#[test]
fn a_failed_session_does_not_change_the_numbers_of_the_other() {
    let (folder, mut failed) = (study(), record("alexnet", 16));
    failed["outcome"] = json!({"kind": "out-of-time", "reason": "the limit"});
    put(folder.path(), "alexnet-b16-s2", &failed);
    let (both, one) = (estimates(&folder), estimates(&study()));
    let (point, other) = (both.point("alexnet", 16).expect("a point"), one.point("alexnet", 16).expect("a point"));
    assert_eq!((&point.outcome, point.time, point.replication), (&Outcome::Measured, other.time, other.replication));
    assert_eq!(point.sources.len(), 2);
}

#[test]
fn a_copy_of_a_record_is_not_another_session() {
    let folder = study();
    put(folder.path(), "vgg-16-b2-s2", &record("vgg-16", 2));
    let text = failure(&folder);
    assert!(text.contains("vgg-16-b2.json: field `batch`: ") && text.contains("vgg-16-b2-s2.json"), "{text}");
}

#[test]
fn numbers_agree_by_the_interval_of_their_ratio_and_differ_only_with_several_sessions() {
    // Sessions of all points, whose times vary a little and are multiplied by a factor.
    let made = |name: &str, factor: f64, sessions: u32| {
        let folder = study();
        for (network, batch) in [("alexnet", 1), ("alexnet", 16), ("vgg-16", 2), ("vgg-16", 16)] {
            for number in 1..=sessions {
                let mut record = slower(&record(network, batch), factor * (1.0 + 0.01 * f64::from(number)));
                for process in record["processes"].as_array_mut().expect("processes") {
                    process["samples"].as_array_mut().expect("samples").iter_mut().for_each(|sample| {
                        *sample = json!(factor * f64::from(batch) * (3.0 + 0.01 * f64::from(number)));
                    });
                }
                let end = if number == 1 { String::new() } else { format!("-s{number}") };
                put(folder.path(), &format!("{network}-b{batch}{end}"), &record);
            }
        }
        let output = folder.path().join(name);
        assert!(run(folder.path(), &output).status.success());
        (folder, output.join("estimates.json"))
    };
    let agreement = |published: &Path, here: &Path| -> Vec<(String, String, String)> {
        let mut program = Command::new(env!("CARGO_BIN_EXE_results"));
        program.args(["agree", "--published"]).arg(published).arg("--here").arg(here);
        let ended = program.output().expect("the program runs");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        let items: Vec<results::agree::Item> = serde_json::from_slice(&ended.stdout).expect("items");
        let times = items.into_iter().filter(|item| item.name.starts_with("time of "));
        times.map(|item| (item.name, format!("{:?}", item.result), item.detail)).collect()
    };
    let (one, two, slow) = (made("one", 1.0, 3), made("two", 1.001, 3), made("slow", 1.5, 3));
    let agreed = |published: &Path, here: &Path| agreement(published, here)[0].1.clone();
    assert_eq!(
        agreement(&one.1, &one.1)[0],
        ("time of vgg-16 at batch 2".to_owned(), "Identical".to_owned(), String::new())
    );
    assert_eq!((agreed(&one.1, &two.1), agreed(&one.1, &slow.1)), ("Consistent".to_owned(), "Different".to_owned()));
    let single = made("single", 1.5, 1);
    let (_, result, detail) = agreement(&one.1, &single.1).remove(0);
    assert_eq!(result, "NotComparable");
    assert!(detail.ends_with("not decided: between-session variation unknown"), "{detail}");
    fs::write(&single.1, "{\"points\": 3}").expect("a file");
    let mut program = Command::new(env!("CARGO_BIN_EXE_results"));
    program.args(["agree", "--published"]).arg(&single.1).arg("--here").arg(&one.1);
    let ended = program.output().expect("the program runs");
    let text = String::from_utf8(ended.stderr).expect("text");
    assert!(ended.stdout.is_empty() && text.contains("estimates.json: field `") && text.contains("\nhint: "), "{text}");
}
