//! C7: small batches leave fully connected layers idle, so AlexNet gains the most from large batches.
//!
//! The claim is about batch 64. The gain up to a smaller batch is a different number: in the original's times, AlexNet gains 2.5 times up to
//! batch 16. If batch 64 was not measured, the claim is not tested; the verdict then states the gains up to the largest batch that both have.

use results::Estimate;
use results::statistics::propagation::ratio;
use results::verdicts::{Basis, Limits, Verdict};

use super::claim::{Claim, Original, Test};
use super::verdict::{Decides, decided_by, estimated, not_tested, number};
use crate::network_data::{NetworkData, Subject};
use crate::number::{count, fixed};

/// The original says "about 3"; a gain that does not reach 2 is not about 3.
const MIN_GAIN: f64 = 2.0;
/// The batch of the claim.
const BATCH: u32 = 64;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C7",
    title: "AlexNet gains from batches",
    statement: "Small batches leave fully connected layers idle: AlexNet speeds up about threefold from batch 1 to 64.",
    original: Original { text: "About 3 times, and the points of Figure 3", source: "Section 3.2, recalled; Figure 3" },
    basis: Basis::Measured,
    test: Test::WithOriginal(test),
};

/// Networks with almost no fully connected layers, whose gains the original compares with AlexNet's.
const OTHERS: [&str; 2] = ["googlenet", "resnet-18"];

/// Time per image at batch 1 over that at `batch`.
pub(crate) fn gain(network: &Subject, batch: u32) -> Option<Estimate> {
    ratio(*network.time.get(&1)?, *network.time.get(&batch)?)
}

/// The largest batch above 1 at which both have a time for the network `name`.
pub(crate) fn equal_batch(one: &NetworkData, other: &NetworkData, name: &str) -> Option<u32> {
    let (one, other) = (one.get(name)?, other.get(name)?);
    one.time.keys().copied().filter(|batch| *batch > 1 && other.time.contains_key(batch)).max()
}

fn test(data: &NetworkData, original: &NetworkData) -> Verdict {
    let bound = format!(
        "from batch 1 to {BATCH} AlexNet gains at least {} times, since less does not round to threefold, and no less than GoogLeNet and \
         ResNet-18, which have almost no fully connected layers",
        fixed(MIN_GAIN, 1)
    );
    let of = |name: &str| {
        let network = data.get(name)?;
        Some((network.title.as_str(), gain(network, BATCH)?))
    };
    let others: Vec<(&str, Estimate)> = OTHERS.into_iter().filter_map(of).collect();
    let Some((_, alexnet)) = of("alexnet").filter(|_| !others.is_empty()) else {
        let reason = format!("it needs times of AlexNet and of GoogLeNet or ResNet-18 at batches 1 and {BATCH}");
        let verdict = not_tested(bound, reason);
        let smaller = smaller_batch(data, original);
        return Verdict {
            words: [Some(verdict.words), smaller].into_iter().flatten().collect::<Vec<_>>().join(" "),
            ..verdict
        };
    };
    let print = |value: f64| fixed(value, 2);
    let gains: Vec<String> = others.iter().map(|(title, gain)| format!("{title} {}", print(gain.value))).collect();
    let words = format!("AlexNet gains {} times from batch 1 to {BATCH}, {}.", print(alexnet.value), gains.join(", "));
    let estimated = |quantity: &str, of: Estimate| match data.interval {
        Some(kind) => estimated(quantity, of, kind, 2, ""),
        None => number(quantity, of.value, 2, "").remarked("a single sample has no interval"),
    };
    let mut numbers = vec![estimated("gain", alexnet).against(Limits::at_least(MIN_GAIN))];
    for (title, gain) in others {
        numbers.extend(
            ratio(alexnet, gain)
                .map(|over| estimated(&format!("gain over that of {title}"), over).against(Limits::at_least(1.0))),
        );
    }
    decided_by(numbers, bound, words)
}

/// The sentence if the batch of the claim is missing.
fn smaller_batch(data: &NetworkData, original: &NetworkData) -> Option<String> {
    let batch = equal_batch(data, original, "alexnet")?;
    let here = gain(data.get("alexnet")?, batch)?.value;
    let there = gain(original.get("alexnet")?, batch)?.value;
    let others = data.networks.iter().filter(|network| network.name != "alexnet");
    let larger = others.filter(|network| gain(network, batch).is_some_and(|gain| gain.value > here)).count();
    Some(format!(
        "Up to batch {batch} AlexNet gains {} times, and {} times by the original's times; {} other {} more.",
        fixed(here, 2),
        fixed(there, 2),
        if larger == 0 { "no".to_owned() } else { count(larger) },
        if larger == 1 { "network gains" } else { "networks gain" }
    ))
}

#[cfg(test)]
mod tests {
    use results::verdicts::{Finding, Margin};

    use super::*;
    use crate::network_data::sample;

    fn with_gains(alexnet: f64, googlenet: f64, batch: u32) -> NetworkData {
        let mut data = sample::networks(2);
        for (index, (name, gain)) in [("alexnet", alexnet), ("googlenet", googlenet)].into_iter().enumerate() {
            sample::renamed(&mut data, index, name);
            data.networks[index].time.extend([(1, sample::time(0.02)), (batch, sample::time(0.02 / gain))]);
        }
        data
    }

    fn tested(alexnet: f64, googlenet: f64, batch: u32) -> Verdict {
        test(&with_gains(alexnet, googlenet, batch), &sample::networks(2))
    }

    #[test]
    fn a_threefold_gain_of_only_alexnet_holds() {
        let verdict = tested(3.0, 1.5, 64);
        assert_eq!(verdict.finding, Finding::Holds);
        // Two times, each known to 1 %, are combined in quadrature to 1.41 %.
        let range = verdict.number.and_then(|number| number.interval).expect("a range");
        assert!((range.low - 2.958).abs() < 1e-3 && (range.high - 3.043).abs() < 1e-3, "{range:?}");
    }

    #[test]
    fn a_gain_whose_interval_includes_the_bound_is_marginal() {
        let verdict = tested(2.01, 1.2, 64);
        assert_eq!((verdict.finding, verdict.margin), (Finding::Holds, Margin::Marginal), "{}", verdict.words);
        let verdict = tested(1.99, 1.2, 64);
        assert_eq!((verdict.finding, verdict.margin), (Finding::Fails, Margin::Marginal), "{}", verdict.words);
    }

    #[test]
    fn a_gain_from_single_samples_says_that_it_has_no_interval() {
        let data = NetworkData { interval: None, ..with_gains(2.01, 1.2, 64) };
        let number = test(&data, &sample::networks(2)).number.expect("a number");
        assert_eq!((number.interval, number.text.as_str()), (None, "gain = 2.01 (a single sample has no interval)"));
    }

    #[test]
    fn too_small_a_gain_and_a_gain_of_all_networks_fail() {
        assert_eq!(tested(1.5, 1.2, 64).finding, Finding::Fails);
        assert_eq!(tested(3.0, 4.0, 64).finding, Finding::Fails);
    }

    #[test]
    fn a_smaller_batch_is_compared_with_the_original_and_decides_nothing() {
        let verdict = test(&with_gains(1.9, 1.95, 16), &with_gains(2.5, 1.4, 16));
        assert!(!verdict.finding.is_decided() && verdict.number.is_none());
        let words = "Up to batch 16 AlexNet gains 1.90 times, and 2.50 times by the original's times; one other network gains more.";
        assert!(verdict.words.ends_with(words), "{}", verdict.words);
        let verdict = test(&with_gains(1.9, 1.5, 16), &with_gains(2.5, 1.4, 64));
        assert!(verdict.words.ends_with("at batches 1 and 64."), "{}", verdict.words);
    }
}
