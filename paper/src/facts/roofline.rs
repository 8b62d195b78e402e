//! Facts of the roofline: what the device's own peaks allow each network, and how much of that it reaches.

use results::counts::bytes_per_number;
use results::record::Ceiling;
use results::{Estimates, NetworkCounts};

use super::tables::{NOTHING, cell};
use super::{Facts, Sources, Table};
use crate::evidence::{Subject, THROUGHPUT_BATCH};
use crate::number::{fixed, three, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let most = Estimates::peaks(&sources.inputs.estimates.points).map(|peaks| peaks.median());
    let giga = |rate: f64, unit: &str| with_unit(&three(rate / 1e9), unit);
    facts.set_known("roofline.product", most.map(|most| giga(most.operations_per_second, "G-Ops/s")));
    facts.set_known("roofline.copy", most.map(|most| giga(most.bytes_per_second, "GB/s")));
    facts.set_known("roofline.ridge", most.map(|most| three(most.operations_per_second / most.bytes_per_second)));
    // A weight of a fully connected layer is read once, and makes two operations for each image of the batch.
    let ridge_batch = |most: Ceiling| most.operations_per_second / most.bytes_per_second * width(sources) / 2.0;
    facts.set_known("roofline.ridge.batch", most.map(|most| three(ridge_batch(most))));
    let reached = |batch| -> Vec<(&Subject, f64)> {
        let share = |network: &Subject| Some(least(sources, network, batch, most?)? / network.time.get(&batch)?.value);
        let networks = sources.measured.networks.iter();
        networks.filter_map(|network| Some((network, share(network)?))).collect()
    };
    for batch in [1, THROUGHPUT_BATCH] {
        let reached = reached(batch);
        let named = |found: Option<&(&Subject, f64)>| {
            found.map(|(network, share)| format!("{}, {}", network.title, with_unit(&fixed(share * 100.0, 0), "%")))
        };
        let order = |a: &&(&Subject, f64), b: &&(&Subject, f64)| a.1.total_cmp(&b.1);
        facts.set_known(&format!("roofline.nearest.b{batch}"), named(reached.iter().max_by(order)));
        facts.set_known(&format!("roofline.farthest.b{batch}"), named(reached.iter().min_by(order)));
    }
    facts.set_known("roofline.waiting", most.map(|most| waiting(sources, most)));
    facts.tables.insert("roofline".to_owned(), table(sources, most));
}

fn counts<'a>(sources: &'a Sources<'_>, network: &Subject) -> Option<&'a NetworkCounts> {
    sources.inputs.counts.get(&network.name)
}

fn width(sources: &Sources<'_>) -> f64 {
    bytes_per_number(&sources.inputs.estimates.device.kind)
}

/// The least time of an image [s].
fn least(sources: &Sources<'_>, network: &Subject, batch: u32, most: Ceiling) -> Option<f64> {
    Some(counts(sources, network)?.least_time(batch, width(sources), most))
}

fn waits(sources: &Sources<'_>, network: &Subject, batch: u32, most: Ceiling) -> bool {
    let ridge = most.operations_per_second / most.bytes_per_second;
    counts(sources, network).is_some_and(|counts| counts.intensity(batch, width(sources)) < ridge)
}

/// Which networks move so much that memory bounds them, at the two batches.
fn waiting(sources: &Sources<'_>, most: Ceiling) -> String {
    let at = |batch| {
        let waiting = sources.measured.networks.iter().filter(|network| waits(sources, network, batch, most));
        let titles: Vec<&str> = waiting.map(|network| network.title.as_str()).collect();
        let which = if titles.is_empty() { "none".to_owned() } else { titles.join(", ") };
        format!("at batch {batch} {which}")
    };
    format!("{}; {}", at(1), at(THROUGHPUT_BATCH))
}

fn table(sources: &Sources<'_>, most: Option<Ceiling>) -> Table {
    let row = |network: &Subject| {
        let mut cells = vec![network.title.clone()];
        for batch in [1, THROUGHPUT_BATCH] {
            let time = network.time.get(&batch).map(|time| time.value);
            let least = most.and_then(|most| least(sources, network, batch, most));
            let intensity = counts(sources, network).map(|counts| counts.intensity(batch, width(sources)));
            cells.push(intensity.map_or_else(|| NOTHING.to_owned(), three));
            cells.push(least.map_or_else(|| NOTHING.to_owned(), |least| three(least * 1e3)));
            cells.push(cell(sources, &network.name, batch, time.map(|time| time * 1e3)));
            let share = least.zip(time).map(|(least, time)| least / time);
            cells.push(share.map_or_else(|| NOTHING.to_owned(), |share| fixed(share * 100.0, 0)));
        }
        cells
    };
    let head =
        ["network", "per byte 1", "least 1", "time 1", "share 1", "per byte 16", "least 16", "time 16", "share 16"];
    Table { head: head.map(str::to_owned).to_vec(), rows: sources.measured.networks.iter().map(row).collect() }
}
