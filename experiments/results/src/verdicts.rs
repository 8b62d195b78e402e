//! The verdicts on the claims of the 2016 paper (`claims.json`), which the step `claims` writes and figures, report and
//! page read. Independent of claims and wording.

use serde::{Deserialize, Serialize};

/// The file, a list of [`Judged`].
pub const FILE: &str = "claims.json";

/// A claim with its tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// `C1` to `C10`.
    pub id: String,
    /// A few words for a table.
    pub title: String,
    /// What is claimed.
    pub statement: String,
    /// What the original states about it, with the source in words.
    pub original: String,
    /// What the verdict is based on.
    pub basis: Basis,
    /// One per batch, by ascending batch, or a single one for a claim without a batch.
    pub tests: Vec<Test>,
}

/// What a verdict is based on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Measurements of a machine.
    Measured,
    /// Counts and cited accuracies, which do not depend on a machine.
    Counted,
}

/// One test, applied to all data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The batch; none if the claim has none.
    pub batch: Option<u32>,
    /// On the measurements of this report.
    pub here: Verdict,
    /// On those of other machines, in the order of `machines/*.json`.
    pub elsewhere: Vec<Elsewhere>,
    /// On the values that the original published.
    pub published: Verdict,
}

/// The verdict of another machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// Its name in the lock, for example `cpu-3f2a91c0`.
    pub machine: String,
    /// The verdict of the same test.
    pub verdict: Verdict,
}

/// The result of one test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Whether the claim holds.
    pub finding: Finding,
    /// How far that is from its bound.
    pub margin: Margin,
    /// The number that decided, one of `numbers`; none if nothing could be tested.
    pub number: Option<Number>,
    /// Every condition of the test, each with its limits.
    pub numbers: Vec<Number>,
    /// The condition to meet, and its reason.
    pub bound: String,
    /// What was found, in one to three short sentences.
    pub words: String,
}

/// Whether a claim holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Finding {
    /// Every condition is met.
    Holds,
    /// One is not.
    Fails,
    /// There was too little data, or the data does not decide.
    NotTested {
        /// What is missing.
        reason: String,
    },
}

impl Finding {
    /// Its name in tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::NotTested { .. } => "not tested",
        }
    }

    /// Whether the claim was decided.
    pub fn is_decided(&self) -> bool {
        !matches!(self, Self::NotTested { .. })
    }
}

/// How far from its bound a claim was decided.
///
/// A number decides, and its interval shows whether the decision could have been different. If the interval includes
/// the bound, the finding stands and is called marginal. Only a test for equivalence (C3) is undecided then, since its
/// complete interval must be within the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Margin {
    /// The complete interval agrees with the finding, or the number is exact.
    Clear,
    /// The interval includes the bound.
    Marginal,
    /// Nothing was decided.
    Open,
}

/// A number and what it measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// For example `R²`.
    pub quantity: String,
    /// The value [`unit`]; finite.
    pub value: f64,
    /// For example `%`; empty for a pure number.
    pub unit: String,
    /// Number of printed decimals of value, interval and limits.
    pub decimals: usize,
    /// Its interval; none if it is exact or its uncertainty is unknown.
    pub interval: Option<Interval>,
    /// What it was compared with.
    pub limits: Option<Limits>,
    /// The limits as printed, for example `at least 0.90`.
    pub bound: Option<String>,
    /// Quantity, value and interval as printed.
    pub text: String,
}

/// An interval of a number, in its unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Its kind.
    pub kind: IntervalKind,
}

/// Kinds of intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntervalKind {
    /// A confidence interval of 95 %.
    Confidence,
    /// The range of measurements within one process, outside of which another process may be.
    WithinProcess,
    /// A confidence interval of 90 %, by two one-sided tests at 5 %.
    Equivalence,
    /// The range when single networks are omitted or resampled. It is not a confidence interval, since the networks are
    /// not a random sample.
    Influence,
    /// The error of a value read off a picture.
    Reading,
}

impl IntervalKind {
    /// As printed before the interval, for example in `R² = 0.73 (influence of single networks: 0.51 to 0.98)`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Confidence => "95 %",
            Self::WithinProcess => "range within a process",
            Self::Equivalence => "90 %",
            Self::Influence => "influence of single networks",
            Self::Reading => "reading error",
        }
    }
}

/// A bound as numbers, met by `low <= value <= high`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The minimum; none if there is none.
    pub low: Option<f64>,
    /// The maximum; none if there is none.
    pub high: Option<f64>,
}

impl Limits {
    /// `low` or more.
    pub fn at_least(low: f64) -> Self {
        Self { low: Some(low), high: None }
    }

    /// `high` or less.
    pub fn at_most(high: f64) -> Self {
        Self { low: None, high: Some(high) }
    }

    /// From `low` to `high`, both included.
    pub fn between(low: f64, high: f64) -> Self {
        Self { low: Some(low), high: Some(high) }
    }

    /// Whether `value` meets the limits; NaN never does.
    pub fn meets(self, value: f64) -> bool {
        !value.is_nan() && self.touches(value, value)
    }

    /// Whether any value from `low` to `high` meets the limits.
    pub fn touches(self, low: f64, high: f64) -> bool {
        self.low.is_none_or(|min| high >= min) && self.high.is_none_or(|max| low <= max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_include_their_ends() {
        assert!(Limits::at_least(2.0).meets(2.0) && !Limits::at_least(2.0).meets(1.9));
        assert!(Limits::at_most(2.0).meets(2.0) && !Limits::at_most(2.0).meets(2.1));
        let between = Limits::between(1.0, 2.0);
        assert!(between.meets(1.0) && between.meets(2.0) && !between.meets(0.9) && !between.meets(2.1));
        assert!(between.touches(1.9, 3.0) && between.touches(0.0, 9.0) && !between.touches(2.1, 3.0));
        assert!(!between.meets(f64::NAN));
    }

    #[test]
    fn an_unknown_field_is_refused_and_a_verdict_has_the_documented_format() {
        let verdict = r#"{"finding": {"state": "not-tested", "reason": "nothing was measured"}, "margin": "open", "number": null,
            "numbers": [{"quantity": "R²", "value": 0.7, "unit": "", "decimals": 2, "text": "R² = 0.70", "bound": null,
                "interval": {"low": 0.5, "high": 0.9, "kind": "influence"}, "limits": {"low": 0.8, "high": null}}],
            "bound": "", "words": ""}"#;
        let read: Verdict = serde_json::from_str(verdict).expect("a verdict");
        assert_eq!(read.numbers[0].interval.map(|interval| interval.kind), Some(IntervalKind::Influence));
        assert_eq!(read.numbers[0].limits, Some(Limits::at_least(0.8)));
        assert_eq!(serde_json::from_str::<Verdict>(&serde_json::to_string(&read).expect("text")).expect("same"), read);
        assert!(serde_json::from_str::<Verdict>(&verdict.replace("\"words\"", "\"word\"")).is_err());
        assert!(serde_json::from_str::<Verdict>(&verdict.replace("influence", "guess")).is_err());
    }
}
