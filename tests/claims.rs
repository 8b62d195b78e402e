//! The claims on the original's own data, where the answers are known, and on less than everything.

use paper::{Evidence, Finding, Judged, Verdict};

fn judged() -> Vec<Judged> {
    let published = tests::published();
    let measured = Evidence::measured(&tests::counts(), &tests::tx1_estimates(), &published);
    paper::claims::judge(&measured, &Evidence::published(&published))
}

fn claim(judged: &[Judged], id: &str) -> Judged {
    judged.iter().find(|claim| claim.id == id).unwrap_or_else(|| panic!("no claim {id}")).clone()
}

/// The number of a verdict, which must hold.
fn holding(verdict: &Verdict) -> f64 {
    assert_eq!(verdict.finding, Finding::Holds, "{}", verdict.words);
    verdict.number.as_ref().expect("a verdict that holds rests on a number").value
}

#[track_caller]
fn near(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{value}, expected {expected}");
}

#[test]
fn there_are_ten_claims_in_order() {
    let ids: Vec<String> = judged().into_iter().map(|claim| claim.id).collect();
    assert_eq!(ids, (1..=10).map(|index| format!("C{index}")).collect::<Vec<_>>());
}

#[test]
fn the_2016_data_give_the_known_lines() {
    let judged = judged();
    let operations = claim(&judged, "C2").verdict_2016;
    near(holding(&operations), 0.94, 0.005);
    assert!(operations.words.contains("5.00 ms per G-Op plus 16.3 ms, R² 0.94"), "{}", operations.words);
    assert!(operations.words.contains("4.14 ms per G-Op plus 8.63 ms, R² 0.95"), "{}", operations.words);

    let hyperbola = claim(&judged, "C1").verdict_2016;
    near(holding(&hyperbola), 0.98, 0.005);
    assert!(hyperbola.words.contains("79.9 % with \u{2212}0.183 points"), "{}", hyperbola.words);

    let memory = claim(&judged, "C6").verdict_2016;
    near(holding(&memory), 0.95, 0.005);
    assert!(memory.words.contains("1.31 MB for each MB"), "{}", memory.words);
}

#[test]
fn the_2016_data_give_the_known_ratios() {
    let judged = judged();
    near(holding(&claim(&judged, "C7").verdict_2016), 3.2, 0.05);
    near(holding(&claim(&judged, "C9").verdict_2016), 13.0, 0.05);
    near(holding(&claim(&judged, "C10").verdict_2016), 6.8, 0.05);
    // VGG-19's 39.29 over ResNet-152's 23.10 G-Ops.
    near(holding(&claim(&judged, "C8").verdict_2016), 39.29 / 23.10, 1e-9);
}

#[test]
fn the_upper_bound_of_2016_keeps_its_slope_whichever_network_is_left_out() {
    let verdict = claim(&judged(), "C5").verdict_2016;
    let slope = holding(&verdict);
    let (low, high) = verdict.number.and_then(|number| number.interval).expect("a range");
    assert!(low <= slope && slope <= high && high < 0.0, "{low} {slope} {high}");
}

#[test]
fn five_values_of_power_at_one_batch_test_nothing() {
    let judged = judged();
    for id in ["C3", "C4"] {
        for verdict in [claim(&judged, id).verdict, claim(&judged, id).verdict_2016] {
            assert!(matches!(verdict.finding, Finding::NotTested { .. }), "{id}: {}", verdict.words);
            assert_eq!(verdict.number, None, "{id}");
        }
    }
}

#[test]
fn our_counts_beside_the_times_of_2016_keep_the_line_of_operations() {
    // With Inception-v4's real operations its point moves to the right of the line.
    let verdict = claim(&judged(), "C2").verdict;
    assert!(holding(&verdict) > 0.9);
}

#[test]
fn two_networks_at_batch_one_test_only_what_needs_no_measurement() {
    let published = tests::published();
    let few = tests::only(&tests::tx1_estimates(), &["alexnet", "resnet-18"], &[1]);
    let measured = Evidence::measured(&tests::counts(), &few, &published);
    for claim in paper::claims::judge(&measured, &Evidence::published(&published)) {
        let tested = !matches!(claim.verdict.finding, Finding::NotTested { .. });
        assert_eq!(tested, ["C8", "C9", "C10"].contains(&claim.id.as_str()), "{}", claim.id);
    }
}

#[test]
fn verdicts_survive_their_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("claims.json");
    results::json::write(&path, &judged()).expect("it writes");
    let read: Vec<Judged> = results::json::read(&path).expect("it reads");
    for (written, read) in judged().iter().zip(&read) {
        assert_eq!((&written.id, &written.verdict.finding), (&read.id, &read.verdict.finding));
        assert_eq!(written.verdict.words, read.verdict.words);
        let value = |claim: &Judged| claim.verdict.number.as_ref().map(|number| number.value);
        assert_eq!(value(written).is_some(), value(read).is_some());
        near(value(read).unwrap_or_default(), value(written).unwrap_or_default(), 1e-12);
    }
    assert_eq!(read.len(), 10);
}
