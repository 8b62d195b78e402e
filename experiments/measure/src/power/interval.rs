//! Converts readings to the intervals of a record, with times from the start of each and one list per rail. Finds rails
//! that were lost, with the reason.

use results::power::PowerInterval;

use crate::rail::source::Reading;

/// The fraction of readings in which a rail may fail, as happens on a busy bus.
const MAX_FAILED: f64 = 0.05;

/// An interval of time and its readings, with one reading beyond each end.
pub struct Read {
    /// Its start [s, monotonic time].
    pub from: f64,
    /// Its end [s, monotonic time].
    pub to: f64,
    /// In the order of time.
    pub readings: Vec<Reading>,
}

/// Why a rail is unusable, if so: it failed too often, or at an end of an interval.
pub fn lost(all: &[Read], index: usize, name: &str) -> Option<String> {
    all.iter().find_map(|read| {
        let failure = |reading: &Reading| match reading.values.get(index) {
            Some(Ok(_)) => None,
            // Without the remedy.
            Some(Err(reason)) => reason.lines().next().map(str::to_owned),
            None => Some("the rail was not read".to_owned()),
        };
        let failures: Vec<(f64, String)> =
            read.readings.iter().filter_map(|reading| Some((reading.at - read.from, failure(reading)?))).collect();
        let at_an_end = |reading: Option<&Reading>| reading.and_then(failure).is_some();
        let too_many = failures.len() as f64 > MAX_FAILED * read.readings.len() as f64;
        let is_lost = too_many || at_an_end(read.readings.first()) || at_an_end(read.readings.last());
        let (at, reason) = failures.first().filter(|_| is_lost)?;
        let length = read.to - read.from;
        Some(format!(
            "{name}: {reason}, {:.2} s into {length:.2} s ({} of {} readings failed)",
            at.max(0.0),
            failures.len(),
            read.readings.len()
        ))
    })
}

/// The interval for a record, with the rails that were not lost. Readings in which one of these failed are skipped.
pub fn power_interval(read: &Read, is_lost: &[bool]) -> PowerInterval {
    let kept = |index: &usize| !is_lost[*index];
    let indices: Vec<usize> = (0..is_lost.len()).filter(kept).collect();
    let mut interval =
        PowerInterval { seconds: rounded(read.to - read.from), at: Vec::new(), rails: vec![Vec::new(); is_lost.len()] };
    for reading in &read.readings {
        let at = rounded(reading.at - read.from);
        let values: Option<Vec<f64>> = indices.iter().map(|index| reading.value(*index)).collect();
        let is_later = interval.at.last().is_none_or(|last| *last < at);
        if let Some(values) = values.filter(|_| is_later) {
            interval.at.push(at);
            for (index, value) in indices.iter().zip(values) {
                interval.rails[*index].push(rounded(value));
            }
        }
    }
    interval
}

/// Rounds to a millionth, which is finer than any sensor and keeps records small.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&[Result<f64, &str>]]) -> Read {
        let value = |value: &Result<f64, &str>| value.map_err(ToOwned::to_owned);
        let reading = |(number, values): (usize, &&[Result<f64, &str>])| Reading {
            at: 10.0 + number as f64 * 0.5,
            values: values.iter().map(value).collect(),
        };
        Read { from: 10.25, to: 11.25, readings: values.iter().enumerate().map(reading).collect() }
    }

    #[test]
    fn times_count_from_the_start_and_one_reading_lies_beyond_each_end() {
        let interval = power_interval(&read(&[&[Ok(1.0)], &[Ok(2.0)], &[Ok(3.0)], &[Ok(4.0)]]), &[false]);
        assert_eq!((interval.seconds, interval.at), (1.0, vec![-0.25, 0.25, 0.75, 1.25]));
        assert_eq!(interval.rails, [[1.0, 2.0, 3.0, 4.0]]);
    }

    #[test]
    fn a_rail_that_vanishes_is_lost_and_the_reason_states_when_and_why() {
        let vanished = read(&[&[Ok(1.0), Ok(5.0)], &[Ok(1.0), Ok(5.0)], &[Ok(1.0), Err("no such device")]]);
        assert_eq!(lost(std::slice::from_ref(&vanished), 0, "A"), None);
        let reason = lost(std::slice::from_ref(&vanished), 1, "B").expect("a reason");
        assert_eq!(reason, "B: no such device, 0.75 s into 1.00 s (1 of 3 readings failed)");
        assert_eq!(power_interval(&vanished, &[false, true]).rails, [vec![1.0; 3], vec![]]);
    }

    #[test]
    fn a_reading_with_a_single_failure_among_many_is_skipped() {
        let mut values: Vec<&[Result<f64, &str>]> = vec![&[Ok(1.0), Ok(2.0)]; 40];
        values[20] = &[Ok(1.0), Err("busy")];
        let once = read(&values);
        assert_eq!(lost(std::slice::from_ref(&once), 1, "B"), None);
        assert_eq!(power_interval(&once, &[false, false]).at.len(), 39);
    }
}
