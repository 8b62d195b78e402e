//! How a number depends on the selection of items: the bootstrap over items, such as the points of a fit. Independent of units.
//!
//! Items are drawn with replacement, as many as there are, and the number is computed for each draw. This does not
//! assume how points scatter around a line; with a dozen items, the interval is approximate (B. Efron and R. J.
//! Tibshirani, An Introduction to the Bootstrap, 1993, Sections 7.3 and 13.3). The uncertainty of single items is part
//! of their scatter.

use super::bootstrap::{RESAMPLES, TAIL};
use super::split_mix::SplitMix;
use crate::estimates::Estimate;

/// `of` the items, with its 95 % percentile interval over their resamples. Resamples without a value are skipped. None
/// if the items or at least half of the resamples have no value.
pub fn resampled<T: Copy>(items: &[T], seed: u64, of: impl Fn(&[T]) -> Option<f64>) -> Option<Estimate> {
    if items.is_empty() {
        return None;
    }
    let value = of(items)?;
    let mut generator = SplitMix(seed);
    let mut drawn = items.to_vec();
    let mut values: Vec<f64> = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        for item in &mut drawn {
            *item = items[generator.below(items.len())];
        }
        values.extend(of(&drawn));
    }
    if values.len() <= RESAMPLES / 2 {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    // The same share beyond each end as for all resamples, rounded down to be rather too wide.
    let tail = (TAIL * (values.len() + 1) / (RESAMPLES + 1)).max(1);
    let (low, high) = (values[tail - 1], values[values.len() - tail]);
    Some(Estimate { value, low: low.min(value), high: high.max(value) })
}

/// The minimum and maximum of `of` the items without one of them. None without items, and if a value is missing.
pub fn leaving_one_out<T: Copy>(items: &[T], of: impl Fn(&[T]) -> Option<f64>) -> Option<(f64, f64)> {
    let mut range: Option<(f64, f64)> = None;
    for omitted in 0..items.len() {
        let others: Vec<T> = items.iter().enumerate().filter(|&(at, _)| at != omitted).map(|(_, item)| *item).collect();
        let value = of(&others)?;
        range = Some(range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))));
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::least_squares;
    use crate::statistics::split_mix::tests::normals;

    fn mean(values: &[f64]) -> Option<f64> {
        Some(values.iter().sum::<f64>() / values.len() as f64)
    }

    #[test]
    fn the_interval_of_a_mean_is_close_to_the_normal_one() {
        let values = normals(400, 5);
        let found = resampled(&values, 1, mean).expect("values");
        let center = mean(&values).expect("values");
        let variance = values.iter().map(|value| (value - center) * (value - center)).sum::<f64>() / 400.0;
        let half = 1.96 * (variance / 400.0).sqrt();
        assert_eq!(found.value, center);
        assert!((found.low - center + half).abs() < 0.1 * half && (found.high - center - half).abs() < 0.1 * half);
    }

    #[test]
    fn the_interval_of_a_slope_covers_the_true_one_at_nearly_its_nominal_rate() {
        // Fourteen points whose scatter grows with x, which Student's t does not account for.
        let covers = |seed: &u64| {
            let noise = normals(14, *seed);
            let points: Vec<(f64, f64)> =
                (1..).map(f64::from).zip(&noise).map(|(x, e)| (x, 2.0 * x + 0.3 * x * e)).collect();
            let slope = |points: &[(f64, f64)]| Some(least_squares(points)?.slope);
            resampled(&points, *seed, slope).is_some_and(|found| found.low <= 2.0 && 2.0 <= found.high)
        };
        // Of 150: 95 %, minus a little because percentiles of few points are too narrow.
        let covered = (0..150).filter(covers).count();
        assert!((126..=148).contains(&covered), "{covered}");
    }

    #[test]
    fn equal_items_have_an_interval_without_width_and_the_seed_is_used() {
        assert_eq!(resampled(&[2.0; 5], 1, mean), Some(Estimate { value: 2.0, low: 2.0, high: 2.0 }));
        let values = normals(9, 1);
        assert_eq!(resampled(&values, 4, mean), resampled(&values, 4, mean));
        assert!((5..30).any(|seed| resampled(&values, seed, mean) != resampled(&values, 4, mean)));
    }

    #[test]
    fn a_number_that_most_resamples_lack_has_no_interval() {
        let all_different = |values: &[u32]| {
            let mut sorted = values.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            (sorted.len() == values.len()).then_some(1.0)
        };
        assert_eq!(resampled(&[1, 2, 3, 4, 5, 6], 1, all_different), None);
    }

    #[test]
    fn leaving_one_out_gives_the_range() {
        assert_eq!(leaving_one_out(&[1.0, 2.0, 6.0], mean), Some((1.5, 4.0)));
        assert_eq!((leaving_one_out(&[], mean), resampled(&[], 1, mean)), (None, None));
        assert_eq!(leaving_one_out(&[(0.0, 1.0); 3], |points| Some(least_squares(points)?.slope)), None);
    }
}
