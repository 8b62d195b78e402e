//! Facts of the roofline: the shortest time that the device's own peaks allow each network, and how close each network comes to it.

use results::PeakRates;
use results::counts::{Bound, bytes_per_number};
use results::{Estimate, Estimates, NetworkCounts, Peaks};

use super::tables::{NOTHING, cell};
use super::{Facts, Sources, Table, extremes, set_known};
use crate::network_data::{Subject, THROUGHPUT_BATCH};
use crate::number::{fixed, three, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let points = &sources.inputs.estimates.points;
    let known = Estimates::peaks(points);
    let giga = |of: fn(&Peaks) -> Estimate, unit: &str| {
        let Estimate { value, low, high } = of(&known?);
        let [median, low, high] = [value, low, high].map(|rate| three(rate / 1e9));
        Some(format!("{} ({low} to {high})", with_unit(&median, unit)))
    };
    set_known(facts, "roofline.gemm", giga(|peaks| peaks.operations_per_second, "G-Op/s"));
    set_known(facts, "roofline.bandwidth", giga(|peaks| peaks.bytes_per_second, "GB/s"));
    let peaks = known.map(|peaks| peaks.median());
    let ridge = peaks.map(|peaks| peaks.operations_per_second / peaks.bytes_per_second);
    set_known(facts, "roofline.ridge", ridge.map(three));
    for batch in [1, THROUGHPUT_BATCH] {
        let reached: Vec<(&Subject, f64)> = sources
            .measured
            .networks
            .iter()
            .filter_map(|network| {
                let share = bound(sources, network, batch, peaks)?.time / network.time.get(&batch)?.value;
                Some((network, share))
            })
            .collect();
        let named = |found: Option<&(&Subject, f64)>| {
            found.map(|(network, share)| format!("{}, {}", network.title, with_unit(&fixed(share * 100.0, 0), "%")))
        };
        let order = |a: &&(&Subject, f64), b: &&(&Subject, f64)| a.1.total_cmp(&b.1);
        set_known(facts, &format!("roofline.nearest.b{batch}"), named(reached.iter().max_by(order)));
        set_known(facts, &format!("roofline.farthest.b{batch}"), named(reached.iter().min_by(order)));
        set_known(facts, &format!("roofline.memory-bound.b{batch}"), max_memory_bound(sources, batch, peaks));
    }
    facts.tables.insert("roofline".to_owned(), table(sources, peaks));
}

/// The network with the largest share of its bound in memory-bound layers, and that share.
fn max_memory_bound(sources: &Sources<'_>, batch: u32, peaks: Option<PeakRates>) -> Option<String> {
    let share = |network: &Subject| {
        let bound = bound(sources, network, batch, peaks)?;
        network.time.get(&batch).map(|_| bound.in_memory_bound_layers / bound.time)
    };
    let (_, (network, share)) = extremes(&sources.measured, share)?;
    Some(format!("{}, {}", network.title, with_unit(&fixed(share * 100.0, 0), "%")))
}

fn counts<'a>(sources: &'a Sources<'_>, network: &Subject) -> Option<&'a NetworkCounts> {
    sources.inputs.counts.get(&network.name)
}

fn width(sources: &Sources<'_>) -> f64 {
    bytes_per_number(&sources.inputs.estimates.device.kind)
}

fn bound(sources: &Sources<'_>, network: &Subject, batch: u32, peaks: Option<PeakRates>) -> Option<Bound> {
    Some(counts(sources, network)?.bound(batch, width(sources), peaks?))
}

fn table(sources: &Sources<'_>, peaks: Option<PeakRates>) -> Table {
    let row = |network: &Subject| {
        let mut cells = vec![network.title.clone()];
        for batch in [1, THROUGHPUT_BATCH] {
            let time = network.time.get(&batch).map(|time| time.value);
            let bound = bound(sources, network, batch, peaks);
            let percent =
                |share: Option<f64>| share.map_or_else(|| NOTHING.to_owned(), |share| fixed(share * 100.0, 0));
            cells.push(bound.map_or_else(|| NOTHING.to_owned(), |bound| three(bound.time * 1e3)));
            cells.push(percent(bound.map(|bound| bound.in_memory_bound_layers / bound.time)));
            cells.push(cell(sources, &network.name, batch, time.map(|time| time * 1e3)));
            cells.push(percent(bound.zip(time).map(|(bound, time)| bound.time / time)));
        }
        cells
    };
    let head = ["network", "bound 1", "memory 1", "time 1", "share 1", "bound 16", "memory 16", "time 16", "share 16"];
    Table { head: head.map(str::to_owned).to_vec(), rows: sources.measured.networks.iter().map(row).collect() }
}
