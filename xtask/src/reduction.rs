//! Reduces a study to the points that fit into a time limit, the most informative first, by their estimated durations.

use std::collections::BTreeMap;
use std::time::Duration;

use networks::Network;

use crate::skipped::Skipped;
use crate::study::Study;
use offprint::budget::Budget;
use offprint::progress::duration;

/// The most informative batches: the original mostly discusses batch 1, and batch 16 for the other end.
const FIRST: [u32; 2] = [1, 16];

/// The points and accuracies that fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduction {
    /// Those that do not.
    pub skipped: Skipped,
    /// Number of points and accuracies to measure.
    pub measured: usize,
    /// Their estimated duration.
    pub about: Duration,
    /// The shortest estimated duration among those skipped; none when all fit.
    pub smallest: Option<Duration>,
}

impl Reduction {
    /// How to measure those skipped.
    pub fn hint(&self) -> String {
        match self.smallest {
            Some(smallest) if self.measured == 0 => {
                format!("the shortest takes about {}: give more time with --budget", duration(smallest))
            }
            _ => "repeat the command to continue with them".to_owned(),
        }
    }
}

/// Why nothing fits.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error(
    "no point fits into {budget}: the shortest takes about {}\nhint: give more time with --budget, or measure less with --networks and --batches",
    duration(*smallest)
)]
pub struct NothingFits {
    budget: Budget,
    smallest: Duration,
}

/// Selects the points that fit into `budget`. `durations` has the estimated duration of each requested step by name;
/// zero when it need not run. A point whose step is not requested is neither measured nor skipped.
///
/// A point that does not fit is skipped; a later, shorter one may still fit.
pub fn reduce(study: &Study, durations: &BTreeMap<String, Duration>, budget: Budget) -> Result<Reduction, NothingFits> {
    let mut reduction = Reduction { skipped: Skipped::default(), measured: 0, about: Duration::ZERO, smallest: None };
    let mut asked = 0_usize;
    for (network, batch) in by_importance(study) {
        let sessions: Vec<Duration> =
            study.sessions(network, batch).filter_map(|(_, step)| durations.get(&step).copied()).collect();
        if sessions.is_empty() {
            continue;
        }
        let time = sessions.into_iter().fold(Duration::ZERO, Duration::saturating_add);
        asked += 1;
        match reduction.about.checked_add(time).filter(|about| *about <= budget.time()) {
            Some(about) => {
                reduction.about = about;
                reduction.measured += usize::from(!time.is_zero());
            }
            None => {
                reduction.smallest = Some(reduction.smallest.map_or(time, |smallest| smallest.min(time)));
                reduction.skipped.points.insert((network.name.to_owned(), batch));
            }
        }
    }
    match reduction.smallest {
        None => Ok(with_accuracies(reduction, study, durations, budget)),
        Some(smallest) if reduction.skipped.points.len() == asked => Err(NothingFits { budget, smallest }),
        Some(_) => {
            reduction.skipped.budget = budget.to_string();
            reduction.skipped.layers = true;
            Ok(reduction)
        }
    }
}

/// Adds the accuracies that fit after all points, in the order of the paper.
fn with_accuracies(
    mut reduction: Reduction,
    study: &Study,
    durations: &BTreeMap<String, Duration>,
    budget: Budget,
) -> Reduction {
    for network in study.classified() {
        let Some(&time) = durations.get(&study.accuracy_step(network)) else { continue };
        match reduction.about.checked_add(time).filter(|about| *about <= budget.time()) {
            Some(about) => {
                reduction.about = about;
                reduction.measured += usize::from(!time.is_zero());
            }
            None => {
                reduction.smallest = Some(reduction.smallest.map_or(time, |smallest| smallest.min(time)));
                reduction.skipped.accuracies.insert(network.name.to_owned());
                reduction.skipped.budget = budget.to_string();
            }
        }
    }
    reduction
}

/// Batch by batch: 1, 16, then the others in ascending order. Within a batch, the order of the paper.
fn by_importance(study: &Study) -> impl Iterator<Item = (&Network, u32)> {
    let first = FIRST.into_iter().filter(|batch| study.batches.contains(batch));
    let others = study.batches.iter().copied().filter(|batch| !FIRST.contains(batch));
    first.chain(others).flat_map(|batch| study.networks.iter().map(move |network| (network, batch)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Device;
    use offprint::caller::{ListedFiles, NamedFiles};
    use std::path::Path;

    fn study() -> Study {
        let names = ["alexnet", "enet", "vgg-19"].map(str::to_owned);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        Study::choose(&root, Device::Cpu, "quick", &names, &[]).unwrap()
    }

    /// One second per image, ten for VGG-19.
    fn takes(study: &Study) -> BTreeMap<String, Duration> {
        let all = study.points().map(|(network, batch)| {
            let factor = if network.name == "vgg-19" { 10 } else { 1 };
            (study.step(network, batch), Duration::from_secs(factor * u64::from(batch)))
        });
        all.collect()
    }

    /// The points that fit, in the order of the study.
    fn points_within(takes: &BTreeMap<String, Duration>, budget: &str) -> Vec<String> {
        let study = study();
        let reduction = reduce(&study, takes, budget.parse().unwrap()).unwrap();
        let taken = study.points().filter(|(network, batch)| !reduction.skipped.has(network.name, *batch));
        taken.map(|(network, batch)| format!("{}:{batch}", network.name)).collect()
    }

    #[test]
    fn points_are_taken_by_importance_and_cheaper_ones_fit_after_one_that_does_not() {
        let takes = takes(&study());
        // 1 + 1 + 10 for batch 1, 16 + 16 for batch 16, where VGG-19 does not fit.
        let expected = ["alexnet:1", "alexnet:16", "enet:1", "enet:16", "vgg-19:1"];
        assert_eq!(points_within(&takes, "44s"), expected);
        // Two more seconds are for the smallest of the others.
        let expected = ["alexnet:1", "alexnet:2", "alexnet:16", "enet:1", "enet:16", "vgg-19:1"];
        assert_eq!(points_within(&takes, "47s"), expected);
        assert_eq!(points_within(&takes, "2s"), ["alexnet:1", "enet:1"]);
        let study = study();
        let reduction = reduce(&study, &takes, "47s".parse().unwrap()).unwrap();
        assert_eq!(
            (reduction.measured, reduction.about, reduction.skipped.points.len()),
            (6, Duration::from_secs(46), 9)
        );
        assert_eq!((reduction.skipped.budget.as_str(), reduction.smallest), ("47s", Some(Duration::from_secs(2))));
        assert!(reduction.hint().contains("repeat the command to continue"), "{}", reduction.hint());
    }

    #[test]
    fn measured_points_take_no_time_so_repeated_calls_continue() {
        let mut takes = takes(&study());
        let mut calls = Vec::new();
        while calls.last() != Some(&15) {
            let taken = points_within(&takes, "3m");
            calls.push(taken.len());
            for point in taken {
                let (network, batch) = point.split_once(':').unwrap();
                takes.insert(format!("measure/cpu/{network}/b{batch}"), Duration::ZERO);
            }
        }
        // 1+1+10+16+16+2+2+20+4+4+40+8+8 = 132 and 45 more do not fit; then 80 and, in the last call, 160.
        assert_eq!(calls, [13, 14, 15]);
    }

    #[test]
    fn accuracies_come_after_all_points_and_only_those_that_fit() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(place("images.toml"), "folder = \".\"\n").unwrap();
        std::fs::write(place("w"), "").unwrap();
        let list = "[networks]\nalexnet = \"w\"\nenet = \"w\"\nvgg-19 = \"w\"\n";
        std::fs::write(place("weights.toml"), list).unwrap();
        let images = ListedFiles::parse(&place("images.toml"), &["folder"]).ok();
        let weights = NamedFiles::parse(&place("weights.toml"), "networks", networks::find).unwrap();
        let mut takes = takes(&study());
        let study = Study { images, weights, ..study() };
        for (network, seconds) in [("alexnet", 100), ("enet", 1000), ("vgg-19", 150)] {
            takes.insert(format!("accuracy/cpu/{network}"), Duration::from_secs(seconds));
        }
        // All points take 12 times 31 seconds.
        let within = |seconds: u64| reduce(&study, &takes, format!("{seconds}s").parse().unwrap()).unwrap();
        let reduction = within(372 + 250);
        assert_eq!((reduction.measured, reduction.about.as_secs()), (17, 622));
        assert_eq!(reduction.skipped.accuracies, ["enet".to_owned()].into());
        assert_eq!((reduction.skipped.budget.as_str(), reduction.skipped.layers), ("10m22s", false));
        assert_eq!(within(372 + 1250).skipped, Skipped::default());
        // Without time for a point there is none for an accuracy.
        let few = within(371);
        assert!(few.skipped.accuracies.is_empty() && !few.skipped.points.is_empty());
        assert_eq!(study.without(few.skipped).classified().count(), 0);
    }

    #[test]
    fn nothing_is_skipped_when_everything_fits_or_is_not_requested() {
        let (study, mut takes) = (study(), takes(&study()));
        let all = reduce(&study, &takes, "10h".parse().unwrap()).unwrap();
        assert_eq!((all.skipped, all.measured), (Skipped::default(), 15));
        takes.retain(|step, _| step.ends_with("/b16"));
        let some = reduce(&study, &takes, "32s".parse().unwrap()).unwrap();
        assert_eq!(some.skipped.points.into_iter().collect::<Vec<_>>(), [("vgg-19".to_owned(), 16)]);
        let none = reduce(&study, &BTreeMap::new(), "0s".parse().unwrap()).unwrap();
        assert_eq!((none.skipped, none.measured), (Skipped::default(), 0));
    }

    #[test]
    fn a_time_into_which_nothing_fits_is_refused_with_one_that_suffices() {
        let mut takes = takes(&study());
        let error = reduce(&study(), &takes, "0s".parse().unwrap()).unwrap_err().to_string();
        assert!(
            error.contains("no point fits into 0s") && error.contains("about 1.0 s") && error.contains("hint:"),
            "{error}"
        );
        // With one measured point, there is a study of it.
        takes.insert("measure/cpu/vgg-19/b16".to_owned(), Duration::ZERO);
        assert_eq!(points_within(&takes, "0s"), ["vgg-19:16"]);
        let hint = reduce(&study(), &takes, "0s".parse().unwrap()).unwrap().hint();
        assert!(hint.contains("takes about 1.0 s: give more time"), "{hint}");
    }
}
