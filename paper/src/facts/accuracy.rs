//! Facts of accuracy and of parameters: the first cited, the second counted.

use super::{Facts, Sources, extremes};
use crate::number::{fixed, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let accuracy = extremes(&sources.measured, |network| network.top1);
    let percent = |value: f64| with_unit(&fixed(value, 2), "%");
    facts.set_known("accuracy.least", accuracy.map(|(least, _)| format!("{}, {}", least.0.title, percent(least.1))));
    facts.set_known("accuracy.most", accuracy.map(|(_, most)| format!("{}, {}", most.0.title, percent(most.1))));
    facts.set_known("accuracy.spread", accuracy.map(|(least, most)| fixed(most.1 - least.1, 1)));

    let density = extremes(&sources.measured, |network| network.top1.map(|top1| top1 / network.parameters_m));
    let named = |(network, value): (&crate::Subject, f64)| format!("{} with {}", network.title, fixed(value, 2));
    facts.set_known("parameters.densest", density.map(|(_, most)| named(most)));
    facts.set_known("parameters.sparsest", density.map(|(least, _)| named(least)));
    facts.set_known("parameters.span", density.map(|(least, most)| fixed(most.1 / least.1, 0)));
}
