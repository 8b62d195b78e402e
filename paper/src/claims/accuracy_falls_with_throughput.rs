//! C5: the best accuracy at a given throughput falls linearly with it.
//!
//! An upper bound is a quantile and no mean: the line is that of a quantile regression, below which nine of ten networks lie, so that one
//! network may stand out. Two networks decide it, so that its range is that of leaving any one out. A line can be laid over anything; that
//! the bound is straight is asked of the networks that none beats in both.

use results::fit::{Bound, least_squares, quantile_line};
use results::frontier;
use results::statistics::resampling::leaving_one_out;

use super::claim::Claim;
use super::condition::{Condition, Side};
use super::straight_line::DECIMALS;
use super::verdict::{Number, Verdict};
use crate::evidence::{Evidence, LEAST_NETWORKS};
use crate::number::{count, fixed, three};

/// The share of the networks that lie below the bound, or on it. Of fourteen networks one may lie above.
const SHARE: f64 = 0.9;
/// The share of the variance along the frontier that a straight line has to explain. Whatever is on a frontier falls, so that R² is high even
/// where it is bent; hence more than elsewhere.
const LEAST_R_SQUARED: f64 = 0.9;

/// What lies above the bound by less is on it, which two networks are but for rounding [%].
const ON_THE_LINE: f64 = 1e-9;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C5",
    title: "Accuracy bounds throughput",
    statement: "The best accuracy attainable at a frame rate falls linearly with the frame rate.",
    original: "Figure 9: a straight upper bound with all networks below it",
    test,
};

/// Points (images per second, top-1).
type Points<'a> = &'a [(f64, f64)];

/// Those that no other beats in both.
fn frontier(points: Points<'_>) -> Vec<(f64, f64)> {
    // Cost is the time of an image here: less of it is more throughput.
    let costs: Vec<(f64, f64)> = points.iter().map(|&(rate, top1)| (-rate, top1)).collect();
    frontier::frontier(&costs).into_iter().filter_map(|place| points.get(place).copied()).collect()
}

fn bound_of(points: Points<'_>) -> Option<Bound> {
    quantile_line(points, SHARE)
}

fn straightness(points: Points<'_>) -> Option<f64> {
    Some(least_squares(&frontier(points))?.r_squared)
}

fn test(evidence: &Evidence) -> Verdict {
    let bound = format!(
        "the line that bounds {} % of the networks from above falls, and the frontier of networks that none beats in both lies on a straight line \
         with R² at least {}; ranges are those of leaving out one network",
        fixed(SHARE * 100.0, 0),
        fixed(LEAST_R_SQUARED, DECIMALS)
    );
    let points = |batch: u32| -> Vec<(f64, f64)> {
        evidence.networks.iter().filter_map(|network| Some((network.throughput(batch)?, network.top1?))).collect()
    };
    let batch = evidence.throughput_batch();
    let points = batch.map(points).unwrap_or_default();
    let on_frontier = frontier(&points).len();
    let slopes = leaving_one_out(&points, |points| Some(bound_of(points)?.slope));
    let tested = bound_of(&points).zip(slopes).filter(|_| on_frontier >= LEAST_NETWORKS);
    let (Some(batch), Some((line, slopes)), Some(straight)) = (batch, tested, straightness(&points)) else {
        let reason = format!(
            "a line needs {LEAST_NETWORKS} networks on the frontier of accuracy and throughput, and there are {on_frontier}"
        );
        return Verdict::not_tested(bound, reason);
    };
    let left_out = "leaving one out:";
    let slope = Number::new("slope", line.slope, 3, "").with_interval(slopes, 3, left_out);
    let mut frontiers = Number::new("R² of the frontier", straight, DECIMALS, "");
    if let Some(range) = leaving_one_out(&points, straightness) {
        frontiers = frontiers.with_interval(range, DECIMALS, left_out);
    }
    let words = format!(
        "At batch {batch} the bound is {} % with {} points for each image per second (quantile regression at {} %), and of {} networks {} \
         above it; leaving out one network moves the slope from {} to {}. {on_frontier} networks form the frontier, on a straight line with {}.",
        fixed(line.intercept, 1),
        three(line.slope),
        fixed(SHARE * 100.0, 0),
        points.len(),
        match points.iter().filter(|&&(rate, top1)| top1 > line.at(rate) + ON_THE_LINE).count() {
            above @ ..=1 => format!("{} lies", count(above)),
            above => format!("{} lie", count(above)),
        },
        three(slopes.0),
        three(slopes.1),
        frontiers.text.replace(" of the frontier =", ""),
    );
    let conditions = [
        Condition::new(slope, Side::Below(0.0), 3),
        Condition::new(frontiers, Side::AtLeast(LEAST_R_SQUARED), DECIMALS),
    ];
    Verdict::by(&conditions, bound, words)
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
    fn one_network_of_thirteen_may_stand_out_above_the_bound() {
        // Twelve on a line, and one ten points above in the middle: a tenth of thirteen is one.
        let mut evidence = sample::networks(13);
        for network in &mut evidence.networks {
            let rate = network.g_ops;
            network.time.insert(16, sample::time(1.0 / rate));
            network.top1 = Some(80.0 - 2.0 * rate + if rate == 7.0 { 10.0 } else { 0.0 });
        }
        let words = test(&evidence).words;
        assert!(words.contains("of 13 networks one lies above it"), "{words}");
        assert!(words.contains("the bound is 80.0 % with \u{2212}2.00 points for each image per second"), "{words}");
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
