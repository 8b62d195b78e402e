//! C9: ENet makes the best use of its parameters. Counts and cited accuracies: no measurement enters.

use super::claim::Claim;
use super::verdict::{Number, Verdict};
use crate::evidence::{Evidence, Subject};
use crate::number::fixed;

/// The ratios the original states, to AlexNet and to VGG-19.
const STATED: [(&str, f64); 2] = [("alexnet", 13.0), ("vgg-19", 24.0)];
/// How far from them we may be. They are stated to two digits; a tenth leaves room for another count of parameters.
const TOLERANCE: f64 = 0.1;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C9",
    title: "ENet uses parameters best",
    statement: "ENet has the highest accuracy per parameter: 13 times that of AlexNet and 24 times that of VGG-19.",
    original: "Figure 10: 11.7 % per million parameters, 13.0 times AlexNet and 23.7 times VGG-19",
    test,
};

fn density(network: &Subject) -> Option<f64> {
    network.top1.filter(|_| network.parameters_m > 0.0).map(|top1| top1 / network.parameters_m)
}

fn test(evidence: &Evidence) -> Verdict {
    let bound = format!(
        "ENet leads, and both ratios are within {} % of those stated: they have two digits, and parameters can be counted otherwise",
        fixed(TOLERANCE * 100.0, 0)
    );
    let of = |name: &str| evidence.get(name).and_then(density);
    let others = STATED.map(|(name, stated)| of(name).map(|density| (density, stated)));
    let (Some(enet), [Some(alexnet), Some(vgg)]) = (of("enet"), others) else {
        return Verdict::not_tested(bound, "it needs the accuracies of ENet, AlexNet and VGG-19".to_owned());
    };
    let leads = evidence.networks.iter().filter_map(density).all(|other| other <= enet);
    let near = |(other, stated): (f64, f64)| (enet / other / stated - 1.0).abs() <= TOLERANCE;
    let words = format!(
        "ENet reaches {} % per million parameters, {} times AlexNet and {} times VGG-19{}.",
        fixed(enet, 1),
        fixed(enet / alexnet.0, 1),
        fixed(enet / vgg.0, 1),
        if leads { ", more than any other network" } else { ", and another network reaches more" }
    );
    let number = Number::new("ratio to AlexNet", enet / alexnet.0, 1, "");
    Verdict::decided(leads && near(alexnet) && near(vgg), number, bound, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Finding;
    use crate::evidence::sample;

    fn with_densities(enet: f64, alexnet: f64, vgg: f64) -> Evidence {
        let mut evidence = sample::networks(3);
        for (index, (name, density)) in [("enet", enet), ("alexnet", alexnet), ("vgg-19", vgg)].into_iter().enumerate()
        {
            sample::renamed(&mut evidence, index, name);
            evidence.networks[index].top1 = Some(60.0);
            evidence.networks[index].parameters_m = 60.0 / density;
        }
        evidence
    }

    #[test]
    fn the_stated_ratios_hold() {
        assert_eq!(test(&with_densities(12.0, 12.0 / 13.0, 0.5)).finding, Finding::Holds);
    }

    #[test]
    fn half_of_a_stated_ratio_fails() {
        assert_eq!(test(&with_densities(12.0, 12.0 / 6.5, 0.5)).finding, Finding::Fails);
    }

    #[test]
    fn an_accuracy_that_is_not_known_is_not_tested() {
        let mut evidence = with_densities(12.0, 1.0, 0.5);
        evidence.networks[1].top1 = None;
        assert!(matches!(test(&evidence).finding, Finding::NotTested { .. }));
    }
}
