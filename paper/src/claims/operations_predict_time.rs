//! C2: the number of operations predicts the inference time.

use super::claim::Claim;
use super::condition::{Condition, Side};
use super::straight_line::{DECIMALS, Spot, StraightLine};
use super::verdict::{Number, Verdict};
use crate::evidence::{Evidence, LEAST_NETWORKS, Subject, THROUGHPUT_BATCH};
use crate::number::fixed;

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

/// Time per image [ms] over operations [G-Ops], of the networks with a time at `batch`.
fn spots(evidence: &Evidence, batch: u32) -> Vec<Spot<'_>> {
    let spot = |network: &'_ Subject| Some((network.g_ops, network.time.get(&batch)?.value * 1e3));
    let timed = evidence.networks.iter().filter_map(|network| Some((network, spot(network)?)));
    timed.map(|(network, (x, y))| Spot { title: &network.title, x, y }).collect()
}

/// The line through (operations, time per image), in ms per G-Op and ms; none for too few networks.
pub(crate) fn line(evidence: &Evidence, batch: u32) -> Option<StraightLine> {
    StraightLine::through(&spots(evidence, batch))
}

fn test(evidence: &Evidence) -> Verdict {
    let bound = format!(
        "R² is at least {} at batch 1, and at batch {THROUGHPUT_BATCH} where it was measured: operations leave no more than a tenth of the \
         variance to anything else",
        fixed(LEAST_R_SQUARED, DECIMALS)
    );
    let Some(first) = line(evidence, 1) else {
        let networks = evidence.timed(1).len();
        let reason = format!("a line needs {LEAST_NETWORKS} networks with a time at batch 1, and there are {networks}");
        return Verdict::not_tested(bound, reason);
    };
    let larger = line(evidence, THROUGHPUT_BATCH);
    let said = |batch: u32, line: &StraightLine| {
        let count = line.line.count;
        format!("At batch {batch} the line through {count} networks is {}; {}.", line.sum("ms", "G-Op"), line.quality())
    };
    let lines = || std::iter::once((1, &first)).chain(larger.iter().map(|line| (THROUGHPUT_BATCH, line)));
    let words: Vec<String> = lines().map(|(batch, line)| said(batch, line)).collect();
    let conditions: Vec<Condition> = lines()
        .flat_map(|(batch, line)| {
            let slope =
                Number::estimated(&format!("slope at batch {batch}"), line.line.slope_interval(), 2, " ms/G-Op");
            let r_squared = line.number(&format!(" at batch {batch}"));
            [
                Condition::new(r_squared, Side::AtLeast(LEAST_R_SQUARED), DECIMALS),
                Condition::new(slope, Side::Above(0.0), 2),
            ]
        })
        .collect();
    Verdict::by(&conditions, bound, words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::{Finding, Margin};
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
        let line = "2.00 ms per G-Op (2.00 to 2.00) plus 1.00 ms (1.00 to 1.00); R² 1.00";
        assert!(verdict.words.contains(line), "{}", verdict.words);
    }

    #[test]
    fn times_that_go_up_and_down_fail() {
        let verdict = test(&timed(|g_ops| if (g_ops as u32).is_multiple_of(2) { 0.01 } else { 0.001 }, 6));
        assert_eq!(verdict.finding, Finding::Fails);
    }

    #[test]
    fn a_line_at_batch_one_alone_fails_where_both_were_measured() {
        let mut evidence = timed(|g_ops| 0.002 * g_ops + 0.001, 8);
        for (network, seconds) in evidence.networks.iter_mut().zip([9.0, 1.0, 9.5, 1.2, 8.7, 0.8, 9.2, 1.1]) {
            network.time.insert(16, sample::time(seconds));
        }
        let verdict = test(&evidence);
        assert_eq!(verdict.finding, Finding::Fails, "{}", verdict.words);
        assert_eq!(verdict.number.map(|number| number.quantity), Some("R² at batch 16".to_owned()));
    }

    #[test]
    fn a_network_off_the_line_is_named_and_may_make_the_verdict_narrow() {
        // On 2 ms per G-Op, and the largest of ten 40 % above.
        let verdict = test(&timed(|g_ops| if g_ops > 9.5 { 0.028 } else { 0.002 * g_ops }, 10));
        assert!(verdict.words.contains("farthest from it is N10, "), "{}", verdict.words);
        assert_eq!(verdict.margin, Margin::Narrow, "{}", verdict.words);
        assert!(verdict.words.contains("Narrowly: the range of R² at batch 1, "), "{}", verdict.words);
    }

    #[test]
    fn two_networks_are_too_few() {
        assert!(matches!(test(&timed(|g_ops| g_ops, 2)).finding, Finding::NotTested { .. }));
    }
}
