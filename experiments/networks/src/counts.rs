//! What was counted over every network, as the file `counts.json` tells later stages. Its fields are those that the
//! results package reads; knows no folder.

use serde::Serialize;

use crate::activations::activations;
use crate::error::{NetworkError, Problem};
use crate::list::all;
use crate::macs::macs;
use crate::network::{Network, Shape};
use crate::operations::{Groups, operations_2016};
use crate::parameters::parameters;

/// All networks, in the order of the list.
#[derive(Clone, Debug, Serialize)]
pub struct Counts {
    /// One entry a network.
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
    /// Where it is published.
    pub reference: &'static str,
    /// Channels, height, width.
    pub input: [usize; 3],
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates for one image.
    pub macs: u64,
    /// Operations for one image by the rules of the 2016 paper's counter, groups honoured.
    pub operations_2016: u64,
    /// Elements of activations alive at most in the forward pass of one image, the image included.
    pub activations: u64,
}

/// Counts over all networks.
pub fn counts() -> Result<Counts, NetworkError> {
    let networks = all().iter().map(entry).collect::<Result<_, _>>()?;
    Ok(Counts { networks })
}

impl Counts {
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
    Ok(Entry {
        name: network.name,
        title: network.title,
        family: network.family.name(),
        reference: network.reference,
        input: [channels, height, width],
        parameters: parameters(network)?,
        macs: macs(network)?,
        operations_2016: operations_2016(network, Groups::Honoured)?,
        activations: activations(network)?.elements,
    })
}
