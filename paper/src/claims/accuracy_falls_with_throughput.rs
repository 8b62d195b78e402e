//! C5: the best accuracy at a given throughput falls linearly with it.
//!
//! The best are the Pareto-optimal networks. Every such frontier falls, so the sign of the slope says nothing. The test is whether they lie on
//! a straight line.

use results::fit::frontier_line;
use results::statistics::resampling::leaving_one_out;
use results::verdicts::{Basis, IntervalKind, Limits, Verdict};

use super::claim::{Claim, Original, Test};
use super::straight_line::DECIMALS;
use super::verdict::{Decides, decided_by, not_tested, number};
use crate::network_data::{MIN_NETWORKS, NetworkData};
use crate::number::{fixed, three};

/// The share of the variance along the frontier that a straight line must explain. Every frontier falls, so R² is high even if it is bent;
/// the bound is therefore higher than elsewhere.
const MIN_R_SQUARED: f64 = 0.9;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C5",
    title: "Accuracy bounds throughput",
    statement: "The best accuracy attainable at a frame rate falls linearly with the frame rate.",
    original: Original {
        text: "A straight upper bound drawn above all networks; no coefficient given",
        source: "Figure 9, shaded side",
    },
    basis: Basis::Measured,
    test: Test::AtBatch(test),
};

fn straightness(points: &[(f64, f64)]) -> Option<f64> {
    Some(frontier_line(points)?.line.r_squared)
}

fn test(data: &NetworkData, batch: u32) -> Verdict {
    let bound = format!(
        "the Pareto-optimal networks lie on a straight line with R² at least {}: every frontier falls, and a bent one has a lower R²",
        fixed(MIN_R_SQUARED, DECIMALS)
    );
    let known = data.networks.iter().filter_map(|network| Some((network.throughput(batch)?, network.top1?)));
    let points: Vec<(f64, f64)> = known.collect();
    let found = frontier_line(&points);
    let Some(found) = found.filter(|found| found.indices.len() >= MIN_NETWORKS) else {
        let reason = format!(
            "it needs {MIN_NETWORKS} networks on the frontier of accuracy and throughput at batch {batch}, of {} with both",
            points.len()
        );
        return not_tested(bound, reason);
    };
    let mut straight = number("R² of the frontier", found.line.r_squared, DECIMALS, "");
    if let Some(range) = leaving_one_out(&points, straightness) {
        straight = straight.within(range, IntervalKind::Influence);
    }
    let words = format!(
        "{} of {} networks form the frontier. The line through them is {} % less {} points for each image per second.",
        found.indices.len(),
        points.len(),
        fixed(found.line.intercept, 1),
        three(-found.line.slope),
    );
    decided_by(vec![straight.against(Limits::at_least(MIN_R_SQUARED))], bound, words)
}

#[cfg(test)]
mod tests {
    use results::verdicts::{Finding, Margin};

    use super::*;
    use crate::network_data::sample;

    fn with_top1(top1: impl Fn(f64) -> f64) -> NetworkData {
        let mut data = sample::networks(8);
        for network in &mut data.networks {
            let rate = network.g_ops;
            network.time.insert(16, sample::time(1.0 / rate));
            network.top1 = Some(top1(rate));
        }
        data
    }

    #[test]
    fn a_straight_frontier_holds() {
        let verdict = test(&with_top1(|rate| 80.0 - 2.0 * rate), 16);
        assert_eq!((verdict.finding, verdict.margin), (Finding::Holds, Margin::Clear));
        assert!(verdict.words.contains("8 of 8 networks"), "{}", verdict.words);
        assert!(verdict.words.contains("80.0 % less 2.00 points"), "{}", verdict.words);
    }

    #[test]
    fn a_frontier_with_a_cliff_fails() {
        let cliff = |rate: f64| if rate > 4.0 { 50.0 - 0.1 * rate } else { 80.0 - 0.1 * rate };
        let verdict = test(&with_top1(cliff), 16);
        assert_eq!(verdict.finding, Finding::Fails, "{}", verdict.words);
    }

    #[test]
    fn a_frontier_of_one_network_is_not_tested() {
        assert!(!test(&with_top1(|rate| 60.0 + rate), 16).finding.is_decided());
        assert!(!test(&sample::networks(8), 16).finding.is_decided());
    }
}
