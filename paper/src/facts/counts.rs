//! Facts of the counts published in 2016 beside those recomputed from the networks' definitions.

use super::tables::{NOTHING, table};
use super::{Facts, Sources, Table, set_known};
use crate::evidence::Subject;
use crate::number::{count, fixed, with_unit};

/// The counts that the report names and explains: network, and whether operations and parameters are meant.
const NAMED: [(&str, &[Quantity]); 7] = [
    ("alexnet", &[Quantity::Operations]),
    ("bn-nin", &[Quantity::Parameters]),
    ("googlenet", &[Quantity::Operations, Quantity::Parameters]),
    ("inception-v3", &[Quantity::Operations, Quantity::Parameters]),
    ("inception-v4", &[Quantity::Operations, Quantity::Parameters]),
    ("resnet-101", &[Quantity::Parameters]),
    ("resnet-152", &[Quantity::Parameters]),
];

#[derive(Clone, Copy)]
enum Quantity {
    Operations,
    Parameters,
}

impl Quantity {
    /// In 10^9 and 10^6, with the two decimals of the original.
    fn of(self, network: &Subject) -> String {
        fixed(self.value(network), 2)
    }

    /// In 10^9 and 10^6.
    fn value(self, network: &Subject) -> f64 {
        match self {
            Self::Operations => network.g_ops,
            Self::Parameters => network.parameters_m,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Operations => "operations",
            Self::Parameters => "parameters",
        }
    }
}

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    for (name, quantities) in NAMED {
        for quantity in quantities {
            let fact = format!("counts.{name}.{}", quantity.name());
            set_known(facts, &fact, sources.measured.get(name).map(|network| quantity.of(network)));
            set_known(facts, &format!("{fact}.2016"), sources.published.get(name).map(|network| quantity.of(network)));
        }
    }
    let macs = sources.inputs.counts.get("googlenet").map(|network| fixed(network.macs as f64 / 1e9, 2));
    set_known(facts, "counts.googlenet.macs", macs.map(|billions| with_unit(&billions, "G")));

    let (operations, parameters) = (operations(sources), published_beside(sources, Quantity::Parameters));
    let agreeing = sources.measured.networks.iter().filter(|network| {
        let theirs = sources.published.get(&network.name);
        let agrees = |quantity: Quantity| theirs.is_some_and(|theirs| quantity.of(theirs) == quantity.of(network));
        agrees(Quantity::Operations) && agrees(Quantity::Parameters)
    });
    facts.set("counts.agreeing", count(agreeing.count()));
    facts.tables.insert("operations".to_owned(), operations);
    let head = ["network", "2016", "counted", "difference"];
    facts.tables.insert("parameters".to_owned(), table(head, parameters));
}

/// One row a network: its title, the published value, ours, and by how much ours differs [%], blank where the printed digits are
/// the same.
fn published_beside(sources: &Sources<'_>, quantity: Quantity) -> Vec<Vec<String>> {
    let row = |ours: &Subject| {
        let theirs = sources.published.get(&ours.name);
        let published = theirs.map(|network| quantity.of(network));
        let counted = quantity.of(ours);
        let differs = theirs.filter(|_| published.as_ref() != Some(&counted));
        let percent = |theirs: &Subject| (quantity.value(ours) / quantity.value(theirs) - 1.0) * 100.0;
        let signed = |percent: f64| if percent > 0.0 { "+" } else { "" }.to_owned() + &fixed(percent, 2);
        vec![
            ours.title.clone(),
            published.clone().unwrap_or_else(|| NOTHING.to_owned()),
            counted.clone(),
            differs.map(|theirs| signed(percent(theirs))).unwrap_or_default(),
        ]
    };
    sources.measured.networks.iter().map(row).collect()
}

/// Operations in three conventions: by the rules of 2016 beside the published ones, two for each multiply-accumulate, and
/// multiply-accumulates.
fn operations(sources: &Sources<'_>) -> Table {
    let mut rows = published_beside(sources, Quantity::Operations);
    for (row, ours) in rows.iter_mut().zip(&sources.measured.networks) {
        let macs = sources.inputs.counts.get(&ours.name).map_or(0, |network| network.macs) as f64;
        row.extend([fixed(2.0 * macs / 1e9, 2), fixed(macs / 1e9, 2)]);
    }
    table(["network", "2016", "counted", "difference", "two a MAC", "MACs"], rows)
}
