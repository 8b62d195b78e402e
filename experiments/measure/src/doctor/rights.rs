//! What the kernel lets a measuring process do to itself: start its peak of memory anew, and be the first to go when memory
//! runs out. Tries by opening the files; writes nothing.

use std::fs::OpenOptions;
use std::path::Path;

use super::finding::Finding;
use super::reading::Reading;
use crate::environment::{Facts, observation};

/// Whether each is allowed.
pub fn facts(procfs: &Path) -> Facts {
    let may = |file: &str| {
        let opened = OpenOptions::new().write(true).open(procfs.join("self").join(file));
        opened.map(|_| true).map_err(|error| format!("self/{file} cannot be written: {}", error.kind()))
    };
    Facts::from([
        ("peak_resettable".to_owned(), observation(may("clear_refs"))),
        ("ended_first".to_owned(), observation(may("oom_score_adj"))),
    ])
}

/// What is not allowed.
pub fn check(reading: &Reading) -> Vec<Finding> {
    let told = [
        ("peak_resettable", "a peak of memory cannot be reset", "memory of a point includes what was used before it"),
        (
            "ended_first",
            "a measuring process cannot ask to be ended first",
            "when a point runs out of memory the kernel may end another program instead of it",
        ),
    ];
    let finding = |(fact, what, why)| Some(Finding::know(format!("{what}: {}", reading.reason(fact)?), why));
    told.into_iter().filter_map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Weight;
    use super::super::reading::of;
    use super::*;

    const REFS: (&str, &str) = ("self/clear_refs", "");
    const SCORE: (&str, &str) = ("self/oom_score_adj", "0\n");

    #[test]
    fn each_right_that_is_missing_is_worth_knowing() {
        let what =
            |files: &[_]| check(&of(files)).into_iter().map(|found| (found.weight, found.what)).collect::<Vec<_>>();
        let (peak, first) = (what(&[SCORE]), what(&[REFS]));
        assert!(
            peak.len() == 1 && peak[0].1.starts_with("a peak of memory cannot be reset: self/clear_refs"),
            "{peak:?}"
        );
        assert!(first.len() == 1 && first[0].1.starts_with("a measuring process cannot ask"), "{first:?}");
        assert_eq!((peak[0].0, first[0].0), (Weight::Know, Weight::Know));
        assert!(what(&[REFS, SCORE]).is_empty());
    }

    #[test]
    fn to_try_changes_nothing() {
        let folder = crate::environment::fixture(&[SCORE]);
        facts(folder.path());
        assert_eq!(std::fs::read_to_string(folder.path().join(SCORE.0)).expect("a file"), SCORE.1);
        assert!(!folder.path().join(REFS.0).exists());
    }
}
