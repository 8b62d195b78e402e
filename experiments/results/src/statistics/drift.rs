//! Whether the samples of a process rise or fall while they are taken. Knows no unit.

use serde::{Deserialize, Serialize};

use super::median::{median, middle};

/// Longer series are thinned evenly to as many samples, first and last included: they have half a million slopes.
const MAX_SAMPLES: usize = 1000;

/// Up to here the distribution of Kendall's statistic is summed exactly; beyond, it is taken as normal.
const MAX_EXACT: usize = 100;

/// A drift beyond this share of the median matters: the same share decides on a warm-up and on the change points of a process.
pub const LIMIT: f64 = 0.02;

/// The change from the first sample to the last, as a share of the median.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// The median of the slopes between any two samples (Sen, Estimates of the Regression Coefficient Based on Kendall's Tau,
    /// 1968), by the steps from the first to the last, over the median sample: 0.02 when samples rose by 2 %.
    pub relative: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Drift {
    /// Of one process; none of fewer than five samples, whose slopes enclose the true one with less than 95 %, and none where
    /// the median is not positive or a number is not finite.
    ///
    /// The interval ends at two of the slopes, as far from the minimum as from the maximum (Hollander and Wolfe, Nonparametric
    /// Statistical Methods, 1999, Section 9.3). Samples that resemble their neighbours are worth fewer: it is then too narrow.
    pub fn of(samples: &[f64]) -> Option<Self> {
        let middle_sample = median(samples).filter(|&value| value > 0.0)?;
        let places = places(samples.len());
        let skipped = skipped(places.len())?;
        let mut slopes = Vec::with_capacity(places.len() * (places.len() - 1) / 2);
        for (after, &first) in (1..).zip(&places) {
            let slope = |&second: &usize| (samples[second] - samples[first]) / (second - first) as f64;
            slopes.extend(places[after..].iter().map(slope));
        }
        let (lower, upper) = middle(slopes.len())?;
        let last = slopes.len() - 1;
        let mut at = |place: usize| *slopes.select_nth_unstable_by(place, f64::total_cmp).1;
        let slope = f64::midpoint(at(lower), at(upper));
        let relative = |slope: f64| slope * (samples.len() - 1) as f64 / middle_sample;
        let drift = Self { relative: relative(slope), low: relative(at(skipped)), high: relative(at(last - skipped)) };
        (drift.low.is_finite() && drift.relative.is_finite() && drift.high.is_finite()).then_some(drift)
    }

    /// The worst of several processes: the greatest that is surely no chance, or the greatest if none is.
    pub fn worst(processes: &[&[f64]]) -> Option<Self> {
        let worse =
            |a: &Self, b: &Self| a.is_sure().cmp(&b.is_sure()).then(a.relative.abs().total_cmp(&b.relative.abs()));
        processes.iter().filter_map(|samples| Self::of(samples)).max_by(worse)
    }

    /// Whether it exceeds a share of the median, up or down, and its interval excludes 0.
    fn is_over(&self, share: f64) -> bool {
        self.relative.abs() > share && self.is_sure()
    }

    /// Whether it exceeds [`LIMIT`], and its interval excludes 0.
    pub fn is_over_limit(&self) -> bool {
        self.is_over(LIMIT)
    }

    fn is_sure(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// The places of the samples that are looked at.
fn places(count: usize) -> Vec<usize> {
    let kept = count.min(MAX_SAMPLES);
    (0..kept).map(|i| if kept < count { i * (count - 1) / (kept - 1) } else { i }).collect()
}

/// How many of the sorted slopes of `count` samples lie outside the interval at each end; none when it cannot reach 95 %.
///
/// Without drift the pairs of samples in descending order are as many as the inversions of a random permutation. The
/// interval leaves out i slopes at each end, for the greatest i with P(inversions <= i) <= 2.5 %.
fn skipped(count: usize) -> Option<usize> {
    if count > MAX_EXACT {
        let (n, pairs) = (count as f64, (count * (count - 1) / 2) as f64);
        // Kendall's K, ascending less descending pairs, has this variance, and inversions are (pairs - K) / 2. With half a
        // step for continuity, as inversions are whole numbers.
        let reach = 1.959_963_984_540_054 * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
        return Some(((pairs - reach - 1.0) / 2.0) as usize);
    }
    let mut below = 0.0;
    let chances = inversions(count);
    let within = chances.iter().take_while(|&&chance| {
        below += chance;
        below <= 0.025
    });
    within.count().checked_sub(1)
}

/// The chance of each number of inversions of a random permutation of `count`, from 0 inversions on.
fn inversions(count: usize) -> Vec<f64> {
    let mut chances = vec![1.0];
    for placed in 2..=count {
        // The next element passes 0 to placed - 1 of those before it, each as likely: a moving sum.
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
    fn the_effect_of_cloud_seeding_is_that_of_its_ten_slopes() {
        // The data of Example 9.1 of Hollander and Wolfe. The slopes, worked out by hand: -0.15 -0.13 -0.08 -0.07 -0.0575
        // -0.055 -0.045 -0.1/3 0.01 0.04. Their median is -0.05625; of five samples the interval is all of them.
        let drift = Drift::of(&[1.26, 1.27, 1.12, 1.16, 1.03]).expect("five samples");
        let relative = |slope: f64| slope * 4.0 / 1.16;
        assert!(near(drift.relative, relative(-0.05625)), "{drift:?}");
        assert!(near(drift.low, relative(-0.15)) && near(drift.high, relative(0.04)), "{drift:?}");
        assert!(!drift.is_over(0.1));
    }

    #[test]
    fn the_interval_leaves_out_as_many_slopes_as_kendalls_table_says() {
        // Upper 2.5 % points of Kendall's statistic, as tabled by Kaarsemaker and van Wijngaarden, 1953; the interval begins
        // at the slope (pairs - point + 2) / 2, counted from 1.
        for (count, point) in [(5, 10), (6, 13), (7, 15), (8, 18), (9, 20), (10, 23)] {
            let pairs = count * (count - 1) / 2;
            assert_eq!(skipped(count), Some((pairs - point) / 2), "{count}");
        }
        assert_eq!([0, 1, 2, 3, 4].map(skipped), [None; 5]);
    }

    #[test]
    fn the_exact_count_passes_into_the_normal_one() {
        let exact = |count| {
            let mut below = 0.0;
            inversions(count).iter().take_while(|&&chance| (below += chance, below <= 0.025).1).count() - 1
        };
        for count in [101, 110, 120, 150] {
            let normal = skipped(count).expect("many");
            assert!(exact(count).abs_diff(normal) <= 1, "{count}: {} {normal}", exact(count));
        }
    }

    #[test]
    fn the_chances_of_inversions_are_those_of_permutations() {
        // Of the 24 permutations of four: 1, 3, 5, 6, 5, 3, 1.
        let expected = [1.0, 3.0, 5.0, 6.0, 5.0, 3.0, 1.0].map(|number: f64| number / 24.0);
        assert!(inversions(4).into_iter().zip(expected).all(|(a, b)| near(a, b)));
        assert!(near(inversions(60).iter().sum(), 1.0));
    }

    #[test]
    fn a_straight_rise_is_its_own_drift_however_long_and_despite_an_outlier() {
        for count in [5_u32, 21, 1001, 5000] {
            let last = f64::from(count - 1);
            let mut samples: Vec<f64> = (0..count).map(|i| 0.95 + 0.1 * f64::from(i) / last).collect();
            let drift = Drift::of(&samples).expect("enough");
            // From 0.95 to 1.05 about the median 1.
            assert!((drift.relative - 0.1).abs() < 1e-9 && drift.is_over(0.05) && !drift.is_over(0.2), "{drift:?}");
            if count > 5 {
                samples[0] = 10.0;
                let drift = Drift::of(&samples).expect("enough");
                assert!((drift.relative - 0.1).abs() < 0.01 && drift.is_over(0.05), "{drift:?}");
            }
        }
    }

    #[test]
    fn samples_that_do_not_vary_or_cannot_be_told_do_not_drift() {
        assert_eq!(Drift::of(&[0.1; 9]), Some(Drift { relative: 0.0, low: 0.0, high: 0.0 }));
        assert!(!Drift { relative: 0.0, low: 0.0, high: 0.0 }.is_over(0.0));
        assert_eq!(Drift::of(&[1.0, 2.0, 3.0, 4.0]), None);
        assert_eq!(
            (Drift::of(&[0.0; 9]), Drift::of(&[f64::NAN; 9]), Drift::of(&[f64::INFINITY; 9])),
            (None, None, None)
        );
    }

    #[test]
    fn a_sure_drift_is_worse_than_a_larger_one_by_chance() {
        let steady: Vec<f64> = (0..50).map(|i| 100.0 + f64::from(i) / 10.0).collect();
        let noisy = [10.0, 200.0, 90.0, 100.0, 300.0];
        let worst = Drift::worst(&[&noisy, &steady, &[]]);
        assert_eq!(worst, Drift::of(&steady));
        assert!(Drift::of(&noisy).expect("five").relative.abs() > worst.expect("some").relative);
        assert_eq!(Drift::worst(&[]), None);
    }

    #[test]
    fn without_drift_the_interval_holds_zero_about_as_often_as_it_says() {
        for count in [10, 40] {
            let holds = |&seed: &u64| {
                let samples: Vec<f64> = normals(count, seed).iter().map(|x| 100.0 + x).collect();
                !Drift::of(&samples).expect("enough").is_over(0.0)
            };
            let covered = (0..400).filter(holds).count();
            // 95 % less three standard errors, to 100 % less a few.
            assert!((366..=396).contains(&covered), "{count}: {covered}");
        }
        assert!(Drift::of(&shuffled(30)).is_some());
    }
}
