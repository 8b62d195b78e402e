//! The time of two clocks: calendar time gives the day of a measurement, and monotonic time shows whether two
//! measurements of one boot overlap.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Observations, observation};

/// The time of both clocks at one moment.
#[derive(Clone, Debug)]
pub struct Clock {
    utc: Result<String, String>,
    monotonic: Result<f64, String>,
}

impl Clock {
    /// Reads both clocks.
    pub fn read() -> Self {
        Self { utc: utc(OffsetDateTime::now_utc()), monotonic: monotonic() }
    }

    /// The observations for the interval from this moment to a later one.
    pub fn observations_until(&self, after: &Self) -> Observations {
        Observations::from([
            ("started_utc".to_owned(), observation(self.utc.clone())),
            ("began_monotonic_seconds".to_owned(), observation(self.monotonic.clone())),
            ("ended_monotonic_seconds".to_owned(), observation(after.monotonic.clone())),
        ])
    }
}

/// The time in the format of RFC 3339, to the second: `2026-11-24T22:45:10Z`.
fn utc(now: OffsetDateTime) -> Result<String, String> {
    let whole = now.replace_nanosecond(0).map_err(|error| error.to_string())?;
    whole.format(&Rfc3339).map_err(|error| format!("the clock has no valid date: {error}"))
}

/// Monotonic time [s]. Unlike `std::time::Instant`, its values can be passed to other processes, and it does not hide a
/// clock that runs backwards.
pub fn now() -> anyhow::Result<f64> {
    monotonic().map_err(anyhow::Error::msg)
}

/// CLOCK_MONOTONIC [s].
#[cfg(unix)]
fn monotonic() -> Result<f64, String> {
    use rustix::time::{ClockId, clock_gettime};
    let now = clock_gettime(ClockId::Monotonic);
    Ok(now.tv_sec as f64 + now.tv_nsec as f64 / 1e9)
}

#[cfg(not(unix))]
fn monotonic() -> Result<f64, String> {
    Err("this kernel has no monotonic clock".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::Observation;

    #[test]
    fn a_time_is_formatted_to_the_second() {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(1_795_560_310_987_654_321).expect("a moment");
        assert_eq!(utc(moment).as_deref(), Ok("2026-11-24T22:45:10Z"));
    }

    #[test]
    fn the_monotonic_clock_does_not_run_backwards() {
        let (before, after) = (Clock::read(), Clock::read());
        let observations = before.observations_until(&after);
        let number = |name: &str| match &observations[name] {
            Observation::Known { value } => value.as_f64(),
            Observation::Unknown { .. } => None,
        };
        assert!(number("began_monotonic_seconds").is_some());
        assert!(number("began_monotonic_seconds") <= number("ended_monotonic_seconds"), "{observations:?}");
    }
}
