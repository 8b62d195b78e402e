//! C4: an energy budget bounds the accuracy and the size of a network. It follows from C1 if power is constant, and is tested like C1 with
//! energy instead of time.

use results::frontier::frontier;
use results::verdicts::{Basis, Limits, Verdict};

use super::accuracy_and_time_are_hyperbolic::{MIN_R_SQUARED, conditions, line};
use super::claim::{Claim, Original, Test};
use super::straight_line::{DECIMALS, NetworkPoint, StraightLine};
use super::verdict::{Decides, decided_by, not_tested};
use crate::network_data::{MIN_NETWORKS, NetworkData, Subject};
use crate::number::{fixed, three};

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C4",
    title: "Energy bounds accuracy",
    statement: "A budget of energy sets an upper bound to the accuracy and to the size of a usable network.",
    original: Original { text: "The sentence; no figure", source: "abstract" },
    basis: Basis::Measured,
    test: Test::AtBatch(test),
};

fn test(data: &NetworkData, batch: u32) -> Verdict {
    let bound = format!(
        "R² is at least {}, both of operations on energy and, without the VGGs, of top-1 on images per joule (as C1)",
        fixed(MIN_R_SQUARED, DECIMALS)
    );
    let known = |batch: u32| -> Vec<(&Subject, f64)> {
        let energy =
            |network: &Subject| network.power.get(&batch).map(|load| load.energy).filter(|joules| *joules > 0.0);
        data.networks.iter().filter_map(|network| Some((network, energy(network)?))).collect()
    };
    let networks = known(batch);
    if networks.is_empty() {
        return not_tested(bound, format!("no power is known at batch {batch}"));
    }
    let sizes: Vec<NetworkPoint<'_>> = networks
        .iter()
        .map(|&(network, joules)| NetworkPoint { title: &network.title, x: joules, y: network.g_ops })
        .collect();
    let others: Vec<(&Subject, f64)> = networks.iter().copied().filter(|(network, _)| !network.is_vgg()).collect();
    let (Some(size), Some(accuracy)) = (StraightLine::through(&sizes), line(&others)) else {
        let reason = format!(
            "without the VGGs, energy is known for {} networks at batch {batch}, and a line needs {MIN_NETWORKS}",
            others.iter().filter(|(network, _)| network.top1.is_some()).count()
        );
        return not_tested(bound, reason);
    };
    let words = format!(
        "Without the VGGs top-1 is {} for each image per joule; {}. {}",
        accuracy.accuracy(),
        accuracy.farthest(1, "points"),
        bounds(&networks)
    );
    let mut numbers = vec![size.number(" of operations on energy").against(Limits::at_least(MIN_R_SQUARED))];
    numbers.extend(conditions(&accuracy, "images per joule"));
    decided_by(numbers, bound, words)
}

/// The Pareto-optimal networks, by ascending energy.
fn bounds(networks: &[(&Subject, f64)]) -> String {
    let known: Vec<(&Subject, f64, f64)> =
        networks.iter().filter_map(|&(network, joules)| Some((network, joules, network.top1?))).collect();
    let points: Vec<(f64, f64)> = known.iter().map(|&(_, joules, top1)| (joules, top1)).collect();
    let on = |index: usize| {
        let (network, joules, top1) = known[index];
        format!("{} at {} J with {} %", network.title, three(joules), fixed(top1, 1))
    };
    match frontier(&points)[..] {
        [] => "No accuracy is known.".to_owned(),
        [only] => format!("One network has both the highest accuracy and the lowest energy: {}.", on(only)),
        [first, .., last] => format!(
            "The best attainable accuracy rises with the budget along {} of {} networks, from {} to {}.",
            frontier(&points).len(),
            known.len(),
            on(first),
            on(last)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network_data::{Load, sample};
    use results::verdicts::Finding;

    fn test16(data: &NetworkData) -> Verdict {
        test(data, 16)
    }

    fn with_energy(energy: impl Fn(f64) -> f64, top1: impl Fn(f64) -> f64) -> NetworkData {
        let mut data = sample::networks(6);
        for network in &mut data.networks {
            let energy = energy(network.g_ops);
            network.power.insert(16, Load { net: 10.0, energy });
            network.top1 = Some(top1(energy));
        }
        data
    }

    #[test]
    fn accuracy_that_costs_energy_holds() {
        let verdict = test16(&with_energy(|g_ops| 0.5 * g_ops, |joules| 80.0 - 5.0 / joules));
        assert_eq!(verdict.finding, Finding::Holds, "{}", verdict.words);
        // Energies of 0.5 to 3 J, each more accurate than the one before.
        let sentence = "along 6 of 6 networks, from N1 at 0.500 J with 70.0 % to N6 at 3.00 J with 78.3 %.";
        assert!(verdict.words.ends_with(sentence), "{}", verdict.words);
    }

    #[test]
    fn accuracy_that_saves_energy_fails() {
        let verdict = test16(&with_energy(|g_ops| 0.5 * g_ops, |joules| 60.0 + 5.0 / joules));
        assert_eq!(verdict.finding, Finding::Fails);
        let sentence = "One network has both the highest accuracy and the lowest energy: N1 at 0.500 J with 70.0 %.";
        assert!(verdict.words.ends_with(sentence), "{}", verdict.words);
    }

    #[test]
    fn without_a_sensor_the_claim_is_not_tested() {
        assert!(matches!(test16(&sample::networks(14)).finding, Finding::NotTested { .. }));
    }
}
