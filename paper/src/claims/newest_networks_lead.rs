//! C10: the newest ResNets and Inceptions are more accurate than all older networks by a wide margin. Cited accuracies
//! decide it: no measurement enters, and the interval is that of accuracies of so many images.

use results::statistics::propagation::difference;

use super::claim::Claim;
use super::condition::{Condition, Side};
use super::verdict::{Number, Verdict};
use crate::evidence::{Evidence, Subject};
use crate::number::{estimate, fixed};

/// The networks the claim is about.
const NEWEST: [&str; 4] = ["resnet-101", "resnet-152", "inception-v3", "inception-v4"];
/// The least lead that is a wide one [points]. On 50 000 images an accuracy of 70 % is known to 0.4 points, and the
/// original states a lead of about 7.
const LEAST_LEAD: f64 = 5.0;

/// See the module.
pub const CLAIM: Claim = Claim {
    id: "C10",
    title: "The newest lead",
    statement: "The newest ResNets and Inceptions are more accurate than every other architecture by a wide margin.",
    original: "Figure 1: about 7 points; ResNet-101 leads VGG-19 by 6.8",
    test,
};

fn test(evidence: &Evidence) -> Verdict {
    let bound = format!(
        "the least of the newest leads the best of the other architectures by at least {} points, over ten times the uncertainty of an accuracy",
        fixed(LEAST_LEAD, 0)
    );
    let known = |network: &&Subject| network.top1.is_some();
    let order = |a: &&Subject, b: &&Subject| a.top1.unwrap_or_default().total_cmp(&b.top1.unwrap_or_default());
    let newest = NEWEST.iter().filter_map(|name| evidence.get(name)).filter(known);
    // Smaller ResNets are of the newest architectures too, and no rival to them.
    let older = evidence.networks.iter().filter(known);
    let older = older.filter(|network| !network.name.starts_with("resnet") && !network.name.starts_with("inception"));
    if newest.clone().count() < NEWEST.len() {
        return Verdict::not_tested(bound, "it needs the accuracies of the newest four networks".to_owned());
    }
    let accuracy = |network: &Subject| Some((network.title.clone(), network.accuracy()?));
    let least = newest.min_by(order).and_then(accuracy);
    let best = older.max_by(order).and_then(accuracy);
    let (Some((least, ours)), Some((best, theirs))) = (least, best) else {
        return Verdict::not_tested(bound, "it needs the accuracy of an older network".to_owned());
    };
    let lead = difference(ours, theirs);
    let words = format!(
        "{least}, the least accurate of the newest, is {} points above {best}, the best of the others.",
        estimate(lead, |points| fixed(points, 1))
    );
    let lead = Number::estimated("lead", lead, 1, " points");
    Verdict::by(&[Condition::new(lead, Side::AtLeast(LEAST_LEAD), 1)], bound, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::{Finding, Margin};
    use crate::evidence::sample;

    fn with_lead(lead: f64) -> Evidence {
        let mut evidence = sample::networks(6);
        for (index, name) in NEWEST.iter().enumerate() {
            sample::renamed(&mut evidence, index, name);
            evidence.networks[index].top1 = Some(70.0 + lead + index as f64);
        }
        evidence.networks[4].top1 = Some(70.0);
        evidence.networks[5].top1 = Some(55.0);
        evidence
    }

    #[test]
    fn seven_points_hold() {
        let verdict = test(&with_lead(7.0));
        assert_eq!(verdict.finding, Finding::Holds);
        assert!(verdict.words.contains("7.0 (6.5 to 7.5) points above N5"), "{}", verdict.words);
    }

    #[test]
    fn five_points_and_a_bit_hold_narrowly() {
        let verdict = test(&with_lead(5.2));
        assert_eq!((verdict.finding, verdict.margin), (Finding::Holds, Margin::Narrow), "{}", verdict.words);
    }

    #[test]
    fn three_points_fail() {
        assert_eq!(test(&with_lead(3.0)).finding, Finding::Fails);
    }

    #[test]
    fn a_missing_network_is_not_tested() {
        let mut evidence = with_lead(7.0);
        evidence.networks.remove(0);
        assert!(matches!(test(&evidence).finding, Finding::NotTested { .. }));
    }
}
