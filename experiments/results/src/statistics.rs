//! The median of a series of samples and how sure it is. Knows no network, no unit and no file.

use crate::bootstrap;
use crate::estimates::Estimate;

/// With one or two samples every resample shows a sample or their middle: the bootstrap would claim more than is known.
const LEAST_SAMPLES: usize = 3;

/// The middle value, or the mean of the two in the middle; none of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    middle(values.len()).map(|(lower, upper)| f64::midpoint(sorted[lower], sorted[upper]))
}

/// The median with its 95 % interval, or none of nothing; `samples` are in the order they were taken.
///
/// The interval is that of the percentile bootstrap of the median. Samples that follow each other resemble each other, so
/// whole blocks of neighbours are drawn. Of fewer than three samples the interval is their range, which says less than 95 %.
pub fn estimate(samples: &[f64], seed: u64) -> Option<Estimate> {
    let value = median(samples)?;
    let (low, high) = if samples.len() < LEAST_SAMPLES { range(samples) } else { bootstrap::interval(samples, seed) };
    // Whatever was drawn: an interval without its own median would be nonsense to a reader.
    Some(Estimate { value, low: low.min(value), high: high.max(value) })
}

fn range(samples: &[f64]) -> (f64, f64) {
    samples.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)))
}

/// The places of the two middle values among `count` sorted ones; one and the same when `count` is odd.
pub(crate) fn middle(count: usize) -> Option<(usize, usize)> {
    count.checked_sub(1).map(|last| (last / 2, count / 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::tests::shuffled;

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_two() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[5.0]), Some(5.0));
        assert_eq!(median(&[f64::MAX, f64::MAX]), Some(f64::MAX));
        assert_eq!(median(&[]), None);
        assert_eq!(estimate(&[], 1), None);
    }

    #[test]
    fn the_interval_holds_the_median_whatever_the_seed() {
        for (seed, count) in (3..60).enumerate() {
            let estimate = estimate(&shuffled(count), seed as u64).expect("samples");
            assert!(estimate.low <= estimate.value && estimate.value <= estimate.high, "{estimate:?}");
        }
    }

    #[test]
    fn equal_samples_leave_no_doubt() {
        for count in [1, 2, 3, 7, 100] {
            let estimate = estimate(&vec![0.1; count], 1);
            assert_eq!(estimate, Some(Estimate { value: 0.1, low: 0.1, high: 0.1 }));
        }
    }

    #[test]
    fn one_or_two_samples_give_their_range() {
        assert_eq!(estimate(&[2.0], 1), Some(Estimate { value: 2.0, low: 2.0, high: 2.0 }));
        assert_eq!(estimate(&[4.0, 2.0], 1), Some(Estimate { value: 3.0, low: 2.0, high: 4.0 }));
    }

    #[test]
    fn the_same_samples_and_seed_give_the_same_interval() {
        let samples = shuffled(31);
        assert_eq!(estimate(&samples, 5), estimate(&samples, 5));
        let others = (6..40).filter(|&seed| estimate(&samples, seed) != estimate(&samples, 5));
        assert!(others.count() > 0, "the seed is used");
    }
}
