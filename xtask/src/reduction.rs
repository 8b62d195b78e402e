//! Which points of a study are measured within a time: the most informative first, and of those as many as reduction.
//! Goes by what they are expected to take; measures nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use networks::Network;

use crate::skipped::Skipped;
use crate::study::Study;
use offprint::budget::Budget;
use offprint::progress::duration;

/// Batch 1 is what the original is mostly about, and batch 16 what it takes for the other end.
const FIRST: [u32; 2] = [1, 16];

/// What fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduction {
    /// What does not.
    pub skipped: Skipped,
    /// How many points are to be measured.
    pub measured: usize,
    /// How long that takes about.
    pub about: Duration,
    /// How long the smallest of those takes that do not fit; none when all do.
    pub smallest: Option<Duration>,
}

impl Reduction {
    /// What helps to measure what does not reduction.
    pub fn hint(&self) -> String {
        match self.smallest {
            Some(smallest) if self.measured == 0 => {
                format!("the first to fit takes about {}: give more time with --budget", duration(smallest))
            }
            _ => "the same call again continues with them".to_owned(),
        }
    }
}

/// Why nothing fits.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error(
    "no point fits into {budget}: the first to fit takes about {}\nhint: give more time with --budget, or measure less with --networks and --batches",
    duration(*smallest)
)]
pub struct NothingFits {
    budget: Budget,
    smallest: Duration,
}

/// Fits the points into `budget`. `takes` has the time that each step asked for takes, by name; none when it need not
/// run. A point whose step is not asked for is neither taken nor left out.
///
/// A point that does not fit is left out, and a later one that takes less may still reduction.
pub fn reduce(study: &Study, takes: &BTreeMap<String, Duration>, budget: Budget) -> Result<Reduction, NothingFits> {
    let mut reduction = Reduction { skipped: Skipped::default(), measured: 0, about: Duration::ZERO, smallest: None };
    let mut asked = 0_usize;
    for (network, batch) in by_importance(study) {
        let sessions: Vec<Duration> =
            study.sessions(network, batch).filter_map(|(_, step)| takes.get(&step).copied()).collect();
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
        None => Ok(reduction),
        Some(smallest) if reduction.skipped.points.len() == asked => Err(NothingFits { budget, smallest }),
        Some(_) => {
            reduction.skipped.budget = budget.to_string();
            reduction.skipped.layers = true;
            Ok(reduction)
        }
    }
}

/// Batch by batch: 1, 16, then the others ascending; within a batch in the order of the paper.
fn by_importance(study: &Study) -> impl Iterator<Item = (&Network, u32)> {
    let first = FIRST.into_iter().filter(|batch| study.batches.contains(batch));
    let others = study.batches.iter().copied().filter(|batch| !FIRST.contains(batch));
    first.chain(others).flat_map(|batch| study.networks.iter().map(move |network| (network, batch)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Device;
    use std::path::Path;

    fn study() -> Study {
        let names = ["alexnet", "enet", "vgg-19"].map(str::to_owned);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        Study::choose(&root, Device::Cpu, "quick", &names, &[]).unwrap()
    }

    /// A second for each image, ten for each of VGG-19.
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
        // 1 + 1 + 10 for batch 1, 16 + 16 for batch 16, where VGG-19 does not reduction.
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
        assert!(reduction.hint().contains("the same call again continues"), "{}", reduction.hint());
    }

    #[test]
    fn what_is_at_hand_costs_nothing_so_that_the_same_call_goes_on() {
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
    fn whatever_fits_leaves_nothing_out_and_what_is_not_asked_for_is_not_skipped() {
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
    fn a_time_into_which_nothing_fits_is_refused_with_what_would() {
        let mut takes = takes(&study());
        let error = reduce(&study(), &takes, "0s".parse().unwrap()).unwrap_err().to_string();
        assert!(
            error.contains("no point fits into 0s") && error.contains("about 1.0 s") && error.contains("hint:"),
            "{error}"
        );
        // With something at hand there is a study of that.
        takes.insert("measure/cpu/vgg-19/b16".to_owned(), Duration::ZERO);
        assert_eq!(points_within(&takes, "0s"), ["vgg-19:16"]);
        let hint = reduce(&study(), &takes, "0s".parse().unwrap()).unwrap().hint();
        assert!(hint.contains("takes about 1.0 s: give more time"), "{hint}");
    }
}
