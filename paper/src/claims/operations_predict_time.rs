//! C2: the number of operations predicts the inference time.

use results::fit::least_squares;

use super::claim::Claim;
use super::verdict::{Number, Verdict};
use crate::evidence::{Evidence, LEAST_NETWORKS, THROUGHPUT_BATCH};
use crate::number::{fixed, three};

/// The share of the variance of time that operations have to explain.
const LEAST_R_SQUARED: f64 = 0.9;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C2",
    title: "Operations predict time",
    statement: "The time of a forward pass is a linear function of its operations.",
    original: "Figure 7: a line of 5.0 ms per G-Op plus 16 ms at batch 1",
    test,
};

/// The line through (operations, time per image), in ms per G-Op and ms, with its R²; none for too few networks.
pub(crate) fn line(evidence: &Evidence, batch: u32) -> Option<results::fit::Line> {
    let points: Vec<(f64, f64)> = evidence
        .timed(batch)
        .into_iter()
        .filter_map(|network| Some((network.g_ops, network.time.get(&batch)?.value * 1e3)))
        .collect();
    if points.len() < LEAST_NETWORKS { None } else { least_squares(&points) }
}

fn test(evidence: &Evidence) -> Verdict {
    let bound = format!(
        "R² at batch 1 at least {}: operations leave no more than a tenth of the variance to anything else",
        fixed(LEAST_R_SQUARED, 2)
    );
    let networks = evidence.timed(1).len();
    let Some(first) = line(evidence, 1) else {
        let reason = format!("a line needs {LEAST_NETWORKS} networks with a time at batch 1, and there are {networks}");
        return Verdict::not_tested(bound, reason);
    };
    let mut words = format!(
        "At batch 1 the line through {networks} networks is {} ms per G-Op plus {} ms, R² {}",
        three(first.slope),
        three(first.intercept),
        fixed(first.r_squared, 2)
    );
    if let Some(larger) = line(evidence, THROUGHPUT_BATCH) {
        words += &format!(
            "; at batch {THROUGHPUT_BATCH} it is {} ms per G-Op plus {} ms, R² {}",
            three(larger.slope),
            three(larger.intercept),
            fixed(larger.r_squared, 2)
        );
    }
    let holds = first.slope > 0.0 && first.r_squared >= LEAST_R_SQUARED;
    Verdict::decided(holds, Number::new("R²", first.r_squared, 2, ""), bound, words + ".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Finding;
    use crate::evidence::sample;

    fn timed(seconds: impl Fn(f64) -> f64, count: u32) -> Evidence {
        let mut evidence = sample::networks(count);
        for network in &mut evidence.networks {
            network.time.insert(1, sample::time(seconds(network.g_ops)));
        }
        evidence
    }

    #[test]
    fn times_on_a_line_hold() {
        let verdict = test(&timed(|g_ops| 0.002 * g_ops + 0.001, 6));
        assert_eq!(verdict.finding, Finding::Holds);
        assert!(verdict.words.contains("2.00 ms per G-Op plus 1.00 ms"), "{}", verdict.words);
    }

    #[test]
    fn times_that_go_up_and_down_fail() {
        let verdict = test(&timed(|g_ops| if (g_ops as u32).is_multiple_of(2) { 0.01 } else { 0.001 }, 6));
        assert_eq!(verdict.finding, Finding::Fails);
    }

    #[test]
    fn two_networks_are_too_few() {
        assert!(matches!(test(&timed(|g_ops| g_ops, 2)).finding, Finding::NotTested { .. }));
    }
}
