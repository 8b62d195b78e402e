//! Facts of inference time: extremes, gains from batches, uncertainty, and the ratio to 2016.

use super::tables::{NOTHING, table};
use super::{Facts, Sources, Table, extremes, set_known};
use crate::claims::alexnet_gains_from_batches::{equal_batch, gain};
use crate::evidence::{Evidence, Subject, THROUGHPUT_BATCH};
use crate::number::{fixed, list, three, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let evidence = &sources.measured;
    let first = extremes(evidence, |network| network.time.get(&1).map(|time| time.value * 1e3));
    let named = |(network, millis): (&Subject, f64)| format!("{}, {}", network.title, with_unit(&three(millis), "ms"));
    set_known(facts, "time.least", first.map(|(least, _)| named(least)));
    set_known(facts, "time.most", first.map(|(_, most)| named(most)));
    let theirs = extremes(&sources.published, |network| network.time.get(&1).map(|time| time.value * 1e3));
    set_known(facts, "time.least.2016", theirs.map(|(least, _)| named(least)));
    set_known(facts, "time.most.2016", theirs.map(|(_, most)| named(most)));
    set_known(facts, "time.span.2016", theirs.map(|(least, most)| fixed(most.1 / least.1, 0)));
    set_known(facts, "time.span", first.map(|(least, most)| fixed(most.1 / least.1, 0)));

    let gains = extremes(evidence, |network| gain(network, THROUGHPUT_BATCH).map(|gain| gain.value));
    let times = |(network, gain): (&Subject, f64)| format!("{}, {} times", network.title, fixed(gain, 2));
    set_known(facts, "time.gain.least", gains.map(|(least, _)| times(least)));
    set_known(facts, "time.gain.most", gains.map(|(_, most)| times(most)));
    let alexnet = |of: &Evidence| {
        let batch = equal_batch(evidence, &sources.published, "alexnet")?;
        let gain = gain(of.get("alexnet")?, batch)?;
        Some(format!("{} times from batch 1 to {batch}", fixed(gain.value, 2)))
    };
    set_known(facts, "time.gain.alexnet", alexnet(evidence));
    set_known(facts, "time.gain.alexnet.2016", alexnet(&sources.published));
    let losing: Vec<String> = evidence
        .networks
        .iter()
        .filter(|network| gain(network, THROUGHPUT_BATCH).is_some_and(|gain| gain.value < 1.0))
        .map(|network| network.title.clone())
        .collect();
    set_known(facts, "time.losing", gains.map(|_| list(&losing)));

    let mut widths: Vec<f64> = evidence
        .networks
        .iter()
        .flat_map(|network| network.time.values().map(|time| (time.high - time.low) / time.value * 100.0))
        .collect();
    widths.sort_by(f64::total_cmp);
    let percent = |value: &f64| with_unit(&fixed(*value, 1), "%");
    set_known(facts, "time.width.median", widths.get(widths.len() / 2).map(percent));
    set_known(facts, "time.width.most", widths.last().map(percent));

    let ratio = |network: &Subject| {
        let theirs = sources.published.get(&network.name)?.time.get(&1)?.value;
        network.time.get(&1).map(|ours| ours.value / theirs)
    };
    let ratios = extremes(evidence, ratio);
    let of = |(network, ratio): (&Subject, f64)| format!("{} for {}", three(ratio), network.title);
    set_known(facts, "time.ratio.least", ratios.map(|(least, _)| of(least)));
    set_known(facts, "time.ratio.most", ratios.map(|(_, most)| of(most)));
    facts.tables.insert("gains".to_owned(), gains_of_all(sources));
}

/// How many times as fast each network is for an image at the batch of throughput as at batch 1, here and in 2016.
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
