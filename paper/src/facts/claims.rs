//! Facts of all verdicts together. The report reads single verdicts from `claims.json`.

use results::Estimates;
use results::verdicts::{Basis, Finding, Judged, Margin, Number, Test, Verdict};

use super::tables::{NOTHING, table};
use super::{Facts, Sources, Table};
use crate::claims::accuracy_and_time_are_hyperbolic::{Rival, rivals};
use crate::claims::all;
use crate::network_data::{NetworkData, THROUGHPUT_BATCH};
use crate::number::{count, fixed, list, with_unit};

/// Whether a finding is of one of three kinds.
type State = fn(&Finding) -> bool;

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let tests = || sources.judged.iter().flat_map(|claim| claim.tests.iter().map(move |test| (claim, test)));
    let which = |is: &dyn Fn(&Judged, &Verdict) -> bool| -> Vec<String> {
        tests().filter(|(claim, test)| is(claim, &test.here)).map(|(claim, test)| name(&claim.id, test.batch)).collect()
    };
    let states: [(&str, State); 3] = [
        ("holding", |finding| *finding == Finding::Holds),
        ("failing", |finding| *finding == Finding::Fails),
        ("untested", |finding| !finding.is_decided()),
    ];
    for (state, is) in states {
        let of = |basis: Basis| which(&|claim, verdict| claim.basis == basis && is(&verdict.finding));
        let measured = of(Basis::Measured);
        facts.set(&format!("claims.measured.{state}"), count(measured.len()));
        facts.set(&format!("claims.measured.{state}.ids"), list(&measured));
        if state != "untested" {
            facts.set(&format!("claims.counted.{state}"), count(of(Basis::Counted).len()));
        }
    }
    facts.set("claims.marginal.ids", list(&which(&|_, verdict| verdict.margin == Margin::Marginal)));
    let decided: Vec<&Test> = tests().map(|(_, test)| test).filter(|test| test.here.finding.is_decided()).collect();
    let conditions: usize = decided.iter().map(|test| test.here.numbers.len()).sum();
    facts.set("claims.conditions", format!("{} conditions in {} tests", count(conditions), count(decided.len())));
    facts.tables.insert("rivals".to_owned(), rivals_of_c1(sources));
    facts.tables.insert("sensitivity".to_owned(), sensitivity(sources));
    facts.tables.insert("original".to_owned(), original());
}

/// `C1 at batch 16`.
pub(super) fn name(id: &str, batch: Option<u32>) -> String {
    batch.map_or_else(|| id.to_owned(), |batch| format!("{id} at batch {batch}"))
}

/// The hyperbola of C1 and its rivals.
fn rivals_of_c1(sources: &Sources<'_>) -> Table {
    let rows = [1, THROUGHPUT_BATCH].into_iter().flat_map(|batch| {
        let [here, there] = [&sources.measured, &sources.published].map(|data| rivals(data, batch));
        let models = here.as_ref().or(there.as_ref()).into_iter().flatten().map(|rival| rival.model);
        let cells = |of: &Option<Vec<Rival>>, model: &str| {
            let rival = of.iter().flatten().find(|rival| rival.model == model);
            rival.map_or_else(
                || [NOTHING, NOTHING].map(str::to_owned),
                |rival| [fixed(rival.r_squared, 2), fixed(rival.delta, 1)],
            )
        };
        let row = |model: &str| {
            let first = [model.to_owned(), batch.to_string()];
            first.into_iter().chain(cells(&here, model)).chain(cells(&there, model)).collect()
        };
        models.map(row).collect::<Vec<Vec<String>>>()
    });
    table(["model", "batch", "R²", "ΔAICc here", "R² 2016", "ΔAICc 2016"], rows.collect())
}

/// The verdicts on measured claims with all points, and without flagged points.
fn sensitivity(sources: &Sources<'_>) -> Table {
    let points = sources.inputs.estimates.points.iter().filter(|point| point.flags.is_empty()).cloned().collect();
    let unflagged = Estimates { points, ..sources.inputs.estimates.clone() };
    let unflagged = NetworkData::measured(&sources.inputs.counts, &unflagged, &sources.inputs.published);
    let cell = |verdict: &Verdict| {
        let number = verdict.number.as_ref();
        let marginally = if verdict.margin == Margin::Marginal { ", marginally" } else { "" };
        let number = number.map(|number| format!("; {} {}", number.quantity, printed(number)));
        format!("{}{marginally}{}", verdict.finding.word(), number.unwrap_or_default())
    };
    let rows = |(claim, judged): (crate::Claim, &Judged)| {
        let row = |test: &Test| {
            let batch = test.batch.map_or_else(|| NOTHING.to_owned(), |batch| batch.to_string());
            let without = claim.test.of(&unflagged, test.batch, &sources.published);
            vec![judged.id.clone(), batch, cell(&test.here), cell(&without)]
        };
        judged.tests.iter().map(row).collect::<Vec<_>>()
    };
    let measured = all().into_iter().zip(&sources.judged).filter(|(claim, _)| claim.basis == Basis::Measured);
    table(["claim", "batch", "all points", "without flagged points"], measured.flat_map(rows).collect())
}

fn printed(number: &Number) -> String {
    let value = fixed(number.value, number.decimals);
    if number.unit.is_empty() { value } else { with_unit(&value, &number.unit) }
}

/// What the original gives for each claim.
fn original() -> Table {
    let row = |claim: crate::Claim| [claim.id, claim.original.text, claim.original.source].map(str::to_owned).to_vec();
    table(["claim", "what the original gives", "source"], all().into_iter().map(row).collect())
}
