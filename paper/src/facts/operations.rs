//! Facts of operations against time: the lines of Figure 7 and the rates they imply.

use super::{Facts, NOT_MEASURED, Sources, extremes};
use crate::claims::{StraightLine, time_line};
use crate::evidence::{Evidence, Subject, THROUGHPUT_BATCH};
use crate::number::{fixed, three, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    for (evidence, year) in [(&sources.measured, ""), (&sources.published, ".2016")] {
        for batch in [1, THROUGHPUT_BATCH] {
            facts.set(&format!("operations.line.b{batch}{year}"), line(evidence, batch));
        }
    }
    for batch in [1, THROUGHPUT_BATCH] {
        let slope = time_line(&sources.published, batch).map(|line| with_unit(&fixed(line.line.slope, 2), "ms"));
        facts.set_known(&format!("operations.slope.b{batch}.2016"), slope);
    }
    // G-Op/ms is T-Op/s.
    let rates = extremes(&sources.measured, |network| network.time.get(&1).map(|time| network.g_ops / time.value));
    let named = |(network, rate): (&Subject, f64)| format!("{}, {}", network.title, with_unit(&three(rate), "G-Op/s"));
    facts.set_known("operations.rate.least", rates.map(|(least, _)| named(least)));
    let span = |(least, most): ((&Subject, f64), (&Subject, f64))| fixed(most.1 / least.1, 1);
    facts.set_known("operations.rate.span", rates.map(span));
    facts.set_known("operations.rate.most", rates.map(|(_, most)| named(most)));
}

fn line(evidence: &Evidence, batch: u32) -> String {
    time_line(evidence, batch).map_or_else(
        || NOT_MEASURED.to_owned(),
        |StraightLine { line, .. }| {
            format!(
                "{} per G-Op {} {} (R² {})",
                with_unit(&three(line.slope), "ms"),
                if line.intercept < 0.0 { "less" } else { "plus" },
                with_unit(&three(line.intercept.abs()), "ms"),
                fixed(line.r_squared, 2)
            )
        },
    )
}
