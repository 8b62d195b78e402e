//! The type of a claim: its statement and its test. Independent of particular claims.

use results::verdicts::{Basis, Verdict};

use crate::network_data::NetworkData;

/// A claim of the 2016 paper.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// `C1` to `C10`.
    pub id: &'static str,
    /// A few words for the table.
    pub title: &'static str,
    /// What is claimed.
    pub statement: &'static str,
    /// What the original itself states.
    pub original: Original,
    /// Whether its verdict rests on measurements or on counts.
    pub basis: Basis,
    /// Its test.
    pub test: Test,
}

/// What the original states for a claim: its own sentences and numbers, none that we fitted to its values.
#[derive(Clone, Copy, Debug)]
pub struct Original {
    /// What it states.
    pub text: &'static str,
    /// The section or figure of the original, and how it is known.
    pub source: &'static str,
}

/// The test of a claim.
#[derive(Clone, Copy, Debug)]
pub enum Test {
    /// For a claim that can be tested at a single batch.
    AtBatch(fn(&NetworkData, u32) -> Verdict),
    /// For a claim about all batches, or independent of them.
    Once(fn(&NetworkData) -> Verdict),
    /// The same, compared with the original's values.
    WithOriginal(fn(&NetworkData, &NetworkData) -> Verdict),
}

impl Test {
    /// The verdict on `data`, for a claim at a single batch at `batch`, by default 1.
    pub fn of(self, data: &NetworkData, batch: Option<u32>, original: &NetworkData) -> Verdict {
        match self {
            Self::AtBatch(test) => test(data, batch.unwrap_or(1)),
            Self::Once(test) => test(data),
            Self::WithOriginal(test) => test(data, original),
        }
    }
}
