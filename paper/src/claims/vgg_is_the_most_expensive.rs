//! C8: the VGGs need by far the most operations and parameters. The test uses counts, which have no interval, and no measurement.

use results::verdicts::{Basis, Limits, Verdict};

use super::claim::{Claim, Original, Test};
use super::verdict::{Decides, decided_by, not_tested, number};
use crate::network_data::{NetworkData, Subject};
use crate::number::fixed;

/// "By far" means at least half as much again as any other.
const MIN_RATIO: f64 = 1.5;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C8",
    title: "VGG costs the most",
    statement: "VGG is by far the most expensive architecture, in operations and in parameters.",
    original: Original {
        text: "30.97 and 39.29 G-Ops, 138.36 and 143.67 million parameters",
        source: "data of Figures 2 and 10",
    },
    basis: Basis::Counted,
    test: Test::Once(test),
};

fn test(data: &NetworkData) -> Verdict {
    let bound = format!(
        "the most expensive VGG needs at least {} times the operations and the parameters of any other network: half as much again",
        fixed(MIN_RATIO, 1)
    );
    let max = |quantity: fn(&Subject) -> f64, vgg: bool| {
        let family = data.networks.iter().filter(|network| network.is_vgg() == vgg);
        family.max_by(|a, b| quantity(a).total_cmp(&quantity(b))).map(|network| (network, quantity(network)))
    };
    let ratio = |quantity: fn(&Subject) -> f64| {
        let ((vgg, largest_vgg), (other, largest_other)) = max(quantity, true).zip(max(quantity, false))?;
        let text = format!("{} and {} for {}", fixed(largest_vgg, 1), fixed(largest_other, 1), other.title);
        (largest_other > 0.0).then(|| (largest_vgg / largest_other, vgg.title.clone(), text))
    };
    let (Some(operations), Some(parameters)) = (ratio(|network| network.g_ops), ratio(|network| network.parameters_m))
    else {
        return not_tested(bound, "it needs a VGG and another network".to_owned());
    };
    let words = format!(
        "{} needs {} times the operations of the next ({}, in G-Ops) and {} times the parameters ({}, in millions).",
        operations.1,
        fixed(operations.0, 2),
        operations.2,
        fixed(parameters.0, 2),
        parameters.2
    );
    let condition = |of: &str, ratio: f64| {
        let number = number(&format!("{of} over the next"), ratio, 2, "").remarked("a count: exact");
        number.against(Limits::at_least(MIN_RATIO))
    };
    let mut conditions = vec![condition("operations", operations.0), condition("parameters", parameters.0)];
    conditions.sort_by(|a, b| a.value.total_cmp(&b.value));
    decided_by(conditions, bound, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network_data::sample;
    use results::verdicts::Finding;

    fn with_vgg(g_ops: f64, parameters_m: f64) -> NetworkData {
        let mut data = sample::networks(4);
        sample::renamed(&mut data, 0, "vgg-19");
        data.networks[0].g_ops = g_ops;
        data.networks[0].parameters_m = parameters_m;
        data
    }

    #[test]
    fn twice_the_operations_and_parameters_hold() {
        let verdict = test(&with_vgg(8.0, 8.0));
        assert_eq!((verdict.finding, verdict.number.map(|number| number.value)), (Finding::Holds, Some(2.0)));
    }

    #[test]
    fn twice_the_operations_only_fails() {
        assert_eq!(test(&with_vgg(8.0, 4.0)).finding, Finding::Fails);
    }

    #[test]
    fn without_a_vgg_the_claim_is_not_tested() {
        assert!(matches!(test(&sample::networks(4)).finding, Finding::NotTested { .. }));
    }
}
