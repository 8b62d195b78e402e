//! Facts of the time of layers: timed one by one, summed by kind, and compared with a whole pass.

use results::layers::{KindEstimate, LayersEstimate};
use results::{Estimate, Outcome};

use super::tables::NOTHING;
use super::{Facts, NOT_MEASURED, Sources, Table};
use crate::number::{fixed, three, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let layers = &sources.inputs.layers;
    facts.set("layers.summary", summary(sources, layers));
    facts.set("layers.slowest", slowest_kinds(sources, layers));
    let rows = layers.iter().flat_map(|of| {
        let title = sources.all.title(&of.network);
        let kinds = of.by_kind().into_iter().map(move |kind| row(title, of, &kind));
        kinds.chain(of.sum().map(|sum| total(title, of, sum)))
    });
    let head = ["network", "kind", "layers", "time", "share", "macs", "moved", "rate", "of peak", "traffic", "of peak"];
    facts.tables.insert("layers".to_owned(), Table { head: head.map(str::to_owned).to_vec(), rows: rows.collect() });
}

/// One sentence for each network: the sum of the layers' medians, as in their table, a pass with synchronisation after each layer, and a pass
/// without.
fn summary(sources: &Sources<'_>, layers: &[LayersEstimate]) -> String {
    let interval = |of: &LayersEstimate, time: Estimate| {
        let millis = |seconds: f64| three(seconds * 1e3);
        let range = format!("{} to {}", millis(time.low), millis(time.high));
        let range = if of.has_intervals() { range } else { "one pass, no interval".to_owned() };
        format!("{} ({range})", with_unit(&millis(time.value), "ms"))
    };
    let sentence = |of: &LayersEstimate| {
        let name = format!("{} at batch {}", sources.all.title(&of.network), of.batch);
        match (of.sum(), of.watched, of.whole, of.difference) {
            (Some(sum), Some(watched), Some(whole), Some(difference)) => {
                let percent = |share: f64| fixed(share * 100.0, 1);
                let range = format!(" ({} to {})", percent(difference.low), percent(difference.high));
                let range = if of.has_intervals() { range } else { String::new() };
                format!(
                    "{name}: the medians of the {} layers sum to {}. A pass with synchronisation after each layer takes {}, and a \
                     pass without {}. The difference is {}{range}.",
                    of.layers.len(),
                    with_unit(&three(sum * 1e3), "ms"),
                    interval(of, watched),
                    interval(of, whole),
                    with_unit(&percent(difference.value), "%")
                )
            }
            _ => format!("{name}: {}.", why(&of.outcome)),
        }
    };
    let sentences: Vec<String> = layers.iter().map(sentence).collect();
    if sentences.is_empty() { "No network was timed layer by layer.".to_owned() } else { sentences.join(" ") }
}

fn why(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Measured => NOT_MEASURED,
        Outcome::OutOfMemory { .. } => "out of memory",
        Outcome::OutOfTime { .. } => "out of time",
        Outcome::Refused { .. } => "refused",
        Outcome::Implied { .. } | Outcome::Skipped { .. } => "skipped",
    }
}

/// The kind with the longest time in each network.
fn slowest_kinds(sources: &Sources<'_>, layers: &[LayersEstimate]) -> String {
    let of = |of: &LayersEstimate| {
        let slowest = of.by_kind().into_iter().next()?;
        let share = with_unit(&fixed(slowest.share * 100.0, 0), "%");
        Some(format!("{} in {} ({share})", slowest.kind.word(), sources.all.title(&of.network)))
    };
    let all: Vec<String> = layers.iter().filter_map(of).collect();
    if all.is_empty() { NOT_MEASURED.to_owned() } else { all.join(", ") }
}

fn row(title: &str, of: &LayersEstimate, kind: &KindEstimate) -> Vec<String> {
    let share = |rate: f64, max: Option<f64>| match max {
        Some(max) => fixed(rate / max * 100.0, 0),
        None => NOTHING.to_owned(),
    };
    let peak_rates = of.peak_rates;
    let multiplies = kind.macs > 0;
    let or_nothing = |cell: String| if multiplies { cell } else { NOTHING.to_owned() };
    vec![
        title.to_owned(),
        kind.kind.word().to_owned(),
        kind.layers.to_string(),
        three(kind.time * 1e3),
        fixed(kind.share * 100.0, 1),
        or_nothing(three(kind.macs as f64 / 1e9)),
        three(kind.bytes as f64 / 1e6),
        or_nothing(three(kind.operations_per_second() / 1e9)),
        or_nothing(share(kind.operations_per_second(), peak_rates.map(|peak| peak.operations_per_second))),
        three(kind.bytes_per_second() / 1e9),
        share(kind.bytes_per_second(), peak_rates.map(|peak| peak.bytes_per_second)),
    ]
}

/// The row of a network with all kinds.
fn total(title: &str, of: &LayersEstimate, sum: f64) -> Vec<String> {
    let macs = of.layers.iter().fold(0_u64, |all, layer| all.saturating_add(layer.macs)) as f64;
    let bytes = of.layers.iter().fold(0_u64, |all, layer| all.saturating_add(layer.bytes)) as f64;
    let share =
        |rate: f64, peak: Option<f64>| peak.map_or_else(|| NOTHING.to_owned(), |peak| fixed(rate / peak * 100.0, 0));
    let (rate, traffic) = (2.0 * macs / sum, bytes / sum);
    vec![
        title.to_owned(),
        "all".to_owned(),
        of.layers.len().to_string(),
        three(sum * 1e3),
        fixed(100.0, 1),
        three(macs / 1e9),
        three(bytes / 1e6),
        three(rate / 1e9),
        share(rate, of.peak_rates.map(|peak| peak.operations_per_second)),
        three(traffic / 1e9),
        share(traffic, of.peak_rates.map(|peak| peak.bytes_per_second)),
    ]
}
