//! Facts of memory: extremes at batch 1, the line over parameters, growth with the batch and its knee, and what a network needs
//! beside what it takes.

use results::fit::least_squares;
use results::record::Covers;

use super::tables::{NOTHING, cell};
use super::{Facts, NOT_MEASURED, Sources, Table, extremes};
use crate::claims::memory_line;
use crate::evidence::{Evidence, Subject, THROUGHPUT_BATCH};
use crate::number::{fixed, three, with_unit};

/// 32-bit floating point.
const BYTES_PER_NUMBER: f64 = 4.0;

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let evidence = &sources.measured;
    let first = extremes(evidence, |network| network.memory_mb.get(&1).copied());
    let named =
        |(network, megabytes): (&Subject, f64)| format!("{}, {}", network.title, with_unit(&three(megabytes), "MB"));
    facts.set_known("memory.least", first.map(|(least, _)| named(least)));
    facts.set_known("memory.most", first.map(|(_, most)| named(most)));
    facts.set("memory.line", line(evidence));
    facts.set("memory.line.2016", line(&sources.published));

    let growth = |network: &Subject| {
        let (&batch, &largest) = network.memory_mb.iter().next_back().filter(|(batch, _)| **batch > 1)?;
        let first = network.memory_mb.get(&1).filter(|first| **first > 0.0)?;
        Some((batch, largest / first))
    };
    let extremes = extremes(evidence, |network| growth(network).map(|(_, ratio)| ratio));
    let named = |(network, ratio): (&Subject, f64)| {
        let batch = growth(network).map_or(0, |(batch, _)| batch);
        format!("{} with {} times at batch {batch}", network.title, fixed(ratio, 1))
    };
    facts.set_known("memory.growth.least", extremes.map(|(least, _)| named(least)));
    facts.set_known("memory.growth.most", extremes.map(|(_, most)| named(most)));

    let knees = super::extremes(evidence, knee);
    let named = |(network, batch): (&Subject, f64)| format!("{} from batch {}", network.title, three(batch));
    facts.set_known("memory.knee.least", knees.map(|(least, _)| named(least)));
    facts.set_known("memory.knee.most", knees.map(|(_, most)| named(most)));
    facts.tables.insert("memory".to_owned(), needs(sources));
    add_peaks(sources, facts);
}

/// The batch at which the part of memory that grows with it equals the part that does not, by the line through all batches; from
/// there on the batch decides. None with fewer than three batches, and where memory does not grow.
fn knee(network: &Subject) -> Option<f64> {
    let points: Vec<_> = network.memory_mb.iter().map(|(&batch, &megabytes)| (f64::from(batch), megabytes)).collect();
    let line = least_squares(&points).filter(|line| line.slope > 0.0 && line.intercept > 0.0)?;
    Some(line.intercept / line.slope)
}

/// Weights alone, with the activations that must be there at once, and what was taken: at batch 1 and at that of throughput.
fn needs(sources: &Sources<'_>) -> Table {
    let row = |network: &Subject| {
        let activations = sources.inputs.counts.get(&network.name).map_or(0, |counts| counts.activations);
        let activations = BYTES_PER_NUMBER * activations as f64 / 1e6;
        let needed = |batch: u32| network.parameters_mb() + activations * f64::from(batch);
        let taken = |batch: u32| network.memory_mb.get(&batch).copied();
        let mut cells = vec![network.title.clone(), three(network.parameters_mb()), three(activations)];
        for batch in [1, THROUGHPUT_BATCH] {
            cells.push(three(needed(batch)));
            cells.push(cell(sources, &network.name, batch, taken(batch)));
            cells.push(taken(batch).map_or_else(|| NOTHING.to_owned(), |taken| fixed(taken / needed(batch), 2)));
        }
        cells
    };
    let head =
        ["network", "weights", "activations", "needs 1", "takes 1", "ratio 1", "needs 16", "takes 16", "ratio 16"];
    Table { head: head.map(str::to_owned).to_vec(), rows: sources.measured.networks.iter().map(row).collect() }
}

/// What the peaks cover, and where building a network took more than its passes.
fn add_peaks(sources: &Sources<'_>, facts: &mut Facts) {
    let peaks = || sources.inputs.estimates.points.iter().filter_map(|point| point.memory);
    let all = peaks().count();
    let passes = peaks().filter(|memory| memory.covers == Covers::Passes).count();
    let covers = match passes {
        _ if all == 0 => NOT_MEASURED.to_owned(),
        _ if passes == all => "the passes alone".to_owned(),
        _ if peaks().all(|memory| memory.covers == Covers::Allocator) => {
            "what the allocator of the graphics processor held of its memory, and nothing of the processor's".to_owned()
        }
        0 => "the whole life of the process, since this kernel does not set its mark back".to_owned(),
        _ => format!("the passes alone at {passes} of {all} points, and the whole life of the process at the others"),
    };
    facts.set("memory.covers", covers);
    let building = peaks().filter(|memory| memory.building > memory.peak).count();
    facts.set("memory.building", format!("{building} of {all}"));
}

fn line(evidence: &Evidence) -> String {
    memory_line(evidence).map_or_else(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::sample;

    #[test]
    fn the_knee_is_where_the_growing_part_equals_the_constant_one() {
        let mut network = sample::networks(1).networks.remove(0);
        // 120 MB that stay and 15 MB for each image: equal at batch 8.
        network.memory_mb = [1_u32, 2, 4, 8].map(|batch| (batch, 120.0 + 15.0 * f64::from(batch))).into();
        assert!(knee(&network).is_some_and(|batch| (batch - 8.0).abs() < 1e-9), "{:?}", knee(&network));
        network.memory_mb = [(1, 100.0), (2, 100.0), (4, 100.0)].into();
        assert_eq!(knee(&network), None);
        network.memory_mb = [(1, 100.0), (2, 200.0)].into();
        assert_eq!(knee(&network), None);
    }
}
