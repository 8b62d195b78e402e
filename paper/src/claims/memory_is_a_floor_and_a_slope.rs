//! C6: memory is a floor, then linear in the parameters, and past a knee linear in the batch.
//!
//! A floor followed by a line is a hinge. A hinge and a line are fitted over the parameters, and the difference between them decides. The
//! knee is where a hinge bends, over parameters as over batches.

use results::fit::{Hinge, aicc, hinge, least_squares, leave_one_out, squares};
use results::statistics::resampling::leaving_one_out;
use results::verdicts::{Basis, IntervalKind, Limits, Verdict};

use super::claim::{Claim, Original, Test};
use super::straight_line::{DECIMALS, NetworkPoint, StraightLine, coordinates};
use super::verdict::{Decides, decided_by, not_tested, number};
use crate::network_data::{MIN_NETWORKS, NetworkData, Subject};
use crate::number::{fixed, three};

/// By how much Akaike's criterion must prefer the hinge. A model that is 4 to 7 worse has considerably less support (K. P. Burnham and D. R.
/// Anderson, Model Selection and Multimodel Inference, 2002, Section 2.6).
const DELTA_BOUND: f64 = 4.0;
/// The share of the growth with the batch that hinges must explain.
const MIN_R_SQUARED: f64 = 0.9;
/// Two points always lie on a hinge with a given floor.
const MIN_BATCHES: usize = 3;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C6",
    title: "Memory: floor and slope",
    statement: "Memory is a constant floor, then linear in the size of the parameters; past a knee it is linear in the batch.",
    original: Original { text: "A floor of 200 MB, then a slope of 1.30", source: "text to Figure 6, recalled" },
    basis: Basis::Measured,
    test: Test::Once(test),
};

fn network_points(data: &NetworkData) -> Vec<NetworkPoint<'_>> {
    let known = data.networks.iter().filter_map(|network| Some((network, *network.memory_mb.get(&1)?)));
    known.map(|(network, y)| NetworkPoint { title: &network.title, x: network.parameters_mb(), y }).collect()
}

/// The line through (parameters [MB], net memory at batch 1 [MB]); `None` for too few networks.
pub(crate) fn line(data: &NetworkData) -> Option<StraightLine<'_>> {
    StraightLine::through(&network_points(data))
}

/// A hinge and a line through the same points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rivals {
    /// The floor with its line.
    pub hinge: Hinge,
    /// The number of networks on the floor, up to the knee; a single network is not a floor.
    pub on_floor: usize,
    /// Sums of squared distances [MB²] of hinge and line.
    pub squares: (f64, f64),
    /// Akaike's criterion of the line minus that of the hinge; positive if the hinge has more support.
    pub delta: f64,
    /// Root of the mean square of the leave-one-out errors of the hinge, over that of the line.
    pub leave_one_out_ratio: f64,
}

/// Hinge and line of memory at batch 1 over parameters. `None` for too few networks.
pub(crate) fn rivals(data: &NetworkData) -> Option<Rivals> {
    let points = coordinates(&network_points(data));
    rivals_of(&points).filter(|_| points.len() >= MIN_NETWORKS)
}

fn rivals_of(points: &[(f64, f64)]) -> Option<Rivals> {
    let (bent, straight) = (hinge(points, None)?, least_squares(points)?);
    let both = (squares(points, |x| bent.at(x)), squares(points, |x| straight.at(x)));
    let missed = |predicted: Vec<f64>| -> f64 {
        points.iter().zip(predicted).map(|((_, y), predicted)| (y - predicted) * (y - predicted)).sum()
    };
    let bent_out = missed(leave_one_out(points, |others| hinge(others, None).map(|hinge| move |x: f64| hinge.at(x)))?);
    let straight_out =
        missed(leave_one_out(points, |others| least_squares(others).map(|line| move |x: f64| line.at(x)))?);
    let delta = aicc(points, 2, |x| straight.at(x))? - aicc(points, 3, |x| bent.at(x))?;
    let on_floor = points.iter().filter(|(x, _)| *x <= bent.knee).count();
    Some(Rivals { hinge: bent, on_floor, squares: both, delta, leave_one_out_ratio: (bent_out / straight_out).sqrt() })
}

/// Growth of memory with the batch over all networks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Growth {
    /// The share of the growth that the hinges explain.
    pub r_squared: f64,
    /// Networks with enough batches.
    pub networks: usize,
    /// The number of their points beyond batch 1.
    pub points: usize,
    /// The smallest and the largest knee [images].
    pub knees: (f64, f64),
}

/// Growth of memory from batch 1, by a hinge for each network whose floor is its memory at batch 1. Each network is scaled by its largest
/// growth, so all have equal weight. `None` if no network grows over enough batches.
pub(crate) fn growth(data: &NetworkData) -> Option<Growth> {
    growth_of(&data.networks.iter().collect::<Vec<_>>())
}

fn growth_of(networks: &[&Subject]) -> Option<Growth> {
    let scaled = networks.iter().filter_map(|network| {
        let first = *network.memory_mb.get(&1)?;
        let beyond = network.memory_mb.iter().filter(|(batch, _)| **batch > 1);
        let points: Vec<(f64, f64)> = beyond.map(|(&batch, &all)| (f64::from(batch), all - first)).collect();
        let max = points.iter().map(|point| point.1).fold(0.0, f64::max);
        let scaled: Vec<(f64, f64)> = points.iter().map(|(batch, grown)| (*batch, grown / max)).collect();
        (max > 0.0 && points.len() >= MIN_BATCHES).then_some(scaled)
    });
    let all: Vec<Vec<(f64, f64)>> = scaled.collect();
    let count: usize = all.iter().map(Vec::len).sum();
    let mean = all.iter().flatten().map(|point| point.1).sum::<f64>() / count as f64;
    let total: f64 = all.iter().map(|points| squares(points, |_| mean)).sum();
    let (mut residual, mut knees) = (0.0, (f64::INFINITY, 0.0_f64));
    for points in &all {
        // Batch 1 is on the floor by definition.
        let with_first: Vec<(f64, f64)> = [(1.0, 0.0)].into_iter().chain(points.iter().copied()).collect();
        let hinge = hinge(&with_first, Some(0.0))?;
        residual += squares(points, |x| hinge.at(x));
        knees = (knees.0.min(hinge.knee), knees.1.max(hinge.knee));
    }
    let r_squared = 1.0 - residual / total;
    (total > 0.0).then_some(Growth { r_squared, networks: all.len(), points: count, knees })
}

fn test(data: &NetworkData) -> Verdict {
    let bound = format!(
        "over the parameters a hinge is better than a line by {} in AICc, which leaves the line considerably less support, and predicts omitted networks \
         no worse; hinges over the batch explain {} of the growth from batch 1",
        fixed(DELTA_BOUND, 0),
        fixed(MIN_R_SQUARED, DECIMALS)
    );
    let points = coordinates(&network_points(data));
    let (Some(line), Some(rivals)) = (line(data), rivals(data)) else {
        let reason = format!("a hinge needs more than {MIN_NETWORKS} networks with their memory at batch 1");
        return not_tested(bound, reason);
    };
    let words = format!(
        "At batch 1 the best hinge has {}; the line is {}, and {}.",
        worded(&rivals),
        line.sum("MB", "MB of parameters"),
        line.farthest_in_percent()
    );
    let Some(growth) = growth(data) else {
        let reason = format!("no network has its memory at batch 1 and {MIN_BATCHES} larger ones");
        return Verdict { words, ..not_tested(bound, reason) };
    };
    let words = format!("{words} {}", grown(&growth));
    let with_range = |quantity: &str, value: f64, decimals: usize, unit: &str, range: Option<(f64, f64)>| {
        let number = number(quantity, value, decimals, unit);
        let range = range.map(|(low, high)| (low.min(value), high.max(value)));
        range.map_or(number.clone(), |range| number.within(range, IntervalKind::Influence))
    };
    let of = |part: fn(Rivals) -> f64| leaving_one_out(&points, |points| Some(part(rivals_of(points)?)));
    let networks: Vec<&Subject> = data.networks.iter().collect();
    let of_growth = leaving_one_out(&networks, |networks| Some(growth_of(networks)?.r_squared));
    let numbers = vec![
        with_range("ΔAICc of the line to the hinge", rivals.delta, 1, "", of(|rivals| rivals.delta))
            .against(Limits::at_least(DELTA_BOUND)),
        with_range(
            "leave-one-out error of the hinge over that of the line",
            rivals.leave_one_out_ratio,
            2,
            "",
            of(|rivals| rivals.leave_one_out_ratio),
        )
        .against(Limits::at_most(1.0)),
        with_range("R² of growth with the batch", growth.r_squared, DECIMALS, "", of_growth)
            .against(Limits::at_least(MIN_R_SQUARED)),
    ];
    decided_by(numbers, bound, words)
}

/// `a floor of 216 MB up to 150 MB of parameters and 1.62 MB for each MB beyond`.
pub(crate) fn worded(rivals: &Rivals) -> String {
    let hinge = rivals.hinge;
    if rivals.on_floor < 2 {
        return "no floor".to_owned();
    }
    format!(
        "a floor of {} MB up to {} MB of parameters and {} MB for each MB beyond",
        three(hinge.floor),
        three(hinge.knee),
        fixed(hinge.slope, 2)
    )
}

/// A sentence on growth with the batch.
pub(crate) fn grown(growth: &Growth) -> String {
    format!(
        "Over {} networks and {} points beyond batch 1 memory grows linearly past a knee with R² {}; the knees lie between {} and {} images.",
        growth.networks,
        growth.points,
        fixed(growth.r_squared, DECIMALS),
        fixed(growth.knees.0, 1),
        fixed(growth.knees.1, 1)
    )
}

#[cfg(test)]
mod tests {
    use results::verdicts::{Finding, Margin};

    use super::*;
    use crate::network_data::sample;

    /// Twelve networks of 4 to 48 MB of parameters, at four batches.
    fn with_memory(megabytes: impl Fn(f64, f64) -> f64) -> NetworkData {
        let mut data = sample::networks(12);
        for network in &mut data.networks {
            for batch in [1, 2, 4, 8, 16] {
                network.memory_mb.insert(batch, megabytes(network.parameters_mb(), f64::from(batch)));
            }
        }
        data
    }

    /// A deviation of a few MB.
    fn uneven(parameters: f64) -> f64 {
        (parameters * 7.0) % 3.0
    }

    #[test]
    fn a_floor_a_slope_and_a_knee_hold() {
        let floor = |parameters: f64| 200.0 + 3.0 * (parameters - 20.0).max(0.0) + uneven(parameters);
        let verdict = test(&with_memory(|parameters, batch| floor(parameters) + 40.0 * (batch - 3.0).max(0.0)));
        assert_eq!((verdict.finding, verdict.margin), (Finding::Holds, Margin::Clear), "{}", verdict.words);
        assert!(verdict.words.contains("a floor of 201 MB"), "{}", verdict.words);
        assert!(verdict.words.contains("R² 1.00; the knees lie between 3.0 and 3.0 images"), "{}", verdict.words);
    }

    #[test]
    fn a_line_without_a_floor_fails() {
        let verdict =
            test(&with_memory(|parameters, batch| 20.0 + 1.1 * parameters + uneven(parameters) + 9.0 * batch));
        assert_eq!(verdict.finding, Finding::Fails, "{}", verdict.words);
        assert!(verdict.number.is_some_and(|number| number.quantity.starts_with("ΔAICc") && number.value < 4.0));
        assert!(verdict.words.contains("the knees lie between 1.0 and 1.0 images"), "{}", verdict.words);
    }

    #[test]
    fn growth_that_is_not_monotonic_fails() {
        let floor = |parameters: f64| 200.0 + 3.0 * (parameters - 20.0).max(0.0) + uneven(parameters);
        let verdict =
            test(&with_memory(|parameters, batch| floor(parameters) + if batch == 4.0 { 90.0 } else { 2.0 * batch }));
        assert_eq!(verdict.finding, Finding::Fails, "{}", verdict.words);
        assert!(verdict.number.is_some_and(|number| number.quantity == "R² of growth with the batch"));
    }

    #[test]
    fn without_larger_batches_the_claim_is_not_tested() {
        let mut data = with_memory(|parameters, _| 50.0 + parameters + uneven(parameters));
        data.networks.iter_mut().for_each(|network| network.memory_mb.retain(|batch, _| *batch == 1));
        let verdict = test(&data);
        assert!(!verdict.finding.is_decided());
        assert!(verdict.words.contains("At batch 1 the best hinge has no floor; "), "{}", verdict.words);
        assert!(!test(&sample::networks(12)).finding.is_decided());
    }
}
