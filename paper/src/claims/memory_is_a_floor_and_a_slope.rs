//! C6: memory is a floor, then linear in the parameters, and past a knee linear in the batch.

use results::fit::{Line, least_squares};

use super::claim::Claim;
use super::verdict::{Number, Verdict};
use crate::evidence::{Evidence, LEAST_NETWORKS, Subject};
use crate::number::{fixed, three};

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
pub(crate) fn line(evidence: &Evidence) -> Option<Line> {
    let points: Vec<_> = evidence
        .networks
        .iter()
        .filter_map(|network| Some((network.parameters_mb(), *network.memory_mb.get(&1)?)))
        .collect();
    if points.len() < LEAST_NETWORKS { None } else { least_squares(&points) }
}

/// R² of memory on the batch past the knee; none with fewer than three such batches.
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
        "R² at least {} of memory on parameters at batch 1, and on the batch for each network with three batches past the knee ({} times batch 1)",
        fixed(LEAST_R_SQUARED, 2),
        fixed(KNEE, 2)
    );
    let floor = evidence.networks.iter().filter_map(|network| network.memory_mb.get(&1).copied()).reduce(f64::min);
    let (Some(line), Some(floor)) = (line(evidence), floor) else {
        let reason = format!("a line needs {LEAST_NETWORKS} networks with their memory at batch 1");
        return Verdict::not_tested(bound, reason);
    };
    let batches: Vec<f64> = evidence.networks.iter().filter_map(past_knee).collect();
    let mut words = format!(
        "At batch 1 the least is {} MB, and memory grows by {} MB for each MB of parameters (R² {})",
        three(floor),
        fixed(line.slope, 2),
        fixed(line.r_squared, 2)
    );
    let least = batches.iter().copied().reduce(f64::min);
    words += &match least {
        Some(least) => format!(
            "; past the knee it is linear in the batch with R² of at least {} for {} networks.",
            fixed(least, 2),
            batches.len()
        ),
        None => "; no network has three batches past the knee, so growth with the batch is not tested.".to_owned(),
    };
    let Some(least) = least else {
        let reason = "no network has its memory at three batches past the knee".to_owned();
        return Verdict { words, ..Verdict::not_tested(bound, reason) };
    };
    let holds = line.slope > 0.0 && line.r_squared >= LEAST_R_SQUARED && least >= LEAST_R_SQUARED;
    Verdict::decided(holds, Number::new("R²", line.r_squared, 2, ""), bound, words)
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
        assert!(verdict.words.contains("1.50 MB for each MB"), "{}", verdict.words);
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
        assert!(verdict.words.contains("1.00 MB for each MB"), "{}", verdict.words);
    }
}
