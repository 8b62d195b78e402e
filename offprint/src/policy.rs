//! What a run may do with what is not fresh. Decides nothing about a single step.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::step::Class;

/// The choices of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Steps that run whatever there is, by index.
    pub again: BTreeSet<usize>,
    /// What happens to a measurement that is not fresh.
    pub measuring: Measuring,
    /// Whose measurements are used.
    pub provenance: Provenance,
    /// Once so much time has passed since the first measured step started, no further one starts. No limit when none is resolved.
    pub time: Option<Duration>,
    /// What happens to the lock.
    pub locking: Locking,
    /// What happens after a failure.
    pub failing: Failing,
}

impl Policy {
    /// Whether measurements count that the lock names and this store did not make.
    pub fn adopts(&self) -> bool {
        self.provenance == Provenance::Locked || self.locking == Locking::Refuse
    }

    /// Whether a result of this class stays in use although it is not fresh.
    pub fn keeps(&self, class: Class) -> bool {
        class.is_nondeterministic() && self.measuring == Measuring::Keep
    }
}

/// Whose measurements are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Provenance {
    /// Those that this store made.
    #[default]
    Own,
    /// Those that the lock names, whoever made them: published ones as well. A lock that stays as it is always asks for these.
    Locked,
}

/// What happens to a measurement that is not fresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measuring {
    /// It is measured.
    #[default]
    Run,
    /// The one there is stays in use, and whatever is made of it says that it is outdated.
    Keep,
}

/// What happens to the lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locking {
    /// It follows what was made.
    #[default]
    Update,
    /// It stays as it is: whatever would change it is refused.
    Refuse,
}

/// What happens after a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failing {
    /// Nothing more is started.
    #[default]
    Stop,
    /// Whatever does not depend on it is made.
    GoOn,
}
