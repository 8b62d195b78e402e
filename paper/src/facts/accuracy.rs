//! Facts of accuracy (cited) and of parameters (counted).

use super::{Facts, Sources, extremes, set_known};
use crate::number::{fixed, with_unit};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let accuracy = extremes(&sources.measured, |network| network.top1);
    let percent = |value: f64| with_unit(&fixed(value, 2), "%");
    set_known(facts, "accuracy.min", accuracy.map(|(min, _)| format!("{}, {}", min.0.title, percent(min.1))));
    set_known(facts, "accuracy.max", accuracy.map(|(_, max)| format!("{}, {}", max.0.title, percent(max.1))));
    set_known(facts, "accuracy.spread", accuracy.map(|(min, max)| fixed(max.1 - min.1, 1)));

    let density = extremes(&sources.measured, |network| network.top1.map(|top1| top1 / network.parameters_m));
    let named = |(network, value): (&crate::Subject, f64)| format!("{} with {}", network.title, fixed(value, 2));
    set_known(facts, "parameters.densest", density.map(|(_, max)| named(max)));
    set_known(facts, "parameters.sparsest", density.map(|(min, _)| named(min)));
    set_known(facts, "parameters.span", density.map(|(min, max)| fixed(max.1 / min.1, 0)));
}
