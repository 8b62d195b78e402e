//! Samples far from the others, counted and never removed. Independent of order in time.

use serde::{Deserialize, Serialize};

use super::quantile::quartiles;

/// Number of samples outside the fences of Tukey, Exploratory Data Analysis, 1977, by side and distance: severe
/// outliers are not counted among the mild ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outliers {
    /// More than 3 interquartile ranges below the first quartile.
    pub low_severe: usize,
    /// More than 1.5 below it.
    pub low_mild: usize,
    /// More than 1.5 interquartile ranges above the third quartile.
    pub high_mild: usize,
    /// More than 3 above it.
    pub high_severe: usize,
}

impl Outliers {
    /// The outliers among samples in ascending order.
    pub fn of(sorted: &[f64]) -> Self {
        const MILD: f64 = 1.5;
        const SEVERE: f64 = 3.0;
        let Some((first, third)) = quartiles(sorted) else { return Self::default() };
        let range = third - first;
        let below = |reach: f64| sorted.iter().filter(|&&sample| sample < first - reach * range).count();
        let above = |reach: f64| sorted.iter().filter(|&&sample| sample > third + reach * range).count();
        let (low_severe, high_severe) = (below(SEVERE), above(SEVERE));
        Self {
            low_severe,
            low_mild: below(MILD).saturating_sub(low_severe),
            high_mild: above(MILD).saturating_sub(high_severe),
            high_severe,
        }
    }

    /// All of them.
    pub fn count(&self) -> usize {
        self.low_severe + self.low_mild + self.high_mild + self.high_severe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outliers_are_counted_by_side_and_distance() {
        // Quartiles 100 and 110: the fences are 85 and 125, and 70 and 140; a sample on a fence is not outside.
        let mut samples = vec![69.0, 70.0, 84.0, 85.0, 125.0, 126.0, 140.0, 141.0, 142.0];
        samples.extend([100.0; 40]);
        samples.extend([110.0; 39]);
        samples.sort_unstable_by(f64::total_cmp);
        assert_eq!(quartiles(&samples), Some((100.0, 110.0)));
        let expected = Outliers { low_severe: 1, low_mild: 2, high_mild: 2, high_severe: 2 };
        assert_eq!((Outliers::of(&samples), expected.count()), (expected, 7));
    }

    #[test]
    fn equal_samples_have_no_outliers_and_one_that_differs_is_severe() {
        assert_eq!(Outliers::of(&[]).count(), 0);
        assert_eq!(Outliers::of(&[1.0; 9]).count(), 0);
        let mut samples = [1.0; 9];
        samples[8] = 1.1;
        assert_eq!(Outliers::of(&samples), Outliers { high_severe: 1, ..Outliers::default() });
    }
}
