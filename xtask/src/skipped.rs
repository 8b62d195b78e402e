//! Points and accuracies skipped for lack of time: as arguments of the estimating step, and as text.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::study::Study;

/// The flag that names a point.
const POINT: &str = "--skipped";
/// The flag that names the time.
const BUDGET: &str = "--budget";
/// Maximum number of networks that are listed by name.
const FEW: usize = 3;

/// The skipped points, and the time limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// Points by network and batch.
    pub points: BTreeSet<(String, u32)>,
    /// Networks whose accuracy is skipped although no point is.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accuracies: BTreeSet<String>,
    /// The time for measuring, as text.
    pub budget: String,
    /// Whether the times by layer are skipped, too; always when a point is.
    pub layers: bool,
}

impl Skipped {
    /// Whether this point is skipped.
    pub fn has(&self, network: &str, batch: u32) -> bool {
        !self.points.is_empty() && self.points.contains(&(network.to_owned(), batch))
    }

    /// The arguments: none when nothing is skipped, so that the step keeps its key.
    pub fn arguments(&self) -> Vec<String> {
        let points = self.points.iter().flat_map(|(network, batch)| [POINT.to_owned(), format!("{network}:{batch}")]);
        let budget = if self.points.is_empty() { Vec::new() } else { vec![BUDGET.to_owned(), self.budget.clone()] };
        points.chain(budget).collect()
    }

    /// The number of skipped points of `study`, and which, batch by batch; none when nothing is skipped.
    pub fn described(&self, study: &Study) -> Option<String> {
        if self.points.is_empty() {
            let names = self.accuracies.iter().cloned().collect::<Vec<_>>().join(", ");
            let accuracies = (!names.is_empty()).then(|| format!("the accuracy of {names}"));
            let all: Vec<String> =
                self.layers.then(|| "the times by layer".to_owned()).into_iter().chain(accuracies).collect();
            let which = || format!("skipped to keep within {}: {}", self.budget, all.join("; "));
            return (!all.is_empty()).then(which);
        }
        let batches = study.batches.iter().filter_map(|&batch| {
            let networks = study.networks.iter().map(|network| network.name);
            let names: Vec<&str> = networks.filter(|network| self.has(network, batch)).collect();
            match names.len() {
                0 => None,
                all if all == study.networks.len() => Some(format!("batch {batch}")),
                few if few <= FEW => Some(format!("batch {batch} of {}", names.join(", "))),
                many => Some(format!("batch {batch} of {many} networks")),
            }
        });
        let all = study.networks.len() * study.batches.len();
        let which = batches.collect::<Vec<_>>().join("; ");
        Some(format!("skipped to keep within {}: {} of {all} points ({which})", self.budget, self.points.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Device;
    use std::path::Path;

    fn of(points: &[(&str, u32)]) -> Skipped {
        let points: BTreeSet<_> = points.iter().map(|(network, batch)| ((*network).to_owned(), *batch)).collect();
        Skipped { layers: !points.is_empty(), points, budget: "20m".to_owned(), ..Skipped::default() }
    }

    #[test]
    fn every_point_and_the_limit_are_arguments_and_without_skipped_points_there_are_none() {
        let arguments = of(&[("vgg-16", 8), ("alexnet", 16), ("vgg-16", 4)]).arguments();
        let expected = ["--skipped", "alexnet:16", "--skipped", "vgg-16:4", "--skipped", "vgg-16:8", "--budget", "20m"];
        assert_eq!(arguments, expected);
        assert!(of(&[]).arguments().is_empty());
    }

    #[test]
    fn points_are_described_batch_by_batch() {
        let names: Vec<String> = ["alexnet", "enet", "resnet-18", "vgg-16", "vgg-19"].map(str::to_owned).to_vec();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let study = Study::choose(&root, Device::Cpu, "quick", &names, &[1, 2, 4]).unwrap();
        assert_eq!(of(&[]).described(&study), None);
        let late = Skipped { layers: true, ..of(&[]) };
        assert_eq!(late.described(&study).unwrap(), "skipped to keep within 20m: the times by layer");
        let named = ["vgg-16", "enet"].map(str::to_owned).into();
        assert_eq!(
            Skipped { accuracies: named, ..late.clone() }.described(&study).unwrap(),
            "skipped to keep within 20m: the times by layer; the accuracy of enet, vgg-16"
        );
        assert_eq!((study.layers().count(), study.without(late).layers().count()), (1, 0));
        let study = Study::choose(&root, Device::Cpu, "quick", &names, &[1, 2, 4]).unwrap();
        let all: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 4)).collect();
        let some = [("vgg-19", 1), ("alexnet", 2), ("enet", 2), ("resnet-18", 2), ("vgg-16", 2)];
        assert_eq!(
            of(&[&all[..], &some].concat()).described(&study).unwrap(),
            "skipped to keep within 20m: 10 of 15 points (batch 1 of vgg-19; batch 2 of 4 networks; batch 4)"
        );
    }
}
