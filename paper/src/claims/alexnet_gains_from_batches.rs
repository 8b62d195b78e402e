//! C7: small batches leave fully connected layers idle, so AlexNet gains most from large ones.

use super::claim::Claim;
use super::verdict::{Number, Verdict};
use crate::evidence::{Evidence, Subject, THROUGHPUT_BATCH};
use crate::number::fixed;

/// The original says "about 3" over 64 images; a gain that does not reach 2 is not about 3.
const LEAST_GAIN: f64 = 2.0;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C7",
    title: "AlexNet gains from batches",
    statement: "Small batches leave fully connected layers idle: AlexNet speeds up about threefold from batch 1 to 64.",
    original: "Figure 3: AlexNet 3.2 times from batch 1 to 64, GoogLeNet 1.5, ResNet-18 1.3",
    test,
};

/// Time per image at batch 1 over that at the largest batch, with that batch and the range their intervals allow.
pub(crate) fn gain(network: &Subject) -> Option<(u32, f64, (f64, f64))> {
    let (&batch, largest) = network.time.iter().next_back().filter(|(batch, _)| **batch > 1)?;
    let first = network.time.get(&1)?;
    Some((batch, first.value / largest.value, (first.low / largest.high, first.high / largest.low)))
}

fn test(evidence: &Evidence) -> Verdict {
    let bound = format!(
        "AlexNet gains at least {} times, less being no threefold by any rounding, and more than GoogLeNet, which has almost no fully connected layers",
        fixed(LEAST_GAIN, 1)
    );
    let of = |name: &str| evidence.get(name).and_then(gain).filter(|(batch, ..)| *batch >= THROUGHPUT_BATCH);
    let (Some((batch, alexnet, range)), Some((other_batch, googlenet, _))) = (of("alexnet"), of("googlenet")) else {
        let reason =
            format!("it needs times of AlexNet and GoogLeNet at batch 1 and at batch {THROUGHPUT_BATCH} or larger");
        return Verdict::not_tested(bound, reason);
    };
    let words = format!(
        "AlexNet is {} times as fast per image at batch {batch} as at batch 1, GoogLeNet {} times at batch {other_batch}.",
        fixed(alexnet, 2),
        fixed(googlenet, 2)
    );
    let number = Number::new("gain", alexnet, 2, "").with_interval(range, 2, "intervals allow");
    Verdict::decided(alexnet >= LEAST_GAIN && alexnet > googlenet, number, bound, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Finding;
    use crate::evidence::sample;

    fn with_gains(alexnet: f64, googlenet: f64, batch: u32) -> Evidence {
        let mut evidence = sample::networks(2);
        for (index, (name, gain)) in [("alexnet", alexnet), ("googlenet", googlenet)].into_iter().enumerate() {
            sample::renamed(&mut evidence, index, name);
            evidence.networks[index].time.extend([(1, sample::time(0.02)), (batch, sample::time(0.02 / gain))]);
        }
        evidence
    }

    #[test]
    fn a_threefold_gain_of_alexnet_alone_holds() {
        let verdict = test(&with_gains(3.0, 1.5, 64));
        assert_eq!(verdict.finding, Finding::Holds);
        let (low, high) = verdict.number.and_then(|number| number.interval).expect("a range");
        assert!(low < 3.0 && high > 3.0);
    }

    #[test]
    fn a_gain_of_half_fails() {
        assert_eq!(test(&with_gains(1.5, 1.2, 64)).finding, Finding::Fails);
    }

    #[test]
    fn a_gain_that_all_networks_share_fails() {
        assert_eq!(test(&with_gains(3.0, 4.0, 64)).finding, Finding::Fails);
    }

    #[test]
    fn small_batches_say_nothing() {
        assert!(matches!(test(&with_gains(3.0, 1.5, 8)).finding, Finding::NotTested { .. }));
    }
}
