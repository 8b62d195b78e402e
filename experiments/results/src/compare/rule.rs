//! Whether a difference between two times is real: the bounds, their reasons, and the verdict on one ratio. Independent of records.
//!
//! | verdict | when |
//! |---|---|
//! | slower, faster | the 95 % interval of the ratio excludes 1, and the ratio differs from 1 by more than the minimum |
//! | equivalent | else, if the interval is within the margin around 1 (two one-sided tests) |
//! | inconclusive | else: the measurements are consistent with a difference and with none |
//! | not decided | the interval excludes 1, but the variation between sessions is unknown on a side |
//!
//! Distances from 1 are factors: 2 % is 1.02 and 1 / 1.02, so exchanging the sides exchanges slower and faster. Each
//! interval is valid by itself: among pairs of measurements of one program, one in twenty excludes 1.

use serde::{Deserialize, Serialize};

use crate::agreement::{Agreement, Ratio};

/// Differences that matter to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// A smaller difference does not matter, even if it is certain [%].
    pub min_percent: f64,
    /// Maximum difference between equivalent times [%].
    pub margin_percent: f64,
}

/// The verdict on B's time against A's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// B takes longer.
    Slower,
    /// B takes less time.
    Faster,
    /// The same within the margin.
    Equivalent,
    /// The measurements are consistent with a difference and with none.
    Inconclusive,
    /// The sessions differ, but the usual variation between sessions is unknown.
    NotDecided,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Slower, Self::Faster, Self::Equivalent, Self::Inconclusive, Self::NotDecided];

    /// As printed.
    pub fn words(self) -> &'static str {
        match self {
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::Equivalent => "equivalent",
            Self::Inconclusive => "inconclusive",
            Self::NotDecided => "not decided",
        }
    }

    /// Whether the difference is real.
    pub fn is_real(self) -> bool {
        matches!(self, Self::Slower | Self::Faster)
    }
}

impl Bounds {
    /// A minimum difference of 2 %: a warm-up is steady to within this, and protocol `paper` measures medians to half
    /// of it. A margin of 5 %: about the variation between starts of a process, so smaller differences should not
    /// matter. It is well above the minimum difference, so precise measurements are never between the verdicts.
    pub const USUAL: Self = Self { min_percent: 2.0, margin_percent: 5.0 };

    /// What is wrong with the bounds.
    pub fn problem(self) -> Option<&'static str> {
        let is_share = |percent: f64| percent.is_finite() && (0.0..=1000.0).contains(&percent);
        (!is_share(self.min_percent) || !is_share(self.margin_percent)).then_some("expected 0 to 1000 per cent")
    }

    /// The verdict on the ratio of two measurements.
    pub fn verdict(&self, ratio: &Ratio) -> Verdict {
        let (min, margin) = (factor(self.min_percent), factor(self.margin_percent));
        let value = ratio.value;
        match ratio.agreement() {
            Agreement::Undecided => Verdict::NotDecided,
            Agreement::Different if value.value > min => Verdict::Slower,
            Agreement::Different if value.value < 1.0 / min => Verdict::Faster,
            _ if ratio.over_sessions && 1.0 / margin <= value.low && value.high <= margin => Verdict::Equivalent,
            _ => Verdict::Inconclusive,
        }
    }
}

fn factor(percent: f64) -> f64 {
    1.0 + percent / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimates::Estimate;

    fn verdict(over_sessions: bool, low: f64, value: f64, high: f64) -> Verdict {
        Bounds::USUAL.verdict(&Ratio { value: Estimate { value, low, high }, over_sessions })
    }

    #[test]
    fn a_difference_counts_if_it_is_certain_and_not_small() {
        assert_eq!(verdict(true, 1.021, 1.03, 1.04), Verdict::Slower);
        assert_eq!(verdict(true, 1.001, 1.03, 1.30), Verdict::Slower);
        assert_eq!(verdict(true, 0.90, 0.95, 0.999), Verdict::Faster);
        // Certain and small, large and uncertain.
        assert_eq!(verdict(true, 1.005, 1.01, 1.015), Verdict::Equivalent);
        assert_eq!(verdict(true, 0.90, 1.30, 1.50), Verdict::Inconclusive);
        assert_eq!(verdict(true, 0.96, 1.00, 1.04), Verdict::Equivalent);
        assert_eq!(verdict(true, 0.95, 1.00, 1.04), Verdict::Inconclusive);
    }

    #[test]
    fn without_the_variation_between_sessions_nothing_is_different_or_equivalent() {
        for (low, value, high) in [(1.08, 1.09, 1.10), (0.4, 0.5, 0.6), (1.005, 1.01, 1.015)] {
            assert_eq!(verdict(false, low, value, high), Verdict::NotDecided);
        }
        assert_eq!(verdict(false, 0.999, 1.0, 1.001), Verdict::Inconclusive);
    }

    #[test]
    fn exchanged_sides_exchange_slower_and_faster() {
        for percent in 1..40 {
            let value = 1.0 + f64::from(percent) / 200.0;
            let one = verdict(true, value / 1.01, value, value * 1.01);
            let other = verdict(true, 1.0 / value / 1.01, 1.0 / value, 1.0 / value * 1.01);
            let expected = if one == Verdict::Slower { Verdict::Faster } else { one };
            assert_eq!(other, expected, "{value}");
        }
    }

    #[test]
    fn invalid_bounds_are_refused() {
        let of = |min_percent, margin_percent| Bounds { min_percent, margin_percent }.problem();
        assert_eq!(of(2.0, 5.0), None);
        assert!(of(f64::NAN, 5.0).is_some() && of(-1.0, 5.0).is_some() && of(2.0, f64::INFINITY).is_some());
    }
}
