//! Facts of the counts published in 2016 beside those recomputed from the networks' definitions.

use super::{Facts, NOT_MEASURED, Sources, Table};
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
        match self {
            Self::Operations => fixed(network.g_ops, 2),
            Self::Parameters => fixed(network.parameters_m, 2),
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
            facts.set_known(&fact, sources.measured.get(name).map(|network| quantity.of(network)));
            facts.set_known(&format!("{fact}.2016"), sources.published.get(name).map(|network| quantity.of(network)));
        }
    }
    let macs = sources.inputs.counts.get("googlenet").map(|network| fixed(network.macs as f64 / 1e9, 2));
    facts.set_known("counts.googlenet.macs", macs.map(|billions| with_unit(&billions, "G")));

    let mut agreeing = 0;
    let mut rows = Vec::new();
    for ours in &sources.measured.networks {
        let theirs = sources.published.get(&ours.name);
        let mut row = vec![ours.title.clone()];
        let mut agrees = true;
        for quantity in [Quantity::Operations, Quantity::Parameters] {
            let published = theirs.map(|network| quantity.of(network));
            let recomputed = quantity.of(ours);
            let same = published.as_ref() == Some(&recomputed);
            agrees &= same;
            let mark = if same { "" } else { "differs" };
            row.extend([published.unwrap_or_else(|| NOT_MEASURED.to_owned()), recomputed, mark.to_owned()]);
        }
        let macs = sources.inputs.counts.get(&ours.name).map(|network| fixed(network.macs as f64 / 1e9, 2));
        row.push(macs.unwrap_or_default());
        agreeing += usize::from(agrees);
        rows.push(row);
    }
    facts.set("counts.agreeing", count(agreeing));
    let head = ["network", "operations 2016", "operations", "", "parameters 2016", "parameters", "", "macs"];
    facts.tables.insert("counts".to_owned(), Table { head: head.map(str::to_owned).to_vec(), rows });
}
