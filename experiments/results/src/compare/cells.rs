//! A comparison as a table for other programs: one row per point, including those that one side lacks. Independent of files.

use crate::compare::{Comparison, Half, Row, Which};
use crate::csv::{Csv, NANOSECONDS, fixed};
use crate::estimates::Estimate;
use crate::measured_accuracy::Top1;
use crate::replication::Interval;

/// Decimals of a ratio.
const RATIO: usize = 6;
/// Decimals of an accuracy [%]: a picture is one of at most 50,000.
const ACCURACY: usize = 3;

/// The rows, followed by the points with a time on one side only. `top1` gives the accuracies of a network on sides A
/// and B, measured or cited.
pub fn csv(comparison: &Comparison, top1: impl Fn(&str) -> [Option<Top1>; 2]) -> String {
    let mut table = Csv::new(&[
        "network",
        "batch",
        "a_time_per_image_s",
        "a_low_s",
        "a_high_s",
        "b_time_per_image_s",
        "b_low_s",
        "b_high_s",
        "ratio_b_to_a",
        "ratio_low",
        "ratio_high",
        "ratio_over_sessions",
        "verdict",
        "same_measurement",
        "a_net_memory_bytes",
        "b_net_memory_bytes",
        "memory_ratio_b_to_a",
        "a_sessions",
        "b_sessions",
        "a_processes",
        "b_processes",
        "a_samples",
        "b_samples",
        "a_flags",
        "b_flags",
        "a_outdated",
        "b_outdated",
        "a_reason",
        "b_reason",
        "simulated",
        "a_top1_percent",
        "a_top1_low_percent",
        "a_top1_high_percent",
        "a_top1_kind",
        "a_top1_source",
        "b_top1_percent",
        "b_top1_low_percent",
        "b_top1_high_percent",
        "b_top1_kind",
        "b_top1_source",
        "top1_b_minus_a_points",
        "top1_b_minus_a_low_points",
        "top1_b_minus_a_high_points",
    ]);
    let simulated = comparison.is_simulated().to_string();
    let accuracies = |network: &str| -> Vec<String> {
        let measured = comparison.accuracies.iter().find(|row| row.network == network);
        let difference = range(measured.and_then(|row| row.difference));
        top1(network).into_iter().flat_map(accuracy).chain(difference).collect()
    };
    for row in &comparison.rows {
        table.row(&[cells(row, &simulated), accuracies(&row.network)].concat());
    }
    for unpaired in &comparison.only {
        let mut cells = vec![unpaired.network.clone(), unpaired.batch.to_string()];
        cells.resize(27, String::new());
        let (a, b) = match unpaired.side {
            Which::A => (String::new(), unpaired.reason.clone()),
            Which::B => (unpaired.reason.clone(), String::new()),
        };
        cells.extend([a, b, simulated.clone()]);
        cells.extend(accuracies(&unpaired.network));
        table.row(&cells);
    }
    table.into_text()
}

/// An accuracy with its interval, its kind and the evaluation that it is from.
fn accuracy(top1: Option<Top1>) -> Vec<String> {
    let kind = top1.as_ref().map_or("", |top1| if top1.is_measured { "measured" } else { "cited" });
    let mut cells = range(top1.as_ref().map(|top1| top1.percent)).to_vec();
    cells.extend([kind.to_owned(), top1.map_or_else(String::new, |top1| top1.source)]);
    cells
}

/// A value in per cent or points, with the ends of its interval.
fn range(of: Option<Estimate>) -> [String; 3] {
    [of.map(|of| of.value), of.map(|of| of.low), of.map(|of| of.high)].map(|value| fixed(value, ACCURACY))
}

fn cells(row: &Row, simulated: &str) -> Vec<String> {
    let time = |value: f64| fixed(Some(value), NANOSECONDS);
    let end = |half: &Half, value: f64| {
        fixed(Some(value).filter(|_| half.replication.interval != Interval::None), NANOSECONDS)
    };
    let ratio = |value: f64| fixed(Some(value), RATIO);
    let memory = |half: &Half| half.net_memory.map_or_else(String::new, |net| net.0.to_string());
    let flags = |half: &Half| half.flags.iter().map(|flag| flag.kind.words()).collect::<Vec<_>>().join("; ");
    vec![
        row.network.clone(),
        row.batch.to_string(),
        time(row.a.time.value),
        end(&row.a, row.a.time.low),
        end(&row.a, row.a.time.high),
        time(row.b.time.value),
        end(&row.b, row.b.time.low),
        end(&row.b, row.b.time.high),
        ratio(row.ratio.value),
        ratio(row.ratio.low),
        ratio(row.ratio.high),
        row.over_sessions.to_string(),
        row.verdict.words().to_owned(),
        row.same.to_string(),
        memory(&row.a),
        memory(&row.b),
        fixed(row.memory_ratio, RATIO),
        row.a.replication.sessions.to_string(),
        row.b.replication.sessions.to_string(),
        row.a.replication.processes.to_string(),
        row.b.replication.processes.to_string(),
        row.a.samples.to_string(),
        row.b.samples.to_string(),
        flags(&row.a),
        flags(&row.b),
        row.a.outdated.to_string(),
        row.b.outdated.to_string(),
        String::new(),
        String::new(),
        simulated.to_owned(),
    ]
}
