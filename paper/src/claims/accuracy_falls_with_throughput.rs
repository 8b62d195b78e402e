//! C5: the best accuracy at a given throughput falls linearly with it.

use results::fit::{Line, least_squares};

use super::claim::Claim;
use super::verdict::{Number, Verdict};
use crate::evidence::{Evidence, LEAST_NETWORKS};
use crate::number::{fixed, three};

/// The share of the variance along the frontier that a straight line has to explain.
const LEAST_R_SQUARED: f64 = 0.9;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C5",
    title: "Accuracy bounds throughput",
    statement: "The best accuracy attainable at a frame rate falls linearly with the frame rate.",
    original: "Figure 9: a straight upper bound with all networks below it",
    test,
};

/// The points (images per second, top-1) that no other network beats in both.
fn frontier(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let beaten = |&(rate, top1): &(f64, f64)| {
        points.iter().any(|&(other, best)| other >= rate && best >= top1 && (other, best) != (rate, top1))
    };
    points.iter().copied().filter(|point| !beaten(point)).collect()
}

fn line(points: &[(f64, f64)]) -> Option<Line> {
    least_squares(&frontier(points))
}

/// The slopes that remain when any one network is left out: two or three networks decide a bound.
fn leave_one_out(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let mut range: Option<(f64, f64)> = None;
    for left_out in 0..points.len() {
        let rest: Vec<_> =
            points.iter().enumerate().filter(|&(index, _)| index != left_out).map(|(_, point)| *point).collect();
        let slope = line(&rest)?.slope;
        range = Some(range.map_or((slope, slope), |(low, high)| (low.min(slope), high.max(slope))));
    }
    range
}

fn test(evidence: &Evidence) -> Verdict {
    let bound = format!(
        "the frontier of networks that none beats in both falls on a line with R² at least {}, whichever network is left out",
        fixed(LEAST_R_SQUARED, 2)
    );
    let points = |batch: u32| -> Vec<(f64, f64)> {
        evidence.networks.iter().filter_map(|network| Some((network.throughput(batch)?, network.top1?))).collect()
    };
    let batch = evidence.throughput_batch();
    let points = batch.map(points).unwrap_or_default();
    let on_frontier = frontier(&points).len();
    let range = leave_one_out(&points).filter(|_| on_frontier >= LEAST_NETWORKS);
    let (Some(batch), Some(line), Some(range)) = (batch, line(&points), range) else {
        let reason = format!(
            "a line needs {LEAST_NETWORKS} networks on the frontier of accuracy and throughput, and there are {on_frontier}"
        );
        return Verdict::not_tested(bound, reason);
    };
    let words = format!(
        "At batch {batch}, {on_frontier} networks form the frontier: {} % with {} points for each image per second, R² {}; leaving out one network moves the slope from {} to {}.",
        fixed(line.intercept, 1),
        three(line.slope),
        fixed(line.r_squared, 2),
        three(range.0),
        three(range.1)
    );
    let holds = range.1 < 0.0 && line.r_squared >= LEAST_R_SQUARED;
    let number = Number::new("slope", line.slope, 3, "").with_interval(range, 3, "leave one out:");
    Verdict::decided(holds, number, bound, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Finding;
    use crate::evidence::sample;

    fn with_top1(top1: impl Fn(f64) -> f64) -> Evidence {
        let mut evidence = sample::networks(8);
        for network in &mut evidence.networks {
            let rate = network.g_ops;
            network.time.insert(16, sample::time(1.0 / rate));
            network.top1 = Some(top1(rate));
        }
        evidence
    }

    #[test]
    fn a_straight_frontier_holds() {
        let verdict = test(&with_top1(|rate| 80.0 - 2.0 * rate));
        assert_eq!(verdict.finding, Finding::Holds);
        let (low, high) = verdict.number.and_then(|number| number.interval).expect("a range");
        assert!((low + 2.0).abs() < 1e-9 && (high + 2.0).abs() < 1e-9, "{low} {high}");
    }

    #[test]
    fn a_frontier_with_a_cliff_fails() {
        let verdict = test(&with_top1(|rate| if rate > 4.0 { 50.0 - 0.1 * rate } else { 80.0 - 0.1 * rate }));
        assert_eq!(verdict.finding, Finding::Fails, "{}", verdict.words);
    }

    #[test]
    fn one_network_that_beats_all_leaves_nothing_to_fit() {
        assert!(matches!(test(&with_top1(|rate| 60.0 + rate)).finding, Finding::NotTested { .. }));
    }
}
