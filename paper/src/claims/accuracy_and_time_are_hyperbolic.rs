//! C1: accuracy and inference time are in a hyperbolic relation: the last points of accuracy cost ever more time.
//!
//! A hyperbola is a straight line of accuracy over images per second, and can be fitted either way: with the errors in accuracy, or with
//! those in time. What comes out differs, so that both have to hold.

use results::Estimate;
use results::fit::{Hyperbola, hyperbola};
use results::statistics::resampling::resampled;

use super::claim::Claim;
use super::condition::{Condition, Side};
use super::straight_line::{DECIMALS, SEED, Spot, StraightLine, r_squared};
use super::verdict::{Number, Verdict};
use crate::evidence::{Evidence, LEAST_NETWORKS, Subject};
use crate::number::{fixed, three};

/// The share of the variance that the hyperbola has to explain, of accuracy and of the logarithm of time. Less than for a physical law,
/// since accuracy also depends on how a network was trained.
pub(super) const LEAST_R_SQUARED: f64 = 0.8;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C1",
    title: "Accuracy and time",
    statement: "Accuracy and inference time are in a hyperbolic relation: a little accuracy costs a lot of time.",
    original: "Figure 9: 79.9 % less 0.18 points for each image per second at batch 16, without the VGGs",
    test,
};

/// A hyperbola of accuracy and what an image costs, fitted both ways.
pub(super) struct BothWays {
    /// Accuracy [%] on images for a unit of cost.
    pub accuracy: StraightLine,
    /// Cost on accuracy [%].
    pub cost: Hyperbola,
    /// The share of the variance of the logarithm of cost that it explains.
    pub cost_r_squared: Estimate,
}

impl BothWays {
    /// Through networks with the cost of an image, which is above 0. None for too few with an accuracy.
    pub fn through(networks: &[(&Subject, f64)]) -> Option<Self> {
        let known = || networks.iter().filter_map(|&(network, cost)| Some((network, cost, network.top1?)));
        let spots: Vec<Spot<'_>> =
            known().map(|(network, cost, top1)| Spot { title: &network.title, x: 1.0 / cost, y: top1 }).collect();
        let costs: Vec<(f64, f64)> = known().map(|(_, cost, top1)| (top1, cost)).collect();
        let accuracy = StraightLine::through(&spots)?;
        Some(Self {
            accuracy,
            cost: hyperbola(&costs)?,
            cost_r_squared: resampled(&costs, SEED, |points| Some(hyperbola(points)?.r_squared))?,
        })
    }

    /// Both R², and that accuracy falls; `images` says for what images are counted.
    pub fn conditions(&self, images: &str, cost: &str) -> Vec<Condition> {
        let least = Side::AtLeast(LEAST_R_SQUARED);
        let slope = Number::estimated(&format!("slope on {images}"), self.accuracy.line.slope_interval(), 3, "");
        vec![
            Condition::new(self.accuracy.number(&format!(" on {images}")), least, DECIMALS),
            Condition::new(
                Number::estimated(&format!("R² of {cost}"), self.cost_r_squared, DECIMALS, ""),
                least,
                DECIMALS,
            ),
            Condition::new(slope, Side::Below(0.0), 3),
        ]
    }

    /// `245 ms over the points by which top-1 falls short of 81.7 %`; `scale` is what the unit has of the cost's.
    pub fn cost_words(&self, scale: f64, unit: &str) -> String {
        format!(
            "{} {unit} over the points by which top-1 falls short of {} %",
            three(self.cost.scale * scale),
            fixed(self.cost.asymptote, 1)
        )
    }
}

fn test(evidence: &Evidence) -> Verdict {
    let bound = format!(
        "without the VGGs, R² is at least {} both of top-1 on images per second and, the other way, of the logarithm of time on a \
         hyperbola in top-1: training and data also decide accuracy",
        fixed(LEAST_R_SQUARED, DECIMALS)
    );
    let batch = evidence.throughput_batch();
    let timed = |batch: u32| -> Vec<(&Subject, f64)> {
        let time = |network: &Subject| network.throughput(batch).map(|rate| 1.0 / rate);
        evidence.networks.iter().filter_map(|network| Some((network, time(network)?))).collect()
    };
    let all = batch.map(timed).unwrap_or_default();
    let others: Vec<(&Subject, f64)> = all.iter().copied().filter(|(network, _)| !network.is_vgg()).collect();
    let (Some(batch), Some(both)) = (batch, BothWays::through(&others)) else {
        let reason = format!("it needs {LEAST_NETWORKS} networks with an accuracy and a time at one batch");
        return Verdict::not_tested(bound, reason);
    };
    let mut words = format!(
        "At batch {batch}, over {} networks without the VGGs, top-1 is {} for each image per second: {}. The other way, time is {}, with R² {} \
         of its logarithm.",
        both.accuracy.line.count,
        both.accuracy.accuracy(),
        both.accuracy.quality_in_points(),
        both.cost_words(1e3, "ms"),
        r_squared(both.cost_r_squared),
    );
    if let Some(with) = BothWays::through(&all).filter(|_| others.len() < all.len()) {
        words += &format!(
            " With the VGGs the two R² are {} and {}.",
            fixed(with.accuracy.r_squared.value, DECIMALS),
            fixed(with.cost_r_squared.value, DECIMALS)
        );
    }
    Verdict::by(&both.conditions("images per second", "the logarithm of time"), bound, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::{Finding, Margin};
    use crate::evidence::sample;

    fn with_top1(top1: impl Fn(f64) -> f64) -> Evidence {
        let mut evidence = sample::networks(8);
        for network in &mut evidence.networks {
            let rate = network.g_ops * 10.0;
            network.time.insert(16, sample::time(1.0 / rate));
            network.top1 = Some(top1(rate));
        }
        evidence
    }

    #[test]
    fn accuracies_on_a_hyperbola_hold_both_ways() {
        let verdict = test(&with_top1(|rate| 80.0 - 0.2 * rate));
        assert_eq!((verdict.finding, verdict.margin), (Finding::Holds, Margin::Clear), "{}", verdict.words);
        assert!(verdict.words.contains("80.0 % (80.0 to 80.0) less 0.200 points"), "{}", verdict.words);
        // A point costs 0.2 images per second: at one point short of 80 % an image takes 0.2 s.
        let other = "time is 200 ms over the points by which top-1 falls short of 80.0 %, with R² 1.00 (1.00 to 1.00)";
        assert!(verdict.words.contains(other), "{}", verdict.words);
        assert!(!verdict.words.contains("With the VGGs"), "{}", verdict.words);
    }

    #[test]
    fn faster_and_better_networks_fail() {
        assert_eq!(test(&with_top1(|rate| 60.0 + 0.2 * rate)).finding, Finding::Fails);
    }

    #[test]
    fn one_way_alone_does_not_hold() {
        // Three fast networks far below make a straight line; among the slow ones time has nothing to do with accuracy.
        let mut evidence = with_top1(|_| 75.0);
        let points = [
            (3.0, 74.9),
            (81.0, 75.3),
            (1.0, 74.5),
            (9.0, 75.4),
            (27.0, 74.7),
            (2000.0, 55.0),
            (2050.0, 54.0),
            (2100.0, 56.0),
        ];
        for (network, (rate, top1)) in evidence.networks.iter_mut().zip(points) {
            network.time.insert(16, sample::time(1.0 / rate));
            network.top1 = Some(top1);
        }
        let verdict = test(&evidence);
        assert_eq!(verdict.finding, Finding::Fails, "{}", verdict.words);
        assert_eq!(verdict.number.map(|number| number.quantity), Some("R² of the logarithm of time".to_owned()));
    }

    #[test]
    fn the_vggs_are_left_out_and_said() {
        let mut evidence = with_top1(|rate| 80.0 - 0.2 * rate);
        sample::renamed(&mut evidence, 0, "vgg-16");
        evidence.networks[0].top1 = Some(60.0);
        let verdict = test(&evidence);
        assert_eq!(verdict.finding, Finding::Holds, "{}", verdict.words);
        assert!(verdict.words.contains("over 7 networks without the VGGs"), "{}", verdict.words);
        assert!(verdict.words.contains("With the VGGs the two R² are 0."), "{}", verdict.words);
    }

    #[test]
    fn one_batch_of_too_few_networks_is_not_tested() {
        let mut evidence = with_top1(|rate| 80.0 - rate);
        evidence.networks.truncate(4);
        assert!(matches!(test(&evidence).finding, Finding::NotTested { .. }));
    }
}
