//! Facts of the other machines: what they are, and the ratios of their times to those here.

use std::collections::BTreeSet;

use results::agreement::Ratio;
use results::machines::Machine;
use results::verdicts::{Finding, Judged, Test};
use results::{DeviceIdentity, Estimates, Point, statistics};

use super::claims::name;
use super::tables::NOTHING;
use super::{Facts, Sources, Table, provenance, setting};
use crate::network_data::THROUGHPUT_BATCH;
use crate::number::{count, list, three};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    // A is the machine of this report.
    let others: Vec<(String, &Machine)> =
        sources.inputs.machines.iter().enumerate().map(|(index, machine)| (letter(index + 1), machine)).collect();
    facts.set(
        "machines.others",
        others_in_words(&sources.inputs.estimates.device, others.iter().map(|(_, machine)| *machine)),
    );
    let is_here = |(_, machine): &&(String, &Machine)| machine.is_other_software_on(&sources.inputs.estimates.device);
    let software = others.iter().filter(is_here).map(|(_, machine)| machine.estimates.device.backend.clone());
    facts.set("machines.software", list(&software.collect::<Vec<_>>()));
    facts.set("machines.outdated", outdated(&others));
    facts.set("machines.speeds", speeds(sources, &others));
    facts.tables.insert("machines".to_owned(), machines(sources, &others));
    facts.set("machines.intervals", intervals(sources, &others));
    facts.tables.insert("ratios".to_owned(), ratios(sources, &others));
    facts.set("machines.differing", differing(&sources.judged));
}

/// The number of other machines, and whether there is other software on the hardware of this report.
fn others_in_words<'a>(own: &DeviceIdentity, others: impl Iterator<Item = &'a Machine>) -> String {
    let (software, machines): (Vec<&Machine>, Vec<&Machine>) =
        others.partition(|machine| machine.is_other_software_on(own));
    let software = (!software.is_empty()).then(|| "this hardware with other software".to_owned());
    let machines = match machines.len() {
        0 => software.is_none().then(|| "no other machine".to_owned()),
        1 => Some("one other machine".to_owned()),
        several => Some(format!("{} other machines", count(several))),
    };
    list(&machines.into_iter().chain(software).collect::<Vec<_>>())
}

/// The machines with points that earlier versions of the programs measured, and the commits of these versions.
fn outdated(others: &[(String, &Machine)]) -> String {
    let of = |(letter, machine): &(String, &Machine)| {
        let points = &machine.estimates.points;
        let outdated = || points.iter().filter(|point| point.outdated);
        let count = outdated().count();
        let which =
            if count == points.len() { "all points".to_owned() } else { format!("{count} of {} points", points.len()) };
        let commits = commits(outdated());
        let commits =
            if commits.is_empty() { "commit not recorded".to_owned() } else { format!("commit {}", list(&commits)) };
        (count > 0).then(|| format!("{letter} ({which}; {commits}; {})", days(outdated())))
    };
    list(&others.iter().filter_map(of).collect::<Vec<_>>())
}

/// The machines with their hardware, backend and programs.
fn machines(sources: &Sources<'_>, others: &[(String, &Machine)]) -> Table {
    let row = |letter: &str, name: &str, estimates: &Estimates| {
        vec![
            letter.to_owned(),
            name.to_owned(),
            setting::machine(estimates),
            estimates.device.backend.clone(),
            estimates.protocol.name.clone(),
            estimates.points.iter().filter(|point| point.time.is_some()).count().to_string(),
            days(estimates.points.iter()),
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

/// The commits of the programs that measured, and whether they are earlier than the present programs.
fn programs(estimates: &Estimates) -> String {
    let commits = commits(estimates.points.iter());
    let commits = if commits.is_empty() { NOTHING.to_owned() } else { commits.join(", ") };
    let outdated = estimates.points.iter().filter(|point| point.outdated).count();
    match outdated {
        0 => commits,
        all if all == estimates.points.len() => format!("{commits}; earlier version"),
        some => format!("{commits}; earlier version at {some} points"),
    }
}

/// The commits of some points, each once.
fn commits<'a>(points: impl Iterator<Item = &'a Point>) -> Vec<String> {
    let commits: BTreeSet<String> = points.flat_map(|point| &point.sources).filter_map(provenance::commit).collect();
    commits.into_iter().collect()
}

/// The days of some points, from the first to the last.
fn days<'a>(points: impl Iterator<Item = &'a Point>) -> String {
    let days: BTreeSet<&str> =
        points.flat_map(|point| &point.sources).filter_map(|source| source.measured_on.as_deref()).collect();
    match (days.first(), days.last()) {
        (Some(first), Some(last)) if first == last => (*first).to_owned(),
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => NOTHING.to_owned(),
    }
}

/// The time of another machine over that of this one.
pub(super) fn of(sources: &Sources<'_>, machine: &Machine, network: &str, batch: u32) -> Option<Ratio> {
    let (other, here) = (&machine.estimates, &sources.inputs.estimates);
    Ratio::of_times((other, other.point(network, batch)?), (here, here.point(network, batch)?))
}

/// A sentence on what the intervals of the ratios include.
fn intervals(sources: &Sources<'_>, others: &[(String, &Machine)]) -> &'static str {
    let networks = || sources.inputs.counts.networks.iter();
    let ratios = others.iter().flat_map(|(_, machine)| {
        let pairs = networks().flat_map(|network| [1, THROUGHPUT_BATCH].map(|batch| (&network.name, batch)));
        pairs.filter_map(|(network, batch)| of(sources, machine, network, batch))
    });
    if ratios.into_iter().all(|ratio| ratio.over_sessions) {
        "Intervals of ratios are 95 % intervals over sessions."
    } else {
        "The intervals of ratios hold for these sessions only. The variation between sessions is unknown on at least one machine, so whether \
         two ratios differ is not decided."
    }
}

/// A row for each network that both machines measured.
fn ratios(sources: &Sources<'_>, others: &[(String, &Machine)]) -> Table {
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

/// One sentence for each machine: the median of its ratios at both batches.
fn speeds(sources: &Sources<'_>, others: &[(String, &Machine)]) -> String {
    let middle = |machine: &Machine, batch: u32| {
        let networks = sources.inputs.counts.networks.iter();
        let all: Vec<f64> =
            networks.filter_map(|network| Some(of(sources, machine, &network.name, batch)?.value.value)).collect();
        let median = statistics::median(&all)?;
        Some(format!("{} times as long as A at batch {batch}", three(median)))
    };
    let sentence = |(letter, machine): &(String, &Machine)| {
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

/// Tests whose claim holds on one machine and fails on another.
fn differing(judged: &[Judged]) -> String {
    let differs = |test: &Test| {
        let verdicts = [&test.here].into_iter().chain(test.elsewhere.iter().map(|other| &other.verdict));
        let decided = verdicts.map(|verdict| &verdict.finding).filter(|finding| finding.is_decided());
        decided.map(Finding::word).collect::<BTreeSet<&str>>().len() > 1
    };
    let tests = judged.iter().flat_map(|claim| claim.tests.iter().map(move |test| (claim, test)));
    list(&tests.filter(|(_, test)| differs(test)).map(|(claim, test)| name(&claim.id, test.batch)).collect::<Vec<_>>())
}

/// The letter of a machine in tables and figures, like the columns of a spreadsheet: 0 is A, 25 Z, 26 AA.
pub(super) fn letter(index: usize) -> String {
    let last = char::from(b'A' + (index % 26) as u8);
    match (index / 26).checked_sub(1) {
        Some(before) => letter(before) + &last.to_string(),
        None => last.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_continue_after_z_with_two() {
        let letters: Vec<String> = [0, 11, 12, 25, 26, 27, 51, 52, 701, 702].map(letter).into();
        assert_eq!(letters, ["A", "L", "M", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }
}
