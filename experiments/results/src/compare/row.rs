//! One point on both sides: its two times, their ratio, memory, flags, verdict. Knows no other point.

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
    /// What A has.
    pub a: Half,
    /// What B has.
    pub b: Half,
    /// Time of B over that of A, with its 95 % interval.
    pub ratio: Estimate,
    /// Whether that interval has in it, on both sides, what varies between sessions.
    pub over_sessions: bool,
    /// Net memory of B over that of A, where both are known and not nothing. Two numbers as read: no interval.
    pub memory_ratio: Option<f64>,
    /// True when both sides have the same samples: one measurement, whose ratio is 1 and certain.
    pub same: bool,
    /// The verdict on the ratio.
    pub verdict: Verdict,
}

/// One side of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Half {
    /// Time per image [s], as estimates give it.
    pub time: Estimate,
    /// What was repeated for it.
    pub replication: Replication,
    /// Samples behind it, of all processes of all sessions together.
    pub samples: usize,
    /// The peak less the memory of the process before the network was built.
    pub net_memory: Option<Bytes>,
    /// Reasons to trust it less.
    pub flags: Vec<Flag>,
    /// True when an earlier version of the programs measured it.
    pub outdated: bool,
}

impl Row {
    /// Of one point on both sides; none where one has no time. `same` says that both have the same samples.
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
