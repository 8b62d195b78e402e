//! How often a source renews its values, from readings that come more often than that. Knows no source.

use crate::rail::source::Reading;

/// Fewer changes say nothing.
const MIN_CHANGES: usize = 4;

/// The time between two renewals of a rail [s]; none where its value changed too seldom to tell.
///
/// A value can only change when it is renewed, and a renewal may bring the same value: times between changes are the period or a
/// multiple of it. So it is their lower quartile, not their mean.
pub fn of_rail(readings: &[Reading], index: usize) -> Option<f64> {
    let known = readings.iter().filter_map(|reading| Some((reading.at, reading.value(index)?)));
    let known: Vec<(f64, f64)> = known.collect();
    let changes: Vec<f64> = known.windows(2).filter(|pair| pair[0].1 != pair[1].1).map(|pair| pair[1].0).collect();
    let mut gaps: Vec<f64> = changes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if changes.len() < MIN_CHANGES {
        return None;
    }
    gaps.sort_unstable_by(f64::total_cmp);
    gaps.get(gaps.len() / 4).copied()
}

/// The time between two readings of a source that tells by itself [s], every value being new: the median.
pub fn of_times(readings: &[Reading]) -> Option<f64> {
    let mut gaps: Vec<f64> = readings.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    gaps.sort_unstable_by(f64::total_cmp);
    (gaps.len() >= MIN_CHANGES).then(|| gaps.get(gaps.len() / 2).copied())?
}

/// The slowest of several rails.
pub fn slowest(readings: &[Reading], indices: impl Iterator<Item = usize>) -> Option<f64> {
    indices.map(|index| of_rail(readings, index)).reduce(|a, b| Some(a?.max(b?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Read every 5 ms from a rail that is renewed every 40 ms; `value` is that of the n-th renewal.
    fn readings(value: fn(u32) -> f64) -> Vec<Reading> {
        let at = |read: u32| f64::from(read) * 0.005;
        (0..400).map(|read| Reading { at: at(read), values: vec![Ok(value(read / 8))] }).collect()
    }

    #[test]
    fn the_period_is_that_of_renewals_also_where_values_repeat() {
        let every = of_rail(&readings(f64::from), 0).expect("it changes");
        assert!((every - 0.04).abs() < 1e-9, "{every}");
        // Of three renewals one brings the value before.
        let some =
            of_rail(&readings(|renewal| f64::from(renewal + 1 - u32::from(renewal % 3 == 0))), 0).expect("it changes");
        assert!((some - 0.04).abs() < 1e-9, "{some}");
    }

    #[test]
    fn what_tells_by_itself_is_renewed_as_often_as_it_tells() {
        let at = |at: f64| Reading { at, values: vec![Ok(5.0)] };
        let lines = [0.0, 0.1, 0.2, 0.3, 0.4, 0.9, 1.0].map(at);
        assert!(of_times(&lines).is_some_and(|every| (every - 0.1).abs() < 1e-9));
        assert_eq!(of_times(&lines[..4]), None);
    }

    #[test]
    fn a_rail_that_hardly_changes_says_nothing() {
        assert_eq!(of_rail(&readings(|_| 3.0), 0), None);
        assert_eq!(of_rail(&readings(|renewal| f64::from(renewal / 20)), 0), None);
        assert_eq!(of_rail(&[], 0), None);
    }
}
