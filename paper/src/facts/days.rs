//! Facts of the days on which the points were measured, in UTC, from the records.

use std::collections::BTreeMap;

use results::Point;

use super::{Facts, Sources, Table, listing};
use crate::number::count;

/// Points by day; those without a day in their record come first.
type ByDay<'a> = BTreeMap<Option<&'a str>, Vec<&'a Point>>;

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let estimates = &sources.inputs.estimates;
    let mut by_day = ByDay::new();
    if !estimates.device.simulated {
        for point in &estimates.points {
            by_day.entry(point.measured_on.as_deref()).or_default().push(point);
        }
    }
    facts.set("days.sentence", sentence(sources, &by_day));
    facts.tables.insert("days".to_owned(), table(sources, &by_day));
}

fn sentence(sources: &Sources<'_>, by_day: &ByDay<'_>) -> String {
    if sources.inputs.estimates.device.simulated {
        return "The device is simulated: nothing was measured.".to_owned();
    }
    let mut days = by_day.iter();
    match (days.next(), days.next()) {
        (None, _) => "No point was requested.".to_owned(),
        (Some((None, _)), None) => "The records do not state on which day the points were measured.".to_owned(),
        (Some((Some(day), points)), None) => {
            let subject = if points.len() == 1 { "The only point was" } else { "All points were" };
            format!("{subject} measured on {} (UTC).", in_words(day))
        }
        (Some(_), Some(_)) => {
            let known: Vec<&str> = by_day.keys().flatten().copied().collect();
            let undated = if by_day.contains_key(&None) { "; some records have no date" } else { "" };
            let days = match known.as_slice() {
                [day] => format!("on {}", in_words(day)),
                [first, .., last] => {
                    format!("on {} days, from {} to {}", count(known.len()), in_words(first), in_words(last))
                }
                [] => String::new(),
            };
            format!("The points were measured {days} (UTC){undated}.")
        }
    }
}

/// `2026-11-25` as `25 November 2026`; anything else unchanged.
pub(super) fn in_words(day: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let parts: Vec<&str> = day.split('-').collect();
    let date = match parts.as_slice() {
        [year, month, day] => month
            .parse::<usize>()
            .ok()
            .and_then(|month| MONTHS.get(month.checked_sub(1)?))
            .map(|month| format!("{} {month} {year}", day.trim_start_matches('0'))),
        _ => None,
    };
    date.unwrap_or_else(|| day.to_owned())
}

/// One row for each day, the latest first.
fn table(sources: &Sources<'_>, by_day: &ByDay<'_>) -> Table {
    let row = |(day, points): (&Option<&str>, &Vec<&Point>)| {
        vec![
            day.map_or_else(|| "not recorded".to_owned(), str::to_owned),
            points.len().to_string(),
            listing::points(sources, points.iter().copied()),
        ]
    };
    let head = ["day", "points", "which"].map(str::to_owned).to_vec();
    Table { head, rows: by_day.iter().rev().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_with_its_month() {
        assert_eq!(in_words("2026-11-05"), "5 November 2026");
        assert_eq!(in_words("2026-13-05"), "2026-13-05");
        assert_eq!(in_words("unknown"), "unknown");
    }
}
