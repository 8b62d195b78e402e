//! Facts of accuracy and of parameters: the first cited, the second counted.

use super::{Facts, Sources, extremes, set_known};
use crate::number::{fixed, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let accuracy = extremes(&sources.measured, |network| network.top1);
    let percent = |value: f64| with_unit(&fixed(value, 2), "%");
    set_known(facts, "accuracy.least", accuracy.map(|(least, _)| format!("{}, {}", least.0.title, percent(least.1))));
    set_known(facts, "accuracy.most", accuracy.map(|(_, most)| format!("{}, {}", most.0.title, percent(most.1))));
    set_known(facts, "accuracy.spread", accuracy.map(|(least, most)| fixed(most.1 - least.1, 1)));

    let density = extremes(&sources.measured, |network| network.top1.map(|top1| top1 / network.parameters_m));
    let named = |(network, value): (&crate::Subject, f64)| format!("{} with {}", network.title, fixed(value, 2));
    set_known(facts, "parameters.densest", density.map(|(_, most)| named(most)));
    set_known(facts, "parameters.sparsest", density.map(|(least, _)| named(least)));
    set_known(facts, "parameters.span", density.map(|(least, most)| fixed(most.1 / least.1, 0)));
}
