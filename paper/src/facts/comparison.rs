//! Published values next to measured ones, by network: accuracies with their source, times and memory of the Jetson TX1 with their ratios,
//! and the number of pairs of networks in the same order by time.

use super::tables::{NOTHING, cell, table};
use super::{Facts, Sources, set_known};
use crate::network_data::{NetworkData, Subject, THROUGHPUT_BATCH};
use crate::number::{fixed, three};

/// The batches that are compared.
const BATCHES: [u32; 2] = [1, THROUGHPUT_BATCH];

/// The mark of a value of 2016 that was read where curves overlap.
const OVERLAPPING: &str = "~";

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    for (name, table) in [
        ("accuracies", accuracies(sources)),
        ("comparison.time", times(sources)),
        ("comparison.memory", memory(sources)),
    ] {
        facts.tables.insert(name.to_owned(), table);
    }
    for batch in BATCHES {
        let order = order(&sources.measured, &sources.published, batch);
        let text = |(alike, all): (usize, usize)| format!("{} of {}", fixed(alike as f64, 0), fixed(all as f64, 0));
        set_known(facts, &format!("time.order.b{batch}"), order.map(text));
    }
}

/// Each network with its cited accuracy and the source of its evaluation.
fn accuracies(sources: &Sources<'_>) -> super::Table {
    let row = |network: &Subject| {
        let known = sources.inputs.published.networks.get(&network.name);
        vec![
            network.title.clone(),
            known.map_or_else(|| NOTHING.to_owned(), |known| fixed(known.top1, 2)),
            known.map_or_else(|| NOTHING.to_owned(), |known| source(&known.accuracy_source)),
        ]
    };
    table(["network", "top-1", "source"], sources.measured.networks.iter().map(row).collect())
}

/// The full name of the evaluation of an accuracy, which the published values abbreviate.
fn source(short: &str) -> String {
    const EVALUATORS: [(&str, &str); 5] = [
        ("szagoruyko", "imagenet-validation.torch (S. Zagoruyko)"),
        ("fb.resnet.torch", "fb.resnet.torch (Facebook AI Research)"),
        ("culurciello blog", "post by E. Culurciello"),
        ("BVLC googlenet", "BVLC's GoogLeNet"),
        ("unknown", "not known"),
    ];
    for (prefix, name) in EVALUATORS {
        let Some(suffix) = short.strip_prefix(prefix).map(str::trim) else { continue };
        return match suffix {
            "" => name.to_owned(),
            noted if noted.starts_with('(') => format!("{name} {}", noted.replace(" err)", " % error)")),
            error if error.starts_with("100-") => {
                format!("{name}, 100 less its error of {}", error.replace("100-", ""))
            }
            model => format!("{name}, {model}"),
        };
    }
    short.to_owned()
}

/// Three cells for each batch: published, measured, and their ratio.
fn compared(
    sources: &Sources<'_>,
    published: impl Fn(&Subject, u32) -> Option<(f64, bool)>,
    measured: impl Fn(&Subject, u32) -> Option<f64>,
) -> super::Table {
    let row = |network: &Subject| {
        let mut cells = vec![network.title.clone()];
        for batch in BATCHES {
            let (published, measured) = (published(network, batch), measured(network, batch));
            let printed =
                |(value, overlaps): (f64, bool)| if overlaps { OVERLAPPING } else { "" }.to_owned() + &three(value);
            let ratio = published.zip(measured).map(|((published, _), measured)| three(measured / published));
            cells.push(published.map_or_else(|| NOTHING.to_owned(), printed));
            cells.push(cell(sources, &network.name, batch, measured));
            cells.push(ratio.unwrap_or_else(|| NOTHING.to_owned()));
        }
        cells
    };
    let head = ["network", "2016 1", "here 1", "ratio 1", "2016 16", "here 16", "ratio 16"];
    table(head, sources.measured.networks.iter().map(row).collect())
}

fn millis(network: &Subject, batch: u32) -> Option<f64> {
    network.time.get(&batch).map(|time| time.value * 1e3)
}

fn times(sources: &Sources<'_>) -> super::Table {
    let published = |network: &Subject, batch| Some((millis(sources.published.get(&network.name)?, batch)?, false));
    compared(sources, published, millis)
}

fn memory(sources: &Sources<'_>) -> super::Table {
    let megabytes = |network: &Subject, batch| network.memory_mb.get(&batch).copied();
    let published = |network: &Subject, batch| {
        let overlaps = sources.inputs.published.memory_mb.get(&network.name)?.get(&batch)?.1;
        Some((megabytes(sources.published.get(&network.name)?, batch)?, overlaps))
    };
    compared(sources, published, megabytes)
}

/// The number of pairs in which the same network is faster in both at `batch`, and the number of all pairs.
fn order(measured: &NetworkData, published: &NetworkData, batch: u32) -> Option<(usize, usize)> {
    let both: Vec<(f64, f64)> = measured
        .networks
        .iter()
        .filter_map(|network| Some((millis(network, batch)?, millis(published.get(&network.name)?, batch)?)))
        .collect();
    let pairs =
        || both.iter().enumerate().flat_map(|(index, one)| both.iter().skip(index + 1).map(move |other| (one, other)));
    let alike = pairs().filter(|(one, other)| (one.0 < other.0) == (one.1 < other.1)).count();
    Some((alike, pairs().count())).filter(|(_, all)| *all > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network_data::sample;

    #[test]
    fn one_swap_among_four_networks_changes_one_of_six_pairs() {
        let timed = |times: [f64; 4]| {
            let mut data = sample::networks(4);
            for (network, time) in data.networks.iter_mut().zip(times) {
                network.time.insert(1, sample::time(time));
            }
            data
        };
        let published = timed([0.01, 0.02, 0.03, 0.04]);
        assert_eq!(order(&published, &published, 1), Some((6, 6)));
        assert_eq!(order(&timed([0.01, 0.03, 0.02, 0.04]), &published, 1), Some((5, 6)));
        assert_eq!(order(&timed([4.0, 3.0, 2.0, 1.0]), &published, 1), Some((0, 6)));
        assert_eq!(order(&sample::networks(4), &published, 1), None);
    }

    #[test]
    fn sources_of_accuracies_are_written_out() {
        assert_eq!(source("szagoruyko"), "imagenet-validation.torch (S. Zagoruyko)");
        assert_eq!(source("szagoruyko bn-NIN"), "imagenet-validation.torch (S. Zagoruyko), bn-NIN");
        assert_eq!(
            source("fb.resnet.torch 100-30.43"),
            "fb.resnet.torch (Facebook AI Research), 100 less its error of 30.43"
        );
        assert_eq!(source("unknown (paper reports 20.0 err)"), "not known (paper reports 20.0 % error)");
        assert_eq!(source("somebody else"), "somebody else");
    }
}
