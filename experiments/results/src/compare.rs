//! Two sets of records compared: the ratio of times for each point in both, which differences are real, and what else
//! differs, since that may be the cause. Independent of files and terminals.

pub mod accuracy;
pub mod cells;
pub mod difference;
pub mod row;
pub mod rule;
pub mod text;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::estimates::{Estimate, Estimates};
use crate::point;
use crate::record::{DeviceIdentity, Outcome, Protocol, Record};
use crate::records::{Records, Session};
use crate::statistics;
use crate::statistics::propagation::exact;
use crate::statistics::sessions::BetweenSessions;

pub use accuracy::Accuracies;
pub use difference::Difference;
pub use row::{Half, Row};
pub use rule::{Bounds, Verdict};

/// More points than any study has.
pub const MAX_ROWS: usize = 1000;

/// The seed of the interval of the median of all ratios.
const SEED: u64 = 2016;

/// Two sets of records, A and B.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The first set.
    pub a: Side,
    /// The second set, whose times are divided by those of the first.
    pub b: Side,
    /// The bounds of the verdicts.
    pub bounds: Bounds,
    /// The points with a time on both sides, by network in the requested order, then by batch.
    pub rows: Vec<Row>,
    /// All rows together.
    pub overall: Overall,
    /// The points with a time on one side only.
    pub only: Vec<Unpaired>,
    /// Other differences between the two than times.
    pub differences: Vec<Difference>,
    /// Measured accuracies, if any.
    pub accuracies: Vec<Accuracies>,
}

/// One set of records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Its name.
    pub name: String,
    /// What it was measured on.
    pub device: DeviceIdentity,
    /// How it was measured.
    pub protocol: Protocol,
    /// The days in UTC on which it was measured, ascending, as far as its records have them.
    pub days: Vec<String>,
    /// Number of its records, including points without a time.
    pub records: usize,
    /// Variation of times between sessions; none if no point has several sessions.
    pub between_sessions: Option<BetweenSessions>,
}

/// All rows together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overall {
    /// The median of the ratios of all rows, with its range when networks are resampled: the influence of single
    /// networks. The effect of a session on all networks is not included.
    pub ratio: Estimate,
    /// Number of networks among the rows.
    pub networks: usize,
    /// Number of rows with each verdict, in the order of [`Verdict::ALL`].
    pub verdicts: [usize; 5],
    /// Number of rows with the same samples on both sides: one measurement, not two.
    pub same: usize,
}

/// A point with a time on one side only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unpaired {
    /// The side that has a time.
    pub side: Which,
    /// Its network.
    pub network: String,
    /// Its batch.
    pub batch: u32,
    /// Why the other side has none.
    pub reason: String,
}

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// The first.
    A,
    /// The second.
    B,
}

/// Why two sets cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// There is no point to compare.
    #[error(
        "no point has a time on both sides: A has {a}; B has {b}\nhint: measure the same network at the same batch on both"
    )]
    NothingShared {
        /// What A has.
        a: String,
        /// What B has.
        b: String,
    },
    /// There are more points than any study has.
    #[error("{0} points on both sides\nhint: compare at most {MAX_ROWS} at once")]
    TooMany(usize),
}

impl Comparison {
    /// Compares two sets, each with its name; points are in the order requested when the sets were read.
    pub fn of(a: (&str, &Records), b: (&str, &Records), bounds: Bounds) -> Result<Self, CompareError> {
        let is_measured = |sessions: &[Session]| outcome(sessions) == &Outcome::Measured;
        let pairs: Vec<(&[Session], &[Session])> =
            a.1.points()
                .filter_map(|one| Some((one, b.1.point(&one[0].record.network, one[0].record.batch)?)))
                .filter(|(one, two)| is_measured(one) && is_measured(two))
                .collect();
        match pairs.len() {
            0 => return Err(CompareError::NothingShared { a: points(a.1), b: points(b.1) }),
            1..=MAX_ROWS => {}
            many => return Err(CompareError::TooMany(many)),
        }
        // The requested number of sessions does not matter here.
        let [all_a, all_b] = [a.1, b.1].map(|records| Estimates::of(records, 1));
        let row = |(one, two): (&[Session], &[Session])| {
            let Record { network, batch, .. } = &one[0].record;
            let samples = |sessions: &[Session]| -> Vec<Vec<Vec<f64>>> {
                sessions.iter().map(|session| point::samples(&session.record)).collect()
            };
            let same = samples(one) == samples(two);
            Row::of((&all_a, all_a.point(network, *batch)?), (&all_b, all_b.point(network, *batch)?), same, &bounds)
        };
        let rows: Vec<Row> = pairs.into_iter().filter_map(row).collect();
        let (side_a, side_b) = (Side::of(a, &all_a), Side::of(b, &all_b));
        let unpaired = |side: Which, own: &Records, other: &Records| {
            let unpaired = own.points().filter(|sessions| is_measured(sessions)).filter_map(|sessions| {
                let Record { network, batch, .. } = &sessions[0].record;
                let reason = match other.point(network, *batch).map(outcome) {
                    Some(Outcome::Measured) => return None,
                    None => "no record".to_owned(),
                    Some(outcome) => words(outcome).to_owned(),
                };
                Some(Unpaired { side, network: network.clone(), batch: *batch, reason })
            });
            unpaired.collect::<Vec<Unpaired>>()
        };
        Ok(Self {
            overall: Overall::of(&rows),
            only: [unpaired(Which::A, a.1, b.1), unpaired(Which::B, b.1, a.1)].concat(),
            differences: difference::of(a.1, b.1),
            a: side_a,
            b: side_b,
            bounds,
            rows,
            accuracies: Vec::new(),
        })
    }

    /// Whether any number is from a model of a device.
    pub fn is_simulated(&self) -> bool {
        self.a.device.simulated || self.b.device.simulated
    }
}

/// How a point ended: measured if any of its sessions was, else as the latest session.
fn outcome(sessions: &[Session]) -> &Outcome {
    let measured = sessions.iter().find(|session| session.record.outcome == Outcome::Measured);
    &measured.unwrap_or(&sessions[sessions.len() - 1]).record.outcome
}

impl Side {
    fn of((name, records): (&str, &Records), estimates: &Estimates) -> Self {
        let days = estimates.points.iter().flat_map(|point| &point.sources);
        let days: BTreeSet<String> = days.filter_map(|source| source.measured_on.clone()).collect();
        Self {
            name: name.to_owned(),
            device: records.device.clone(),
            protocol: records.protocol.clone(),
            days: days.into_iter().collect(),
            records: records.sessions.len(),
            between_sessions: estimates.between_sessions,
        }
    }
}

impl Overall {
    fn of(rows: &[Row]) -> Self {
        let mut networks: Vec<(&str, Vec<f64>)> = Vec::new();
        for row in rows {
            match networks.iter_mut().find(|(name, _)| *name == row.network) {
                Some((_, ratios)) => ratios.push(row.ratio.value),
                None => networks.push((&row.network, vec![row.ratio.value])),
            }
        }
        let ratios: Vec<&[f64]> = networks.iter().map(|(_, ratios)| ratios.as_slice()).collect();
        Self {
            // A comparison has at least one row.
            ratio: statistics::estimate(&ratios, SEED).unwrap_or(exact(1.0)),
            networks: networks.len(),
            verdicts: Verdict::ALL.map(|verdict| rows.iter().filter(|row| row.verdict == verdict).count()),
            same: rows.iter().filter(|row| row.same).count(),
        }
    }
}

/// The first few points of a set.
fn points(records: &Records) -> String {
    const MAX_POINTS: usize = 6;
    let name = |sessions: &[Session]| {
        let nothing = if outcome(sessions) == &Outcome::Measured { "" } else { " without a time" };
        format!("{} at batch {}{nothing}", sessions[0].record.network, sessions[0].record.batch)
    };
    let all: Vec<String> = records.points().map(name).collect();
    let more = all.len().checked_sub(MAX_POINTS + 1).map(|more| format!("{} more", more + 1));
    all.into_iter().take(MAX_POINTS).chain(more).collect::<Vec<_>>().join(", ")
}

/// Why a point has no time.
fn words(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Measured => "measured",
        Outcome::OutOfMemory { .. } => "out of memory",
        Outcome::OutOfTime { .. } => "out of time",
        Outcome::Refused { .. } => "numbers refused",
        Outcome::Implied { .. } => "not tried, since a smaller batch failed",
        Outcome::Skipped { .. } => "skipped",
    }
}
