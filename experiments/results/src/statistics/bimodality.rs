//! Whether samples fall into two groups. Independent of order in time and units.

use super::median::median;

/// Sarle's coefficient of a uniform distribution; a distribution with two peaks has a larger one.
const UNIFORM: f64 = 5.0 / 9.0;

/// Minimum number of samples for a meaningful shape.
const MIN_SAMPLES: usize = 10;

/// Minimum size of each group as a share of the samples; a smaller one is a few outliers.
const MIN_SHARE: f64 = 0.1;

/// Minimum difference of the groups' means as a share of the median; a smaller one does not matter.
const MIN_DISTANCE: f64 = 0.02;

/// Whether samples in ascending order are bimodal; false for fewer than ten.
///
/// Sarle's coefficient must exceed that of a uniform distribution. Skewed distributions with one peak can exceed it
/// too, so each side of the best split must have at least 10 % of the samples, and their means must differ by more than
/// 2 % of the median.
pub fn is_bimodal(sorted: &[f64]) -> bool {
    if sorted.len() < MIN_SAMPLES || sarle(sorted).is_none_or(|coefficient| coefficient <= UNIFORM) {
        return false;
    }
    let (Some(index), Some(median)) = (split(sorted), median(sorted)) else { return false };
    let (low, high) = sorted.split_at(index);
    let is_group = |side: &[f64]| side.len() as f64 >= MIN_SHARE * sorted.len() as f64;
    is_group(low) && is_group(high) && mean(high) - mean(low) > MIN_DISTANCE * median
}

/// Sarle's bimodality coefficient, (g^2 + 1) / (k + 3 (n - 1)^2 / ((n - 2) (n - 3))), with the skewness g and the
/// excess kurtosis k of a sample, corrected for its size (SAS/STAT User's Guide, The CLUSTER Procedure).
///
/// It is 1 for two points with equal weights, 5/9 for a uniform distribution and 1/3 for a normal one. None for fewer
/// than four samples, and for samples that are all equal.
pub fn sarle(samples: &[f64]) -> Option<f64> {
    let n = samples.len() as f64;
    if samples.len() < 4 || samples.windows(2).all(|pair| pair[0] == pair[1]) {
        return None;
    }
    let center = mean(samples);
    let moment = |power: fn(f64) -> f64| samples.iter().map(|sample| power(sample - center)).sum::<f64>() / n;
    let (second, third, fourth) = (moment(|x| x * x), moment(|x| x * x * x), moment(|x| x * x * x * x));
    // Only the square of the skewness is needed, which takes no root.
    let skewness_squared = n * (n - 1.0) / ((n - 2.0) * (n - 2.0)) * (third / second) * (third / second) / second;
    let kurtosis = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * (fourth / second / second - 3.0) + 6.0);
    let coefficient = (skewness_squared + 1.0) / (kurtosis + 3.0 * (n - 1.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0)));
    coefficient.is_finite().then_some(coefficient)
}

/// The number of samples in the lower group of the split with the minimum variance within groups; samples in ascending
/// order.
fn split(sorted: &[f64]) -> Option<usize> {
    let (n, center) = (sorted.len() as f64, mean(sorted));
    // The variance within groups is minimal where that between groups is maximal: low * high * (distance of the
    // means)^2, up to a factor.
    let mut below = 0.0;
    let between: Vec<f64> = (1..)
        .zip(sorted)
        .take(sorted.len().saturating_sub(1))
        .map(|(count, sample)| {
            below += sample - center;
            below * below / (f64::from(count) * (n - f64::from(count)))
        })
        .collect();
    (0..between.len()).max_by(|&a, &b| between[a].total_cmp(&between[b])).map(|index| index + 1)
}

fn mean(samples: &[f64]) -> f64 {
    samples.iter().sum::<f64>() / samples.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::split_mix::tests::normals;

    fn sorted(mut samples: Vec<f64>) -> Vec<f64> {
        samples.sort_unstable_by(f64::total_cmp);
        samples
    }

    /// Two normal groups of `low` and `high` samples, with means 100 and `mean` and standard deviation 1.
    fn groups(low: usize, high: usize, mean: f64, seed: u64) -> Vec<f64> {
        let (a, b) = (normals(low, seed), normals(high, seed + 1000));
        sorted(a.iter().map(|x| 100.0 + x).chain(b.iter().map(|x| mean + x)).collect())
    }

    #[test]
    fn a_uniform_distribution_has_five_ninths() {
        let samples: Vec<f64> = (0..10_000).map(f64::from).collect();
        assert!((sarle(&samples).expect("many") - UNIFORM).abs() < 1e-3);
    }

    #[test]
    fn two_points_have_their_closed_form_which_approaches_one() {
        // With g = 0 and a fourth moment that is the square of the second, the coefficient is (n - 2) (n - 3) / (n^2 -
        // 1).
        for count in [4, 10, 100, 10_000] {
            let samples: Vec<f64> = (0..count).map(|i| if 2 * i < count { 1.0 } else { 2.0 }).collect();
            let n = f64::from(count);
            let expected = (n - 2.0) * (n - 3.0) / (n * n - 1.0);
            assert!((sarle(&samples).expect("enough") - expected).abs() < 1e-9, "{count}");
        }
    }

    #[test]
    fn a_normal_distribution_has_a_third() {
        // Points of a grid, each as often as the normal density requires.
        let density = |i: i32| (1000.0 * (-f64::from(i * i) / 800.0).exp()).round() as usize;
        let samples: Vec<f64> = (-90..=90).flat_map(|i| vec![f64::from(i); density(i)]).collect();
        assert!((sarle(&samples).expect("many") - 1.0 / 3.0).abs() < 2e-3);
        assert!(!is_bimodal(&samples));
    }

    #[test]
    fn the_split_is_the_best_of_all() {
        for seed in 0..20 {
            let samples = groups(13, 7, 103.0, seed);
            let within = |index: &usize| {
                let (low, high) = samples.split_at(*index);
                let square = |side: &[f64]| side.iter().map(|x| (x - mean(side)) * (x - mean(side))).sum::<f64>();
                square(low) + square(high)
            };
            let expected = (1..samples.len()).min_by(|a, b| within(a).total_cmp(&within(b)));
            assert_eq!(split(&samples), expected);
        }
    }

    #[test]
    fn two_groups_are_found_and_one_is_not() {
        for seed in 0..20 {
            assert!(is_bimodal(&groups(60, 60, 110.0, seed)), "{seed}");
            assert!(is_bimodal(&groups(90, 30, 110.0, seed)), "{seed}");
            assert!(!is_bimodal(&groups(60, 60, 100.0, seed)), "{seed}");
        }
    }

    #[test]
    fn a_few_far_outliers_are_not_a_group_and_nearby_groups_are_one() {
        let mut samples = groups(30, 30, 100.0, 1);
        samples[59] = 1000.0;
        assert!(sarle(&samples).expect("many") > UNIFORM && !is_bimodal(&samples));
        // The same two points, 1.5 % and 3 % apart.
        let points = |high: f64| (0..20).map(|i| if i < 10 { 100.0 } else { high }).collect::<Vec<f64>>();
        assert!(!is_bimodal(&points(101.5)) && is_bimodal(&points(103.0)));
    }

    #[test]
    fn few_or_equal_samples_are_not_bimodal() {
        assert!(!is_bimodal(&[1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]));
        assert!(is_bimodal(&[1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]));
        assert!(!is_bimodal(&[0.1; 40]) && !is_bimodal(&[]));
        assert_eq!((sarle(&[0.1; 40]), sarle(&[1.0, 2.0, 3.0]), sarle(&[f64::NAN; 9])), (None, None, None));
    }
}
