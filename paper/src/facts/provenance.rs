//! Facts of the origin of the report: its date, the programs that measured, and the digest of every file that decides a number in it.
//! Independent of keys and locks: they name the report by its digest, so the report cannot contain theirs.

use results::{Observation, Source};

use super::tables::{NOTHING, table};
use super::{Facts, NOT_MEASURED, Sources, Table};
use crate::number::{count, list};

/// The day of the last version of the original (arXiv:1605.07678v4), the newest data if nothing was measured.
const ORIGINAL: &str = "2017-04-14";

/// Number of digits that identify a commit.
const SHORT: usize = 12;

/// Observations about the programs that measured, and their names in the table.
const PROGRAMS: [(&str, &str); 14] = [
    ("program", "program"),
    ("rustc", "compiler"),
    ("target", "target"),
    ("opt_level", "optimisation level"),
    ("target_features", "instruction sets"),
    ("build_settings", "settings of Cargo"),
    ("environment_variables", "environment variables"),
    ("features", "features"),
    ("burn", "burn"),
    ("burn_flex", "burn-flex"),
    ("gemm", "gemm"),
    ("pulp", "pulp"),
    ("rayon", "rayon"),
    ("gpu_driver", "graphics driver"),
];

/// What the files of the input folder contain.
const INPUTS: [(&str, &str); 6] = [
    ("counts.json", "parameters and operations, from the networks' definitions"),
    ("estimates.json", "estimates from the records"),
    ("2016/canziani_fig2_fig10_exact.csv", "published accuracies and counts"),
    ("2016/canziani_fig3_time_ms_per_image.csv", "published times"),
    ("2016/canziani_fig5_net_memory_MB.csv", "published memory"),
    ("2016/net_power_W.csv", "power of 2016, from a secondary source"),
];

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let newest = newest(sources);
    facts.set("document.date", newest.unwrap_or(ORIGINAL));
    let rule = if newest.is_some() {
        "the day of its latest measurement (UTC)"
    } else {
        "the day of the last version of the original, since it contains no dated measurement"
    };
    facts.set("document.date.rule", rule);
    facts.set("provenance.commits", commits(sources));
    facts.tables.insert("programs".to_owned(), programs(sources));
    facts.tables.insert("inputs".to_owned(), inputs(sources));
    facts.tables.insert("records".to_owned(), records(sources));
}

/// The day of the latest measurement; `None` for a simulated device, which measured nothing.
fn newest<'a>(sources: &Sources<'a>) -> Option<&'a str> {
    let inputs = sources.inputs;
    let machines = inputs.machines.iter().map(|machine| &machine.estimates).chain([&inputs.estimates]);
    let points = machines.flat_map(|of| &of.points).filter_map(|point| point.measured_on.as_deref());
    let layers = inputs.layers.iter().filter_map(|of| of.measured_on.as_deref());
    // Days in ISO 8601 sort as text.
    points.chain(layers).max().filter(|_| !inputs.estimates.device.simulated)
}

/// The commits that the records name, in order of first appearance, and how many records each has.
fn commits(sources: &Sources<'_>) -> String {
    let mut known: Vec<(String, usize)> = Vec::new();
    let mut unknown = 0;
    for source in sources.inputs.estimates.points.iter().flat_map(|point| &point.sources) {
        match commit(source) {
            Some(name) => match known.iter_mut().find(|(other, _)| *other == name) {
                Some((_, records)) => *records += 1,
                None => known.push((name, 1)),
            },
            None => unknown += 1,
        }
    }
    let mut parts: Vec<String> = known.iter().map(|(name, records)| format!("{name} ({})", of(*records))).collect();
    if unknown > 0 {
        parts.push(format!("not recorded ({})", of(unknown)));
    }
    if parts.is_empty() { NOT_MEASURED.to_owned() } else { list(&parts) }
}

fn of(records: usize) -> String {
    if records == 1 { "one record".to_owned() } else { format!("{} records", count(records)) }
}

/// An abbreviated commit; a plus means that the programs differed from it.
pub(super) fn commit(source: &Source) -> Option<String> {
    let short: String = source.commit.as_ref()?.chars().take(SHORT).collect();
    Some(if source.commit_changed == Some(true) { short + "+" } else { short })
}

/// One row for each observation about the programs.
fn programs(sources: &Sources<'_>) -> Table {
    let environment = &sources.inputs.estimates.environment;
    let row = |(fact, name): &(&str, &str)| {
        let Some(Observation::Known { value }) = environment.get(*fact) else { return None };
        Some(vec![(*name).to_owned(), super::tables::plain(value)])
    };
    table(["what", "version"], PROGRAMS.iter().filter_map(row).collect())
}

/// One row for each file that numbers are computed from.
fn inputs(sources: &Sources<'_>) -> Table {
    let row = |(file, contents): &(&str, &str)| {
        Some(vec![(*file).to_owned(), (*contents).to_owned(), sources.inputs.digests.get(*file)?.clone()])
    };
    let machines = sources.inputs.digests.iter().filter(|(file, _)| file.starts_with("machines/"));
    let machines = machines.map(|(file, digest)| {
        vec![file.clone(), "estimates from the records of another machine".to_owned(), digest.clone()]
    });
    table(["file", "contents", "sha256"], INPUTS.iter().filter_map(row).chain(machines).collect())
}

/// One row for each record: points in their order, then times by layer. Files are named as in a publication.
fn records(sources: &Sources<'_>) -> Table {
    let inputs = sources.inputs;
    let records = inputs.estimates.points.iter().flat_map(|point| point.sources.iter().map(move |of| (point, of)));
    let points = records.map(|(point, source)| {
        let session = if source.session > 1 { format!("-s{}", source.session) } else { String::new() };
        vec![
            format!("records/{}-b{}{session}.json", point.network, point.batch),
            source.measured_on.clone().unwrap_or_else(|| NOTHING.to_owned()),
            commit(source).unwrap_or_else(|| NOTHING.to_owned()),
            source.sha256.clone(),
        ]
    });
    let layers = inputs.layers.iter().filter_map(|of| {
        Some(vec![
            format!("layers/{}-b{}.json", of.network, of.batch),
            of.measured_on.clone().unwrap_or_else(|| NOTHING.to_owned()),
            NOTHING.to_owned(),
            inputs.digests.get(&format!("layers/{}.json", of.network))?.clone(),
        ])
    });
    table(["record", "day", "commit", "sha256"], points.chain(layers).collect())
}
