//! Every number and name that the text prints, by name. Each is already text, so text and tables print the same digits.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::algorithms;
use crate::analysis::claim::{Claim, Comparison, Verdict};
use crate::analysis::estimate::Estimate;
use crate::analysis::records::Source;
use crate::analysis::text::{list, three, time, whole};
use crate::record::{Environment, Record};

/// The content of `facts.json`.
#[derive(Debug, Default, Serialize)]
pub struct Facts {
    /// Text by name.
    pub values: BTreeMap<&'static str, String>,
    /// Tables by name.
    pub tables: BTreeMap<&'static str, Table>,
}

/// A table of text.
#[derive(Debug, Default, Serialize)]
pub struct Table {
    /// One name per column.
    pub head: Vec<String>,
    /// One cell per column.
    pub rows: Vec<Vec<String>>,
}

/// Everything that the facts are derived from.
pub struct Analysis<'a> {
    /// The records.
    pub sources: &'a [Source],
    /// Input paths of records that earlier sources made.
    pub outdated: &'a [String],
    /// Medians of the records.
    pub estimates: &'a [Estimate],
    /// The claim.
    pub claim: &'a Claim,
    /// The smallest size that the claim is about.
    pub claim_from: u64,
    /// A record with more than this share [%] of waiting or steal time is flagged.
    pub flag_percent: f64,
}

impl Facts {
    /// All facts of `analysis`.
    pub fn of(analysis: &Analysis<'_>) -> Self {
        let values =
            machine(analysis).into_iter().chain(method(analysis)).chain(quality(analysis)).chain(claim(analysis));
        Self {
            values: values.collect(),
            tables: BTreeMap::from([
                ("times", times(analysis)),
                ("comparisons", comparisons(analysis)),
                ("records", records(analysis)),
            ]),
        }
    }
}

/// The distinct values of something, as a list.
fn distinct(analysis: &Analysis<'_>, value: impl Fn(&Record) -> String) -> String {
    let values: BTreeSet<String> = analysis.sources.iter().map(|source| value(&source.record)).collect();
    list(&values.into_iter().collect::<Vec<_>>())
}

/// The smallest and the largest of something; NaN when it is unknown.
fn range(analysis: &Analysis<'_>, value: impl Fn(&Record) -> f64, print: impl Fn(f64) -> String) -> String {
    let values = || analysis.sources.iter().map(|source| value(&source.record));
    let (low, high) = (print(values().fold(f64::INFINITY, f64::min)), print(values().fold(0.0, f64::max)));
    if low == high { low } else { format!("{low} to {high}") }
}

/// The points that satisfy a condition, as a list.
fn points(analysis: &Analysis<'_>, chosen: impl Fn(&Source) -> bool) -> String {
    let chosen: Vec<_> = analysis.sources.iter().filter(|source| chosen(source)).collect();
    if chosen.len() > 1 && chosen.len() == analysis.sources.len() {
        return format!("all {} points", chosen.len());
    }
    let name = |Record { algorithm, size, .. }: &Record| format!("{algorithm} sort of {} numbers", whole(*size));
    list(&chosen.into_iter().map(|source| name(&source.record)).collect::<Vec<_>>())
}

type Values = Vec<(&'static str, String)>;

fn machine(analysis: &Analysis<'_>) -> Values {
    let fact = |value: fn(&Environment) -> Option<String>| {
        distinct(analysis, |record| value(&record.environment).unwrap_or_else(|| "unknown".to_owned()))
    };
    let days: BTreeSet<_> = analysis.sources.iter().map(|source| source.record.environment.day()).collect();
    vec![
        ("machine.processor", fact(|environment| environment.processor.clone())),
        ("machine.cores", fact(|environment| environment.cores.map(|cores| cores.to_string()))),
        ("machine.kernel", fact(|environment| environment.kernel.clone())),
        ("machine.governor", fact(|environment| environment.governor.clone())),
        ("machine.compiler", fact(|environment| environment.compiler.clone())),
        ("machine.days", distinct(analysis, |record| record.environment.day().to_owned())),
        // PDF/A requires a date: that of the latest measurement.
        ("document.date", days.last().map(|day| (*day).to_owned()).unwrap_or_default()),
    ]
}

fn method(analysis: &Analysis<'_>) -> Values {
    let sizes: BTreeSet<u64> = analysis.sources.iter().map(|source| source.record.size).collect();
    let named = |name: &&str| analysis.sources.iter().any(|source| source.record.algorithm == *name);
    let algorithms: Vec<String> = algorithms::ALL
        .map(|(name, _)| name)
        .iter()
        .filter(|name| named(name))
        .map(|name| (*name).to_owned())
        .collect();
    vec![
        ("method.algorithms", list(&algorithms)),
        ("method.sizes", list(&sizes.into_iter().map(whole).collect::<Vec<_>>())),
        ("method.samples", distinct(analysis, |record| record.protocol.samples.to_string())),
        ("method.seed", distinct(analysis, |record| record.protocol.seed.to_string())),
        ("method.sample_time", distinct(analysis, |record| time(record.protocol.sample_ms / 1e3, None))),
        (
            "method.sorts_per_sample",
            range(analysis, |record| record.sorts_per_sample as f64, |sorts| whole(sorts as u64)),
        ),
        ("method.clock_resolution", range(analysis, |record| record.clock_resolution, |seconds| time(seconds, None))),
        ("method.warm_up_sorts", distinct(analysis, |record| record.protocol.warm_up_sorts.to_string())),
        ("method.warm_up_percent", distinct(analysis, |record| format!("{} %", record.protocol.warm_up_percent))),
        ("method.warm_up_time", distinct(analysis, |record| time(record.protocol.warm_up_ms / 1e3, None))),
    ]
}

fn quality(analysis: &Analysis<'_>) -> Values {
    let flagged = |share: Option<f64>| share.is_some_and(|share| share > analysis.flag_percent / 100.0);
    let is_known = analysis.sources.iter().any(|source| source.record.interference.load_before.is_some());
    let load = || range(analysis, |record| record.interference.load_before.unwrap_or(f64::NAN), three);
    vec![
        ("quality.unstable", points(analysis, |source| !source.record.warm_up.stable)),
        ("quality.waiting", points(analysis, |source| flagged(source.record.interference.waiting))),
        ("quality.steal", points(analysis, |source| flagged(source.record.interference.steal))),
        ("quality.flag_percent", format!("{} %", analysis.flag_percent)),
        ("quality.load", if is_known { load() } else { "unknown".to_owned() }),
        ("quality.outdated", points(analysis, |source| analysis.outdated.contains(&source.file))),
    ]
}

fn claim(analysis: &Analysis<'_>) -> Values {
    let weakest = analysis.claim.comparisons.iter().min_by(|one, other| one.low.total_cmp(&other.low));
    let named = |of: &Comparison| format!("{}, {} sort of {} numbers", bounds(of), of.algorithm, whole(of.size));
    vec![
        ("claim.from", whole(analysis.claim_from)),
        ("claim.comparisons", analysis.claim.comparisons.len().to_string()),
        ("claim.weakest", weakest.map_or_else(|| "none".to_owned(), named)),
    ]
}

fn bounds(comparison: &Comparison) -> String {
    format!("{} ({} to {})", three(comparison.ratio), three(comparison.low), three(comparison.high))
}

/// One row per algorithm, one column per size.
fn times(analysis: &Analysis<'_>) -> Table {
    let sizes: BTreeSet<u64> = analysis.estimates.iter().map(|estimate| estimate.size).collect();
    let named = |name: &&str| analysis.estimates.iter().any(|estimate| estimate.algorithm == *name);
    let cell = |algorithm: &str, size: u64| {
        let found = analysis.estimates.iter().find(|estimate| estimate.algorithm == algorithm && estimate.size == size);
        found.map_or_else(|| "not measured".to_owned(), |found| time(found.median, Some((found.low, found.high))))
    };
    let row = |name: &str| [name.to_owned()].into_iter().chain(sizes.iter().map(|size| cell(name, *size))).collect();
    let head = ["Algorithm".to_owned()].into_iter().chain(sizes.iter().map(|size| format!("{} numbers", whole(*size))));
    Table {
        head: head.collect(),
        rows: algorithms::ALL.map(|(name, _)| name).iter().filter(|name| named(name)).map(|name| row(name)).collect(),
    }
}

fn comparisons(analysis: &Analysis<'_>) -> Table {
    let verdict = |verdict| match verdict {
        Verdict::Holds => "radix sort is faster",
        Verdict::Fails => "radix sort is slower",
        Verdict::Undecided | Verdict::Untested => "undecided",
    };
    let row = |of: &Comparison| vec![of.algorithm.clone(), whole(of.size), bounds(of), verdict(of.verdict).to_owned()];
    Table {
        head: ["Against", "Numbers", "Its time / that of radix sort", "Verdict"].map(str::to_owned).to_vec(),
        rows: analysis.claim.comparisons.iter().map(row).collect(),
    }
}

fn records(analysis: &Analysis<'_>) -> Table {
    let row =
        |source: &Source| vec![source.file.clone(), source.record.environment.day().to_owned(), source.digest.clone()];
    Table {
        head: ["Record", "Day, UTC", "SHA-256"].map(str::to_owned).to_vec(),
        rows: analysis.sources.iter().map(row).collect(),
    }
}
