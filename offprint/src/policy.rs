//! What a run may do with steps that are not fresh.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::step::Class;

/// The choices of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Steps that run in any case, by index.
    pub again: BTreeSet<usize>,
    /// Treatment of measurements that are not fresh.
    pub measuring: Measuring,
    /// Whose measurements are used.
    pub provenance: Provenance,
    /// Time limit: this long after the first measured step has started, no further one starts. No limit when none.
    pub time: Option<Duration>,
    /// Treatment of the lock.
    pub locking: Locking,
    /// Treatment of a failure.
    pub failing: Failing,
}

impl Policy {
    /// Whether measurements of others that the lock names are used.
    pub fn adopts(&self) -> bool {
        self.provenance == Provenance::Locked || self.locking == Locking::Refuse
    }

    /// Whether a result of this class stays in use when it is not fresh.
    pub fn keeps(&self, class: Class) -> bool {
        class.is_nondeterministic() && self.measuring == Measuring::Keep
    }
}

/// Whose measurements are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Provenance {
    /// Those in this store.
    #[default]
    Own,
    /// All that the lock names, including published ones. Always used when the lock must not change.
    Locked,
}

/// Treatment of measurements that are not fresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measuring {
    /// Measure.
    #[default]
    Run,
    /// Keep the outdated one, and mark everything made from it.
    Keep,
}

/// Treatment of the lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locking {
    /// Update it.
    #[default]
    Update,
    /// Refuse every change.
    Refuse,
}

/// Treatment of a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failing {
    /// Start nothing more.
    #[default]
    Stop,
    /// Continue with steps that do not depend on it.
    GoOn,
}
