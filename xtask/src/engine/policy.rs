//! What a run may do with what is not fresh. Decides nothing about a single step.

use std::collections::BTreeSet;
use std::time::Duration;

/// The choices of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Steps that run whatever there is, by index.
    pub again: BTreeSet<usize>,
    /// What happens to a measurement that is not fresh.
    pub measuring: Measuring,
    /// Once so much time has passed since the first measured step started, no further one starts. No limit when none is given.
    pub time: Option<Duration>,
    /// What happens to the lock.
    pub locking: Locking,
    /// What happens after a failure.
    pub failing: Failing,
}

/// What happens to a measurement that is not fresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measuring {
    /// It is measured.
    #[default]
    Run,
    /// The one there is stays in use, and whatever is made of it is told that it is outdated.
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
