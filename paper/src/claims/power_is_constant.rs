//! C3: power depends neither on the batch nor on the network.

use super::claim::Claim;
use super::verdict::{Number, Verdict};
use crate::evidence::{Evidence, LEAST_NETWORKS};
use crate::number::fixed;

/// The most that the standard deviation may be of the mean. The original's was 6 % and called constant.
const MOST_VARIATION: f64 = 0.1;
/// Fewer batches say nothing of a dependence on the batch.
const LEAST_BATCHES: usize = 2;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C3",
    title: "Power is constant",
    statement: "Power consumption is independent of batch size and architecture.",
    original: "Figure 4: 11.8 W net at full use, standard deviation 0.7 W over the networks",
    test,
};

fn test(evidence: &Evidence) -> Verdict {
    let bound = format!(
        "standard deviation of net power at most {} % of its mean: the original calls 6 % constant",
        fixed(MOST_VARIATION * 100.0, 0)
    );
    let loaded: Vec<_> = evidence.networks.iter().filter(|network| !network.power.is_empty()).collect();
    if loaded.is_empty() {
        return Verdict::not_tested(bound, "no power was measured".to_owned());
    }
    if loaded.len() < LEAST_NETWORKS {
        let reason = format!("power is known of {} networks, and it needs {LEAST_NETWORKS}", loaded.len());
        return Verdict::not_tested(bound, reason);
    }
    if loaded.iter().filter(|network| network.power.len() >= LEAST_BATCHES).count() < LEAST_NETWORKS {
        let reason = format!("power is known at fewer than {LEAST_BATCHES} batches");
        return Verdict::not_tested(bound, reason);
    }
    let watts: Vec<f64> = loaded.iter().flat_map(|network| network.power.values().map(|load| load.net)).collect();
    let mean = watts.iter().sum::<f64>() / watts.len() as f64;
    let variance = watts.iter().map(|net| (net - mean).powi(2)).sum::<f64>() / (watts.len() - 1) as f64;
    let variation = variance.sqrt() / mean;
    let words = format!(
        "Over {} points net power is {} W with a standard deviation of {} W.",
        watts.len(),
        fixed(mean, 2),
        fixed(variance.sqrt(), 2)
    );
    let number = Number::new("variation", variation * 100.0, 1, " %");
    Verdict::decided(mean > 0.0 && variation <= MOST_VARIATION, number, bound, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Finding;
    use crate::evidence::{Load, sample};

    fn loaded(net: impl Fn(f64, u32) -> f64) -> Evidence {
        let mut evidence = sample::networks(5);
        for network in &mut evidence.networks {
            for batch in [1, 16] {
                network.power.insert(batch, Load { net: net(network.g_ops, batch), energy: 1.0 });
            }
        }
        evidence
    }

    #[test]
    fn the_same_watts_everywhere_hold() {
        let verdict = test(&loaded(|g_ops, _| 12.0 + 0.1 * g_ops));
        assert_eq!(verdict.finding, Finding::Holds);
        assert!(verdict.words.contains("12.30 W"), "{}", verdict.words);
    }

    #[test]
    fn watts_that_grow_with_the_batch_fail() {
        assert_eq!(test(&loaded(|_, batch| f64::from(batch))).finding, Finding::Fails);
    }

    #[test]
    fn no_sensor_is_not_tested_rather_than_zero() {
        let verdict = test(&sample::networks(14));
        assert_eq!(verdict.finding, Finding::NotTested { reason: "no power was measured".to_owned() });
        assert_eq!(verdict.number, None);
    }
}
