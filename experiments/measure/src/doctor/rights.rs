//! What the kernel permits a measuring process: to reset its peak of memory, and to be ended first when memory runs
//! out. Opens the files to test this, and writes nothing.

use std::fs::OpenOptions;
use std::path::Path;

use super::finding::Finding;
use super::snapshot::Snapshot;
use crate::environment::{Observations, observation, words};

/// Whether each is permitted.
pub fn observations(procfs: &Path) -> Observations {
    let may = |file: &str| {
        let opened = OpenOptions::new().write(true).open(procfs.join("self").join(file));
        opened.map(|_| true).map_err(|error| format!("self/{file} cannot be written: {}", words(&error)))
    };
    Observations::from([
        ("peak_resettable".to_owned(), observation(may("clear_refs"))),
        ("ended_first".to_owned(), observation(may("oom_score_adj"))),
    ])
}

/// Notes what is not permitted.
pub fn check(snapshot: &Snapshot) -> Vec<Finding> {
    let permissions = [
        (
            "peak_resettable",
            "the peak of memory cannot be reset",
            "the memory of a point includes what was used before it",
        ),
        (
            "ended_first",
            "a measuring process cannot ask to be ended first",
            "when a point runs out of memory, the kernel may end another program instead",
        ),
    ];
    let finding = |(name, what, why)| Some(Finding::note(format!("{what}: {}", snapshot.reason(name)?), why));
    permissions.into_iter().filter_map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Severity;
    use super::super::snapshot::of;
    use super::*;

    const REFS: (&str, &str) = ("self/clear_refs", "");
    const SCORE: (&str, &str) = ("self/oom_score_adj", "0\n");

    #[test]
    fn each_missing_permission_is_noted() {
        let what =
            |files: &[_]| check(&of(files)).into_iter().map(|found| (found.severity, found.what)).collect::<Vec<_>>();
        let (peak, first) = (what(&[SCORE]), what(&[REFS]));
        let why = "the peak of memory cannot be reset: self/clear_refs cannot be written: No such file or directory";
        assert!(peak.len() == 1 && peak[0].1 == why, "{peak:?}");
        assert!(first.len() == 1 && first[0].1.starts_with("a measuring process cannot ask"), "{first:?}");
        assert_eq!((peak[0].0, first[0].0), (Severity::Note, Severity::Note));
        assert!(what(&[REFS, SCORE]).is_empty());
    }

    #[test]
    fn testing_permissions_changes_nothing() {
        let folder = crate::environment::fixture(&[SCORE]);
        observations(folder.path());
        assert_eq!(std::fs::read_to_string(folder.path().join(SCORE.0)).expect("a file"), SCORE.1);
        assert!(!folder.path().join(REFS.0).exists());
    }
}
