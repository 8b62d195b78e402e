//! How one measurement of a quantity relates to another of the same, and whether the two agree: one rule for tables, `compare` and
//! `verify`. Knows no file.
//!
//! A ratio has the interval of [`propagation::ratio`]. Where how much a time varies between sessions is known on both sides, the intervals
//! of both hold for sessions at large, and so does that of the ratio. Where it is not known of a side, the interval holds for these two
//! sessions alone, and no difference is called real: two runs of one program differ by more than their own intervals.

use crate::estimates::{Estimate, Estimates, Point, PowerEstimate};
use crate::statistics::propagation;
use crate::statistics::sessions::OverSessions;

/// The note where a side has too few sessions.
pub const UNKNOWN: &str = "not decided: between-session variation unknown";

/// The peak of a process is known to so many bytes, whatever its size: where the pages of threads and heaps lie is left to chance. Twelve
/// runs of ENet at batch 1, which takes 41 MB, lay within 1.5 MB, and one run parallel to other work 3 MB above.
const MEMORY_BYTES: f64 = 4e6;

/// One over the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The ratio, with its 95 % interval.
    pub value: Estimate,
    /// Whether the interval has what varies between sessions in it, on both sides.
    pub over_sessions: bool,
}

/// How two measurements agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// The interval of their ratio holds 1.
    Consistent,
    /// It does not, and has in it what varies between sessions.
    Different,
    /// It does not, and what varies between sessions is not known.
    Undecided,
}

/// A point among those that it was measured with.
pub type Operand<'a> = (&'a Estimates, &'a Point);

impl Ratio {
    /// The time of `b` over that of `a`. None where one has no time above 0.
    pub fn of_times(b: Operand<'_>, a: Operand<'_>) -> Option<Self> {
        let of = |side: Operand<'_>| Some((side.1.time?, side.0.over_sessions(side.1)));
        Self::of(of(b)?, of(a)?)
    }

    /// The same of net memory.
    pub fn of_memory(b: Operand<'_>, a: Operand<'_>) -> Option<Self> {
        let of = |side: Operand<'_>| {
            let net = side.1.memory?.net.0 as f64;
            // The logarithm of what may be nothing has no variance.
            let known = Estimate { value: net, low: (net - MEMORY_BYTES).max(net / 2.0), high: net + MEMORY_BYTES };
            Some((known, side.0.memory_between_sessions.and_then(|between| between.over(&[known]))))
        };
        Self::of(of(b)?, of(a)?)
    }

    /// The same of net power.
    pub fn of_power(b: Operand<'_>, a: Operand<'_>) -> Option<Self> {
        let of = |side: Operand<'_>| match side.1.power {
            PowerEstimate::Measured { net, .. } => Some((net, None)),
            _ => None,
        };
        Self::of(of(b)?, of(a)?)
    }

    /// Each side has an estimate and, where that is known, what it is over sessions at large.
    fn of(b: (Estimate, Option<OverSessions>), a: (Estimate, Option<OverSessions>)) -> Option<Self> {
        let over = b.1.zip(a.1);
        let (one, two) = over.map_or((b.0, a.0), |(b, a)| b.pair(a));
        Some(Self { value: propagation::ratio(one, two)?, over_sessions: over.is_some() })
    }

    /// The agreement of its two sides.
    pub fn agreement(&self) -> Agreement {
        match (self.value.low <= 1.0 && 1.0 <= self.value.high, self.over_sessions) {
            (true, _) => Agreement::Consistent,
            (false, true) => Agreement::Different,
            (false, false) => Agreement::Undecided,
        }
    }
}
