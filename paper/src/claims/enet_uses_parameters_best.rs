//! C9: ENet makes the best use of its parameters. The test uses counts and accuracies, no times. Intervals are those of accuracies
//! on the validation images.

use results::Estimate;
use results::statistics::propagation::{ratio, scaled};
use results::verdicts::{Basis, IntervalKind, Limits, Number, Verdict};

use super::claim::{Claim, Original, Test};
use super::verdict::{Decides, decided_by, estimated, not_tested};
use crate::network_data::{NetworkData, Subject};
use crate::number::{estimate, fixed};

/// The ratios the original states, to AlexNet and to VGG-19.
const STATED: [(&str, f64); 2] = [("alexnet", 13.0), ("vgg-19", 24.0)];
/// The tolerated relative difference. The ratios are stated with two digits, and a tenth allows for another count of parameters.
const TOLERANCE: f64 = 0.1;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C9",
    title: "ENet uses parameters best",
    statement: "ENet has the highest accuracy per parameter: 13 times that of AlexNet and 24 times that of VGG-19.",
    original: Original {
        text: "13 times AlexNet and 24 times VGG-19; 11.67 % per million parameters",
        source: "Section 3.8; data of Figure 10",
    },
    basis: Basis::Counted,
    test: Test::Once(test),
};

/// Accuracy per million parameters [%].
fn density(network: &Subject) -> Option<Estimate> {
    let accuracy = network.accuracy().filter(|_| network.parameters_m > 0.0)?;
    Some(scaled(accuracy, 1.0 / network.parameters_m))
}

fn test(data: &NetworkData) -> Verdict {
    let bound = format!(
        "ENet leads, and both ratios are within {} % of those stated: they have two digits, and there are several ways to count parameters",
        fixed(TOLERANCE * 100.0, 0)
    );
    let enet = data.get("enet").and_then(density);
    let over = |name: &str| {
        let network = data.get(name)?;
        Some((network.title.as_str(), ratio(enet?, density(network)?)?))
    };
    let ratios = STATED.map(|(name, stated)| Some((over(name)?, stated)));
    let others = data.networks.iter().filter(|network| network.name != "enet");
    let next =
        others.filter_map(|network| Some((network, density(network)?))).max_by(|a, b| a.1.value.total_cmp(&b.1.value));
    let next = next.and_then(|(network, _)| over(&network.name));
    let (Some(enet), [Some(alexnet), Some(vgg)], Some(next)) = (enet, ratios, next) else {
        return not_tested(bound, "it needs the accuracies of ENet, AlexNet and VGG-19".to_owned());
    };
    let print = |value: f64| fixed(value, 1);
    let words = format!(
        "ENet reaches {} % per million parameters, {} times {} and {} times {}; the best of the others is {}, with a ratio of {}.",
        estimate(enet, print),
        estimate(alexnet.0.1, print),
        alexnet.0.0,
        estimate(vgg.0.1, print),
        vgg.0.0,
        next.0,
        estimate(next.1, |value| fixed(value, 2))
    );
    let near = |((title, ratio), stated): ((&str, Estimate), f64)| -> Number {
        let number = estimated(&format!("ratio to {title}"), ratio, IntervalKind::Confidence, 1, "");
        number.against(Limits::between(stated * (1.0 - TOLERANCE), stated * (1.0 + TOLERANCE)))
    };
    let leads = estimated(&format!("ratio to {}, the next", next.0), next.1, IntervalKind::Confidence, 2, "");
    decided_by(vec![near(alexnet), near(vgg), leads.against(Limits::at_least(1.0))], bound, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network_data::sample;
    use results::verdicts::{Finding, Margin};

    fn with_densities(enet: f64, alexnet: f64, vgg: f64) -> NetworkData {
        let mut data = sample::networks(3);
        for (index, (name, density)) in [("enet", enet), ("alexnet", alexnet), ("vgg-19", vgg)].into_iter().enumerate()
        {
            sample::renamed(&mut data, index, name);
            data.networks[index].top1 = Some(60.0);
            data.networks[index].parameters_m = 60.0 / density;
        }
        data
    }

    #[test]
    fn the_stated_ratios_hold() {
        assert_eq!(test(&with_densities(12.0, 12.0 / 13.0, 0.5)).finding, Finding::Holds);
    }

    #[test]
    fn the_claim_fails_if_another_network_leads() {
        let mut data = with_densities(12.0, 12.0 / 13.0, 0.5);
        let mut other = data.networks[0].clone();
        (other.name, other.title, other.parameters_m) = ("squeeze".to_owned(), "Squeeze".to_owned(), 3.0);
        data.networks.push(other);
        let verdict = test(&data);
        assert_eq!((verdict.finding, verdict.margin), (Finding::Fails, Margin::Clear), "{}", verdict.words);
        assert!(verdict.words.contains("the best of the others is Squeeze, with a ratio of 0.60"), "{}", verdict.words);
    }

    #[test]
    fn half_of_a_stated_ratio_fails() {
        assert_eq!(test(&with_densities(12.0, 12.0 / 6.5, 0.5)).finding, Finding::Fails);
    }

    #[test]
    fn an_unknown_accuracy_is_not_tested() {
        let mut data = with_densities(12.0, 1.0, 0.5);
        data.networks[1].top1 = None;
        assert!(matches!(test(&data).finding, Finding::NotTested { .. }));
    }
}
