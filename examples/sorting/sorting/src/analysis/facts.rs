//! Every number and name that the text prints, by name. Each is text already, so that text and tables print the same
//! digits.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::algorithms;
use crate::analysis::claim::{Claim, Comparison, Verdict};
use crate::analysis::estimate::Estimate;
use crate::analysis::records::Source;
use crate::analysis::text::{list, three, time, whole};
use crate::record::{Environment, Record};

/// As `facts.json` has them.
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
    /// One name a column.
    pub head: Vec<String>,
    /// As many cells a row.
    pub rows: Vec<Vec<String>>,
}

/// What the facts are drawn from.
pub struct Study<'a> {
    /// The records.
    pub sources: &'a [Source],
    /// Input paths of records that earlier sources made.
    pub outdated: &'a [String],
    /// Medians of the records.
    pub estimates: &'a [Estimate],
    /// The claim.
    pub claim: &'a Claim,
    /// The claim is about sizes from this on.
    pub claim_from: u64,
    /// Above this share [%] of waiting or steal time a record is flagged.
    pub flag_percent: f64,
}

impl Facts {
    /// All facts of `study`.
    pub fn of(study: &Study<'_>) -> Self {
        let values = machine(study).into_iter().chain(method(study)).chain(quality(study)).chain(claim(study));
        Self {
            values: values.collect(),
            tables: BTreeMap::from([
                ("times", times(study)),
                ("comparisons", comparisons(study)),
                ("records", records(study)),
            ]),
        }
    }
}

/// The distinct values of something, as a list.
fn distinct(study: &Study<'_>, value: impl Fn(&Record) -> String) -> String {
    let values: BTreeSet<String> = study.sources.iter().map(|source| value(&source.record)).collect();
    list(&values.into_iter().collect::<Vec<_>>())
}

/// The smallest and the largest of something; not a number where it is not known.
fn range(study: &Study<'_>, value: impl Fn(&Record) -> f64, print: impl Fn(f64) -> String) -> String {
    let values = || study.sources.iter().map(|source| value(&source.record));
    let (low, high) = (print(values().fold(f64::INFINITY, f64::min)), print(values().fold(0.0, f64::max)));
    if low == high { low } else { format!("{low} to {high}") }
}

/// The points that something is true of, as a list.
fn points(study: &Study<'_>, chosen: impl Fn(&Source) -> bool) -> String {
    let chosen: Vec<_> = study.sources.iter().filter(|source| chosen(source)).collect();
    if chosen.len() > 1 && chosen.len() == study.sources.len() {
        return format!("all {} points", chosen.len());
    }
    let name = |Record { algorithm, size, .. }: &Record| format!("{algorithm} sort of {} numbers", whole(*size));
    list(&chosen.into_iter().map(|source| name(&source.record)).collect::<Vec<_>>())
}

type Values = Vec<(&'static str, String)>;

fn machine(study: &Study<'_>) -> Values {
    let fact = |value: fn(&Environment) -> Option<String>| {
        distinct(study, |record| value(&record.environment).unwrap_or_else(|| "unknown".to_owned()))
    };
    let days: BTreeSet<_> = study.sources.iter().map(|source| source.record.environment.day()).collect();
    vec![
        ("machine.processor", fact(|environment| environment.processor.clone())),
        ("machine.cores", fact(|environment| environment.cores.map(|cores| cores.to_string()))),
        ("machine.kernel", fact(|environment| environment.kernel.clone())),
        ("machine.governor", fact(|environment| environment.governor.clone())),
        ("machine.compiler", fact(|environment| environment.compiler.clone())),
        ("machine.days", distinct(study, |record| record.environment.day().to_owned())),
        // PDF/A has to have a date: that of the latest measurement.
        ("document.date", days.last().map(|day| (*day).to_owned()).unwrap_or_default()),
    ]
}

fn method(study: &Study<'_>) -> Values {
    let sizes: BTreeSet<u64> = study.sources.iter().map(|source| source.record.size).collect();
    let named = |name: &&str| study.sources.iter().any(|source| source.record.algorithm == *name);
    let algorithms: Vec<String> = algorithms::ALL
        .map(|(name, _)| name)
        .iter()
        .filter(|name| named(name))
        .map(|name| (*name).to_owned())
        .collect();
    vec![
        ("method.algorithms", list(&algorithms)),
        ("method.sizes", list(&sizes.into_iter().map(whole).collect::<Vec<_>>())),
        ("method.samples", distinct(study, |record| record.protocol.samples.to_string())),
        ("method.seed", distinct(study, |record| record.protocol.seed.to_string())),
        ("method.sample_time", distinct(study, |record| time(record.protocol.sample_ms / 1e3, None))),
        ("method.sorts_per_sample", range(study, |record| record.sorts_per_sample as f64, |sorts| whole(sorts as u64))),
        ("method.clock_resolution", range(study, |record| record.clock_resolution, |seconds| time(seconds, None))),
        ("method.warm_up_sorts", distinct(study, |record| record.protocol.warm_up_sorts.to_string())),
        ("method.warm_up_percent", distinct(study, |record| format!("{} %", record.protocol.warm_up_percent))),
        ("method.warm_up_time", distinct(study, |record| time(record.protocol.warm_up_ms / 1e3, None))),
    ]
}

fn quality(study: &Study<'_>) -> Values {
    let flagged = |share: Option<f64>| share.is_some_and(|share| share > study.flag_percent / 100.0);
    let is_known = study.sources.iter().any(|source| source.record.interference.load_before.is_some());
    let load = || range(study, |record| record.interference.load_before.unwrap_or(f64::NAN), three);
    vec![
        ("quality.unstable", points(study, |source| !source.record.warm_up.stable)),
        ("quality.waiting", points(study, |source| flagged(source.record.interference.waiting))),
        ("quality.steal", points(study, |source| flagged(source.record.interference.steal))),
        ("quality.flag_percent", format!("{} %", study.flag_percent)),
        ("quality.load", if is_known { load() } else { "unknown".to_owned() }),
        ("quality.outdated", points(study, |source| study.outdated.contains(&source.file))),
    ]
}

fn claim(study: &Study<'_>) -> Values {
    let weakest = study.claim.comparisons.iter().min_by(|one, other| one.low.total_cmp(&other.low));
    let named = |of: &Comparison| format!("{}, {} sort of {} numbers", bounds(of), of.algorithm, whole(of.size));
    vec![
        ("claim.from", whole(study.claim_from)),
        ("claim.comparisons", study.claim.comparisons.len().to_string()),
        ("claim.weakest", weakest.map_or_else(|| "none".to_owned(), named)),
    ]
}

fn bounds(comparison: &Comparison) -> String {
    format!("{} ({} to {})", three(comparison.ratio), three(comparison.low), three(comparison.high))
}

/// One row an algorithm, one column a size.
fn times(study: &Study<'_>) -> Table {
    let sizes: BTreeSet<u64> = study.estimates.iter().map(|estimate| estimate.size).collect();
    let named = |name: &&str| study.estimates.iter().any(|estimate| estimate.algorithm == *name);
    let cell = |algorithm: &str, size: u64| {
        let found = study.estimates.iter().find(|estimate| estimate.algorithm == algorithm && estimate.size == size);
        found.map_or_else(|| "not measured".to_owned(), |found| time(found.median, Some((found.low, found.high))))
    };
    let row = |name: &str| [name.to_owned()].into_iter().chain(sizes.iter().map(|size| cell(name, *size))).collect();
    let head = ["Algorithm".to_owned()].into_iter().chain(sizes.iter().map(|size| format!("{} numbers", whole(*size))));
    Table {
        head: head.collect(),
        rows: algorithms::ALL.map(|(name, _)| name).iter().filter(|name| named(name)).map(|name| row(name)).collect(),
    }
}

fn comparisons(study: &Study<'_>) -> Table {
    let verdict = |verdict| match verdict {
        Verdict::Holds => "radix sort is faster",
        Verdict::Fails => "radix sort is slower",
        Verdict::Undecided | Verdict::Untested => "undecided",
    };
    let row = |of: &Comparison| vec![of.algorithm.clone(), whole(of.size), bounds(of), verdict(of.verdict).to_owned()];
    Table {
        head: ["Against", "Numbers", "Its time / that of radix sort", "Verdict"].map(str::to_owned).to_vec(),
        rows: study.claim.comparisons.iter().map(row).collect(),
    }
}

fn records(study: &Study<'_>) -> Table {
    let row =
        |source: &Source| vec![source.file.clone(), source.record.environment.day().to_owned(), source.digest.clone()];
    Table {
        head: ["Record", "Day, UTC", "SHA-256"].map(str::to_owned).to_vec(),
        rows: study.sources.iter().map(row).collect(),
    }
}
