//! Facts of the other machines that this one is set beside: who they are, how much longer they take, and which claims hold there.

use std::collections::BTreeSet;

use results::agreement::Ratio;
use results::machines::Machine;
use results::{Estimates, statistics};

use super::provenance;
use super::tables::NOTHING;
use super::{Facts, Sources, Table};
use crate::claims::{Finding, Judged, Margin, Verdict, judge};
use crate::evidence::{Evidence, THROUGHPUT_BATCH};
use crate::number::{count, fixed, list, three};

/// Letters stand for machines in tables; A is that of this report.
const LETTERS: [&str; 12] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L"];

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let others: Vec<(&str, &Machine)> = LETTERS.into_iter().skip(1).zip(&sources.inputs.machines).collect();
    let who = match others.len() {
        0 => "no other machine".to_owned(),
        1 => "one other machine".to_owned(),
        several => format!("{} other machines", count(several)),
    };
    facts.set("machines.others", who);
    facts.set("machines.speeds", speeds(sources, &others));
    facts.tables.insert("machines".to_owned(), machines(sources, &others));
    facts.tables.insert("ratios".to_owned(), ratios(sources, &others));
    let judged = verdicts(sources, &others);
    facts.set("machines.differing", differing(&judged));
    facts.tables.insert("verdicts".to_owned(), table_of_verdicts(&judged));
}

/// Names, and what they measured with.
fn machines(sources: &Sources<'_>, others: &[(&str, &Machine)]) -> Table {
    let row = |letter: &str, name: &str, estimates: &Estimates| {
        vec![
            letter.to_owned(),
            name.to_owned(),
            estimates.device.hardware.clone(),
            estimates.device.backend.clone(),
            estimates.protocol.name.clone(),
            estimates.points.iter().filter(|point| point.time.is_some()).count().to_string(),
            days(estimates),
            programs(estimates),
        ]
    };
    let own = row("A", "this report", &sources.inputs.estimates);
    let rows = others.iter().map(|(letter, machine)| row(letter, &machine.name, &machine.estimates));
    let head = ["", "machine", "hardware", "backend", "protocol", "points", "measured", "programs"]
        .map(str::to_owned)
        .to_vec();
    Table { head, rows: [own].into_iter().chain(rows).collect() }
}

/// The commits of the programs that measured, each once.
fn programs(estimates: &Estimates) -> String {
    let sources = estimates.points.iter().flat_map(|point| &point.sources);
    let commits: BTreeSet<String> = sources.filter_map(provenance::commit).collect();
    if commits.is_empty() { NOTHING.to_owned() } else { commits.into_iter().collect::<Vec<_>>().join(", ") }
}

/// From the first to the last.
fn days(estimates: &Estimates) -> String {
    let sources = estimates.points.iter().flat_map(|point| &point.sources);
    let days: BTreeSet<&str> = sources.filter_map(|source| source.measured_on.as_deref()).collect();
    match (days.first(), days.last()) {
        (Some(first), Some(last)) if first == last => (*first).to_owned(),
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => NOTHING.to_owned(),
    }
}

/// The time of another machine over ours.
fn of(sources: &Sources<'_>, machine: &Machine, network: &str, batch: u32) -> Option<Ratio> {
    let (theirs, ours) = (&machine.estimates, &sources.inputs.estimates);
    Ratio::of_times((theirs, theirs.point(network, batch)?), (ours, ours.point(network, batch)?))
}

/// A row for each network that both measured.
fn ratios(sources: &Sources<'_>, others: &[(&str, &Machine)]) -> Table {
    let row = |letter: &str, machine: &Machine, network: &str, title: &str| {
        let ratios = [1, THROUGHPUT_BATCH].map(|batch| of(sources, machine, network, batch));
        if ratios.iter().all(Option::is_none) {
            return None;
        }
        let cells = ratios.iter().flat_map(|ratio| match ratio {
            Some(Ratio { value, .. }) => [three(value.value), format!("{} to {}", three(value.low), three(value.high))],
            None => [NOTHING.to_owned(), NOTHING.to_owned()],
        });
        Some([format!("{letter}/A"), title.to_owned()].into_iter().chain(cells).collect())
    };
    let networks = || sources.inputs.counts.networks.iter();
    let rows = others.iter().flat_map(|(letter, machine)| {
        networks().filter_map(move |network| row(letter, machine, &network.name, &network.title))
    });
    let head = ["", "network", "batch 1", "interval", "batch 16", "interval"].map(str::to_owned).to_vec();
    Table { head, rows: rows.collect() }
}

/// A sentence a machine: the median of its ratios at both batches.
fn speeds(sources: &Sources<'_>, others: &[(&str, &Machine)]) -> String {
    let middle = |machine: &Machine, batch: u32| {
        let networks = sources.inputs.counts.networks.iter();
        let all: Vec<f64> =
            networks.filter_map(|network| Some(of(sources, machine, &network.name, batch)?.value.value)).collect();
        let median = statistics::median(&all)?;
        Some(format!("{} times as long as A at batch {batch}", three(median)))
    };
    let sentence = |(letter, machine): &(&str, &Machine)| {
        let known: Vec<String> = [1, THROUGHPUT_BATCH].into_iter().filter_map(|batch| middle(machine, batch)).collect();
        match known.is_empty() {
            true => format!("{letter} has no point in common with A."),
            false => format!("{letter} takes {} (medians over the networks).", list(&known)),
        }
    };
    match others {
        [] => "No other machine has published measurements of these points.".to_owned(),
        some => some.iter().map(sentence).collect::<Vec<_>>().join(" "),
    }
}

/// Every claim on every machine, and on the values of 2016: by the letter of the column.
fn verdicts(sources: &Sources<'_>, others: &[(&str, &Machine)]) -> Vec<(String, Vec<Judged>)> {
    let own = ("A".to_owned(), judge(&sources.measured, &sources.published));
    let rest = others.iter().map(|(letter, machine)| {
        let measured = Evidence::measured(&sources.inputs.counts, &machine.estimates, &sources.inputs.published);
        ((*letter).to_owned(), judge(&measured, &sources.published))
    });
    [own].into_iter().chain(rest).collect()
}

fn table_of_verdicts(judged: &[(String, Vec<Judged>)]) -> Table {
    let letters = judged.iter().map(|(letter, _)| letter.clone());
    let head = ["".to_owned(), "claim".to_owned()].into_iter().chain(letters).chain(["2016".to_owned()]).collect();
    let claims = judged.first().map(|(_, claims)| claims.as_slice()).unwrap_or_default();
    let row = |(place, claim): (usize, &Judged)| {
        let cell = |verdict: &Verdict| {
            let number =
                verdict.number.as_ref().map(|number| format!("{} {}", number.quantity, fixed(number.value, 2)));
            let narrowly = if verdict.margin == Margin::Narrow { ", narrowly" } else { "" };
            let word = format!("{}{narrowly}", word(&verdict.finding));
            number.map_or_else(|| word.clone(), |number| format!("{word}; {number}"))
        };
        let cells = judged.iter().filter_map(|(_, claims)| claims.get(place)).map(|claim| cell(&claim.verdict));
        [claim.id.clone(), claim.title.clone()].into_iter().chain(cells).chain([cell(&claim.verdict_2016)]).collect()
    };
    Table { head, rows: claims.iter().enumerate().map(row).collect() }
}

fn word(finding: &Finding) -> &'static str {
    match finding {
        Finding::Holds => "holds",
        Finding::Fails => "fails",
        Finding::NotTested { .. } => "not tested",
    }
}

/// The claims that hold on one machine and fail on another.
fn differing(judged: &[(String, Vec<Judged>)]) -> String {
    let claims = judged.first().map(|(_, claims)| claims.as_slice()).unwrap_or_default();
    let differs = |place: usize| {
        let words: BTreeSet<&str> = judged
            .iter()
            .filter_map(|(_, claims)| claims.get(place))
            .filter(|claim| !matches!(claim.verdict.finding, Finding::NotTested { .. }))
            .map(|claim| word(&claim.verdict.finding))
            .collect();
        words.len() > 1
    };
    let ids: Vec<String> =
        claims.iter().enumerate().filter(|(place, _)| differs(*place)).map(|(_, claim)| claim.id.clone()).collect();
    if ids.is_empty() { "none".to_owned() } else { list(&ids) }
}
