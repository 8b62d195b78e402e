//! C4: an energy budget bounds the accuracy, and the size of the network, that fit into it. It follows from C1 once power is constant, and
//! is tested as C1 is, with energy in the place of time.

use results::frontier::frontier;

use super::accuracy_and_time_are_hyperbolic::{BothWays, LEAST_R_SQUARED};
use super::claim::Claim;
use super::condition::{Condition, Side};
use super::straight_line::{DECIMALS, Spot, StraightLine, r_squared};
use super::verdict::Verdict;
use crate::evidence::{Evidence, LEAST_NETWORKS, Subject};
use crate::number::{fixed, three};

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C4",
    title: "Energy bounds accuracy",
    statement: "A budget of energy sets an upper bound to the accuracy and to the size of a usable network.",
    original: "no figure: it follows from C1 and C3, energy being power times time",
    test,
};

fn test(evidence: &Evidence) -> Verdict {
    let bound = format!(
        "R² is at least {} of operations on energy and, without the VGGs, both of top-1 on images per joule and of the logarithm of energy \
         on a hyperbola in top-1 (as C1)",
        fixed(LEAST_R_SQUARED, DECIMALS)
    );
    let known = |batch: u32| -> Vec<(&Subject, f64)> {
        let energy =
            |network: &Subject| network.power.get(&batch).map(|load| load.energy).filter(|joules| *joules > 0.0);
        evidence.networks.iter().filter_map(|network| Some((network, energy(network)?))).collect()
    };
    let batches = evidence.networks.iter().flat_map(|network| network.power.keys().copied());
    let Some(batch) = batches.max_by_key(|&batch| (known(batch).len(), batch)) else {
        return Verdict::not_tested(bound, "no power was measured".to_owned());
    };
    let networks = known(batch);
    let sizes: Vec<Spot<'_>> =
        networks.iter().map(|&(network, joules)| Spot { title: &network.title, x: joules, y: network.g_ops }).collect();
    let others: Vec<(&Subject, f64)> = networks.iter().copied().filter(|(network, _)| !network.is_vgg()).collect();
    let (Some(size), Some(both)) = (StraightLine::through(&sizes), BothWays::through(&others)) else {
        let reason = format!(
            "without the VGGs, energy is known of {} networks at one batch, and a line needs {LEAST_NETWORKS}",
            others.iter().filter(|(network, _)| network.top1.is_some()).count()
        );
        return Verdict::not_tested(bound, reason);
    };
    let words = format!(
        "At batch {batch}, operations follow energy with R² {}. Without the VGGs, top-1 is {} for each image per joule: {}. The other way, \
         energy is {}, with R² {} of its logarithm. {}",
        r_squared(size.r_squared),
        both.accuracy.accuracy(),
        both.accuracy.quality_in_points(),
        both.cost_words(1.0, "J"),
        r_squared(both.cost_r_squared),
        bounds(&networks)
    );
    let least = Side::AtLeast(LEAST_R_SQUARED);
    let mut conditions = vec![Condition::new(size.number(" of operations on energy"), least, DECIMALS)];
    conditions.extend(both.conditions("images per joule", "the logarithm of energy"));
    Verdict::by(&conditions, bound, words)
}

/// The networks that no other beats in both, from the least energy to the most.
fn bounds(networks: &[(&Subject, f64)]) -> String {
    let known: Vec<(&Subject, f64, f64)> =
        networks.iter().filter_map(|&(network, joules)| Some((network, joules, network.top1?))).collect();
    let points: Vec<(f64, f64)> = known.iter().map(|&(_, joules, top1)| (joules, top1)).collect();
    let on = |place: usize| {
        let (network, joules, top1) = known[place];
        format!("{} at {} J with {} %", network.title, three(joules), fixed(top1, 1))
    };
    match frontier(&points)[..] {
        [] => "No accuracy is known.".to_owned(),
        [only] => format!("One network beats all others in both: {}.", on(only)),
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
    use crate::claims::Finding;
    use crate::evidence::{Load, sample};

    fn with_energy(energy: impl Fn(f64) -> f64, top1: impl Fn(f64) -> f64) -> Evidence {
        let mut evidence = sample::networks(6);
        for network in &mut evidence.networks {
            let energy = energy(network.g_ops);
            network.power.insert(16, Load { net: 10.0, energy });
            network.top1 = Some(top1(energy));
        }
        evidence
    }

    #[test]
    fn accuracy_that_costs_energy_holds() {
        let verdict = test(&with_energy(|g_ops| 0.5 * g_ops, |joules| 80.0 - 5.0 / joules));
        assert_eq!(verdict.finding, Finding::Holds, "{}", verdict.words);
        // Energies of 0.5 to 3 J, each more accurate than the one before.
        let said = "along 6 of 6 networks, from N1 at 0.500 J with 70.0 % to N6 at 3.00 J with 78.3 %.";
        assert!(verdict.words.ends_with(said), "{}", verdict.words);
    }

    #[test]
    fn accuracy_that_saves_energy_fails() {
        let verdict = test(&with_energy(|g_ops| 0.5 * g_ops, |joules| 60.0 + 5.0 / joules));
        assert_eq!(verdict.finding, Finding::Fails);
        let said = "One network beats all others in both: N1 at 0.500 J with 70.0 %.";
        assert!(verdict.words.ends_with(said), "{}", verdict.words);
    }

    #[test]
    fn no_sensor_is_not_tested() {
        assert!(matches!(test(&sample::networks(14)).finding, Finding::NotTested { .. }));
    }
}
