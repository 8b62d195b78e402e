//! Quantiles of sorted samples, and the spread around the median. Independent of order in time.

use super::median::median;

/// The quantile `p`, 0 to 1, of samples in ascending order, interpolated between the two nearest: type 7 of Hyndman and
/// Fan, Sample Quantiles in Statistical Packages, 1996, the default of R and NumPy. None without samples, and for other
/// `p`.
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    let position = last as f64 * p;
    let lower = (position as usize).min(last);
    let (share, upper) = (position - lower as f64, (lower + 1).min(last));
    // Equal values are not interpolated, since the difference of two infinite ones is NaN.
    let (from, to) = (sorted[lower], sorted[upper]);
    Some(if share == 0.0 || from == to { from } else { from + share * (to - from) })
}

/// The first and the third quartile of samples in ascending order; none without samples.
pub fn quartiles(sorted: &[f64]) -> Option<(f64, f64)> {
    Some((quantile(sorted, 0.25)?, quantile(sorted, 0.75)?))
}

/// The 90th percentile of samples in ascending order; none without samples.
pub fn p90(sorted: &[f64]) -> Option<f64> {
    quantile(sorted, 0.9)
}

/// The 99th percentile of samples in ascending order; none without samples.
pub fn p99(sorted: &[f64]) -> Option<f64> {
    quantile(sorted, 0.99)
}

/// The median absolute deviation from the median, of samples in any order; none without samples.
///
/// It is not scaled: times 1.4826, it estimates the standard deviation of a normal distribution.
pub fn mad(samples: &[f64]) -> Option<f64> {
    let center = median(samples)?;
    median(&samples.iter().map(|sample| (sample - center).abs()).collect::<Vec<f64>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_interpolated_by_type_seven() {
        // Type 7 of 1, 2, 3, 4 at 1/4: position 0.75 of three steps, so 1.75.
        let sorted = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(quartiles(&sorted), Some((1.75, 3.25)));
        assert_eq!([0.0, 0.5, 1.0].map(|p| quantile(&sorted, p)), [Some(1.0), Some(2.5), Some(4.0)]);
        let hundred: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!((p90(&hundred), p99(&hundred)), (Some(90.0), Some(99.0)));
    }

    #[test]
    fn the_middle_quantile_is_the_median() {
        for count in 1..50_u32 {
            let sorted: Vec<f64> = (0..count).map(|i| f64::from(i * i)).collect();
            assert_eq!(quantile(&sorted, 0.5), median(&sorted));
        }
    }

    #[test]
    fn no_samples_and_an_invalid_share_have_no_quantile() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!((quantile(&[1.0], -0.1), quantile(&[1.0], 1.1), quantile(&[1.0], f64::NAN)), (None, None, None));
        assert_eq!(quantile(&[f64::INFINITY; 2], 0.3), Some(f64::INFINITY));
    }

    #[test]
    fn the_deviation_is_unscaled_and_robust_against_one_outlier() {
        // Deviations 1, 1, 0, 0, 2, 4, 7 from the median 2; their median is 1.
        assert_eq!(mad(&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]), Some(1.0));
        assert_eq!(mad(&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9e9]), Some(1.0));
        assert_eq!(mad(&[]), None);
    }
}
