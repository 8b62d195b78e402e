//! What a claim is: its words and its test. Knows no claim of its own.

use super::verdict::Verdict;
use crate::evidence::Evidence;

/// A claim of the 2016 paper.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// `C1` to `C10`.
    pub id: &'static str,
    /// A few words for the table.
    pub title: &'static str,
    /// What is claimed.
    pub statement: &'static str,
    /// What the original itself gives for it, cited or read off its figures.
    pub original: &'static str,
    /// Holds it?
    pub test: fn(&Evidence) -> Verdict,
}
