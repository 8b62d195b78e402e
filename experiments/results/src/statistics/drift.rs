//! Whether the samples of a process rise or fall over its window. Independent of units.

use serde::{Deserialize, Serialize};

use super::median::{median, middle};

/// Longer series are thinned evenly to this many samples, including first and last: they have half a million slopes.
const MAX_SAMPLES: usize = 1000;

/// Up to this number of samples, the distribution of Kendall's statistic is exact; beyond, it is taken as normal.
const MAX_EXACT: usize = 100;

/// A drift above this share of the median matters. The same share applies to warm-ups and to change points.
pub const LIMIT: f64 = 0.02;

/// The change from the first sample to the last, as a share of the median.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// The median of the slopes between any two samples (Sen, Estimates of the Regression Coefficient Based on
    /// Kendall's Tau, 1968), times the steps from the first to the last, over the median sample: 0.02 if samples rose
    /// by 2 %.
    pub relative: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Drift {
    /// The drift of one process. None for fewer than five samples, whose slopes cover the true one with less than 95 %,
    /// if the median is not positive, and if a number is not finite.
    ///
    /// The interval ends at two of the slopes, equally far from the minimum and maximum (Hollander and Wolfe,
    /// Nonparametric Statistical Methods, 1999, Section 9.3). It is too narrow for correlated samples.
    pub fn of(samples: &[f64]) -> Option<Self> {
        let middle_sample = median(samples).filter(|&value| value > 0.0)?;
        let indices = indices(samples.len());
        let excluded = excluded(indices.len())?;
        let mut slopes = Vec::with_capacity(indices.len() * (indices.len() - 1) / 2);
        for (after, &first) in (1..).zip(&indices) {
            let slope = |&second: &usize| (samples[second] - samples[first]) / (second - first) as f64;
            slopes.extend(indices[after..].iter().map(slope));
        }
        let (lower, upper) = middle(slopes.len())?;
        let last = slopes.len() - 1;
        let mut at = |rank: usize| *slopes.select_nth_unstable_by(rank, f64::total_cmp).1;
        let slope = f64::midpoint(at(lower), at(upper));
        let relative = |slope: f64| slope * (samples.len() - 1) as f64 / middle_sample;
        let (low, high) = (relative(at(excluded)), relative(at(last - excluded)));
        let drift = Self { relative: relative(slope), low, high };
        (drift.low.is_finite() && drift.relative.is_finite() && drift.high.is_finite()).then_some(drift)
    }

    /// The worst of several processes: the largest significant drift, or the largest if none is significant.
    pub fn worst(processes: &[&[f64]]) -> Option<Self> {
        let worse = |a: &Self, b: &Self| {
            a.is_significant().cmp(&b.is_significant()).then(a.relative.abs().total_cmp(&b.relative.abs()))
        };
        processes.iter().filter_map(|samples| Self::of(samples)).max_by(worse)
    }

    /// Whether it exceeds a share of the median, up or down, and its interval excludes 0.
    fn is_over(&self, share: f64) -> bool {
        self.relative.abs() > share && self.is_significant()
    }

    /// Whether it exceeds [`LIMIT`], and its interval excludes 0.
    pub fn is_over_limit(&self) -> bool {
        self.is_over(LIMIT)
    }

    fn is_significant(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// The indices of the samples that are used.
fn indices(count: usize) -> Vec<usize> {
    let kept = count.min(MAX_SAMPLES);
    (0..kept).map(|i| if kept < count { i * (count - 1) / (kept - 1) } else { i }).collect()
}

/// How many of the sorted slopes of `count` samples the interval excludes at each end; none if it cannot reach 95 %.
///
/// Without drift, the number of pairs of samples in descending order is that of inversions of a random permutation. The
/// interval excludes i slopes at each end, for the largest i with P(inversions <= i) <= 2.5 %.
fn excluded(count: usize) -> Option<usize> {
    if count > MAX_EXACT {
        let (n, pairs) = (count as f64, (count * (count - 1) / 2) as f64);
        // Kendall's K, ascending minus descending pairs, has this variance, and inversions are (pairs - K) / 2, here
        // with a continuity correction of half a step.
        let half_width = 1.959_963_984_540_054 * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
        return Some(((pairs - half_width - 1.0) / 2.0) as usize);
    }
    let mut below = 0.0;
    let chances = inversions(count);
    let within = chances.iter().take_while(|&&chance| {
        below += chance;
        below <= 0.025
    });
    within.count().checked_sub(1)
}

/// The probability of each number of inversions of a random permutation of `count`, starting with 0 inversions.
fn inversions(count: usize) -> Vec<f64> {
    let mut chances = vec![1.0];
    for placed in 2..=count {
        // The next element passes 0 to placed - 1 earlier ones with equal probability: a moving sum.
        let (mut sum, mut next) = (0.0, vec![0.0; chances.len() + placed - 1]);
        for (number, chance) in next.iter_mut().enumerate() {
            sum += chances.get(number).copied().unwrap_or(0.0);
            sum -= number.checked_sub(placed).and_then(|gone| chances.get(gone)).copied().unwrap_or(0.0);
            *chance = sum / placed as f64;
        }
        chances = next;
    }
    chances
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::split_mix::tests::{normals, shuffled};

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn the_effect_of_cloud_seeding_follows_from_its_ten_slopes() {
        // The data of Example 9.1 of Hollander and Wolfe. The slopes, by hand: -0.15 -0.13 -0.08 -0.07 -0.0575 -0.055
        // -0.045 -0.1/3 0.01 0.04. Their median is -0.05625; for five samples, the interval is their range.
        let drift = Drift::of(&[1.26, 1.27, 1.12, 1.16, 1.03]).expect("five samples");
        let relative = |slope: f64| slope * 4.0 / 1.16;
        assert!(near(drift.relative, relative(-0.05625)), "{drift:?}");
        assert!(near(drift.low, relative(-0.15)) && near(drift.high, relative(0.04)), "{drift:?}");
        assert!(!drift.is_over(0.1));
    }

    #[test]
    fn the_interval_excludes_as_many_slopes_as_kendalls_table() {
        // Upper 2.5 % points of Kendall's statistic, as tabulated by Kaarsemaker and van Wijngaarden, 1953; the
        // interval begins at the slope (pairs - point + 2) / 2, counted from 1.
        for (count, point) in [(5, 10), (6, 13), (7, 15), (8, 18), (9, 20), (10, 23)] {
            let pairs = count * (count - 1) / 2;
            assert_eq!(excluded(count), Some((pairs - point) / 2), "{count}");
        }
        assert_eq!([0, 1, 2, 3, 4].map(excluded), [None; 5]);
    }

    #[test]
    fn the_exact_number_approaches_the_normal_one() {
        let exact = |count| {
            let mut below = 0.0;
            inversions(count).iter().take_while(|&&chance| (below += chance, below <= 0.025).1).count() - 1
        };
        for count in [101, 110, 120, 150] {
            let normal = excluded(count).expect("many");
            assert!(exact(count).abs_diff(normal) <= 1, "{count}: {} {normal}", exact(count));
        }
    }

    #[test]
    fn the_probabilities_of_inversions_are_those_of_permutations() {
        // The 24 permutations of four by number of inversions: 1, 3, 5, 6, 5, 3, 1.
        let expected = [1.0, 3.0, 5.0, 6.0, 5.0, 3.0, 1.0].map(|number: f64| number / 24.0);
        assert!(inversions(4).into_iter().zip(expected).all(|(a, b)| near(a, b)));
        assert!(near(inversions(60).iter().sum(), 1.0));
    }

    #[test]
    fn the_drift_of_a_straight_rise_is_exact_for_any_length_and_despite_an_outlier() {
        for count in [5_u32, 21, 1001, 5000] {
            let last = f64::from(count - 1);
            let mut samples: Vec<f64> = (0..count).map(|i| 0.95 + 0.1 * f64::from(i) / last).collect();
            let drift = Drift::of(&samples).expect("enough");
            // From 0.95 to 1.05 around the median 1.
            assert!((drift.relative - 0.1).abs() < 1e-9 && drift.is_over(0.05) && !drift.is_over(0.2), "{drift:?}");
            if count > 5 {
                samples[0] = 10.0;
                let drift = Drift::of(&samples).expect("enough");
                assert!((drift.relative - 0.1).abs() < 0.01 && drift.is_over(0.05), "{drift:?}");
            }
        }
    }

    #[test]
    fn equal_samples_do_not_drift_and_few_or_invalid_ones_have_no_drift() {
        assert_eq!(Drift::of(&[0.1; 9]), Some(Drift { relative: 0.0, low: 0.0, high: 0.0 }));
        assert!(!Drift { relative: 0.0, low: 0.0, high: 0.0 }.is_over(0.0));
        assert_eq!(Drift::of(&[1.0, 2.0, 3.0, 4.0]), None);
        assert_eq!(
            (Drift::of(&[0.0; 9]), Drift::of(&[f64::NAN; 9]), Drift::of(&[f64::INFINITY; 9])),
            (None, None, None)
        );
    }

    #[test]
    fn a_significant_drift_is_worse_than_a_larger_one_by_chance() {
        let steady: Vec<f64> = (0..50).map(|i| 100.0 + f64::from(i) / 10.0).collect();
        let noisy = [10.0, 200.0, 90.0, 100.0, 300.0];
        let worst = Drift::worst(&[&noisy, &steady, &[]]);
        assert_eq!(worst, Drift::of(&steady));
        assert!(Drift::of(&noisy).expect("five").relative.abs() > worst.expect("some").relative);
        assert_eq!(Drift::worst(&[]), None);
    }

    #[test]
    fn without_drift_the_interval_covers_zero_at_about_its_nominal_rate() {
        for count in [10, 40] {
            let covers = |&seed: &u64| {
                let samples: Vec<f64> = normals(count, seed).iter().map(|x| 100.0 + x).collect();
                !Drift::of(&samples).expect("enough").is_over(0.0)
            };
            let covered = (0..400).filter(covers).count();
            // From 95 % minus three standard errors to nearly 100 %.
            assert!((366..=396).contains(&covered), "{count}: {covered}");
        }
        assert!(Drift::of(&shuffled(30)).is_some());
    }
}
