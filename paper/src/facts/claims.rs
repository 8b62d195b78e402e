//! Facts of the verdicts together; a verdict of its own the report reads from `claims.json`.

use super::{Facts, Sources};
use crate::claims::{Finding, Judged, Margin, Verdict, judge};
use crate::number::{count, list};

/// One of the three things a finding can be.
type State = fn(&Finding) -> bool;

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let judged = judge(&sources.measured, &sources.published);
    let which = |verdict: fn(&Judged) -> &Verdict, state: State| -> Vec<String> {
        judged.iter().filter(|claim| state(&verdict(claim).finding)).map(|claim| claim.id.clone()).collect()
    };
    let states: [(&str, State); 3] = [
        ("holding", |finding| *finding == Finding::Holds),
        ("failing", |finding| *finding == Finding::Fails),
        ("untested", |finding| matches!(finding, Finding::NotTested { .. })),
    ];
    for (name, state) in states {
        let ids = which(|claim| &claim.verdict, state);
        facts.set(&format!("claims.{name}"), count(ids.len()));
        facts.set(&format!("claims.{name}.ids"), list(&ids));
    }
    let narrow: Vec<String> =
        judged.iter().filter(|claim| claim.verdict.margin == Margin::Narrow).map(|claim| claim.id.clone()).collect();
    facts.set("claims.narrow", count(narrow.len()));
    facts.set("claims.narrow.ids", list(&narrow));
    facts.set("claims.all", count(judged.len()));
    facts.set(
        "claims.holding.2016",
        count(which(|claim| &claim.verdict_2016, |finding| *finding == Finding::Holds).len()),
    );
}
