//! What was repeated to measure a time, and thus what its interval covers. Independent of numbers.

use serde::{Deserialize, Serialize};

use crate::estimates::Point;

/// What was repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replication {
    /// Sessions with a time: complete measurements of a point at different times.
    pub sessions: u32,
    /// Consecutive processes of each session.
    pub processes: u32,
    /// The kind of the time's interval.
    pub interval: Interval,
}

/// The kind of a time's interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interval {
    /// There is none: a single sample shows no variation.
    None,
    /// The uncertainty of the median within one process. Another process may differ by more.
    WithinProcess,
    /// A 95 % interval over the processes of one session. Another session may differ by more.
    Processes,
    /// A 95 % interval over sessions.
    Sessions,
}

impl Replication {
    /// The replication of `sessions` sessions with `processes` processes each, and `samples` samples in all of them.
    pub fn new(sessions: u32, processes: u32, samples: usize) -> Self {
        let interval = match (sessions, processes, samples) {
            (_, _, ..2) => Interval::None,
            (..2, ..2, _) => Interval::WithinProcess,
            (..2, ..) => Interval::Processes,
            _ => Interval::Sessions,
        };
        Self { sessions, processes, interval }
    }
}

impl Interval {
    /// Its name in tables and captions.
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "none for a single sample",
            Self::WithinProcess => "range within a process",
            Self::Processes => "95 % interval over processes",
            Self::Sessions => "95 % interval over sessions",
        }
    }

    /// The kinds of these points' intervals, each once, the weakest first.
    pub fn of(points: &[Point]) -> Vec<Self> {
        let mut kinds: Vec<Self> = points.iter().filter_map(|point| Some(point.replication?.interval)).collect();
        kinds.sort();
        kinds.dedup();
        kinds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_over_what_was_repeated() {
        let words = |sessions, processes| Replication::new(sessions, processes, 10).interval.words();
        assert_eq!(words(1, 1), "range within a process");
        assert_eq!(words(1, 5), "95 % interval over processes");
        assert_eq!([words(2, 1), words(3, 5)], ["95 % interval over sessions"; 2]);
        assert_eq!(Replication::new(1, 1, 1).interval.words(), "none for a single sample");
        assert_eq!(Replication::new(1, 1, 2).interval, Interval::WithinProcess);
    }
}
