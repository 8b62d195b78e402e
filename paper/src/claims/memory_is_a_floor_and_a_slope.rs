//! C6: memory is a floor, then linear in the parameters, and past a knee linear in the batch.

use results::fit::least_squares;

use super::claim::Claim;
use super::condition::{Condition, Side};
use super::straight_line::{DECIMALS, Spot, StraightLine};
use super::verdict::{Number, Verdict};
use crate::evidence::{Evidence, LEAST_NETWORKS, Subject};
use crate::number::{estimate, fixed, three};

/// The share of the variance that parameters, and batches, have to explain.
const LEAST_R_SQUARED: f64 = 0.9;
/// A batch is past the knee once memory has grown by this factor over batch 1.
const KNEE: f64 = 1.25;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C6",
    title: "Memory: floor and slope",
    statement: "Memory is a constant floor, then linear in the size of the parameters; past a knee it is linear in the batch.",
    original: "Figures 5 and 6: a floor of 200 MB, then a slope of 1.30",
    test,
};

/// The line through (parameters [MB], net memory at batch 1 [MB]); none for too few networks.
pub(crate) fn line(evidence: &Evidence) -> Option<StraightLine> {
    let known = evidence.networks.iter().filter_map(|network| Some((network, *network.memory_mb.get(&1)?)));
    let spots: Vec<Spot<'_>> =
        known.map(|(network, y)| Spot { title: &network.title, x: network.parameters_mb(), y }).collect();
    StraightLine::through(&spots)
}

/// R² of memory on the batch past the knee; none with fewer than three such batches. Three to five points of one network, whose memory is
/// nearly the same each time, give it no interval worth the name.
fn past_knee(network: &Subject) -> Option<f64> {
    let first = *network.memory_mb.get(&1)?;
    let points: Vec<_> = network
        .memory_mb
        .iter()
        .filter(|&(_, &megabytes)| megabytes >= KNEE * first)
        .map(|(&batch, &megabytes)| (f64::from(batch), megabytes))
        .collect();
    least_squares(&points).map(|line| line.r_squared)
}

fn test(evidence: &Evidence) -> Verdict {
    let bound = format!(
        "R² is at least {} of memory on parameters at batch 1, and on the batch for each network with three batches past the knee ({} times \
         batch 1)",
        fixed(LEAST_R_SQUARED, DECIMALS),
        fixed(KNEE, 2)
    );
    let floor = evidence.networks.iter().filter_map(|network| network.memory_mb.get(&1).copied()).reduce(f64::min);
    let (Some(line), Some(floor)) = (line(evidence), floor) else {
        let reason = format!("a line needs {LEAST_NETWORKS} networks with their memory at batch 1");
        return Verdict::not_tested(bound, reason);
    };
    let (slope, intercept) = (line.line.slope_interval(), line.line.intercept_interval());
    let words = format!(
        "At batch 1 the least is {} MB; over {} networks memory is {} MB with {} MB for each MB of parameters: {}.",
        three(floor),
        line.line.count,
        estimate(intercept, three),
        estimate(slope, |value| fixed(value, 2)),
        line.quality()
    );
    let batches: Vec<(&Subject, f64)> =
        evidence.networks.iter().filter_map(|network| Some((network, past_knee(network)?))).collect();
    let Some((worst, least)) = batches.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)) else {
        let reason = "no network has its memory at three batches past the knee".to_owned();
        let words =
            format!("{words} No network has three batches past the knee, so growth with the batch is not tested.");
        return Verdict { words, ..Verdict::not_tested(bound, reason) };
    };
    let words = format!(
        "{words} Past the knee memory is linear in the batch with R² of at least {} for {} networks, the least for {}.",
        fixed(least, DECIMALS),
        batches.len(),
        worst.title
    );
    let least = Number::new(&format!("R² on the batch, {}", worst.title), least, DECIMALS, "");
    let conditions = [
        Condition::new(line.number(" on parameters"), Side::AtLeast(LEAST_R_SQUARED), DECIMALS),
        Condition::new(Number::estimated("slope", slope, 2, ""), Side::Above(0.0), 2),
        Condition::new(least, Side::AtLeast(LEAST_R_SQUARED), DECIMALS),
    ];
    Verdict::by(&conditions, bound, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Finding;
    use crate::evidence::sample;

    fn with_memory(megabytes: impl Fn(f64, f64) -> f64) -> Evidence {
        let mut evidence = sample::networks(6);
        for network in &mut evidence.networks {
            for batch in [1, 2, 4, 8] {
                network.memory_mb.insert(batch, megabytes(network.parameters_mb(), f64::from(batch)));
            }
        }
        evidence
    }

    #[test]
    fn a_floor_with_straight_slopes_holds() {
        let verdict = test(&with_memory(|parameters, batch| 50.0 + 1.5 * parameters + 40.0 * batch));
        assert_eq!(verdict.finding, Finding::Holds);
        assert!(verdict.words.contains("1.50 (1.50 to 1.50) MB for each MB"), "{}", verdict.words);
    }

    #[test]
    fn memory_that_has_nothing_to_do_with_parameters_fails() {
        let verdict = test(&with_memory(|parameters, batch| 100.0 * batch + (parameters * 7.0) % 16.0));
        assert_eq!(verdict.finding, Finding::Fails, "{}", verdict.words);
    }

    #[test]
    fn batch_one_alone_tests_half_of_it_which_is_no_verdict() {
        let mut evidence = with_memory(|parameters, _| 50.0 + parameters);
        evidence.networks.iter_mut().for_each(|network| network.memory_mb.retain(|batch, _| *batch == 1));
        let verdict = test(&evidence);
        assert!(matches!(verdict.finding, Finding::NotTested { .. }));
        assert!(verdict.words.contains("1.00 (1.00 to 1.00) MB for each MB"), "{}", verdict.words);
    }
}
