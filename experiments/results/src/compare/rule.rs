//! When a difference between two times is real: the bounds, their reasons, and the verdict on one ratio. Knows no record.
//!
//! | verdict | when |
//! |---|---|
//! | slower, faster | the corrected interval of the ratio excludes 1, and the ratio is further from 1 than `least` |
//! | alike | else, when the corrected interval lies within the margin around 1 (two one-sided tests) |
//! | not told apart | else: the samples allow both |
//!
//! With n rows each interval is so wide that all of them together hold with 95 %. Distances from 1 are factors: 2 % is 1.02
//! and 1 / 1.02, so that exchanging the sides exchanges slower and faster. Where a side has a single process per point, its
//! interval says nothing of what differs from one process to the next: then a difference must be 10 % at least, and no two
//! measurements are called alike.

use serde::{Deserialize, Serialize};

use crate::estimates::Estimate;
use crate::statistics::Ends;

/// What the reader asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// A smaller difference is of no interest to a reader, even if it is certain [%].
    pub least_percent: f64,
    /// Times within this of each other are alike [%].
    pub margin_percent: f64,
}

impl Bounds {
    /// Two per cent, to which a warm-up is steady and the half of which is what protocol `paper` knows a median to, and five:
    /// about what moves the time of a process from one start to the next, so no reader should act on less; and well above the
    /// least difference, so that samples which are precise enough leave no gap between the verdicts.
    pub const USUAL: Self = Self { least_percent: 2.0, margin_percent: 5.0 };

    /// What is wrong with them.
    pub fn problem(self) -> Option<&'static str> {
        let is_share = |percent: f64| percent.is_finite() && (0.0..=1000.0).contains(&percent);
        (!is_share(self.least_percent) || !is_share(self.margin_percent)).then_some("expected 0 to 1000 per cent")
    }
}

/// The least difference that counts where a side has a single process per point [%]. Two runs of one program on one shared
/// machine agreed within it at most points, and differed by 15 to 18 % at some: so even what counts may be chance.
pub const SINGLE_PERCENT: f64 = 10.0;

/// What was asked for, and what follows from the number of rows and processes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// As asked.
    pub bounds: Bounds,
    /// Rows whose intervals hold all together with 95 %.
    pub rows: usize,
    /// Where the bootstrap's intervals end because of that.
    pub ends: Ends,
    /// True when a side has a single process per point.
    pub single: bool,
}

/// What may be said of B's time against A's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// B takes longer.
    Slower,
    /// B takes less time.
    Faster,
    /// The same but for less than anybody should act on.
    Alike,
    /// The samples allow for a difference and for none.
    NotToldApart,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Slower, Self::Faster, Self::Alike, Self::NotToldApart];

    /// As printed.
    pub fn words(self) -> &'static str {
        match self {
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::Alike => "alike",
            Self::NotToldApart => "not told apart",
        }
    }

    /// Whether it says that there is a difference.
    pub fn is_real(self) -> bool {
        matches!(self, Self::Slower | Self::Faster)
    }
}

impl Rule {
    /// For so many rows, on sides that have at least so many processes per point.
    pub fn new(bounds: Bounds, rows: usize, processes: u32) -> Self {
        Self { bounds, rows, ends: Ends::shared(rows), single: processes < 2 }
    }

    /// The difference that counts [%].
    pub fn least_percent(&self) -> f64 {
        let asked = self.bounds.least_percent;
        if self.single { asked.max(SINGLE_PERCENT) } else { asked }
    }

    /// Of each interval by itself [%].
    pub fn confidence_percent(&self) -> f64 {
        100.0 * (1.0 - 2.0 * self.ends.chance())
    }

    /// The verdict on the ratio of two measurements.
    pub fn verdict(&self, ratio: &Estimate) -> Verdict {
        let (least, margin) = (factor(self.least_percent()), factor(self.bounds.margin_percent));
        let is_within = 1.0 / margin <= ratio.low && ratio.high <= margin;
        match () {
            () if ratio.low > 1.0 && ratio.value > least => Verdict::Slower,
            () if ratio.high < 1.0 && ratio.value < 1.0 / least => Verdict::Faster,
            () if is_within && !self.single => Verdict::Alike,
            () => Verdict::NotToldApart,
        }
    }
}

fn factor(percent: f64) -> f64 {
    1.0 + percent / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(processes: u32, low: f64, value: f64, high: f64) -> Verdict {
        Rule::new(Bounds::USUAL, 1, processes).verdict(&Estimate { value, low, high })
    }

    #[test]
    fn a_difference_counts_when_it_is_certain_and_not_small() {
        assert_eq!(verdict(5, 1.021, 1.03, 1.04), Verdict::Slower);
        assert_eq!(verdict(5, 1.001, 1.03, 1.30), Verdict::Slower);
        assert_eq!(verdict(5, 0.90, 0.95, 0.999), Verdict::Faster);
        // Certain and small, large and uncertain.
        assert_eq!(verdict(5, 1.005, 1.01, 1.015), Verdict::Alike);
        assert_eq!(verdict(5, 0.90, 1.30, 1.50), Verdict::NotToldApart);
        assert_eq!(verdict(5, 0.96, 1.00, 1.04), Verdict::Alike);
        assert_eq!(verdict(5, 0.95, 1.00, 1.04), Verdict::NotToldApart);
    }

    #[test]
    fn of_single_processes_only_a_difference_of_ten_percent_counts_and_nothing_is_alike() {
        assert_eq!(verdict(1, 1.08, 1.09, 1.10), Verdict::NotToldApart);
        assert_eq!(verdict(1, 1.08, 1.11, 1.12), Verdict::Slower);
        assert_eq!(verdict(1, 0.89, 0.90, 0.92), Verdict::Faster);
        assert_eq!(verdict(1, 0.999, 1.0, 1.001), Verdict::NotToldApart);
    }

    #[test]
    fn exchanged_sides_exchange_slower_and_faster() {
        for percent in 1..40 {
            let value = 1.0 + f64::from(percent) / 200.0;
            let one = verdict(2, value / 1.01, value, value * 1.01);
            let other = verdict(2, 1.0 / value / 1.01, 1.0 / value, 1.0 / value * 1.01);
            let expected = if one == Verdict::Slower { Verdict::Faster } else { one };
            assert_eq!(other, expected, "{value}");
        }
    }

    #[test]
    fn bounds_that_are_none_are_told() {
        let of = |least_percent, margin_percent| Bounds { least_percent, margin_percent }.problem();
        assert_eq!(of(2.0, 5.0), None);
        assert!(of(f64::NAN, 5.0).is_some() && of(-1.0, 5.0).is_some() && of(2.0, f64::INFINITY).is_some());
    }
}
