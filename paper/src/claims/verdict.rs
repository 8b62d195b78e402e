//! What a claim's test answers: the finding, the number it rests on, the bound it was held against, and a sentence.

use serde::{Deserialize, Serialize};

use crate::number;

/// The answer of one test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Whether the claim holds.
    pub finding: Finding,
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

/// A number with what it is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// For example `R²`.
    pub quantity: String,
    /// The value.
    pub value: f64,
    /// Its range, where the test has one.
    pub interval: Option<(f64, f64)>,
    /// Quantity, value and range as printed.
    pub text: String,
}

impl Verdict {
    /// The claim holds or fails by its number.
    pub fn decided(holds: bool, number: Number, bound: String, words: String) -> Self {
        let finding = if holds { Finding::Holds } else { Finding::Fails };
        Self { finding, number: Some(number), bound, words }
    }

    /// There was too little to test the claim on.
    pub fn not_tested(bound: String, reason: String) -> Self {
        let mut letters = reason.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        let words = format!("{first}{}.", letters.as_str());
        Self { finding: Finding::NotTested { reason }, number: None, bound, words }
    }
}

impl Verdict {
    /// There was enough, and it does not say whether the claim holds.
    pub fn undecided(number: Number, bound: String, words: String, reason: String) -> Self {
        Self { finding: Finding::NotTested { reason }, number: Some(number), bound, words }
    }
}

impl Number {
    /// A number without a range; `unit` may be empty.
    pub fn new(quantity: &str, value: f64, decimals: usize, unit: &str) -> Self {
        let text = format!("{quantity} = {}{unit}", number::fixed(value, decimals));
        Self { quantity: quantity.to_owned(), value, interval: None, text }
    }

    /// A number with its range, named in words.
    pub fn with_interval(self, (low, high): (f64, f64), decimals: usize, name: &str) -> Self {
        let range = format!("{} to {}", number::fixed(low, decimals), number::fixed(high, decimals));
        Self { interval: Some((low, high)), text: format!("{} ({name} {range})", self.text), ..self }
    }
}
