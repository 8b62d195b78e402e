//! C10: the newest ResNets and Inceptions are more accurate than all older networks by a wide margin. The test uses accuracies, no
//! times. The interval is that of accuracies on the validation images.

use results::statistics::propagation::difference;
use results::verdicts::{Basis, IntervalKind, Limits, Verdict};

use super::claim::{Claim, Original, Test};
use super::verdict::{Decides, decided_by, estimated, not_tested};
use crate::network_data::{NetworkData, Subject};
use crate::number::{fixed, list};

/// The networks that the claim is about, as we read it.
const NEWEST: [&str; 4] = ["resnet-101", "resnet-152", "inception-v3", "inception-v4"];
/// The lead that the original states [points].
const STATED_LEAD: f64 = 7.0;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C10",
    title: "The newest lead",
    statement: "The newest ResNets and Inceptions are more accurate than every other architecture by a wide margin.",
    original: Original {
        text: "At least 7 points, and the bars of Figure 1",
        source: "Section 3.1, recalled; Figure 1",
    },
    basis: Basis::Counted,
    test: Test::Once(test),
};

/// Whether a network is a smaller one of the same families. These are neither among the newest networks nor another architecture.
fn is_smaller(network: &Subject) -> bool {
    let family = network.name.starts_with("resnet") || network.name.starts_with("inception");
    family && !NEWEST.contains(&network.name.as_str())
}

fn test(data: &NetworkData) -> Verdict {
    let known = || data.networks.iter().filter(|network| network.top1.is_some());
    let titles = |names: &mut dyn Iterator<Item = &Subject>| {
        list(&names.map(|network| network.title.clone()).collect::<Vec<_>>())
    };
    let newest = || NEWEST.iter().filter_map(|name| known().find(|network| network.name == *name));
    let bound = format!(
        "the least accurate of the newest leads the best of the other architectures by at least {} points, as the original states",
        fixed(STATED_LEAD, 0)
    );
    if newest().count() < NEWEST.len() {
        return not_tested(bound, "it needs the accuracies of the newest four networks".to_owned());
    }
    let order = |a: &&Subject, b: &&Subject| a.top1.unwrap_or_default().total_cmp(&b.top1.unwrap_or_default());
    let older = known().filter(|network| !NEWEST.contains(&network.name.as_str()) && !is_smaller(network));
    let (Some(newest_min), Some(best)) = (newest().min_by(order), older.max_by(order)) else {
        return not_tested(bound, "it needs the accuracy of an older network".to_owned());
    };
    let Some((lowest, highest_other)) = newest_min.accuracy().zip(best.accuracy()) else {
        return not_tested(bound, "an accuracy is not a proportion of the images".to_owned());
    };
    let lead = difference(lowest, highest_other);
    let mut words = format!(
        "The newest are {}. {}, the least accurate of them, is {} points above {}.",
        titles(&mut newest()),
        newest_min.title,
        fixed(lead.value, 1),
        best.title
    );
    if let Some((smaller, accuracy)) = known()
        .filter(|network| is_smaller(network))
        .max_by(order)
        .and_then(|network| Some((network, network.accuracy()?)))
    {
        words += &format!(
            " Excluded on both sides: {}; above {} the lead is {} points.",
            titles(&mut known().filter(|network| is_smaller(network))),
            smaller.title,
            fixed(difference(lowest, accuracy).value, 1)
        );
    }
    let lead = estimated("lead", lead, IntervalKind::Confidence, 1, "points");
    decided_by(vec![lead.against(Limits::at_least(STATED_LEAD))], bound, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network_data::sample;
    use results::verdicts::{Finding, Margin};

    fn with_lead(lead: f64) -> NetworkData {
        let mut data = sample::networks(6);
        for (index, name) in NEWEST.iter().enumerate() {
            sample::renamed(&mut data, index, name);
            data.networks[index].top1 = Some(70.0 + lead + index as f64);
        }
        data.networks[4].top1 = Some(70.0);
        data.networks[5].top1 = Some(55.0);
        data
    }

    #[test]
    fn eight_points_hold_and_the_newest_networks_are_named() {
        let verdict = test(&with_lead(8.0));
        assert_eq!((verdict.finding, verdict.margin), (Finding::Holds, Margin::Clear));
        let set = "The newest are resnet-101, resnet-152, inception-v3 and inception-v4. resnet-101, the least accurate of them, is 8.0 points above N5.";
        assert_eq!(verdict.words, set);
    }

    #[test]
    fn excluded_networks_are_named_with_the_lead_over_them() {
        let mut data = with_lead(8.0);
        sample::renamed(&mut data, 5, "resnet-50");
        data.networks[5].top1 = Some(76.5);
        let verdict = test(&data);
        assert_eq!(verdict.finding, Finding::Holds);
        let excluded = "Excluded on both sides: resnet-50; above resnet-50 the lead is 1.5 points.";
        assert!(verdict.words.ends_with(excluded), "{}", verdict.words);
    }

    #[test]
    fn slightly_less_than_seven_points_fails_marginally() {
        let verdict = test(&with_lead(6.8));
        assert_eq!((verdict.finding, verdict.margin), (Finding::Fails, Margin::Marginal), "{}", verdict.words);
    }

    #[test]
    fn three_points_fail() {
        assert_eq!(test(&with_lead(3.0)).finding, Finding::Fails);
    }

    #[test]
    fn a_missing_network_is_not_tested() {
        let mut data = with_lead(7.0);
        data.networks.remove(0);
        assert!(matches!(test(&data).finding, Finding::NotTested { .. }));
    }
}
