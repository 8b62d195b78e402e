//! The interval of a median from the ranks of its samples, for any distribution.

/// Probability that the median is below the interval, and that it is above: 95 % remain.
const TAIL: f64 = 0.025;

/// The 95 % interval of the median of independent samples: two order statistics, equally far from both ends.
///
/// None for fewer than six samples, whose range covers the median less often, or for more than a thousand.
pub fn rank_interval(samples: &[f64]) -> Option<(f64, f64)> {
    let rank = rank(samples.len())?;
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some((sorted[rank - 1], sorted[sorted.len() - rank]))
}

/// The rank, from 1, of the lower end among `count` samples: the largest r with P(X < r) ≤ 2.5 %, where X, the number
/// of samples below the median, is binomial with p = 1/2 (Conover, Practical Nonparametric Statistics, 3rd edition,
/// Section 3.2).
fn rank(count: usize) -> Option<usize> {
    if count > 1000 {
        return None;
    }
    // P(X = k), from k = 0 on; 2^-1000 is still a normal number.
    let mut probability = 0.5_f64.powi(count as i32);
    let (mut below, mut rank) = (probability, 0);
    while below <= TAIL {
        rank += 1;
        probability *= (count + 1 - rank) as f64 / rank as f64;
        below += probability;
    }
    (rank > 0).then_some(rank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::input::SplitMix;

    #[test]
    fn the_ranks_are_those_of_published_tables() {
        // One more than the critical values of the two-sided sign test at 5 % (Dixon and Mood, JASA 41, 1946, Table 1).
        let published =
            [(6, 0), (8, 0), (9, 1), (11, 1), (12, 2), (15, 3), (17, 4), (20, 5), (25, 7), (30, 9), (40, 13)];
        for (count, critical) in published.into_iter().chain([(50, 17), (100, 39)]) {
            assert_eq!(rank(count), Some(critical + 1), "{count}");
        }
    }

    #[test]
    fn many_samples_have_the_ranks_of_the_normal_distribution() {
        for count in [300_usize, 501, 1000] {
            let normal = (count as f64 + 1.0) / 2.0 - 1.959_964 * (count as f64).sqrt() / 2.0;
            assert!((rank(count).expect("enough") as f64 - normal).abs() < 1.0, "{count}");
        }
    }

    #[test]
    fn fewer_than_six_samples_or_more_than_a_thousand_have_no_interval() {
        assert_eq!(rank_interval(&[1.0; 5]), None);
        assert_eq!(rank_interval(&[6.0, 1.0, 3.0, 2.0, 5.0, 4.0]), Some((1.0, 6.0)));
        assert_eq!(rank_interval(&[1.0; 1001]), None);
    }

    #[test]
    fn the_interval_covers_the_median_of_a_skewed_distribution_as_often_as_it_claims() {
        let mut random = SplitMix(7);
        let covered = (0..2000).filter(|_| {
            // Exponential, with median ln 2.
            let samples: Vec<f64> = (0..25).map(|_| -(1.0 - random.draw() as f64 / 2f64.powi(64)).ln()).collect();
            let (low, high) = rank_interval(&samples).expect("enough");
            low <= 2f64.ln() && 2f64.ln() <= high
        });
        // Exactly 95.7 % for 25 samples; within four standard errors of 2000 trials.
        assert!((0.957 - covered.count() as f64 / 2000.0).abs() < 0.019);
    }
}
