//! The counts of every network, as written to `counts.json` for later stages. The package `results` reads its fields.

use serde::Serialize;

use crate::activations::activations;
use crate::costs::{Cost, costs};
use crate::error::{NetworkError, Problem};
use crate::list::{UnknownNetwork, all, find};
use crate::macs::macs;
use crate::network::{Network, Shape};
use crate::operations::{Convention, operations_2016};
use crate::parameters::parameters;

/// The networks of the study, then others.
#[derive(Clone, Debug, Serialize)]
pub struct Counts {
    /// One entry per network.
    pub networks: Vec<Entry>,
}

/// One network.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// For example `resnet-18`.
    pub name: &'static str,
    /// For example `ResNet-18`.
    pub title: &'static str,
    /// For example `resnet`.
    pub family: &'static str,
    /// The publication of the definition.
    pub reference: &'static str,
    /// Whether it is not one of the study. Written only then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub later: bool,
    /// Channels, height, width.
    pub input: [usize; 3],
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates for one image.
    pub macs: u64,
    /// Operations for one image by the rules of the 2016 paper's counter, with the input size and groups that are
    /// timed.
    pub operations_2016: u64,
    /// Maximum number of activation elements alive in the forward pass of one image, including the image.
    pub activations: u64,
    /// Elements of all tensors, including running statistics: a pass reads them once, with any batch size.
    pub weights: u64,
    /// Elements that all layers read and write for one image: each its input and its output once.
    pub moved: u64,
    /// The work of each layer, in the order of execution; the totals above are sums over these.
    pub layers: Vec<Work>,
}

/// One layer's work for one image.
#[derive(Clone, Debug, Serialize)]
pub struct Work {
    /// Multiply-accumulates.
    pub macs: u64,
    /// Elements of its tensors, read once per pass.
    pub weights: u64,
    /// Elements that it reads and writes.
    pub moved: u64,
}

/// The counts of the networks of the study.
pub fn counts() -> Result<Counts, NetworkError> {
    let networks = all().iter().map(entry).collect::<Result<_, _>>()?;
    Ok(Counts { networks })
}

/// Why a network has no counts.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum CountsError {
    /// It does not exist.
    Unknown(#[from] UnknownNetwork),
    /// Its layers do not fit.
    Network(#[from] NetworkError),
}

impl Counts {
    /// The same with the network `name`, after those before.
    ///
    /// # Errors
    /// There is no such network, or its layers do not fit.
    pub fn and(mut self, name: &str) -> Result<Self, CountsError> {
        let network = find(name)?;
        let later = !all().contains(&network);
        self.networks.push(Entry { later, ..entry(&network)? });
        Ok(self)
    }

    /// The text of `counts.json`.
    pub fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

fn entry(network: &Network) -> Result<Entry, NetworkError> {
    let Shape::Map(channels, height, width) = network.input else {
        let problem = Problem::NotAMap(network.input);
        return Err(NetworkError { network: network.name.to_owned(), layer: "input".to_owned(), problem });
    };
    let too_large =
        || NetworkError { network: network.name.to_owned(), layer: "all".to_owned(), problem: Problem::TooLarge };
    let work = |cost: &Cost| {
        let moved = cost.inputs.checked_add(cost.outputs)?;
        Some(Work { macs: cost.macs, weights: cost.weights, moved })
    };
    let layers: Vec<Work> = costs(network)?.iter().map(work).collect::<Option<_>>().ok_or_else(too_large)?;
    let total = |of: fn(&Work) -> u64| {
        layers.iter().try_fold(0_u64, |sum, layer| sum.checked_add(of(layer))).ok_or_else(too_large)
    };
    Ok(Entry {
        name: network.name,
        title: network.title,
        family: network.family.name(),
        reference: network.reference,
        later: false,
        input: [channels, height, width],
        parameters: parameters(network)?,
        macs: macs(network)?,
        operations_2016: operations_2016(network, Convention::Timed)?,
        activations: activations(network)?.elements,
        weights: total(|layer| layer.weights)?,
        moved: total(|layer| layer.moved)?,
        layers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_include_running_statistics_and_vgg_16_moves_more_than_alexnet() {
        let counts = counts().expect("valid networks");
        let of = |name: &str| counts.networks.iter().find(|entry| entry.name == name).expect("the network exists");
        // Without normalisation all weights are parameters; running means and variances are not.
        assert_eq!(of("vgg-16").weights, of("vgg-16").parameters);
        // ResNet-18 normalises 4800 channels, each with a mean and a variance.
        assert_eq!(of("resnet-18").weights - of("resnet-18").parameters, 2 * 4800);
        assert!(of("vgg-16").moved > of("alexnet").moved);
    }
}
