//! The ratio of two measurements of one quantity, and whether the two agree: one rule for tables, `compare` and
//! `verify`. Independent of files.
//!
//! A ratio has the interval of [`propagation::ratio`]. If the variation between sessions is known on both sides, their
//! intervals cover it, and so does that of the ratio. If it is unknown on a side, the interval is valid for these two
//! sessions only, and no difference is called real: two runs of one program differ by more than their own intervals.

use crate::estimates::{Estimate, Estimates, Point, PowerEstimate};
use crate::statistics::propagation;
use crate::statistics::sessions::OverSessions;

/// The note if a side has too few sessions.
pub const UNKNOWN: &str = "not decided: between-session variation unknown";

/// Uncertainty of the peak memory of a process [bytes], whatever its size, since the pages of threads and heaps vary at
/// random. Twelve runs of ENet at batch 1, which takes 41 MB, were within 1.5 MB; one in parallel with other work was 3
/// MB above.
const MEMORY_BYTES: f64 = 4e6;

/// The ratio of two measurements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The ratio, with its 95 % interval.
    pub value: Estimate,
    /// Whether the interval covers the variation between sessions on both sides.
    pub over_sessions: bool,
}

/// How two measurements agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// The interval of their ratio contains 1.
    Consistent,
    /// It excludes 1, and covers the variation between sessions.
    Different,
    /// It excludes 1, but the variation between sessions is unknown.
    Undecided,
}

/// A point, and the estimates that contain it.
pub type Operand<'a> = (&'a Estimates, &'a Point);

impl Ratio {
    /// The time of `b` over that of `a`; none if one has no time above 0.
    pub fn of_times(b: Operand<'_>, a: Operand<'_>) -> Option<Self> {
        let of = |side: Operand<'_>| Some((side.1.time?, side.0.over_sessions(side.1)));
        Self::of(of(b)?, of(a)?)
    }

    /// The same for net memory.
    pub fn of_memory(b: Operand<'_>, a: Operand<'_>) -> Option<Self> {
        let of = |side: Operand<'_>| {
            let net = side.1.memory?.net.0 as f64;
            // The lower end must be above 0 for a logarithm.
            let known = Estimate { value: net, low: (net - MEMORY_BYTES).max(net / 2.0), high: net + MEMORY_BYTES };
            Some((known, side.0.memory_between_sessions.and_then(|between| between.over(&[known]))))
        };
        Self::of(of(b)?, of(a)?)
    }

    /// The same for net power.
    pub fn of_power(b: Operand<'_>, a: Operand<'_>) -> Option<Self> {
        let of = |side: Operand<'_>| match side.1.power {
            PowerEstimate::Measured { net, .. } => Some((net, None)),
            _ => None,
        };
        Self::of(of(b)?, of(a)?)
    }

    /// Each side has an estimate and, if known, the same over sessions.
    fn of(b: (Estimate, Option<OverSessions>), a: (Estimate, Option<OverSessions>)) -> Option<Self> {
        let over = b.1.zip(a.1);
        let (one, two) = over.map_or((b.0, a.0), |(b, a)| b.pair(a));
        Some(Self { value: propagation::ratio(one, two)?, over_sessions: over.is_some() })
    }

    /// The agreement of the two sides.
    pub fn agreement(&self) -> Agreement {
        match (self.value.low <= 1.0 && 1.0 <= self.value.high, self.over_sessions) {
            (true, _) => Agreement::Consistent,
            (false, true) => Agreement::Different,
            (false, false) => Agreement::Undecided,
        }
    }
}
