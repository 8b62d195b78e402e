//! Facts of operations and time: the lines of Figure 7, their predictions, and the rates of networks.

use results::fit::least_squares;

use super::tables::{NOTHING, table};
use super::{Facts, NOT_MEASURED, Sources, Table, extremes, set_known};
use crate::claims::operations_predict_time::{errors, exponent, line, pairs};
use crate::network_data::{NetworkData, Subject, THROUGHPUT_BATCH};
use crate::number::{estimate, fixed, list, three, with_unit};

const BATCHES: [u32; 2] = [1, THROUGHPUT_BATCH];

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    for (data, year) in [(&sources.measured, ""), (&sources.published, ".2016")] {
        for batch in BATCHES {
            facts.set(&format!("operations.line.b{batch}{year}"), line_of(data, batch));
        }
    }
    let power = |data: &NetworkData, batch| Some(estimate(exponent(data, batch)?, |power| fixed(power, 2)));
    for batch in BATCHES {
        set_known(facts, &format!("operations.exponent.b{batch}"), power(&sources.measured, batch));
        let slope = line(&sources.published, batch).map(|line| with_unit(&fixed(line.line.slope, 2), "ms"));
        set_known(facts, &format!("operations.slope.b{batch}.2016"), slope);
    }
    let powers = BATCHES.map(|batch| power(&sources.published, batch)).into_iter().collect::<Option<Vec<_>>>();
    set_known(facts, "operations.exponent.2016", powers.map(|powers| list(&powers)));
    // G-Op/ms is T-Op/s.
    let rates = extremes(&sources.measured, |network| network.time.get(&1).map(|time| network.g_ops / time.value));
    let named = |(network, rate): (&Subject, f64)| format!("{}, {}", network.title, with_unit(&three(rate), "G-Op/s"));
    set_known(facts, "operations.rate.min", rates.map(|(min, _)| named(min)));
    let span = |(min, max): ((&Subject, f64), (&Subject, f64))| fixed(max.1 / min.1, 1);
    set_known(facts, "operations.rate.span", rates.map(span));
    set_known(facts, "operations.rate.max", rates.map(|(_, max)| named(max)));
    let recounted = recounted(sources);
    set_known(facts, "operations.recounted.2016", improvement(&sources.published, &recounted));
    set_known(facts, "operations.inception", inception(&sources.published, &recounted));
    facts.tables.insert("prediction".to_owned(), prediction(&sources.measured));
    facts.tables.insert("equal-operations".to_owned(), equal_operations(&sources.measured));
}

fn line_of(data: &NetworkData, batch: u32) -> String {
    let Some(fitted) = line(data, batch) else { return NOT_MEASURED.to_owned() };
    let line = fitted.line;
    format!(
        "{} per G-Op {} {} (R² {}, {} it)",
        with_unit(&three(line.slope), "ms"),
        if line.intercept < 0.0 { "less" } else { "plus" },
        with_unit(&three(line.intercept.abs()), "ms"),
        fixed(line.r_squared, 2),
        fitted.farthest_in_percent()
    )
}

/// The error of the line through all other networks for each network [% of the measured time].
fn prediction(data: &NetworkData) -> Table {
    let errors = BATCHES.map(|batch| errors(data, batch).unwrap_or_default());
    let row = |network: &Subject| {
        let cell = |errors: &Vec<(&str, f64)>| {
            let error = errors.iter().find(|(title, _)| *title == network.title);
            error.map_or_else(|| NOTHING.to_owned(), |(_, error)| signed(*error))
        };
        [network.title.clone()].into_iter().chain(errors.iter().map(cell)).collect()
    };
    table(["network", "leave-one-out error b1", "leave-one-out error b16"], data.networks.iter().map(row).collect())
}

fn signed(percent: f64) -> String {
    let text = fixed(percent, 0);
    if percent > 0.0 && text != "0" { format!("+{text}") } else { text }
}

/// Pairs of networks with nearly equal operations; the one with the longer time at batch 1 comes first.
fn equal_operations(data: &NetworkData) -> Table {
    let time = |network: &Subject, batch: u32| network.time.get(&batch).map(|time| time.value);
    let row = |(one, other): (&Subject, &Subject)| {
        let swap = time(one, 1).zip(time(other, 1)).is_some_and(|(one, other)| one < other);
        let (slow, fast) = if swap { (other, one) } else { (one, other) };
        let ratios = BATCHES.map(|batch| Some(fixed(time(slow, batch)? / time(fast, batch)?, 2)));
        let pair = [format!("{} / {}", slow.title, fast.title), fixed(slow.g_ops / fast.g_ops, 2)];
        pair.into_iter().chain(ratios.map(|ratio| ratio.unwrap_or_else(|| NOTHING.to_owned()))).collect()
    };
    let head = ["pair", "operations ratio", "time ratio b1", "time ratio b16"];
    table(head, pairs(data).into_iter().map(row).collect())
}

/// The times of 2016 with the operations that we count.
fn recounted(sources: &Sources<'_>) -> NetworkData {
    let mut data = sources.published.clone();
    for network in &mut data.networks {
        if let Some(counted) = sources.measured.get(&network.name) {
            network.g_ops = counted.g_ops;
        }
    }
    data
}

/// `R² 0.94 → 0.97 at batch 1 and 0.95 → 0.97 at batch 16.`
fn improvement(printed: &NetworkData, recounted: &NetworkData) -> Option<String> {
    let of = |data: &NetworkData, batch: u32| Some(fixed(line(data, batch)?.line.r_squared, 2));
    let at = |batch: u32| Some(format!("{} → {} at batch {batch}", of(printed, batch)?, of(recounted, batch)?));
    Some(format!("R² {} and {}.", at(1)?, at(THROUGHPUT_BATCH)?))
}

/// The times that two counts of Inception-v4 predict, by the line through the networks whose counts are not in question.
fn inception(printed: &NetworkData, recounted: &NetworkData) -> Option<String> {
    let in_question = ["inception-v4", "alexnet"];
    let (network, counted) = (printed.get("inception-v4")?, recounted.get("inception-v4")?.g_ops);
    let at = |batch: u32| {
        let others = printed.networks.iter().filter(|other| !in_question.contains(&other.name.as_str()));
        let points = others.filter_map(|other| Some((other.g_ops, other.time.get(&batch)?.value * 1e3)));
        let line = least_squares(&points.collect::<Vec<_>>())?;
        Some((network.time.get(&batch)?.value * 1e3, line.at(counted), line.at(network.g_ops)))
    };
    let (first, larger) = (at(1)?, at(THROUGHPUT_BATCH)?);
    Some(format!(
        "By the line through the other networks without AlexNet, the {} that we count for Inception-v4 take {} at batch 1 and {} at batch \
         {THROUGHPUT_BATCH}, and the {} that the original prints {} and {}; the measured times are {} and {}.",
        with_unit(&fixed(counted, 1), "G-Op"),
        with_unit(&fixed(first.1, 0), "ms"),
        with_unit(&fixed(larger.1, 0), "ms"),
        with_unit(&fixed(network.g_ops, 1), "G-Op"),
        with_unit(&fixed(first.2, 0), "ms"),
        with_unit(&fixed(larger.2, 0), "ms"),
        with_unit(&fixed(first.0, 1), "ms"),
        with_unit(&fixed(larger.0, 1), "ms"),
    ))
}
