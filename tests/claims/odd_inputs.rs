//! The claims on incomplete and unusual inputs.

use results::Estimates;
use results::verdicts::{Basis, Judged};

use super::inputs;

/// Incomplete and unusual inputs by name.
fn odd_inputs() -> Vec<(&'static str, Estimates)> {
    let all = tests::tx1_estimates();
    let names: Vec<&str> = all.networks();
    let mut vague = all.clone();
    for point in &mut vague.points {
        point.time = point.time.map(|time| results::Estimate { value: time.value, low: 0.0, high: 1e6 * time.value });
    }
    // As from a model of a device: memory on a line and times in proportion to operations, except for rounding.
    let (mut exact, counts) = (all.clone(), tests::counts());
    for point in &mut exact.points {
        let network = counts.get(&point.network).expect("it is counted");
        let seconds = network.operations_2016 as f64 / 1e11;
        point.time = Some(results::Estimate { value: seconds, low: seconds, high: seconds });
        let bytes = results::Bytes(50_000_000 + 4 * network.parameters + 10_000_000 * u64::from(point.batch));
        point.memory = point.memory.map(|memory| results::MemoryEstimate { net: bytes, ..memory });
    }
    let without: Vec<&str> = names.iter().copied().filter(|name| *name != "alexnet").collect();
    vec![
        ("two networks", tests::only(&all, &["alexnet", "resnet-18"], &[1])),
        ("one batch", tests::only(&all, &names, &[4])),
        ("an exact model", exact),
        ("nothing", tests::only(&all, &[], &[])),
        ("no AlexNet", tests::only(&all, &without, &[1, 2, 4, 8, 16, 32, 64])),
        ("times with very wide intervals", vague),
    ]
}

#[test]
fn odd_inputs_have_verdicts_and_only_finite_numbers() {
    for (name, estimates) in odd_inputs() {
        let inputs = inputs(estimates, Vec::new());
        let judged = paper::claims::of(&inputs);
        let text = serde_json::to_string(&judged).expect("it prints");
        let read: Vec<Judged> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.len(), 10, "{name}");
        let facts = serde_json::to_string(&paper::facts::gather(&inputs)).expect("it prints");
        let words = facts.split(|letter: char| !letter.is_alphanumeric());
        assert!(words.into_iter().all(|word| word != "NaN" && word != "inf"), "{name}");
    }
}

#[test]
fn with_two_networks_at_batch_one_only_claims_about_counts_are_tested() {
    let few = tests::only(&tests::tx1_estimates(), &["alexnet", "resnet-18"], &[1]);
    for claim in paper::claims::of(&inputs(few, Vec::new())) {
        for test in claim.tests {
            assert_eq!(test.here.finding.is_decided(), claim.basis == Basis::Counted, "{}", claim.id);
        }
    }
}
