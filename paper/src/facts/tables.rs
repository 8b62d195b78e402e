//! The rows of the report's tables: the networks, their times, the environment, the references.

use results::{Observation, Outcome};

use super::{Facts, Sources, Table};
use crate::network_data::{Subject, THROUGHPUT_BATCH};
use crate::number::{fixed, three};

/// The cell of a point that was not requested.
pub(super) const NOTHING: &str = "\u{2013}";

/// The mark after the number of a flagged point.
const FLAGGED: &str = "\u{2020}";

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    for (name, table) in [
        ("networks", networks(sources)),
        ("times", times(sources)),
        ("environment", environment(sources)),
        ("references", references(sources)),
    ] {
        facts.tables.insert(name.to_owned(), table);
    }
}

pub(super) fn table<const N: usize>(head: [&str; N], rows: Vec<Vec<String>>) -> Table {
    Table { head: head.map(str::to_owned).to_vec(), rows }
}

/// A number of a point, or why there is none.
pub(super) fn cell(sources: &Sources<'_>, network: &str, batch: u32, value: Option<f64>) -> String {
    let Some(point) = sources.inputs.estimates.point(network, batch) else { return NOTHING.to_owned() };
    match point.outcome {
        Outcome::Measured => {
            let mark = if point.flags.is_empty() { "" } else { FLAGGED };
            value.map_or_else(|| NOTHING.to_owned(), |value| three(value) + mark)
        }
        Outcome::OutOfMemory { .. } => "memory".to_owned(),
        Outcome::OutOfTime { .. } => "time".to_owned(),
        Outcome::Refused { .. } => "refused".to_owned(),
        Outcome::Implied { .. } => "implied".to_owned(),
        Outcome::Skipped { .. } => "skipped".to_owned(),
    }
}

fn millis(network: &Subject, batch: u32) -> Option<f64> {
    network.time.get(&batch).map(|time| time.value * 1e3)
}

fn networks(sources: &Sources<'_>) -> Table {
    let row = |network: &Subject| {
        let time = |batch| cell(sources, &network.name, batch, millis(network, batch));
        let memory = |batch| cell(sources, &network.name, batch, network.memory_mb.get(&batch).copied());
        vec![
            network.title.clone(),
            network.top1.map_or_else(|| NOTHING.to_owned(), |top1| fixed(top1, 2)),
            fixed(network.parameters_m, 2),
            fixed(network.g_ops, 2),
            time(1),
            time(THROUGHPUT_BATCH),
            memory(1),
            memory(THROUGHPUT_BATCH),
        ]
    };
    let head = ["network", "top-1", "parameters", "operations", "time 1", "time 16", "memory 1", "memory 16"];
    table(head, sources.all.networks.iter().map(row).collect())
}

fn times(sources: &Sources<'_>) -> Table {
    let estimates = &sources.inputs.estimates;
    let batches = estimates.batches();
    let head = std::iter::once("network".to_owned()).chain(batches.iter().map(u32::to_string)).collect();
    let requested = estimates.networks();
    let row = |network: &Subject| {
        let cells = batches.iter().map(|&batch| cell(sources, &network.name, batch, millis(network, batch)));
        std::iter::once(network.title.clone()).chain(cells).collect()
    };
    let networks = sources.all.networks.iter().filter(|network| requested.contains(&network.name.as_str()));
    Table { head, rows: networks.map(row).collect() }
}

fn environment(sources: &Sources<'_>) -> Table {
    let rows = sources.inputs.estimates.environment.iter().map(|(name, observation)| {
        let value = match observation {
            Observation::Known { value } => plain(value),
            Observation::Unknown { reason } => format!("not known: {reason}"),
        };
        vec![name.replace(['_', '-', '.'], " "), value]
    });
    table(["fact", "value"], rows.collect())
}

/// A JSON value as plain text, without quotes and brackets.
pub(super) fn plain(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.as_u64().map_or_else(|| number.to_string(), |count| fixed(count as f64, 0)),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Networks of one publication share a row.
fn references(sources: &Sources<'_>) -> Table {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for network in &sources.inputs.counts.networks {
        match rows.last_mut().map(Vec::as_mut_slice) {
            Some([titles, reference]) if *reference == network.reference => *titles += &format!(", {}", network.title),
            _ => rows.push(vec![network.title.clone(), network.reference.clone()]),
        }
    }
    table(["network", "reference"], rows)
}
