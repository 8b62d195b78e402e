//! A share of trials with its interval. Independent of units.

use crate::estimates::Estimate;

/// Half width of a 95 % interval in standard deviations of the normal distribution.
pub(crate) const HALF_WIDTH: f64 = 1.959_963_984_540_054;

/// A share, 0 to 1, of independent trials with its 95 % interval (E. B. Wilson, Probable Inference, the Law of
/// Succession, and Statistical Inference, Journal of the American Statistical Association 22, 1927). None without
/// trials, and if `share` is not from 0 to 1.
pub fn proportion(share: f64, trials: f64) -> Option<Estimate> {
    if trials < 1.0 || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let square = HALF_WIDTH * HALF_WIDTH / trials;
    let center = (share + square / 2.0) / (1.0 + square);
    let half = (share * (1.0 - share) * square + square * square / 4.0).sqrt() / (1.0 + square);
    Some(Estimate { value: share, low: (center - half).min(share), high: (center + half).max(share) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_intervals_are_those_published_by_newcombe() {
        // R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, 1998,
        // Table I, method 3.
        for (successes, trials, low, high) in [
            (81.0, 263.0, 0.2553, 0.3662),
            (15.0, 148.0, 0.0624, 0.1605),
            (0.0, 20.0, 0.0, 0.1611),
            (1.0, 29.0, 0.0061, 0.1718),
        ] {
            let found = proportion(successes / trials, trials).expect("a share");
            assert!((found.low - low).abs() < 5e-5 && (found.high - high).abs() < 5e-5, "{found:?}");
        }
    }

    #[test]
    fn an_accuracy_of_seventy_per_cent_on_imagenet_has_an_interval_of_two_fifths_of_a_point() {
        let found = proportion(0.7, 50_000.0).expect("a share");
        assert!((found.high - 0.7 - 0.0040).abs() < 5e-5 && (0.7 - found.low - 0.0040).abs() < 5e-5, "{found:?}");
    }

    #[test]
    fn an_invalid_share_has_no_interval() {
        assert_eq!((proportion(1.1, 9.0), proportion(f64::NAN, 9.0), proportion(0.5, 0.0)), (None, None, None));
    }
}
