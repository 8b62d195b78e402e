//! The update period of a source, from readings that are taken more often.

use crate::rail::source::Reading;

/// With fewer changes, the period is unknown.
const MIN_CHANGES: usize = 4;

/// The update period of a rail [s]; `None` where its value changed too seldom.
///
/// A value can only change at an update, but an update may give the same value. So the times between changes are
/// multiples of the period, and their lower quartile estimates it better than their mean.
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

/// The median time between two readings of a source that pushes, where every value is new [s].
pub fn of_times(readings: &[Reading]) -> Option<f64> {
    let mut gaps: Vec<f64> = readings.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    gaps.sort_unstable_by(f64::total_cmp);
    (gaps.len() >= MIN_CHANGES).then(|| gaps.get(gaps.len() / 2).copied())?
}

/// The longest update period of several rails [s]; `None` where one is unknown.
pub fn slowest(readings: &[Reading], indices: impl Iterator<Item = usize>) -> Option<f64> {
    indices.map(|index| of_rail(readings, index)).reduce(|a, b| Some(a?.max(b?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Readings every 5 ms from a rail that is updated every 40 ms; `value` is that of the n-th update.
    fn readings(value: fn(u32) -> f64) -> Vec<Reading> {
        let at = |read: u32| f64::from(read) * 0.005;
        (0..400).map(|read| Reading { at: at(read), values: vec![Ok(value(read / 8))] }).collect()
    }

    #[test]
    fn the_period_is_that_of_updates_even_where_values_repeat() {
        let every = of_rail(&readings(f64::from), 0).expect("it changes");
        assert!((every - 0.04).abs() < 1e-9, "{every}");
        // One of three updates repeats the previous value.
        let some =
            of_rail(&readings(|update| f64::from(update + 1 - u32::from(update % 3 == 0))), 0).expect("it changes");
        assert!((some - 0.04).abs() < 1e-9, "{some}");
    }

    #[test]
    fn the_period_of_a_source_that_pushes_is_the_time_between_its_readings() {
        let at = |at: f64| Reading { at, values: vec![Ok(5.0)] };
        let lines = [0.0, 0.1, 0.2, 0.3, 0.4, 0.9, 1.0].map(at);
        assert!(of_times(&lines).is_some_and(|every| (every - 0.1).abs() < 1e-9));
        assert_eq!(of_times(&lines[..4]), None);
    }

    #[test]
    fn the_period_of_a_rail_that_hardly_changes_is_unknown() {
        assert_eq!(of_rail(&readings(|_| 3.0), 0), None);
        assert_eq!(of_rail(&readings(|update| f64::from(update / 20)), 0), None);
        assert_eq!(of_rail(&[], 0), None);
    }
}
