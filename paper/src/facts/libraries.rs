//! Facts of other libraries on the processor of this report: their times next to those here, and the verdicts by library.

use results::agreement::Ratio;
use results::machines::Machine;
use results::verdicts::{Judged, Test};
use results::{Estimates, statistics};

use super::claims::name;
use super::machines::{letter, of};
use super::tables::{NOTHING, cell, table};
use super::{Facts, Sources, Table};
use crate::network_data::THROUGHPUT_BATCH;
use crate::number::{list, three};

/// The batches that are compared.
const BATCHES: [u32; 2] = [1, THROUGHPUT_BATCH];

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let own = &sources.inputs.estimates.device;
    // A is the machine of this report.
    let all = sources.inputs.machines.iter().enumerate().map(|(index, machine)| (letter(index + 1), machine));
    let libraries: Vec<(String, &Machine)> = all.filter(|(_, machine)| machine.is_other_software_on(own)).collect();
    facts.set("libraries.speeds", speeds(sources, &libraries));
    facts.tables.insert("libraries".to_owned(), times(sources, &libraries));
    facts.tables.insert("libraries.verdicts".to_owned(), verdicts(&sources.judged, &libraries));
}

/// The name and version of the software, without what follows in parentheses.
fn software(estimates: &Estimates) -> &str {
    let backend = &estimates.device.backend;
    backend.split_once(" (").map_or(backend, |(name, _)| name)
}

/// A sentence for each library: the median of its ratios at both batches, and with how many networks it takes less time.
fn speeds(sources: &Sources<'_>, libraries: &[(String, &Machine)]) -> String {
    let at = |machine: &Machine, batch: u32| {
        let networks = sources.inputs.counts.networks.iter();
        let ratios: Vec<f64> =
            networks.filter_map(|network| Some(of(sources, machine, &network.name, batch)?.value.value)).collect();
        let faster = ratios.iter().filter(|ratio| **ratio < 1.0).count();
        let median = three(statistics::median(&ratios)?);
        Some(format!("{median} times as long at batch {batch} (less time with {faster} of {} networks)", ratios.len()))
    };
    let sentence = |(letter, machine): &(String, &Machine)| {
        let known: Vec<String> = BATCHES.into_iter().filter_map(|batch| at(machine, batch)).collect();
        let known = if known.is_empty() { "no time in common with A".to_owned() } else { list(&known) };
        format!("{letter}, {}: {known}.", software(&machine.estimates))
    };
    let sentences: Vec<String> = libraries.iter().map(sentence).collect();
    if sentences.is_empty() { "none".to_owned() } else { sentences.join(" ") }
}

/// A row for each library and network: for each batch the time per image here and there [ms], and their ratio.
fn times(sources: &Sources<'_>, libraries: &[(String, &Machine)]) -> Table {
    let millis = |estimates: &Estimates, network: &str, batch: u32| {
        Some(estimates.point(network, batch)?.time?.value * 1e3).filter(|time| time.is_finite())
    };
    let row = |letter: &str, machine: &Machine, network: &str, title: &str| {
        let ratios = BATCHES.map(|batch| of(sources, machine, network, batch));
        ratios.iter().any(Option::is_some).then(|| {
            let mut cells = vec![letter.to_owned(), title.to_owned()];
            for (batch, ratio) in BATCHES.into_iter().zip(ratios) {
                let there = millis(&machine.estimates, network, batch);
                cells.push(cell(sources, network, batch, millis(&sources.inputs.estimates, network, batch)));
                cells.push(there.map_or_else(|| NOTHING.to_owned(), three));
                cells.push(ratio.map_or_else(|| NOTHING.to_owned(), printed));
            }
            cells
        })
    };
    let networks = || sources.inputs.counts.networks.iter();
    let rows = libraries.iter().flat_map(|(letter, machine)| {
        networks().filter_map(move |network| row(letter, machine, &network.name, &network.title))
    });
    table(["", "network", "here 1", "there 1", "ratio 1", "here 16", "there 16", "ratio 16"], rows.collect())
}

/// `1.12 (1.10 to 1.14)`.
fn printed(ratio: Ratio) -> String {
    let [value, low, high] = [ratio.value.value, ratio.value.low, ratio.value.high].map(three);
    format!("{value} ({low} to {high})")
}

/// A row for each test that was decided here or by a library: the findings of all.
fn verdicts(judged: &[Judged], libraries: &[(String, &Machine)]) -> Table {
    let row = |claim: &Judged, test: &Test| {
        let of = |(letter, machine): &(String, &Machine)| {
            let other = test.elsewhere.iter().find(|other| other.machine == machine.name)?;
            Some((letter.clone(), &other.verdict.finding))
        };
        let others: Vec<_> = libraries.iter().filter_map(of).collect();
        let findings = || others.iter().map(|(_, finding)| *finding);
        let is_decided = test.here.finding.is_decided() || findings().any(|finding| finding.is_decided());
        let cells = others.iter().map(|(letter, finding)| format!("{letter} {}", finding.word()));
        let there = list(&cells.collect::<Vec<_>>());
        let differs = findings().any(|finding| finding.word() != test.here.finding.word());
        let differs = if differs { "differs" } else { "" };
        (is_decided && !others.is_empty())
            .then(|| vec![name(&claim.id, test.batch), test.here.finding.word().to_owned(), there, differs.to_owned()])
    };
    let tests = judged.iter().flat_map(|claim| claim.tests.iter().map(move |test| (claim, test)));
    table(["test", "here", "there", ""], tests.filter_map(|(claim, test)| row(claim, test)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::{DeviceIdentity, Protocol};

    #[test]
    fn software_is_named_without_its_details() {
        let of = |backend: &str| {
            let [kind, hardware, backend] = ["cpu", "a processor", backend].map(str::to_owned);
            let estimates = Estimates {
                device: DeviceIdentity { kind, hardware, backend, simulated: false },
                protocol: Protocol::default(),
                sessions_asked: 1,
                between_sessions: None,
                memory_between_sessions: None,
                accuracies: results::MeasuredAccuracies::default(),
                environment: std::collections::BTreeMap::new(),
                points: Vec::new(),
            };
            software(&estimates).to_owned()
        };
        assert_eq!(of("ONNX Runtime 1.32.0 (CPUExecutionProvider), Python 3.11.7"), "ONNX Runtime 1.32.0");
        assert_eq!(of("burn 0.22.1 (flex)"), "burn 0.22.1");
        assert_eq!(of("roofline model"), "roofline model");
    }
}
