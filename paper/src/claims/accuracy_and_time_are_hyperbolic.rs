//! C1: accuracy and inference time are in a hyperbolic relation: the last points of accuracy cost ever more time.

use results::fit::least_squares;

use super::claim::Claim;
use super::verdict::{Number, Verdict};
use crate::evidence::{Evidence, LEAST_NETWORKS};
use crate::number::{fixed, three};

/// The share of the variance of accuracy that the hyperbola has to explain. Less than for a physical law, since
/// accuracy also depends on how a network was trained.
const LEAST_R_SQUARED: f64 = 0.8;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C1",
    title: "Accuracy and time",
    statement: "Accuracy and inference time are in a hyperbolic relation: a little accuracy costs a lot of time.",
    original: "Figure 9: 79.9 % less 0.18 points for each image per second at batch 16, without the VGGs",
    test,
};

fn test(evidence: &Evidence) -> Verdict {
    let bound = format!(
        "without the VGGs, top-1 falls with images per second with R² at least {}: training and data also decide accuracy",
        fixed(LEAST_R_SQUARED, 2)
    );
    let points = |batch: u32| -> Vec<(f64, f64)> {
        let others = evidence.networks.iter().filter(|network| !network.is_vgg());
        others.filter_map(|network| Some((network.throughput(batch)?, network.top1?))).collect()
    };
    let batch = evidence.throughput_batch();
    let points = batch.map(points).unwrap_or_default();
    let fitted = if points.len() < LEAST_NETWORKS { None } else { least_squares(&points) };
    let (Some(batch), Some(line)) = (batch, fitted) else {
        let reason = format!("it needs {LEAST_NETWORKS} networks with an accuracy and a time at one batch");
        return Verdict::not_tested(bound, reason);
    };
    let words = format!(
        "At batch {batch}, top-1 is {} % with {} points for each image per second; R² {} over {} networks.",
        fixed(line.intercept, 1),
        three(line.slope),
        fixed(line.r_squared, 2),
        points.len()
    );
    let holds = line.slope < 0.0 && line.r_squared >= LEAST_R_SQUARED;
    Verdict::decided(holds, Number::new("R²", line.r_squared, 2, ""), bound, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Finding;
    use crate::evidence::sample;

    fn with_top1(top1: impl Fn(f64) -> f64) -> Evidence {
        let mut evidence = sample::networks(6);
        for network in &mut evidence.networks {
            let rate = network.g_ops * 10.0;
            network.time.insert(16, sample::time(1.0 / rate));
            network.top1 = Some(top1(rate));
        }
        evidence
    }

    #[test]
    fn accuracies_on_a_hyperbola_hold() {
        let verdict = test(&with_top1(|rate| 80.0 - 0.2 * rate));
        assert_eq!(verdict.finding, Finding::Holds);
        assert!(verdict.words.contains("80.0 % with \u{2212}0.200 points"), "{}", verdict.words);
    }

    #[test]
    fn faster_and_better_networks_fail() {
        assert_eq!(test(&with_top1(|rate| 60.0 + 0.2 * rate)).finding, Finding::Fails);
    }

    #[test]
    fn one_batch_of_too_few_networks_is_not_tested() {
        let mut evidence = with_top1(|rate| 80.0 - rate);
        evidence.networks.truncate(4);
        assert!(matches!(test(&evidence).finding, Finding::NotTested { .. }));
    }
}
