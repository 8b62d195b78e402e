//! Facts of later networks: the claims that can be asked of any networks, tested on those of the study, on later ones, and on all.

use results::verdicts::Verdict;

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
    let rows = |claim: crate::Claim| {
        let batches = match claim.test {
            Test::AtBatch(_) => vec![Some(1), Some(THROUGHPUT_BATCH)],
            Test::Once(_) | Test::WithOriginal(_) => vec![None],
        };
        let row = move |batch: Option<u32>| {
            let verdicts = groups.map(|data| cell(&claim.test.of(data, batch, &sources.published)));
            let batch = batch.map_or_else(|| NOTHING.to_owned(), |batch| batch.to_string());
            [vec![format!("{} {}", claim.id, claim.title), batch], verdicts.to_vec()].concat()
        };
        batches.into_iter().map(row).collect::<Vec<_>>()
    };
    let asked = all().into_iter().filter(|claim| CLAIMS.contains(&claim.id) && !titles.is_empty());
    let head = ["claim", "batch", "networks of the study", "later networks", "all"];
    facts.tables.insert("later".to_owned(), table(head, asked.flat_map(rows).collect()));
}

/// The finding with the deciding number.
fn cell(verdict: &Verdict) -> String {
    let number = verdict.number.as_ref().map(|number| format!(": {}", number.text));
    verdict.finding.word().to_owned() + &number.unwrap_or_default()
}
