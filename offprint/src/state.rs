//! The state of a step: fresh, kept, to run, or waiting.

use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::key::Key;
use crate::reason::Reason;
use crate::resolved::Outputs;

/// A key without a result. Only a vain search for a result creates this value, and a run needs it, so nothing can be
/// recorded for a key without a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Miss(Key);

impl Miss {
    /// For a key that was looked up and has no usable result.
    pub(crate) fn of(key: Key) -> Self {
        Self(key)
    }

    /// The key.
    pub fn key(&self) -> &Key {
        &self.0
    }
}

/// Whether a step must run.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Its key has an intact result.
    Fresh {
        /// Its key.
        key: Key,
        /// Its outputs.
        outputs: Outputs,
        /// What must be restored to the store before use.
        repair: Repair,
    },
    /// An outdated measurement that stays in use.
    Outdated {
        /// The key of its outputs.
        key: Digest,
        /// Its outputs.
        outputs: Outputs,
        /// What must be restored to the store before use.
        repair: Repair,
        /// Why it is outdated.
        reasons: Vec<Reason>,
    },
    /// It must run.
    Stale {
        /// The key to run.
        miss: Miss,
        /// The reasons, at least one.
        reasons: Vec<Reason>,
    },
    /// It waits for steps that it reads from.
    Waiting {
        /// The known part of its key.
        partial: Key,
        /// Those steps, and other changes.
        reasons: Vec<Reason>,
    },
}

/// Parts of a usable result that the store lacks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Repair {
    /// Outputs that are published, but not in the store.
    pub restore: BTreeSet<String>,
    /// Corrupt files that were found, to be quarantined.
    pub corruption: Vec<Reason>,
    /// Whether the result is missing in the entry of the key.
    pub entry: bool,
}

impl State {
    /// The state in one word, and the reasons.
    pub fn summary(&self) -> (&'static str, &[Reason]) {
        match self {
            Self::Fresh { repair, .. } if !repair.restore.is_empty() => ("restore", &[]),
            Self::Fresh { .. } => ("fresh", &[]),
            Self::Outdated { reasons, .. } => ("outdated", reasons),
            Self::Stale { reasons, .. } => ("run", reasons),
            Self::Waiting { reasons, .. } => ("wait", reasons),
        }
    }
}
