//! The record of a network's time by layer: request, machine, and every sample of each layer and of the whole network.
//! Written once and never changed; estimates are computed on reading.

mod estimate;
mod reading;
mod table;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::{Benchmark, DeviceIdentity, Observation, Outcome};
use crate::units::Seconds;

pub use estimate::{KindEstimate, LayerEstimate, LayersEstimate};
pub use reading::{LayersError, read};
pub use table::table;

/// The version of this layout.
pub const SCHEMA: u32 = 2;

/// The previous version, with other names as in [`crate::record::EARLIER_SCHEMA`].
pub const EARLIER_SCHEMA: u32 = 1;

/// One (device, network, batch), measured in one process that alternated whole passes with passes layer by layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayersRecord {
    /// [`SCHEMA`] or [`EARLIER_SCHEMA`].
    pub schema: u32,
    /// Name of the network, for example `resnet-18`.
    pub network: String,
    /// Images in one forward pass.
    pub batch: u32,
    /// Seed of the weights and of the input.
    pub seed: u64,
    /// What it ran on.
    pub device: DeviceIdentity,
    /// Where the weights come from, in words.
    pub weights: String,
    /// How it ended; `Implied` and `Skipped` do not occur.
    pub outcome: Outcome,
    /// What the device reached in the benchmarks just before.
    #[serde(alias = "ceiling")]
    pub peak_rates: Option<Benchmark>,
    /// Minimum number of passes of each kind that were asked for; earlier records lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_passes: Option<u32>,
    /// Every timed forward pass of the whole batch without stops after its layers.
    pub whole: Vec<Seconds>,
    /// The layers in the order of execution; a sum or concatenation comes after the layers of its branches.
    pub layers: Vec<LayerTimes>,
    /// Facts about the machine and the build by name, each a value or the reason why there is none.
    pub environment: BTreeMap<String, Observation>,
}

/// One layer: its work for the whole batch, and its times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerTimes {
    /// For example `layer1.0.conv1`.
    pub name: String,
    /// What it does.
    pub kind: LayerKind,
    /// Multiply-accumulates for the batch.
    pub macs: u64,
    /// Minimum traffic: its weights once, and the inputs and outputs of the batch, four bytes each.
    pub bytes: u64,
    /// One time per pass, from the end of the previous layer until the device is idle again; equally many for all
    /// layers.
    pub times: Vec<Seconds>,
}

/// What a layer does. Operators that neither compute nor move anything (flatten, dropout) are not layers here: their
/// time, if any, is part of the next layer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayerKind {
    /// Convolves.
    Conv,
    /// Multiplies by a matrix, as attention does too.
    Linear,
    /// Normalises with running statistics or over channels, or scales.
    Norm,
    /// Rectifies, with a slope or without, or applies another function to each element.
    Relu,
    /// Takes the mean or the maximum of a window, or one token.
    Pool,
    /// Normalises over neighbouring channels.
    Lrn,
    /// Adds or multiplies the results of branches, or adds positions.
    Sum,
    /// Concatenates the results of branches along the channels, or a token and pixels.
    Concat,
    /// Appends channels of zeros.
    Pad,
}

impl LayerKind {
    /// All of them.
    pub const ALL: [Self; 9] =
        [Self::Conv, Self::Linear, Self::Norm, Self::Relu, Self::Pool, Self::Lrn, Self::Sum, Self::Concat, Self::Pad];

    /// Its name in records and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Conv => "conv",
            Self::Linear => "linear",
            Self::Norm => "norm",
            Self::Relu => "relu",
            Self::Pool => "pool",
            Self::Lrn => "lrn",
            Self::Sum => "sum",
            Self::Concat => "concat",
            Self::Pad => "pad",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_stored_by_its_name() {
        for kind in LayerKind::ALL {
            assert_eq!(serde_json::to_value(kind).expect("a name"), kind.word());
        }
    }
}
