//! One point on both sides: its two times, their ratio, memory, flags and verdict. Independent of other points.

use serde::{Deserialize, Serialize};

use crate::agreement::{Operand, Ratio};
use crate::compare::rule::{Bounds, Verdict};
use crate::estimates::{Estimate, Point};
use crate::flag::Flag;
use crate::replication::Replication;
use crate::statistics::propagation::exact;
use crate::units::Bytes;

/// One (network, batch) with a time on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// For example `resnet-18`.
    pub network: String,
    /// Images in one forward pass.
    pub batch: u32,
    /// The point on side A.
    pub a: Half,
    /// The point on side B.
    pub b: Half,
    /// Time of B over that of A, with its 95 % interval.
    pub ratio: Estimate,
    /// Whether that interval covers the variation between sessions on both sides.
    pub over_sessions: bool,
    /// Net memory of B over that of A, without an interval; none if one is unknown or 0.
    pub memory_ratio: Option<f64>,
    /// True if both sides have the same samples: one measurement, whose ratio is exactly 1.
    pub same: bool,
    /// The verdict on the ratio.
    pub verdict: Verdict,
}

/// One side of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Half {
    /// Time per image [s], as in the estimates.
    pub time: Estimate,
    /// What was repeated for it.
    pub replication: Replication,
    /// Number of samples behind it, over all processes of all sessions.
    pub samples: usize,
    /// The peak minus the memory of the process before the network was built.
    pub net_memory: Option<Bytes>,
    /// Reasons to trust it less.
    pub flags: Vec<Flag>,
    /// True if an earlier version of the programs measured it.
    pub outdated: bool,
}

impl Row {
    /// Compares one point on both sides; none if one has no time. `same`: both have the same samples.
    pub(crate) fn of(a: Operand<'_>, b: Operand<'_>, same: bool, bounds: &Bounds) -> Option<Self> {
        let (half_a, half_b) = (Half::of(a.1)?, Half::of(b.1)?);
        let ratio = if same { Ratio { value: exact(1.0), over_sessions: true } } else { Ratio::of_times(b, a)? };
        let known = |half: &Half| half.net_memory.map(|net| net.0).filter(|net| *net > 0);
        Some(Self {
            network: a.1.network.clone(),
            batch: a.1.batch,
            memory_ratio: known(&half_a).zip(known(&half_b)).map(|(a, b)| b as f64 / a as f64),
            a: half_a,
            b: half_b,
            ratio: ratio.value,
            over_sessions: ratio.over_sessions,
            same,
            verdict: if same { Verdict::Equivalent } else { bounds.verdict(&ratio) },
        })
    }
}

impl Half {
    fn of(point: &Point) -> Option<Self> {
        Some(Self {
            time: point.time?,
            replication: point.replication?,
            samples: point.samples,
            net_memory: point.memory.map(|memory| memory.net),
            flags: point.flags.clone(),
            outdated: point.outdated,
        })
    }
}
