//! What was repeated behind a time, and so what its interval is of. Knows no number.

use serde::{Deserialize, Serialize};

use crate::estimates::Point;

/// What was repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replication {
    /// Sessions that gave a time: complete measurements of a point, apart in time.
    pub sessions: u32,
    /// Processes in each of them, one after the other.
    pub processes: u32,
    /// What the ends of the time are.
    pub interval: Interval,
}

/// What the ends of a time are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interval {
    /// Of one process: how far its passes leave its median open. Another process may differ by more.
    WithinProcess,
    /// A 95 % interval over processes of one session. Another session may differ by more.
    Processes,
    /// A 95 % interval over sessions.
    Sessions,
}

impl Replication {
    /// Of so many sessions of so many processes.
    pub fn new(sessions: u32, processes: u32) -> Self {
        let interval = match (sessions, processes) {
            (..2, ..2) => Interval::WithinProcess,
            (..2, _) => Interval::Processes,
            _ => Interval::Sessions,
        };
        Self { sessions, processes, interval }
    }
}

impl Interval {
    /// As a table or a caption calls it.
    pub fn words(self) -> &'static str {
        match self {
            Self::WithinProcess => "range within a process",
            Self::Processes => "95 % interval over processes",
            Self::Sessions => "95 % interval over sessions",
        }
    }

    /// What the intervals of these points are, each kind once, the weakest first.
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
    fn only_what_was_repeated_is_claimed() {
        let words = |sessions, processes| Replication::new(sessions, processes).interval.words();
        assert_eq!(words(1, 1), "range within a process");
        assert_eq!(words(1, 5), "95 % interval over processes");
        assert_eq!([words(2, 1), words(3, 5)], ["95 % interval over sessions"; 2]);
    }
}
