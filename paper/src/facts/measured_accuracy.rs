//! Facts of measured accuracies: next to the cited ones, pairs of networks on the same pictures, and accuracy per parameter and per joule
//! with the frontier of all networks. Without a measured accuracy the tables are empty.

use std::collections::BTreeSet;

use results::frontier::frontier;
use results::measured_accuracy::percent;
use results::statistics::propagation::{ratio, scaled};
use results::{Estimate, MeasuredAccuracy, PowerEstimate};

use super::tables::{NOTHING, table};
use super::{Facts, Sources};
use crate::network_data::{Subject, THROUGHPUT_BATCH};
use crate::number::{fixed, list, three};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let measured = &sources.inputs.estimates.accuracies.networks;
    let all = |of: fn(&MeasuredAccuracy) -> String| {
        let different: BTreeSet<String> = measured.values().map(of).collect();
        if different.is_empty() { "none".to_owned() } else { list(&different.into_iter().collect::<Vec<_>>()) }
    };
    let images = |of: &MeasuredAccuracy| format!("{} pictures of “{}”", fixed(of.pictures as f64, 0), of.images);
    facts.set("accuracy.images", all(images));
    facts.set("accuracy.decoder", all(|of| format!("{}: {}", of.decoder, of.agreement)));
    for (name, table) in [
        ("accuracy.measured", cited_and_measured(sources)),
        ("accuracy.pairs", pairs(sources)),
        ("accuracy.scores", scores(sources)),
    ] {
        facts.tables.insert(name.to_owned(), table);
    }
}

/// Each network with its cited and its measured accuracy.
fn cited_and_measured(sources: &Sources<'_>) -> super::Table {
    let inputs = sources.inputs;
    let row = |network: &Subject| {
        let measured = inputs.estimates.accuracies.networks.get(&network.name)?;
        let cited = inputs.published.top1(&network.name);
        Some(vec![
            network.title.clone(),
            cited.map_or_else(|| NOTHING.to_owned(), |(top1, _)| fixed(top1, 2)),
            interval(percent(&measured.top_1), |value| fixed(value, 2)),
            interval(percent(&measured.top_5), |value| fixed(value, 2)),
        ])
    };
    table(["network", "cited top-1", "top-1", "top-5"], sources.all.networks.iter().filter_map(row).collect())
}

/// Each network with the next best on the same pictures.
fn pairs(sources: &Sources<'_>) -> super::Table {
    let rows = sources.inputs.estimates.accuracies.pairs.iter().map(|pair| {
        vec![
            sources.all.title(&pair.first).to_owned(),
            sources.all.title(&pair.second).to_owned(),
            fixed(pair.only_first as f64, 0),
            fixed(pair.only_second as f64, 0),
            interval(scaled(pair.difference, 100.0), |value| fixed(value, 2)),
            if pair.p_value < 0.001 { "< 0.001".to_owned() } else { fixed(pair.p_value, 3) },
        ]
    });
    table(["first", "second", "only first", "only second", "difference", "p"], rows.collect())
}

/// Accuracy per million parameters and per joule of each network with a known accuracy, and whether it is on the frontier.
fn scores(sources: &Sources<'_>) -> super::Table {
    let measured = &sources.inputs.estimates.accuracies.networks;
    let known: Vec<(&Subject, Estimate)> =
        sources.all.networks.iter().filter_map(|network| Some((network, network.accuracy()?))).collect();
    let of_parameters = best(known.iter().map(|(network, top1)| (network.parameters_m, top1.value)));
    let joules = |network: &Subject| energy(sources, network);
    let of_energy =
        best(known.iter().map(|(network, top1)| (joules(network).map_or(f64::NAN, |joules| joules.value), top1.value)));
    let row = |(index, &(network, top1)): (usize, &(&Subject, Estimate))| {
        let per = |score: Option<Estimate>, of: &BTreeSet<usize>| {
            let mark = if of.contains(&index) { " *" } else { "" };
            score.map_or_else(|| NOTHING.to_owned(), |score| interval(score, three) + mark)
        };
        let is_measured = measured.contains_key(&network.name);
        vec![
            network.title.clone(),
            (if is_measured { "measured" } else { "cited" }).to_owned(),
            per(Some(scaled(top1, 1.0 / network.parameters_m)), &of_parameters),
            per(joules(network).and_then(|joules| ratio(top1, joules)), &of_energy),
        ]
    };
    let rows = known.iter().enumerate().filter(|_| !measured.is_empty()).map(row);
    table(["network", "accuracy", "per million parameters", "per joule"], rows.collect())
}

/// The networks, by index, that no other one surpasses in accuracy at no higher cost.
fn best(points: impl Iterator<Item = (f64, f64)>) -> BTreeSet<usize> {
    frontier(&points.collect::<Vec<_>>()).into_iter().collect()
}

/// Net energy of one image [J] at the batch of throughput.
fn energy(sources: &Sources<'_>, network: &Subject) -> Option<Estimate> {
    match &sources.inputs.estimates.point(&network.name, THROUGHPUT_BATCH)?.power {
        PowerEstimate::Measured { energy_per_image, .. } => Some(*energy_per_image),
        _ => None,
    }
}

/// `71.2 (70.8 to 71.6)`.
fn interval(of: Estimate, text: impl Fn(f64) -> String) -> String {
    format!("{} ({} to {})", text(of.value), text(of.low), text(of.high))
}
