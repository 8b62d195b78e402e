//! C3: power depends neither on the batch nor on the network. It is tested for equivalence, since a difference that was not found is no proof
//! of its absence.

use results::statistics::student;
use results::verdicts::{Basis, Finding, IntervalKind, Limits, Margin, Verdict};

use super::claim::{Claim, Original, Test};
use super::verdict::{Decides, not_tested, number};
use crate::network_data::{MIN_NETWORKS, NetworkData, Subject};
use crate::number::fixed;

/// Net powers within this share of their mean count as equal: twice the standard deviation over networks that the original calls constant
/// (0.7 W of 11.8 W).
const MARGIN: f64 = 0.12;
/// Both one-sided tests are made at 5 %, so the interval that must lie within the margin is a 90 % interval (D. J. Schuirmann, A
/// comparison of the two one-sided tests procedure, J. Pharmacokinetics and Biopharmaceutics 15, 1987).
const CHANCE: f64 = 0.05;
/// Fewer batches cannot show a dependence on the batch.
const MIN_BATCHES: usize = 2;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C3",
    title: "Power is constant",
    statement: "Power consumption is independent of batch size and architecture.",
    original: Original {
        text: "11.8 W net at full use, standard deviation 0.7 W over the networks",
        source: "Section 3.3",
    },
    basis: Basis::Measured,
    test: Test::Once(test),
};

/// A deviation as a share of the mean net power, with its 90 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Deviation {
    value: f64,
    half: f64,
}

/// The position of an interval relative to the margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Position {
    Within,
    Across,
    Outside,
}

impl Deviation {
    fn ends(self) -> (f64, f64) {
        (self.value - self.half, self.value + self.half)
    }

    fn position(self) -> Position {
        let (low, high) = self.ends();
        match () {
            () if -MARGIN <= low && high <= MARGIN => Position::Within,
            () if low > MARGIN || high < -MARGIN => Position::Outside,
            () => Position::Across,
        }
    }
}

fn test(data: &NetworkData) -> Verdict {
    let percent = fixed(MARGIN * 100.0, 0);
    let bound = format!(
        "the difference between the largest and the smallest batch, and each network's deviation from the overall mean, lie within \
         \u{b1}{percent} %, twice the original's own spread (90 % intervals, two one-sided tests at 5 %)"
    );
    let loaded: Vec<&Subject> = data.networks.iter().filter(|network| !network.power.is_empty()).collect();
    if loaded.is_empty() {
        return not_tested(bound, "no power was measured".to_owned());
    }
    let several: Vec<&Subject> = loaded.iter().copied().filter(|network| network.power.len() >= MIN_BATCHES).collect();
    if loaded.len() < MIN_NETWORKS {
        let reason = format!("power is known for {} networks, and it needs {MIN_NETWORKS}", loaded.len());
        return not_tested(bound, reason);
    }
    if several.len() < MIN_NETWORKS {
        let reason = format!("power is known for fewer than {MIN_NETWORKS} networks at {MIN_BATCHES} batches or more");
        return not_tested(bound, reason);
    }
    let Some((batch, networks)) = over_batches(&several).zip(over_networks(&several)) else {
        return not_tested(bound, "the mean net power is not above 0".to_owned());
    };
    let Some((farthest, name)) = networks
        .iter()
        .copied()
        .max_by(|(a, _), (b, _)| a.position().cmp(&b.position()).then(beyond(*a).total_cmp(&beyond(*b))))
    else {
        return not_tested(bound, "no power was measured".to_owned());
    };
    let (mean, deviation) = mean_and_deviation(&several);
    let words = format!(
        "Over {} networks net power is {} W with a standard deviation of {} W between them; from the smallest to the largest batch it \
         changes by {} % (90 % interval {}), and the network farthest from the mean is {name} with {} % ({}).",
        several.len(),
        fixed(mean, 2),
        fixed(deviation, 2),
        signed(batch.value),
        interval(batch),
        signed(farthest.value),
        interval(farthest),
    );
    let number = |quantity: &str, deviation: Deviation| {
        let (low, high) = deviation.ends();
        number(quantity, deviation.value * 100.0, 1, "%")
            .within((low * 100.0, high * 100.0), IntervalKind::Equivalence)
            .against(Limits::between(-100.0 * MARGIN, 100.0 * MARGIN))
    };
    let numbers = vec![number("change over batches", batch), number(&format!("deviation of {name}"), farthest)];
    let decides = usize::from((farthest.position(), beyond(farthest)) >= (batch.position(), beyond(batch)));
    let (finding, margin) = match batch.position().max(farthest.position()) {
        Position::Within => (Finding::Holds, Margin::Clear),
        Position::Outside => (Finding::Fails, Margin::Clear),
        Position::Across => (Finding::NotTested { reason: "an interval crosses the margin".to_owned() }, Margin::Open),
    };
    Verdict { finding, margin, number: numbers.get(decides).cloned(), numbers, bound, words }
}

/// The distance from 0 to the far end of the interval.
fn beyond(deviation: Deviation) -> f64 {
    deviation.value.abs() + deviation.half
}

fn signed(share: f64) -> String {
    let sign = if share < 0.0 { "\u{2212}" } else { "+" };
    format!("{sign}{}", fixed((share * 100.0).abs(), 1))
}

fn interval(deviation: Deviation) -> String {
    let (low, high) = deviation.ends();
    format!("{} to {}", signed(low), signed(high))
}

fn watts(network: &Subject) -> Vec<f64> {
    network.power.values().map(|load| load.net).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn squares(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean) * (value - mean)).sum()
}

/// The mean over networks of the means over their batches, and its standard deviation between networks [W].
fn mean_and_deviation(networks: &[&Subject]) -> (f64, f64) {
    let means: Vec<f64> = networks.iter().map(|network| mean(&watts(network))).collect();
    (mean(&means), (squares(&means) / (means.len() as f64 - 1.0)).sqrt())
}

/// The mean over networks of the change from the smallest to the largest batch, each as a share of its network's mean; by Student's t
/// over the networks. `None` if a mean is not positive.
fn over_batches(networks: &[&Subject]) -> Option<Deviation> {
    let change = |network: &&Subject| {
        let watts = watts(network);
        let mean = mean(&watts);
        (mean > 0.0).then(|| Some((watts.last()? - watts.first()?) / mean))?
    };
    let changes = networks.iter().map(change).collect::<Option<Vec<f64>>>()?;
    let count = changes.len() as f64;
    let error = (squares(&changes) / (count - 1.0) / count).sqrt();
    Some(Deviation { value: mean(&changes), half: student::quantile(count - 1.0, CHANCE) * error })
}

/// The deviation of each network's mean from the overall mean, as a share of the latter; by Student's t with the variance between the batches
/// of a network, pooled over networks. `None` if the overall mean is not positive.
fn over_networks<'a>(networks: &[&'a Subject]) -> Option<Vec<(Deviation, &'a str)>> {
    let (all, _) = mean_and_deviation(networks);
    if all <= 0.0 {
        return None;
    }
    let points: usize = networks.iter().map(|network| network.power.len()).sum();
    let freedom = (points - networks.len()) as f64;
    let within = networks.iter().map(|network| squares(&watts(network))).sum::<f64>() / freedom;
    // A network's own mean is part of the overall mean.
    let own = 1.0 - 1.0 / networks.len() as f64;
    let deviation = |network: &&'a Subject| {
        let watts = watts(network);
        let error = (within / watts.len() as f64 * own).sqrt();
        let half = student::quantile(freedom, CHANCE) * error / all;
        (Deviation { value: mean(&watts) / all - 1.0, half }, network.title.as_str())
    };
    Some(networks.iter().map(deviation).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network_data::{Load, sample};
    use results::verdicts::Finding;

    /// Six networks at four batches; `net` gets the numbers of network and batch.
    fn loaded(net: impl Fn(f64, u32) -> f64) -> NetworkData {
        let mut data = sample::networks(6);
        for network in &mut data.networks {
            for (number, batch) in [1, 2, 4, 16].into_iter().enumerate() {
                let net = net(network.g_ops, number as u32);
                network.power.insert(batch, Load { net, energy: 1.0 });
            }
        }
        data
    }

    /// A small deviation, so that the variance is not zero.
    fn noise(batch: u32) -> f64 {
        if batch.is_multiple_of(2) { 0.05 } else { -0.05 }
    }

    #[test]
    fn nearly_constant_power_holds() {
        let verdict = test(&loaded(|network, batch| 12.0 + 0.04 * network + noise(batch)));
        assert_eq!(verdict.finding, Finding::Holds, "{}", verdict.words);
        assert!(verdict.words.contains("net power is 12.14 W"), "{}", verdict.words);
    }

    #[test]
    fn power_that_grows_with_the_batch_fails() {
        let verdict = test(&loaded(|_, batch| 10.0 + 3.0 * f64::from(batch)));
        assert_eq!(verdict.finding, Finding::Fails, "{}", verdict.words);
        // From 10 to 19 W of 14.5 W.
        assert!(verdict.words.contains("changes by +62.1 %"), "{}", verdict.words);
    }

    #[test]
    fn one_network_that_draws_more_fails() {
        let verdict = test(&loaded(|network, batch| if network > 5.5 { 20.0 } else { 10.0 } + noise(batch)));
        assert_eq!(verdict.finding, Finding::Fails);
        assert!(verdict.words.contains("is N6 with +71.4 %"), "{}", verdict.words);
    }

    #[test]
    fn power_with_too_much_scatter_is_not_tested() {
        let verdict = test(&loaded(|network, batch| 12.0 + 60.0 * noise(network as u32 + batch)));
        let Finding::NotTested { reason } = &verdict.finding else { panic!("{}", verdict.words) };
        assert_eq!(reason, "an interval crosses the margin");
        assert!(verdict.number.is_some());
    }

    #[test]
    fn intervals_agree_with_values_computed_by_hand() {
        // Changes of 1, 2 … 6 % of 10 W: mean 3.5 %, standard error 1.871 / √6 %, t(5) taken as t(4) = 2.132.
        let mut data = sample::networks(6);
        for network in &mut data.networks {
            for (batch, sign) in [(1, -1.0), (2, 1.0)] {
                let net = 10.0 + sign * 0.05 * network.g_ops;
                network.power.insert(batch, Load { net, energy: 1.0 });
            }
        }
        let networks: Vec<&Subject> = data.networks.iter().collect();
        let change = over_batches(&networks).expect("above 0");
        assert!((change.value - 0.035).abs() < 1e-12);
        assert!((change.half - 0.018_708 / 6.0_f64.sqrt() * 2.132).abs() < 1e-5, "{change:?}");
        // The variance within is the mean of 2 (0.05 k)² over six degrees of freedom: 0.2753²; t(6) = 1.943.
        let (first, _) = over_networks(&networks).expect("above 0")[0];
        let error = (0.075_833_f64 / 2.0 * 5.0 / 6.0).sqrt() / 10.0;
        assert!(first.value.abs() < 1e-12 && (first.half - 1.943 * error).abs() < 1e-5, "{first:?}");
    }

    #[test]
    fn without_a_sensor_the_claim_is_not_tested() {
        let verdict = test(&sample::networks(14));
        assert_eq!(verdict.finding, Finding::NotTested { reason: "no power was measured".to_owned() });
        assert_eq!(verdict.number, None);
    }
}
