//! The day a point was measured, from the environment of its record. Independent of clocks and the rest of a record.

use std::collections::BTreeMap;

use crate::record::Observation;

/// The fact of when the point began, in the format of RFC 3339, in UTC and to the second.
pub(crate) const STARTED: &str = "started_utc";

/// Facts of a single point: no two points share them, so they cannot be merged.
pub(crate) const TIMESTAMPS: [&str; 3] = [STARTED, "began_monotonic_seconds", "ended_monotonic_seconds"];

/// The day in UTC, for example `2026-11-24`, or none when the record has none. An error is what is wrong with it.
pub(crate) fn of(environment: &BTreeMap<String, Observation>) -> Result<Option<String>, String> {
    let Some(Observation::Known { value }) = environment.get(STARTED) else { return Ok(None) };
    let timestamp = value.as_str().filter(|text| is_timestamp(text));
    let timestamp = timestamp.ok_or_else(|| format!("{value}, expected a timestamp such as 2026-11-24T22:45:10Z"))?;
    Ok(timestamp.split_once('T').map(|(day, _)| day.to_owned()))
}

/// Whether a text has the format of a timestamp, and each of its numbers is valid.
fn is_timestamp(text: &str) -> bool {
    const SHAPE: &str = "0000-00-00T00:00:00Z";
    let alike = |(own, wanted): (u8, u8)| if wanted == b'0' { own.is_ascii_digit() } else { own == wanted };
    if text.len() != SHAPE.len() || !text.bytes().zip(SHAPE.bytes()).all(alike) {
        return false;
    }
    let numbers: Vec<u32> = text.split(['-', 'T', ':', 'Z']).filter_map(|digits| digits.parse().ok()).collect();
    let [year, month, day, hour, minute, second] = numbers[..] else { return false };
    // RFC 3339 allows leap seconds.
    (1..=days(year, month)).contains(&day) && hour < 24 && minute < 60 && second <= 60
}

/// Days of a month of the Gregorian calendar; 0 for an invalid month.
fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_text(value: impl Into<serde_json::Value>) -> Result<Option<String>, String> {
        of(&BTreeMap::from([(STARTED.to_owned(), Observation::Known { value: value.into() })]))
    }

    #[test]
    fn the_day_is_the_date_of_the_timestamp() {
        assert_eq!(of_text("2026-11-24T22:45:10Z"), Ok(Some("2026-11-24".to_owned())));
        assert_eq!(of_text("2024-02-29T00:00:60Z"), Ok(Some("2024-02-29".to_owned())));
    }

    #[test]
    fn a_record_without_a_timestamp_has_no_day() {
        assert_eq!(of(&BTreeMap::new()), Ok(None));
        let unknown = Observation::Unknown { reason: "no clock".to_owned() };
        assert_eq!(of(&BTreeMap::from([(STARTED.to_owned(), unknown)])), Ok(None));
    }

    #[test]
    fn an_invalid_timestamp_is_an_error() {
        for text in [
            "",
            "2026-11-24",
            "2026-11-24T22:45:10",
            "2026-11-24T22:45:10+01:00",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2026-11-31T00:00:00Z",
            "2026-11-00T00:00:00Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T00:60:00Z",
            "2026-11-2\u{664}T00:00:00Z",
        ] {
            assert!(of_text(text).is_err(), "{text}");
        }
        assert!(of_text(20_261_124).is_err());
    }
}
