//! Facts of the counts published in 2016 and of those recomputed from the networks' definitions.

use super::tables::{NOTHING, table};
use super::{Facts, Sources, Table, set_known};
use crate::network_data::Subject;
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

    let (operations, parameters) = (operations(sources), published_and_counted(sources, Quantity::Parameters));
    let agreeing = sources.measured.networks.iter().filter(|network| {
        let original = sources.published.get(&network.name);
        let agrees =
            |quantity: Quantity| original.is_some_and(|original| quantity.of(original) == quantity.of(network));
        agrees(Quantity::Operations) && agrees(Quantity::Parameters)
    });
    facts.set("counts.agreeing", count(agreeing.count()));
    facts.tables.insert("operations".to_owned(), operations);
    let head = ["network", "2016", "counted", "difference"];
    facts.tables.insert("parameters".to_owned(), table(head, parameters));
}

/// One row for each network: its title, the published value, the count, and the difference [%], empty if the printed digits are the same.
fn published_and_counted(sources: &Sources<'_>, quantity: Quantity) -> Vec<Vec<String>> {
    let row = |counted_network: &Subject| {
        let original = sources.published.get(&counted_network.name);
        let published = original.map(|network| quantity.of(network));
        let counted = quantity.of(counted_network);
        let differs = original.filter(|_| published.as_ref() != Some(&counted));
        let percent = |original: &Subject| (quantity.value(counted_network) / quantity.value(original) - 1.0) * 100.0;
        let signed = |percent: f64| if percent > 0.0 { "+" } else { "" }.to_owned() + &fixed(percent, 2);
        vec![
            counted_network.title.clone(),
            published.clone().unwrap_or_else(|| NOTHING.to_owned()),
            counted.clone(),
            differs.map(|original| signed(percent(original))).unwrap_or_default(),
        ]
    };
    sources.measured.networks.iter().map(row).collect()
}

/// Operations in three conventions: by the rules of 2016 next to the published ones, two for each multiply-accumulate, and
/// multiply-accumulates.
fn operations(sources: &Sources<'_>) -> Table {
    let mut rows = published_and_counted(sources, Quantity::Operations);
    for (row, counted_network) in rows.iter_mut().zip(&sources.measured.networks) {
        let macs = sources.inputs.counts.get(&counted_network.name).map_or(0, |network| network.macs) as f64;
        row.extend([fixed(2.0 * macs / 1e9, 2), fixed(macs / 1e9, 2)]);
    }
    table(["network", "2016", "counted", "difference", "two a MAC", "MACs"], rows)
}
