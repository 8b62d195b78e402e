//! What the process that computes is asked about the layers of a network, and what it answers.

use results::{Bytes, Seconds};
use serde::{Deserialize, Serialize};

use crate::device::{Device, Precision};

/// What the process that computes must know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// What it runs on.
    pub device: Device,
    /// In which numbers.
    pub precision: Precision,
    /// Name of the network.
    pub network: String,
    /// Images in one forward pass.
    pub batch: u32,
    /// Of weights and images.
    pub seed: u64,
    /// Passes of each kind at least.
    pub min_passes: u32,
    /// Passes of each kind at most.
    pub max_passes: u32,
    /// Time that whole passes take together.
    pub seconds: f64,
    /// Memory that the process may have.
    pub memory_limit: Option<Bytes>,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// Passes in which nothing was looked at in between.
    pub whole: Vec<Seconds>,
    /// Each layer's name with its time in each of the other passes, in the order of execution.
    pub layers: Vec<(String, Vec<Seconds>)>,
    /// Why they are not to be trusted, if so.
    pub refused: Option<String>,
    /// How many threads computed, where this program knows.
    pub threads: Option<u32>,
}
