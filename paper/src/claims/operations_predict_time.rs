//! C2: the number of operations predicts the inference time.
//!
//! R² is the share of the variance that a line explains, and the few most expensive networks have most of the variance. R² says little about
//! the prediction of another network. So the line through all other networks predicts each network, and the errors decide.

use results::Estimate;
use results::fit::{Line, least_squares, leave_one_out, power_law};
use results::statistics::resampling::leaving_one_out;
use results::statistics::{median, rank_correlation};
use results::verdicts::{Basis, IntervalKind, Limits, Verdict};

use super::claim::{Claim, Original, Test};
use super::straight_line::{DECIMALS, NetworkPoint, StraightLine, coordinates};
use super::verdict::{Decides, decided_by, not_tested, number};
use crate::network_data::{MIN_NETWORKS, NetworkData, Subject};
use crate::number::{count, estimate, fixed};

/// The maximum error of the line for half of the networks [%]. The median factor from one of the 14 networks to the next in operations is
/// 1.26: a prediction with a larger error does not distinguish neighbours.
const MEDIAN_BOUND: f64 = 25.0;
/// The maximum error of the line for any network [%]: two steps of that kind. An estimate is called reliable for its worst case.
const WORST_BOUND: f64 = 50.0;
/// Networks with fewer operations [G-Ops] are small; the text also states R² among them.
const SMALL: f64 = 4.0;
/// Operations that differ by less than this share are nearly equal: half the step from one network to the next.
const ALIKE: f64 = 0.15;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C2",
    title: "Operations predict time",
    statement: "The number of operations is a reliable estimate of the inference time, which is a linear function of it.",
    original: Original {
        text: "The sentence and the points of Figure 7; no line is fitted and no error given",
        source: "abstract; Figure 7",
    },
    basis: Basis::Measured,
    test: Test::AtBatch(test),
};

/// Time per image [ms] over operations [G-Ops], of the networks with a time at `batch`.
fn network_points(data: &NetworkData, batch: u32) -> Vec<NetworkPoint<'_>> {
    let point = |network: &'_ Subject| Some((network.g_ops, network.time.get(&batch)?.value * 1e3));
    let timed = data.networks.iter().filter_map(|network| Some((network, point(network)?)));
    timed.map(|(network, (x, y))| NetworkPoint { title: &network.title, x, y }).collect()
}

/// The line through (operations, time per image), in ms per G-Op and ms; `None` for too few networks.
pub(crate) fn line(data: &NetworkData, batch: u32) -> Option<StraightLine<'_>> {
    StraightLine::through(&network_points(data, batch))
}

/// The error of the line through the other networks for each network with a time at `batch` [% of the measured time]; positive if it
/// predicts too much. `None` for too few networks.
pub(crate) fn errors(data: &NetworkData, batch: u32) -> Option<Vec<(&str, f64)>> {
    let points = network_points(data, batch);
    let errors = errors_of(&coordinates(&points)).filter(|_| points.len() >= MIN_NETWORKS)?;
    Some(points.iter().map(|point| point.title).zip(errors).collect())
}

fn errors_of(points: &[(f64, f64)]) -> Option<Vec<f64>> {
    let predicted = leave_one_out(points, |others| least_squares(others).map(|line: Line| move |x: f64| line.at(x)))?;
    Some(points.iter().zip(predicted).map(|((_, y), predicted)| 100.0 * (predicted / y - 1.0)).collect())
}

fn sizes(points: &[(f64, f64)]) -> Option<Vec<f64>> {
    Some(errors_of(points)?.into_iter().map(f64::abs).collect())
}

fn worst(points: &[(f64, f64)]) -> Option<f64> {
    sizes(points)?.into_iter().reduce(f64::max)
}

/// The exponent of time over operations, by a line through the logarithms, with its 95 % interval. `None` for too few networks.
pub(crate) fn exponent(data: &NetworkData, batch: u32) -> Option<Estimate> {
    let points = coordinates(&network_points(data, batch));
    let line = power_law(&points).filter(|_| points.len() >= MIN_NETWORKS)?;
    Some(line.slope_interval())
}

/// Pairs of networks with nearly equal operations, the one with more operations first.
pub(crate) fn pairs(data: &NetworkData) -> Vec<(&Subject, &Subject)> {
    let mut sorted: Vec<&Subject> = data.networks.iter().filter(|network| network.g_ops > 0.0).collect();
    sorted.sort_by(|a, b| a.g_ops.total_cmp(&b.g_ops));
    let pairs = sorted.windows(2).filter_map(|pair| Some((*pair.get(1)?, *pair.first()?)));
    pairs.filter(|(more, less)| more.g_ops < less.g_ops * (1.0 + ALIKE)).collect()
}

fn test(data: &NetworkData, batch: u32) -> Verdict {
    let bound = format!(
        "the line through all other networks misses half of the networks by at most {} %, the median step from one of the 14 to the next in \
         operations, and none by more than {} %",
        fixed(MEDIAN_BOUND, 0),
        fixed(WORST_BOUND, 0)
    );
    let points = coordinates(&network_points(data, batch));
    let (Some(line), Some(errors), Some(exponent)) = (line(data, batch), errors(data, batch), exponent(data, batch))
    else {
        let networks = data.timed(batch).len();
        let reason =
            format!("a line needs {MIN_NETWORKS} networks with a time at batch {batch}, and there are {networks}");
        return not_tested(bound, reason);
    };
    let (Some(middle), Some(&(title, error))) = (
        median(&errors.iter().map(|(_, error)| error.abs()).collect::<Vec<_>>()),
        errors.iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())),
    ) else {
        return not_tested(bound, "no network could be omitted".to_owned());
    };
    let numbers = [
        ("largest leave-one-out error", error.abs(), WORST_BOUND, worst as fn(&[(f64, f64)]) -> Option<f64>),
        ("median leave-one-out error", middle, MEDIAN_BOUND, |points| median(&sizes(points)?)),
    ];
    let numbers = numbers.map(|(quantity, value, max, of)| {
        let number = number(quantity, value, 0, "%");
        let range = leaving_one_out(&points, of).map(|(low, high)| (low.min(value), high.max(value)));
        range
            .map_or(number.clone(), |range| number.within(range, IntervalKind::Influence))
            .against(Limits::at_most(max))
    });
    let small: Vec<(f64, f64)> = points.iter().copied().filter(|(x, _)| *x < SMALL).collect();
    let small = least_squares(&small).map(|line| {
        format!(", {} among the {} below {SMALL} G-Ops", fixed(line.r_squared, DECIMALS), count(line.count))
    });
    let words = format!(
        "When omitted, {title} is predicted {} % too {}. Time grows as operations to the power {}, rank correlation {}. The line has R² {}{}.",
        fixed(error.abs(), 0),
        if error > 0.0 { "long" } else { "short" },
        estimate(exponent, |power| fixed(power, DECIMALS)),
        rank_correlation(&points).map_or_else(|| "unknown".to_owned(), |rank| fixed(rank, DECIMALS)),
        fixed(line.r_squared.value, DECIMALS),
        small.unwrap_or_default(),
    );
    decided_by(numbers.into(), bound, words)
}

#[cfg(test)]
mod tests {
    use results::verdicts::{Finding, Margin};

    use super::*;
    use crate::network_data::sample;

    fn timed(seconds: impl Fn(f64) -> f64, count: u32) -> NetworkData {
        let mut data = sample::networks(count);
        for network in &mut data.networks {
            network.time.insert(1, sample::time(seconds(network.g_ops)));
        }
        data
    }

    #[test]
    fn times_on_a_line_hold() {
        let verdict = test(&timed(|g_ops| 0.002 * g_ops + 0.001, 6), 1);
        assert_eq!((verdict.finding, verdict.margin), (Finding::Holds, Margin::Clear));
        assert_eq!(verdict.numbers.len(), 2);
        let line = "The line has R² 1.00, 1.00 among the three below 4 G-Ops.";
        assert!(verdict.words.contains(line), "{}", verdict.words);
    }

    #[test]
    fn times_that_alternate_fail() {
        let verdict = test(&timed(|g_ops| if (g_ops as u32).is_multiple_of(2) { 0.01 } else { 0.001 }, 6), 1);
        assert_eq!(verdict.finding, Finding::Fails);
    }

    #[test]
    fn an_r_squared_near_one_does_not_hide_a_wrong_prediction() {
        // Nine small networks, one of which takes three times as long as predicted, and a network a hundred times as large.
        let seconds = |g_ops: f64| if g_ops == 4.0 { 0.012 } else { 0.001 * g_ops };
        let mut data = timed(seconds, 10);
        data.networks[9].g_ops = 1000.0;
        data.networks[9].time.insert(1, sample::time(1.0));
        let verdict = test(&data, 1);
        assert!(line(&data, 1).is_some_and(|line| line.line.r_squared > 0.99), "{}", verdict.words);
        assert_eq!(verdict.finding, Finding::Fails, "{}", verdict.words);
    }

    #[test]
    fn a_single_deciding_network_makes_the_verdict_marginal_and_is_named() {
        let verdict = test(&timed(|g_ops| if g_ops == 6.0 { 0.016 } else { 0.002 * g_ops + 0.02 }, 12), 1);
        assert_eq!((verdict.finding, verdict.margin), (Finding::Fails, Margin::Marginal), "{}", verdict.words);
        assert!(verdict.words.starts_with("When omitted, N6 is predicted "), "{}", verdict.words);
        assert!(verdict.number.is_some_and(|number| number.quantity == "largest leave-one-out error"));
    }

    #[test]
    fn the_exponent_is_found_and_networks_with_nearly_equal_operations_are_paired() {
        let mut data = timed(|g_ops| 0.002 * g_ops * g_ops.sqrt(), 6);
        assert!(exponent(&data, 1).is_some_and(|power| (power.value - 1.5).abs() < 1e-9));
        data.networks[0].g_ops = 2.2;
        let pairs: Vec<(&str, &str)> = pairs(&data).iter().map(|(a, b)| (&*a.title, &*b.title)).collect();
        assert_eq!(pairs, [("N1", "N2")]);
    }

    #[test]
    fn two_networks_are_too_few() {
        assert!(!test(&timed(|g_ops| g_ops, 2), 1).finding.is_decided());
        assert!(!test(&timed(|g_ops| g_ops, 6), 16).finding.is_decided());
    }
}
