//! What a claim's test answers: the finding, the number it rests on, the bound it was held against, and a sentence.

use results::Estimate;
use serde::{Deserialize, Serialize};

use super::condition::{Condition, Place};
use crate::number;

/// The answer of one test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Whether the claim holds.
    pub finding: Finding,
    /// How far from its bound that was decided.
    pub margin: Margin,
    /// The number that decided; none where nothing could be tested.
    pub number: Option<Number>,
    /// What the number had to satisfy, and why that much.
    pub bound: String,
    /// What was seen, in a sentence that says neither more nor less than the numbers.
    pub words: String,
}

/// Whether a claim holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Finding {
    /// The number satisfies its bound.
    Holds,
    /// It does not.
    Fails,
    /// There was too little to test it on, or what there was does not decide.
    NotTested {
        /// What is missing.
        reason: String,
    },
}

/// How far from its bound a claim was decided.
///
/// A number decides, and its interval says whether it might have decided otherwise. Where the interval includes the bound the finding stays
/// and is called narrow, in the table and in words, so that no verdict turns about without having been said to be near it. A test for
/// equivalence (C3) alone is left undecided then: there the interval is itself what has to lie within the margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Margin {
    /// The whole interval lies on the side of the finding, or the number is exact.
    Clear,
    /// The interval includes the bound.
    Narrow,
    /// Nothing was decided.
    Open,
}

/// A number with what it is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// For example `R²`.
    pub quantity: String,
    /// The value.
    pub value: f64,
    /// Its range, where it is not exact.
    pub interval: Option<(f64, f64)>,
    /// Quantity, value and range as printed.
    pub text: String,
    /// What it was held against as printed, for example `at least 0.90`; none before it was.
    pub bound: Option<String>,
}

impl Verdict {
    /// The claim holds where every condition is met. Of several the one that decides gives the number: the first that is furthest from
    /// being met, or else the first that is met narrowly, or else the first.
    pub fn by(conditions: &[Condition], bound: String, words: String) -> Self {
        let worst = conditions.iter().map(Condition::place).max();
        let Some((place, decides)) =
            worst.and_then(|worst| Some((worst, conditions.iter().find(|condition| condition.place() == worst)?)))
        else {
            return Self::not_tested(bound, "there was no number to decide by".to_owned());
        };
        let finding = if place.is_met() { Finding::Holds } else { Finding::Fails };
        let (margin, words) = match place {
            Place::Met | Place::Missed => (Margin::Clear, words),
            Place::NarrowlyMet | Place::NarrowlyMissed => (Margin::Narrow, format!("{words} {}", decides.nearness())),
        };
        let number = decides.number.clone().held_against(&decides.bound());
        Self { finding, margin, number: Some(number), bound, words }
    }

    /// A whole interval decided.
    pub fn decided(holds: bool, number: Number, bound: String, words: String) -> Self {
        let finding = if holds { Finding::Holds } else { Finding::Fails };
        Self { finding, margin: Margin::Clear, number: Some(number), bound, words }
    }

    /// There was too little to test the claim on.
    pub fn not_tested(bound: String, reason: String) -> Self {
        let mut letters = reason.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        let words = format!("{first}{}.", letters.as_str());
        Self { finding: Finding::NotTested { reason }, margin: Margin::Open, number: None, bound, words }
    }

    /// There was enough, and it does not say whether the claim holds.
    pub fn undecided(number: Number, bound: String, words: String, reason: String) -> Self {
        Self { finding: Finding::NotTested { reason }, margin: Margin::Open, number: Some(number), bound, words }
    }
}

impl Number {
    /// A number without a range; `unit` may be empty.
    pub fn new(quantity: &str, value: f64, decimals: usize, unit: &str) -> Self {
        let text = format!("{quantity} = {}{unit}", number::fixed(value, decimals));
        Self { quantity: quantity.to_owned(), value, interval: None, text, bound: None }
    }

    /// A number with its bound in words.
    pub fn held_against(self, bound: &str) -> Self {
        Self { bound: Some(bound.to_owned()), ..self }
    }

    /// A number that has no interval, and why.
    pub fn exact(self, why: &str) -> Self {
        Self { text: format!("{} ({why})", self.text), ..self }
    }

    /// A number with its 95 % interval.
    pub fn estimated(quantity: &str, estimate: Estimate, decimals: usize, unit: &str) -> Self {
        let interval = (estimate.low, estimate.high);
        Self::new(quantity, estimate.value, decimals, unit).with_interval(interval, decimals, "95 %:")
    }

    /// A number with its range, named in words.
    pub fn with_interval(self, (low, high): (f64, f64), decimals: usize, name: &str) -> Self {
        let range = format!("{} to {}", number::fixed(low, decimals), number::fixed(high, decimals));
        Self { interval: Some((low, high)), text: format!("{} ({name} {range})", self.text), ..self }
    }
}
