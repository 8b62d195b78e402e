//! Two classifiers on the same trials: the difference of their shares, from the trials on which they differ. Independent of units.

use crate::estimates::Estimate;
use crate::statistics::proportion::HALF_WIDTH;

/// Counts of paired trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pairs {
    /// All trials.
    pub trials: u64,
    /// Trials in which only the first is right.
    pub only_first: u64,
    /// Trials in which only the second is right.
    pub only_second: u64,
}

impl Pairs {
    /// Counts pairs of results, true where right.
    pub fn of(results: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut pairs = Self { trials: 0, only_first: 0, only_second: 0 };
        for (first, second) in results {
            pairs.trials += 1;
            pairs.only_first += u64::from(first && !second);
            pairs.only_second += u64::from(second && !first);
        }
        pairs
    }

    /// The probability of at least this difference if both are equally good: McNemar's test in its exact form, two-sided, by
    /// the binomial distribution for any number of differing trials (Q. McNemar, Note on the sampling error of the
    /// difference between correlated proportions or percentages, Psychometrika 12, 1947).
    pub fn p_value(self) -> f64 {
        let (fewer, all) = (self.only_first.min(self.only_second), self.only_first + self.only_second);
        // Binomial coefficients divided by the largest one, from the middle down. What is too small for f64 becomes 0.
        let (mut weight, mut below, mut tail) = (1.0, 0.0, 0.0);
        for successes in (0..=all / 2).rev() {
            below += weight;
            if successes <= fewer {
                tail += weight;
            }
            weight *= successes as f64 / (all - successes + 1) as f64;
        }
        // The distribution is symmetric; the middle of an even number counts once.
        let whole = 2.0 * below - if all.is_multiple_of(2) { 1.0 } else { 0.0 };
        (2.0 * tail / whole).min(1.0)
    }

    /// The share of the first minus that of the second, with its 95 % interval (D. G. Bonett and R. M. Price, Adjusted Wald
    /// confidence interval for a difference of binomial proportions based on paired data, Journal of Educational and
    /// Behavioral Statistics 37, 2012). None without trials.
    pub fn difference(self) -> Option<Estimate> {
        if self.trials == 0 {
            return None;
        }
        let trials = self.trials as f64;
        let (first, second) = (self.only_first as f64, self.only_second as f64);
        let adjusted = |count: f64| (count + 1.0) / (trials + 2.0);
        let centre = adjusted(first) - adjusted(second);
        let variance = (adjusted(first) + adjusted(second) - centre * centre) / (trials + 2.0);
        let (value, half) = ((first - second) / trials, HALF_WIDTH * variance.sqrt());
        Some(Estimate { value, low: (centre - half).clamp(-1.0, value), high: (centre + half).clamp(value, 1.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(only_first: u64, only_second: u64) -> Pairs {
        Pairs { trials: 50_000, only_first, only_second }
    }

    #[test]
    fn the_probability_is_that_of_the_binomial_test() {
        // `scipy.stats.binomtest(min(b, c), b + c, 0.5).pvalue`, SciPy 1.17.
        for (first, second, expected) in [
            (0, 0, 1.0),
            (1, 0, 1.0),
            (0, 5, 0.0625),
            (5, 1, 0.21875),
            (10, 3, 0.09228515625),
            (3, 10, 0.09228515625),
            (12, 12, 1.0),
            (30, 12, 0.007_915_897_334_896_727),
            (700, 640, 0.106_979_925_244_909_62),
            (400, 250, 4.368_816_826_256_43e-9),
        ] {
            let found = pairs(first, second).p_value();
            assert!((found / expected - 1.0).abs() < 1e-9, "{first}, {second}: {found}");
        }
        assert_eq!(pairs(25_000, 0).p_value(), 0.0);
    }

    #[test]
    fn the_difference_is_exact_and_its_interval_contains_it() {
        // (46 - 38) / 100; by hand: (47 - 39) / 102 ± 1.96 sqrt((47/102 + 39/102 - (8/102)²) / 102).
        let found = Pairs { trials: 100, only_first: 46, only_second: 38 }.difference().expect("trials");
        assert!((found.value - 0.08).abs() < 1e-15);
        assert!((found.low + 0.099_113).abs() < 1e-6 && (found.high - 0.255_976).abs() < 1e-6, "{found:?}");
        for (first, second) in [(0, 0), (50_000, 0), (0, 50_000), (3, 4)] {
            let found = pairs(first, second).difference().expect("trials");
            let mirrored = pairs(second, first).difference().expect("trials");
            assert!(-1.0 <= found.low && found.low <= found.value && found.value <= found.high && found.high <= 1.0);
            assert!((found.low + mirrored.high).abs() < 1e-15, "{found:?} {mirrored:?}");
        }
        assert_eq!(Pairs::of([]).difference(), None);
    }

    #[test]
    fn results_are_counted_by_who_is_right() {
        let counted = Pairs::of([(true, true), (true, false), (false, true), (true, false), (false, false)]);
        assert_eq!(counted, Pairs { trials: 5, only_first: 2, only_second: 1 });
    }
}
