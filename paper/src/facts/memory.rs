//! Facts of memory: extremes at batch 1, line and hinge over parameters, growth with the batch, and needed and used memory.

use results::counts::bytes_per_number;
use results::record::Covers;

use super::tables::{NOTHING, cell};
use super::{Facts, NOT_MEASURED, Sources, Table, extremes, set_known};
use crate::claims::memory_is_a_floor_and_a_slope as claim;
use crate::network_data::{NetworkData, Subject, THROUGHPUT_BATCH};
use crate::number::{fixed, three, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let data = &sources.measured;
    let first = extremes(data, |network| network.memory_mb.get(&1).copied());
    let named =
        |(network, megabytes): (&Subject, f64)| format!("{}, {}", network.title, with_unit(&three(megabytes), "MB"));
    set_known(facts, "memory.min", first.map(|(min, _)| named(min)));
    set_known(facts, "memory.max", first.map(|(_, max)| named(max)));
    facts.set("memory.line", line(data));
    facts.set("memory.line.2016", line(&sources.published));

    let growth = |network: &Subject| {
        let (&batch, &largest) = network.memory_mb.iter().next_back().filter(|(batch, _)| **batch > 1)?;
        let first = network.memory_mb.get(&1).filter(|first| **first > 0.0)?;
        Some((batch, largest / first))
    };
    let extremes = extremes(data, |network| growth(network).map(|(_, ratio)| ratio));
    let named = |(network, ratio): (&Subject, f64)| {
        let batch = growth(network).map_or(0, |(batch, _)| batch);
        format!("{} with {} times at batch {batch}", network.title, fixed(ratio, 1))
    };
    set_known(facts, "memory.growth.min", extremes.map(|(min, _)| named(min)));
    set_known(facts, "memory.growth.max", extremes.map(|(_, max)| named(max)));

    for (data, year) in [(data, ""), (&sources.published, ".2016")] {
        set_known(facts, &format!("memory.hinge{year}"), claim::rivals(data).map(|rivals| hinge(&rivals)));
    }
    set_known(facts, "memory.batch.growth", claim::growth(data).map(|growth| claim::grown(&growth)));
    facts.tables.insert("memory".to_owned(), needs(sources));
    add_peaks(sources, facts);
}

/// A sentence that compares a floor followed by a line with a line.
fn hinge(rivals: &claim::Rivals) -> String {
    format!(
        "The best hinge has {}. Its sum of squares is {} against {} for the line, its AICc {} {}, and its leave-one-out error {} times the line's.",
        claim::worded(rivals),
        thousands(rivals.squares.0),
        thousands(rivals.squares.1),
        fixed(rivals.delta.abs(), 1),
        if rivals.delta > 0.0 { "smaller" } else { "larger" },
        fixed(rivals.leave_one_out_ratio, 2)
    )
}

/// Formats a sum of squares in 10^3 MB².
fn thousands(squares: f64) -> String {
    format!("{}\u{202f}\u{d7}\u{202f}10\u{b3} MB\u{b2}", fixed(squares / 1e3, 1))
}

/// Weights, the activations that must coexist, and needed and used memory, at batch 1 and at that of throughput.
fn needs(sources: &Sources<'_>) -> Table {
    let width = bytes_per_number(&sources.inputs.estimates.device.kind);
    let row = |network: &Subject| {
        let activations = sources.inputs.counts.get(&network.name).map_or(0, |counts| counts.activations);
        let activations = width * activations as f64 / 1e6;
        let needed = |batch: u32| network.parameters_mb() + activations * f64::from(batch);
        let used = |batch: u32| network.memory_mb.get(&batch).copied();
        let mut cells = vec![network.title.clone(), three(network.parameters_mb()), three(activations)];
        for batch in [1, THROUGHPUT_BATCH] {
            cells.push(three(needed(batch)));
            cells.push(cell(sources, &network.name, batch, used(batch)));
            cells.push(used(batch).map_or_else(|| NOTHING.to_owned(), |used| fixed(used / needed(batch), 2)));
        }
        cells
    };
    let head =
        ["network", "weights", "activations", "needs 1", "takes 1", "ratio 1", "needs 16", "takes 16", "ratio 16"];
    Table { head: head.map(str::to_owned).to_vec(), rows: sources.measured.networks.iter().map(row).collect() }
}

/// What the peaks cover, and at how many points building a network took more memory than its passes.
fn add_peaks(sources: &Sources<'_>, facts: &mut Facts) {
    let peaks = || sources.inputs.estimates.points.iter().filter_map(|point| point.memory);
    let all = peaks().count();
    let passes = peaks().filter(|memory| memory.covers == Covers::Passes).count();
    let covers = match passes {
        _ if all == 0 => NOT_MEASURED.to_owned(),
        _ if passes == all => "only the passes".to_owned(),
        _ if peaks().all(|memory| memory.covers == Covers::Allocator) => {
            "the memory of the graphics processor's allocator, not that of the processor".to_owned()
        }
        0 => "the whole lifetime of the process, since this kernel cannot reset its peak".to_owned(),
        _ => {
            format!("only the passes at {passes} of {all} points, and the whole lifetime of the process at the others")
        }
    };
    facts.set("memory.covers", covers);
    let building = peaks().filter(|memory| memory.building > memory.peak).count();
    facts.set("memory.building", format!("{building} of {all}"));
}

fn line(data: &NetworkData) -> String {
    claim::line(data).map_or_else(
        || NOT_MEASURED.to_owned(),
        |line| {
            format!(
                "{} and {} MB for each MB of parameters, R² {}",
                with_unit(&three(line.line.intercept), "MB"),
                fixed(line.line.slope, 2),
                fixed(line.line.r_squared, 2)
            )
        },
    )
}
