//! The claims on the original's own data, where the answers are known, and on less than everything.

use paper::{Evidence, Finding, Judged, Margin, Verdict};

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

#[track_caller]
fn says(verdict: &Verdict, part: &str) {
    assert!(verdict.words.contains(part), "{} in:\n{}", part, verdict.words);
}

// The numbers below of the original's digitised data are those of NumPy 2.4, SciPy 1.17 and statsmodels 0.15: lines by
// scipy.stats.linregress, intervals by OLS with HC3 and Student's t, hyperbolas by scipy.optimize.least_squares on the logarithm of time,
// quantile regressions by a linear program.

#[test]
fn the_2016_data_give_the_known_lines_of_operations() {
    let verdict = claim(&judged(), "C2").verdict_2016;
    near(holding(&verdict), 0.94, 0.005);
    says(
        &verdict,
        "At batch 1 the line through 14 networks is 5.00 ms per G-Op (3.53 to 6.47) plus 16.3 ms (3.75 to 28.9); R² 0.94 (",
    );
    says(
        &verdict,
        "rank correlation 0.94; half of the networks lie within 12 % of it, and farthest from it is Inception-v4, 36 % above.",
    );
    says(&verdict, "At batch 16 the line through 14 networks is 4.14 ms per G-Op (2.98 to 5.30) plus 8.63 ms (");
    says(
        &verdict,
        "rank correlation 0.99; half of the networks lie within 14 % of it, and farthest from it is Inception-v4, 28 % above.",
    );
    says(&verdict, "R² 0.95 (");
    // Without the VGGs hardly a line is left, and resamples without them fall below the bound.
    assert_eq!(verdict.margin, Margin::Narrow);
    says(&verdict, "Narrowly: the range of R² at batch 1, 0.89");
}

#[test]
fn the_2016_data_give_the_known_hyperbola_both_ways() {
    let verdict = claim(&judged(), "C1").verdict_2016;
    let number = holding(&verdict);
    says(
        &verdict,
        "over 12 networks without the VGGs, top-1 is 79.9 % (78.4 to 81.3) less 0.183 points (0.160 to 0.206)",
    );
    says(&verdict, "R² 0.98 (");
    says(&verdict, "rank correlation \u{2212}0.96; farthest from it is Inception-v4, 1.9 points above.");
    says(&verdict, "time is 245 ms over the points by which top-1 falls short of 81.7 %, with R² 0.91 (");
    says(&verdict, "With the VGGs the two R² are 0.86 and 0.57.");
    // Whichever of the two decides.
    assert!((number - 0.979).abs() < 0.001 || (number - 0.913).abs() < 0.001, "{number}");
}

#[test]
fn the_2016_data_give_the_known_slope_of_memory() {
    let verdict = claim(&judged(), "C6").verdict_2016;
    near(holding(&verdict), 0.95, 0.005);
    says(&verdict, "1.31 (1.04 to 1.58) MB for each MB of parameters");
    says(&verdict, "and farthest from it is AlexNet, 22 % below.");
}

#[test]
fn the_2016_data_give_the_known_ratios() {
    let judged = judged();
    let verdict = |id: &str| claim(&judged, id).verdict_2016;
    near(holding(&verdict("C7")), 3.2, 0.05);
    says(&verdict("C7"), "AlexNet is 3.19 (3.17 to 3.21) times as fast");
    says(
        &verdict("C7"),
        "GoogLeNet 1.54 (1.53 to 1.55) times at batch 64, ResNet-18 1.30 (1.29 to 1.31) times at batch 64.",
    );
    near(holding(&verdict("C9")), 13.0, 0.05);
    says(&verdict("C9"), "11.7 (11.6 to 11.7) % per million parameters, 13.0 (12.9 to 13.2) times AlexNet and 23.7 (");
    near(holding(&verdict("C10")), 6.8, 0.05);
    // Of 50 000 images two accuracies of 71 and 78 % have half widths of 0.40 and 0.37 points, in quadrature 0.54.
    let (low, high) = verdict("C10").number.and_then(|number| number.interval).expect("an interval");
    near(low, 6.82 - 0.54, 0.01);
    near(high, 6.82 + 0.54, 0.01);
    // VGG-19's 39.29 over ResNet-152's 23.10 G-Ops.
    near(holding(&verdict("C8")), 39.29 / 23.10, 1e-9);
    for id in ["C7", "C8", "C9", "C10"] {
        assert_eq!(verdict(id).margin, Margin::Clear, "{}", verdict(id).words);
    }
}

#[test]
fn the_upper_bound_of_2016_keeps_its_slope_whichever_network_is_left_out() {
    let verdict = claim(&judged(), "C5").verdict_2016;
    near(holding(&verdict), -0.1876, 1e-4);
    let (low, high) = verdict.number.as_ref().and_then(|number| number.interval).expect("a range");
    near(low, -0.1899, 1e-4);
    near(high, -0.1860, 1e-4);
    says(&verdict, "the bound is 81.8 % with \u{2212}0.188 points");
    says(&verdict, "9 networks form the frontier, on a straight line with R² 0.97 (");
}

#[test]
fn the_intervals_of_r_squared_are_those_of_another_bootstrap() {
    // 4000 resamples of the networks by NumPy; the lower ends vary by about a hundredth.
    let judged = judged();
    for (id, low, high) in [("C1", 0.945, 0.993), ("C2", 0.892, 0.987), ("C6", 0.859, 0.989)] {
        let number = claim(&judged, id).verdict_2016.number.expect("it was tested");
        let interval = number.interval.expect("an interval");
        near(interval.0, low, 0.012);
        near(interval.1, high, 0.005);
    }
}

#[test]
fn every_number_that_is_no_count_has_an_interval_that_it_lies_in() {
    for claim in judged() {
        for verdict in [claim.verdict, claim.verdict_2016] {
            let Some(number) = verdict.number else { continue };
            match number.interval {
                Some((low, high)) => assert!(low <= number.value && number.value <= high, "{}", number.text),
                None => assert_eq!(claim.id, "C8", "{}", number.text),
            }
        }
    }
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
