//! C1: accuracy and inference time are in a hyperbolic relation: the last points of accuracy cost ever more time.
//!
//! A hyperbola is a straight line of accuracy over images per second, the inverse of time. Other curves flatten too, so two rivals are fitted
//! to the same networks and compared with it.

use results::fit::{aicc, least_squares};
use results::verdicts::{Basis, IntervalKind, Limits, Number, Verdict};

use super::claim::{Claim, Original, Test};
use super::straight_line::{DECIMALS, NetworkPoint, StraightLine};
use super::verdict::{Decides, decided_by, estimated, not_tested};
use crate::network_data::{MIN_NETWORKS, NetworkData, Subject};
use crate::number::fixed;

/// The share of the variance of accuracy that the hyperbola must explain. It is lower than for a physical law, since accuracy also depends
/// on how a network was trained.
pub(super) const MIN_R_SQUARED: f64 = 0.8;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C1",
    title: "Accuracy and time",
    statement: "Accuracy and inference time are in a hyperbolic relation: a little accuracy costs a lot of time.",
    original: Original {
        text: "The sentence and the points of Figure 9; no curve is fitted and no coefficient given",
        source: "abstract; Figure 9",
    },
    basis: Basis::Measured,
    test: Test::AtBatch(test),
};

/// The line of accuracy [%] over images per unit of cost, for networks with the positive cost of an image. `None` for too few networks.
pub(super) fn line<'a>(networks: &[(&'a Subject, f64)]) -> Option<StraightLine<'a>> {
    StraightLine::through(&network_points(networks, |cost| 1.0 / cost))
}

/// The conditions that the line explains the variance of accuracy and that it falls; `images` names the unit of throughput.
pub(super) fn conditions(line: &StraightLine<'_>, images: &str) -> Vec<Number> {
    let slope = estimated(&format!("slope on {images}"), line.line.slope_interval(), IntervalKind::Confidence, 3, "");
    vec![
        line.number(&format!(" on {images}")).against(Limits::at_least(MIN_R_SQUARED)),
        slope.against(Limits::at_most(0.0)),
    ]
}

fn network_points<'a>(networks: &[(&'a Subject, f64)], of: impl Fn(f64) -> f64) -> Vec<NetworkPoint<'a>> {
    let known = networks.iter().filter_map(|&(network, cost)| Some((network, cost, network.top1?)));
    known.map(|(network, cost, top1)| NetworkPoint { title: &network.title, x: of(cost), y: top1 }).collect()
}

/// A curve's name, and the function of time [s] in which accuracy is linear.
type Model = (&'static str, fn(f64) -> f64);

/// A curve of accuracy in time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rival {
    /// The function of time in which accuracy is linear.
    pub model: &'static str,
    /// The share of the variance of accuracy that it explains.
    pub r_squared: f64,
    /// Akaike's criterion minus that of the best curve.
    pub delta: f64,
}

/// The hyperbola and its rivals at `batch`, without the VGGs. `None` for too few networks.
pub(crate) fn rivals(data: &NetworkData, batch: u32) -> Option<Vec<Rival>> {
    let networks = without_vggs(&timed(data, batch));
    let models: [Model; 3] = [("1/t", |time| 1.0 / time), ("1/√t", |time| 1.0 / time.sqrt()), ("log t", libm::log)];
    let fitted = |(model, of): Model| {
        let points = super::straight_line::coordinates(&network_points(&networks, of));
        let line = least_squares(&points).filter(|_| points.len() >= MIN_NETWORKS)?;
        let delta = aicc(&points, 2, |x| line.at(x))?;
        Some(Rival { model, r_squared: line.r_squared, delta })
    };
    let all = models.into_iter().map(fitted).collect::<Option<Vec<Rival>>>()?;
    let best = all.iter().map(|rival| rival.delta).fold(f64::INFINITY, f64::min);
    Some(all.into_iter().map(|rival| Rival { delta: rival.delta - best, ..rival }).collect())
}

fn timed(data: &NetworkData, batch: u32) -> Vec<(&Subject, f64)> {
    data.networks.iter().filter_map(|network| Some((network, 1.0 / network.throughput(batch)?))).collect()
}

fn without_vggs<'a>(networks: &[(&'a Subject, f64)]) -> Vec<(&'a Subject, f64)> {
    networks.iter().copied().filter(|(network, _)| !network.is_vgg()).collect()
}

fn test(data: &NetworkData, batch: u32) -> Verdict {
    let bound = format!(
        "R² of top-1 on images per second is at least {}, since training and data also decide accuracy; excluding the VGGs is our decision",
        fixed(MIN_R_SQUARED, DECIMALS)
    );
    let all = timed(data, batch);
    let others = without_vggs(&all);
    let Some(hyperbola) = line(&others) else {
        let reason = format!("it needs {MIN_NETWORKS} networks with an accuracy and a time at batch {batch}");
        return not_tested(bound, reason);
    };
    let mut words = format!(
        "Over {} networks top-1 is {} for each image per second; {}.",
        hyperbola.line.count,
        hyperbola.accuracy(),
        hyperbola.farthest(1, "points"),
    );
    if let Some(with) = line(&all).filter(|_| others.len() < all.len()) {
        words += &format!(" With the VGGs R² is {}.", fixed(with.r_squared.value, DECIMALS));
    }
    if let Some([hyperbola, others @ ..]) = rivals(data, batch).as_deref() {
        words += &match others.iter().find(|rival| rival.delta == 0.0) {
            Some(best) => format!(
                " Of three curves {} fits best; AICc of the hyperbola is {} larger.",
                best.model,
                fixed(hyperbola.delta, 1)
            ),
            None => " Of three curves the hyperbola fits best.".to_owned(),
        };
    }
    decided_by(conditions(&hyperbola, "images per second"), bound, words)
}

#[cfg(test)]
mod tests {
    use results::verdicts::{Finding, Margin};

    use super::*;
    use crate::network_data::sample;

    fn with_top1(top1: impl Fn(f64) -> f64) -> NetworkData {
        let mut data = sample::networks(8);
        for network in &mut data.networks {
            let rate = network.g_ops * 10.0;
            network.time.insert(16, sample::time(1.0 / rate));
            network.top1 = Some(top1(rate));
        }
        data
    }

    #[test]
    fn accuracies_on_a_hyperbola_hold_and_the_rivals_fit_worse() {
        let bent = |rate: f64| 80.0 - 0.2 * rate + 0.01 * (rate * 7.0 % 3.0);
        let verdict = test(&with_top1(bent), 16);
        assert_eq!((verdict.finding, verdict.margin), (Finding::Holds, Margin::Clear), "{}", verdict.words);
        assert!(verdict.words.contains("less 0.200 points (0.200 to 0.200)"), "{}", verdict.words);
        assert!(!verdict.words.contains("With the VGGs"), "{}", verdict.words);
        let rivals = rivals(&with_top1(bent), 16).expect("eight networks");
        assert_eq!(rivals[0].delta, 0.0);
        assert!(rivals[1].delta > 10.0 && rivals[2].delta > rivals[1].delta, "{rivals:?}");
    }

    #[test]
    fn the_curve_from_which_the_points_were_made_fits_best() {
        let rivals = rivals(&with_top1(|rate| 60.0 - 5.0 * (rate / 80.0).ln() + 0.01 * (rate % 3.0)), 16);
        let rivals = rivals.expect("eight networks");
        assert_eq!((rivals[2].model, rivals[2].delta), ("log t", 0.0));
        assert!(rivals[0].delta > 10.0, "{rivals:?}");
    }

    #[test]
    fn faster_and_better_networks_fail() {
        assert_eq!(test(&with_top1(|rate| 60.0 + 0.2 * rate), 16).finding, Finding::Fails);
    }

    #[test]
    fn the_vggs_are_excluded_and_named() {
        let mut data = with_top1(|rate| 80.0 - 0.2 * rate);
        sample::renamed(&mut data, 0, "vgg-16");
        data.networks[0].top1 = Some(60.0);
        let verdict = test(&data, 16);
        assert_eq!(verdict.finding, Finding::Holds, "{}", verdict.words);
        assert!(verdict.words.contains("Over 7 networks"), "{}", verdict.words);
        assert!(verdict.words.contains("With the VGGs R² is 0."), "{}", verdict.words);
        assert!(verdict.bound.contains("excluding the VGGs is our decision"), "{}", verdict.bound);
    }

    #[test]
    fn too_few_networks_at_a_batch_are_not_tested() {
        let mut data = with_top1(|rate| 80.0 - rate);
        assert!(!test(&data, 1).finding.is_decided());
        data.networks.truncate(4);
        assert!(!test(&data, 16).finding.is_decided());
    }
}
