//! What is computed and on what: device, precision, network, batch and seed. All commands that time a network share these flags.

use anyhow::{Result, ensure};
use networks::Network;
use serde::{Deserialize, Serialize};

use crate::device::{Device, Precision};

/// A network with a batch of images on a device.
#[derive(clap::Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// Device: cpu, cpu:burn (burn's own operators), cpu:onnxruntime, vulkan[:N], vulkan:software, cuda[:N] or simulated
    #[arg(long, value_name = "NAME")]
    pub device: Device,
    /// Floating-point format
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: Precision,
    /// Network, for example `resnet-18`
    #[arg(long, value_name = "NAME")]
    pub network: String,
    /// Images in one forward pass
    #[arg(long, value_name = "N")]
    pub batch: u32,
    /// Seed of weights and images
    #[arg(long, value_name = "N")]
    pub seed: u64,
}

impl Workload {
    /// The network.
    ///
    /// # Errors
    /// The batch is empty, or the network is unknown.
    pub fn network(&self) -> Result<Network> {
        ensure!(self.batch > 0, "--batch is 0\nhint: give --batch 1 or more");
        Ok(networks::find(&self.network)?)
    }
}
