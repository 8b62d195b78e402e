//! Facts of later networks: the claims that can be asked of any networks, tested on those of the study, on later ones, and on all.

use results::verdicts::Verdict;

use super::claims::name;
use super::tables::{NOTHING, table};
use super::{Facts, Sources};
use crate::claims::{Test, all};
use crate::network_data::{NetworkData, THROUGHPUT_BATCH};
use crate::number::list;

/// Accuracy and time, operations and time, accuracy and throughput, accuracy and parameters.
const CLAIMS: [&str; 4] = ["C1", "C2", "C5", "C9"];

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let inputs = sources.inputs;
    let is_later = |network: &results::NetworkCounts| network.later;
    let later = NetworkData::of(&inputs.counts, &inputs.estimates, &inputs.published, is_later);
    let titles: Vec<String> = later.networks.iter().map(|network| network.title.clone()).collect();
    facts.set("later.networks", if titles.is_empty() { "none".to_owned() } else { list(&titles) });
    let groups = [&sources.measured, &later, &sources.all];
    let mut differing = Vec::new();
    let mut body = Vec::new();
    let asked = all().into_iter().filter(|claim| CLAIMS.contains(&claim.id) && !titles.is_empty());
    for claim in asked {
        let batches = match claim.test {
            Test::AtBatch(_) => vec![Some(1), Some(THROUGHPUT_BATCH)],
            Test::Once(_) | Test::WithOriginal(_) => vec![None],
        };
        for batch in batches {
            let verdicts = groups.map(|data| claim.test.of(data, batch, &sources.published));
            let [study, later, _] = &verdicts;
            if study.finding.is_decided() && later.finding.is_decided() && study.finding != later.finding {
                differing.push(name(claim.id, batch));
            }
            let batch = batch.map_or_else(|| NOTHING.to_owned(), |batch| batch.to_string());
            let first = vec![format!("{} {}", claim.id, claim.title), batch];
            body.push([first, verdicts.iter().map(cell).collect()].concat());
        }
    }
    facts.set("later.differing", if differing.is_empty() { "none".to_owned() } else { list(&differing) });
    let head = ["claim", "batch", "networks of the study", "later networks", "all"];
    facts.tables.insert("later".to_owned(), table(head, body));
}

/// The finding with the deciding number.
fn cell(verdict: &Verdict) -> String {
    let number = verdict.number.as_ref().map(|number| format!(": {}", number.text));
    verdict.finding.word().to_owned() + &number.unwrap_or_default()
}
