//! Facts of the power sensor: its rails, and the components of the uncertainty of net power.

use results::power::budget::Kind;
use results::{Estimate, PowerEstimate, RailEstimate};

use super::tables::NOTHING;
use super::{Facts, Sources, Table, set_known};
use crate::number::{fixed, three, with_unit};

/// The sources of uncertainty, as the report calls them.
const KINDS: [(Kind, &str); 5] = [
    (Kind::Ends, "windows begin and end between two updates of the sensor, or it averages"),
    (Kind::Step, "resolution of the sensor"),
    (Kind::Accuracy, "the sensor's own error"),
    (Kind::Repetitions, "differences between processes, or within the window of a single one"),
    (Kind::Idle, "idle power before and after"),
];

/// A point whose power is known.
struct Known<'a> {
    net: Estimate,
    rails: &'a [RailEstimate],
    parts: &'a [results::power::budget::Part],
}

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let known: Vec<Known<'_>> = sources
        .inputs
        .estimates
        .points
        .iter()
        .filter_map(|point| match &point.power {
            PowerEstimate::Measured { net, rails, parts, .. } => Some(Known { net: *net, rails, parts }),
            _ => None,
        })
        .collect();
    let halves = known.iter().map(|point| (point.net.high - point.net.low) / 2.0 / point.net.value.abs() * 100.0);
    let halves = sorted(halves.filter(|half| half.is_finite()));
    let percent = |half: f64| with_unit(&three(half), "%");
    let text =
        |(median, max): (f64, &f64)| format!("\u{b1}{} (median) to \u{b1}{} (maximum)", percent(median), percent(*max));
    set_known(facts, "power.uncertainty", middle(&halves).zip(halves.last()).map(text));
    facts.tables.insert("rails".to_owned(), rails(&known));
    facts.tables.insert("uncertainty".to_owned(), uncertainty(&known));
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The median of sorted values; for an even number of values the lower of the two in the middle.
fn middle(sorted: &[f64]) -> Option<f64> {
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

/// `2.1 to 8.4`, or one number if both are printed alike.
fn range(values: &[f64]) -> String {
    let Some((min, max)) = values.first().zip(values.last()) else { return NOTHING.to_owned() };
    let (min, max) = (fixed(*min, 2), fixed(*max, 2));
    if min == max { min } else { format!("{min} to {max}") }
}

/// One row for each rail, in the order of the sensor.
fn rails(known: &[Known<'_>]) -> Table {
    let mut names: Vec<(&str, bool)> = Vec::new();
    for rail in known.iter().flat_map(|point| point.rails) {
        if !names.iter().any(|(name, _)| *name == rail.name) {
            names.push((&rail.name, rail.in_total));
        }
    }
    let row = |(name, in_total): (&str, bool)| {
        let of = |quantity: fn(&RailEstimate) -> f64| {
            let rails = known.iter().flat_map(|point| point.rails).filter(|rail| rail.name == name);
            range(&sorted(rails.map(quantity)))
        };
        let of_net = known.iter().filter_map(|point| {
            let rail = point.rails.iter().find(|rail| rail.name == name)?;
            Some(rail.net / point.net.value * 100.0).filter(|share| share.is_finite())
        });
        let of_net = middle(&sorted(of_net)).map_or_else(|| NOTHING.to_owned(), |share| fixed(share, 0));
        let in_total = if in_total { "yes" } else { "no" };
        vec![name.to_owned(), in_total.to_owned(), of(|rail| rail.idle), of(|rail| rail.net), of_net]
    };
    let head = ["rail", "in total", "at idle", "net", "share of net"].map(str::to_owned).to_vec();
    Table { head, rows: names.into_iter().map(row).collect() }
}

/// One row for each source of uncertainty: its median and maximum standard uncertainty, and the number of points at which it is unknown.
fn uncertainty(known: &[Known<'_>]) -> Table {
    let row = |(kind, name): (Kind, &str)| {
        let parts = || known.iter().filter_map(|point| point.parts.iter().find(|part| part.kind == kind));
        let watts = sorted(parts().filter_map(|part| part.watts));
        let cell = |watts: Option<f64>| watts.map_or_else(|| NOTHING.to_owned(), three);
        let unknown = parts().filter(|part| part.watts.is_none()).count();
        vec![name.to_owned(), cell(middle(&watts)), cell(watts.last().copied()), fixed(unknown as f64, 0)]
    };
    let head = ["reason", "median", "maximum", "not known at"].map(str::to_owned).to_vec();
    let rows = if known.is_empty() { Vec::new() } else { KINDS.map(row).to_vec() };
    Table { head, rows }
}
