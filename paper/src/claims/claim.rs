//! What a claim is: its words and its test. Knows no claim of its own.

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
    /// What the original itself gives for it.
    pub original: Original,
    /// What its verdict rests on.
    pub basis: Basis,
    /// Holds it?
    pub test: Test,
}

/// What the original gives for a claim: its own words and numbers, and none that we fitted to its values.
#[derive(Clone, Copy, Debug)]
pub struct Original {
    /// What it gives.
    pub words: &'static str,
    /// The place in the original, and how it is known.
    pub source: &'static str,
}

/// The test of a claim.
#[derive(Clone, Copy, Debug)]
pub enum Test {
    /// Of a claim that can be tested at any one batch.
    AtBatch(fn(&NetworkData, u32) -> Verdict),
    /// Of a claim over all batches, or over none.
    Once(fn(&NetworkData) -> Verdict),
    /// The same, with the original's values for comparison.
    WithOriginal(fn(&NetworkData, &NetworkData) -> Verdict),
}

impl Test {
    /// The verdict on `data`; of a claim that can be tested at any one batch at `batch`, by default 1.
    pub fn of(self, data: &NetworkData, batch: Option<u32>, original: &NetworkData) -> Verdict {
        match self {
            Self::AtBatch(test) => test(data, batch.unwrap_or(1)),
            Self::Once(test) => test(data),
            Self::WithOriginal(test) => test(data, original),
        }
    }
}
