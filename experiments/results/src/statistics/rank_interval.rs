//! The interval of the median from the ranks of the samples. It needs no resampling, so it is fast enough between two
//! timed passes. Independent of units; too narrow for correlated samples.

/// Maximum probability of missing at each end of the 95 % interval.
const CHANCE: f64 = 0.025;

/// Terms below this share of the largest do not change the sum.
const NEGLIGIBLE: f64 = 1e-20;

/// The 95 % interval of the median of independent samples, whatever their distribution; one sort, O(n log n).
///
/// The narrowest pair of order statistics, equally far from minimum and maximum, that covers the median of the
/// distribution with at least 95 % (Conover, Practical Nonparametric Statistics, 1999, Section 3.2). None for fewer
/// than six samples, whose range covers less.
pub fn rank_interval(samples: &[f64]) -> Option<(f64, f64)> {
    let rank = rank(samples.len())?;
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some((sorted[rank - 1], sorted[samples.len() - rank]))
}

/// The rank, from 1, of the lower end: the largest r with P(X < r) <= 2.5 %, where X, the number of samples below the
/// median among `count`, is binomial with p = 1/2.
///
/// The binomial coefficients are summed from the middle outwards as multiples of the middle one. That is exact up to
/// rounding for every count, takes about 5 sqrt(`count`) terms in each direction, and needs no normal approximation.
fn rank(count: usize) -> Option<usize> {
    let middle = count / 2;
    // C(n, k - 1) = C(n, k) * k / (n - k + 1); `lower[i]` is C(n, middle - i) / C(n, middle).
    let mut lower = vec![1.0];
    let mut term = 1.0;
    for k in (1..=middle).rev() {
        term *= k as f64 / (count - k + 1) as f64;
        if term < NEGLIGIBLE {
            break;
        }
        lower.push(term);
    }
    // The coefficients are symmetric: an even count has one in the middle, an odd count has two.
    let half: f64 = lower.iter().rev().sum();
    let whole = if count.is_multiple_of(2) { 2.0 * half - 1.0 } else { 2.0 * half };
    let mut below = 0.0;
    let outside = lower.iter().rev().take_while(|&&term| {
        below += term;
        below <= CHANCE * whole
    });
    let rank = middle + 1 - lower.len() + outside.count();
    (rank > 0).then_some(rank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::median;
    use crate::statistics::split_mix::SplitMix;
    use crate::statistics::split_mix::tests::{normal, shuffled};

    #[test]
    fn the_ranks_are_those_of_the_published_sign_test() {
        // One more than the critical value of the sign test, two-sided 5 % (Dixon and Mood, The Statistical Sign Test,
        // 1946).
        let published =
            [(6, 0), (8, 0), (9, 1), (10, 1), (11, 1), (12, 2), (15, 3), (17, 4), (20, 5), (25, 7), (30, 9)];
        for (count, critical) in published.into_iter().chain([(35, 11), (40, 13), (50, 17), (100, 39)]) {
            assert_eq!(rank(count), Some(critical + 1), "{count}");
        }
    }

    #[test]
    fn the_ranks_are_those_of_exact_binomial_coefficients() {
        // In integers: 40 * (C(n, 0) + ... + C(n, r - 1)) <= 2^n.
        for count in 1..=115_u32 {
            let (mut term, mut sum, mut expected) = (1_u128, 1_u128, 0);
            while 40 * sum <= 1 << count {
                expected += 1;
                term = term * u128::from(count - expected + 1) / u128::from(expected);
                sum += term;
            }
            assert_eq!(rank(count as usize).unwrap_or(0), expected as usize, "{count}");
        }
    }

    #[test]
    fn large_ranks_are_those_of_the_normal_distribution() {
        for count in [1_000, 10_000, 123_456, 1_000_000] {
            let expected = (f64::from(count) + 1.0) / 2.0 - 1.959_963_985 * f64::from(count).sqrt() / 2.0;
            let rank = rank(count as usize).expect("many") as f64;
            assert!((rank - expected).abs() <= 1.01, "{rank} {expected}");
        }
    }

    #[test]
    fn the_interval_ends_at_ranks_2_and_9_of_ten_and_40_and_61_of_a_hundred() {
        assert_eq!(rank_interval(&shuffled(10)), Some((2.0, 9.0)));
        assert_eq!(rank_interval(&shuffled(100)), Some((40.0, 61.0)));
    }

    #[test]
    fn fewer_than_six_samples_have_no_interval() {
        assert_eq!(rank_interval(&[]), None);
        assert_eq!(rank_interval(&shuffled(5)), None);
        assert_eq!(rank_interval(&shuffled(6)), Some((1.0, 6.0)));
    }

    #[test]
    fn the_interval_covers_the_median_of_the_distribution_at_its_nominal_rate() {
        let mut generator = SplitMix(3);
        for count in [10, 25, 60] {
            let covered = (0..1000).filter(|_| {
                let samples: Vec<f64> = (0..count).map(|_| normal(&mut generator)).collect();
                let (low, high) = rank_interval(&samples).expect("enough");
                let value = median(&samples).expect("some");
                assert!(low <= value && value <= high);
                low <= 0.0 && 0.0 <= high
            });
            // At least 95 % minus three standard errors of a thousand trials; at most 97.9 %, as for ten, plus three.
            let covered = covered.count();
            assert!((929..=993).contains(&covered), "{count}: {covered}");
        }
    }
}
