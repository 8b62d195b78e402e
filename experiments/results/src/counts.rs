//! What the walks over the networks counted, as the step `counts` stores it (`counts.json`).

use serde::{Deserialize, Serialize};

/// All networks, in the order of the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// One entry a network.
    pub networks: Vec<NetworkCounts>,
}

/// One network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkCounts {
    /// For example `resnet-18`.
    pub name: String,
    /// For example `ResNet-18`.
    pub title: String,
    /// For example `resnet`; one hue a family.
    pub family: String,
    /// Where it is published.
    pub reference: String,
    /// Channels, height, width.
    pub input: [usize; 3],
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates of convolutions and fully connected layers for one image, groups honoured.
    pub macs: u64,
    /// Operations for one image by the rules of the 2016 paper's counter, but with groups honoured (it ignored AlexNet's).
    pub operations_2016: u64,
    /// Elements of activations alive at most in the forward pass of one image, the image included; of whatever width.
    pub activations: u64,
}

impl Counts {
    /// The entry of a network, or none.
    pub fn get(&self, name: &str) -> Option<&NetworkCounts> {
        self.networks.iter().find(|network| network.name == name)
    }
}
