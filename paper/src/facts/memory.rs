//! Facts of memory: extremes at batch 1, the line over parameters, and growth with the batch.

use super::{Facts, NOT_MEASURED, Sources, extremes};
use crate::claims::memory_line;
use crate::evidence::{Evidence, Subject};
use crate::number::{fixed, three, with_unit};

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
}

fn line(evidence: &Evidence) -> String {
    memory_line(evidence).map_or_else(
        || NOT_MEASURED.to_owned(),
        |line| {
            format!(
                "{} and {} MB for each MB of parameters, R² {}",
                with_unit(&three(line.intercept), "MB"),
                fixed(line.slope, 2),
                fixed(line.r_squared, 2)
            )
        },
    )
}
