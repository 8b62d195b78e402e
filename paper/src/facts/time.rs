//! Facts of inference time: extremes, gains from batches, uncertainty, and the ratio to 2016.

use super::tables::{NOTHING, table};
use super::{Facts, Sources, Table, extremes, set_known};
use crate::claims::alexnet_gains_from_batches::{equal_batch, gain};
use crate::network_data::{NetworkData, Subject, THROUGHPUT_BATCH};
use crate::number::{fixed, list, three, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let data = &sources.measured;
    let first = extremes(data, |network| network.time.get(&1).map(|time| time.value * 1e3));
    let named = |(network, millis): (&Subject, f64)| format!("{}, {}", network.title, with_unit(&three(millis), "ms"));
    set_known(facts, "time.min", first.map(|(min, _)| named(min)));
    set_known(facts, "time.max", first.map(|(_, max)| named(max)));
    let published = extremes(&sources.published, |network| network.time.get(&1).map(|time| time.value * 1e3));
    set_known(facts, "time.min.2016", published.map(|(min, _)| named(min)));
    set_known(facts, "time.max.2016", published.map(|(_, max)| named(max)));
    set_known(facts, "time.span.2016", published.map(|(min, max)| fixed(max.1 / min.1, 0)));
    set_known(facts, "time.span", first.map(|(min, max)| fixed(max.1 / min.1, 0)));

    let gains = extremes(data, |network| gain(network, THROUGHPUT_BATCH).map(|gain| gain.value));
    let times = |(network, gain): (&Subject, f64)| format!("{}, {} times", network.title, fixed(gain, 2));
    set_known(facts, "time.gain.min", gains.map(|(min, _)| times(min)));
    set_known(facts, "time.gain.max", gains.map(|(_, max)| times(max)));
    let alexnet = |of: &NetworkData| {
        let batch = equal_batch(data, &sources.published, "alexnet")?;
        let gain = gain(of.get("alexnet")?, batch)?;
        Some(format!("{} times from batch 1 to {batch}", fixed(gain.value, 2)))
    };
    set_known(facts, "time.gain.alexnet", alexnet(data));
    set_known(facts, "time.gain.alexnet.2016", alexnet(&sources.published));
    let losing: Vec<String> = data
        .networks
        .iter()
        .filter(|network| gain(network, THROUGHPUT_BATCH).is_some_and(|gain| gain.value < 1.0))
        .map(|network| network.title.clone())
        .collect();
    set_known(facts, "time.losing", gains.map(|_| list(&losing)));

    let mut widths: Vec<f64> = data
        .networks
        .iter()
        .flat_map(|network| network.time.values())
        // A single sample has no interval.
        .filter(|time| data.interval.is_some() || time.low < time.high)
        .map(|time| (time.high - time.low) / time.value * 100.0)
        .collect();
    widths.sort_by(f64::total_cmp);
    let percent = |value: &f64| with_unit(&fixed(*value, 1), "%");
    set_known(facts, "time.width.median", widths.get(widths.len() / 2).map(percent));
    set_known(facts, "time.width.max", widths.last().map(percent));

    let ratio = |network: &Subject| {
        let published = sources.published.get(&network.name)?.time.get(&1)?.value;
        network.time.get(&1).map(|measured| measured.value / published)
    };
    let ratios = extremes(data, ratio);
    let of = |(network, ratio): (&Subject, f64)| format!("{} for {}", three(ratio), network.title);
    set_known(facts, "time.ratio.min", ratios.map(|(min, _)| of(min)));
    set_known(facts, "time.ratio.max", ratios.map(|(_, max)| of(max)));
    facts.tables.insert("gains".to_owned(), gains_of_all(sources));
}

/// The gain of each network from batch 1 to the batch of throughput, here and in 2016: the ratio of times per image.
fn gains_of_all(sources: &Sources<'_>) -> Table {
    let cell = |network: Option<&Subject>| {
        let gain = network.and_then(|network| gain(network, THROUGHPUT_BATCH));
        gain.map_or_else(|| NOTHING.to_owned(), |gain| fixed(gain.value, 2))
    };
    let row = |network: &Subject| {
        vec![network.title.clone(), cell(Some(network)), cell(sources.published.get(&network.name))]
    };
    table(
        ["network", "gain b1 to b16 here", "gain b1 to b16 2016"],
        sources.measured.networks.iter().map(row).collect(),
    )
}
