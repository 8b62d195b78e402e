//! Facts of when and where the points were measured, and which of them this run measured and did not only restore.

use std::collections::BTreeMap;

use results::Point;

use super::{Facts, Sources, Table, listing};
use crate::number::count;

/// Points by their day; those whose record names none come first.
type ByDay<'a> = BTreeMap<Option<&'a str>, Vec<&'a Point>>;

/// Where a day's points come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Measured,
    Restored,
}

impl Origin {
    /// After "were".
    fn words(self) -> &'static str {
        match self {
            Self::Measured => "measured in this run",
            Self::Restored => "restored from an earlier run",
        }
    }
}

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

/// The latest day is that of this run, unless this run measured nothing: outdated points are there only when it did not.
fn origin(by_day: &ByDay<'_>, day: Option<&str>) -> Origin {
    let restored_only = by_day.values().flatten().any(|point| point.outdated);
    let is_latest = day.is_some() && by_day.keys().next_back() == Some(&day);
    if is_latest && !restored_only { Origin::Measured } else { Origin::Restored }
}

fn sentence(sources: &Sources<'_>, by_day: &ByDay<'_>) -> String {
    let device = &sources.inputs.estimates.device;
    if device.simulated {
        return "The device is simulated: nothing was measured, on no day and on no machine.".to_owned();
    }
    let mut days = by_day.iter();
    match (days.next(), days.next()) {
        (None, _) => "No point was asked for.".to_owned(),
        (Some((None, _)), None) => {
            format!("On which day the points were measured on {} is not recorded.", device.hardware)
        }
        (Some((Some(day), points)), None) => {
            let subject = if points.len() == 1 { "The only point was" } else { "All points were" };
            let how = match origin(by_day, Some(day)) {
                Origin::Measured => format!("measured in this run, on {day}"),
                Origin::Restored => format!("restored from an earlier run, which measured on {day}"),
            };
            format!("{subject} {how} (UTC), on {}.", device.hardware)
        }
        (Some(_), Some(_)) => {
            let known = by_day.keys().flatten().count();
            let days = if known == 1 { "one day".to_owned() } else { format!("{} days", count(known)) };
            let rest = if by_day.contains_key(&None) { ", some on a day that is not recorded" } else { "" };
            format!("The points were measured on {days}{rest}, all on {}.", device.hardware)
        }
    }
}

/// One row a day, the latest first.
fn table(sources: &Sources<'_>, by_day: &ByDay<'_>) -> Table {
    let row = |(day, points): (&Option<&str>, &Vec<&Point>)| {
        vec![
            day.map_or_else(|| "not recorded".to_owned(), str::to_owned),
            sources.inputs.estimates.device.hardware.clone(),
            points.len().to_string(),
            listing::words(sources, points.iter().copied()),
            origin(by_day, *day).words().to_owned(),
        ]
    };
    let head = ["day", "machine", "points", "which", "origin"].map(str::to_owned).to_vec();
    Table { head, rows: by_day.iter().rev().map(row).collect() }
}
