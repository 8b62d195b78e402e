//! Every number and name of the report that is computed from data, as text by name, and the rows of its tables. A fact that was not
//! measured is a phrase, so the same names exist whatever was measured. Independent of wording of the report.

mod accuracy;
mod claims;
mod comparison;
mod counts;
mod days;
mod later;
mod layers;
mod libraries;
mod listing;
mod machines;
mod measured_accuracy;
mod memory;
mod operations;
mod outdated;
mod power;
mod protocol;
mod provenance;
mod quality;
mod rails;
mod roofline;
mod sessions;
mod setting;
mod tables;
mod throughput;
mod time;

use offprint_typeset::{Facts, Table};
use results::Inputs;
use results::verdicts::Judged;

use crate::network_data::{NetworkData, Subject};

/// The data that facts are computed from.
struct Sources<'a> {
    inputs: &'a Inputs,
    /// The networks of the study.
    measured: NetworkData,
    /// Those and later ones.
    all: NetworkData,
    published: NetworkData,
    judged: Vec<Judged>,
}

/// Computes all facts from `inputs`.
pub fn gather(inputs: &Inputs) -> Facts {
    let measured = NetworkData::measured(&inputs.counts, &inputs.estimates, &inputs.published);
    let all = NetworkData::of(&inputs.counts, &inputs.estimates, &inputs.published, |_| true);
    let published = NetworkData::published(&inputs.published);
    let judged = crate::claims::of(inputs);
    let sources = Sources { inputs, measured, all, published, judged };
    let mut facts = Facts::default();
    for theme in [
        setting::add,
        sessions::add,
        days::add,
        outdated::add,
        protocol::add,
        quality::add,
        accuracy::add,
        time::add,
        power::add,
        rails::add,
        memory::add,
        operations::add,
        throughput::add,
        layers::add,
        roofline::add,
        counts::add,
        claims::add,
        machines::add,
        libraries::add,
        tables::add,
        comparison::add,
        later::add,
        measured_accuracy::add,
        provenance::add,
    ] {
        theme(&sources, &mut facts);
    }
    facts
}

/// The text for a number that was not measured.
const NOT_MEASURED: &str = "not measured";

/// Sets a fact that may be unknown.
fn set_known(facts: &mut Facts, name: &str, value: Option<String>) {
    facts.set(name, value.unwrap_or_else(|| NOT_MEASURED.to_owned()));
}

/// A quantity of a network.
type Of<'a> = (&'a Subject, f64);

/// The networks with the minimum and the maximum of a quantity.
fn extremes(data: &NetworkData, quantity: impl Fn(&Subject) -> Option<f64>) -> Option<(Of<'_>, Of<'_>)> {
    let known = || data.networks.iter().filter_map(|network| Some((network, quantity(network)?)));
    let order = |a: &Of<'_>, b: &Of<'_>| a.1.total_cmp(&b.1);
    Some((known().min_by(order)?, known().max_by(order)?))
}
