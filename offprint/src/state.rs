//! Whether a step must run, and what there is when it need not. Decides nothing.

use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::key::Key;
use crate::reason::Reason;
use crate::resolved::Outputs;

/// A key that has no result: what a run of its step needs, and what only looking for a result in vain hands out. So nothing can be
/// recorded for a key without a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Miss(Key);

impl Miss {
    /// Of a key that was looked for, and has no result that may be used.
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
    /// There is an result to its key, and it is intact.
    Fresh {
        /// Its key.
        key: Key,
        /// Its outputs.
        outputs: Outputs,
        /// What has to be put into the store before it can be used.
        repair: Repair,
    },
    /// A measurement that is not fresh and stays in use.
    Outdated {
        /// The key that its outputs result.
        key: Digest,
        /// Its outputs.
        outputs: Outputs,
        /// What has to be put into the store before it can be used.
        repair: Repair,
        /// Why it is outdated.
        reasons: Vec<Reason>,
    },
    /// It must run.
    Stale {
        /// The right to run it.
        miss: Miss,
        /// Why, at least one.
        reasons: Vec<Reason>,
    },
    /// Steps it reads from must run first.
    Waiting {
        /// What is known of its key.
        partial: Key,
        /// Those steps, and what changed besides.
        reasons: Vec<Reason>,
    },
}

/// What the store lacks of an result that can be used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Repair {
    /// Outputs that are on the published records and not in the store.
    pub restore: BTreeSet<String>,
    /// Damage found on the way, to be quarantined.
    pub corruption: Vec<Reason>,
    /// Whether the entry of the key lacks the result.
    pub entry: bool,
}

impl State {
    /// In one word, and why.
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
