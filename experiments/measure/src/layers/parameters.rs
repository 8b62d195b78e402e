//! What the process that times layers is given, and what it returns.

use results::Seconds;
use serde::{Deserialize, Serialize};

use crate::memory::Available;
use crate::workload::Workload;

/// What the process that computes must know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// What is computed.
    pub workload: Workload,
    /// Minimum passes of each kind.
    pub min_passes: u32,
    /// Maximum passes of each kind.
    pub max_passes: u32,
    /// Minimum total time of the whole passes [s].
    pub seconds: f64,
    /// Maximum memory of the process; none where the available memory is unknown.
    pub memory_limit: Option<Available>,
}

/// The times of whole passes and of layers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Passes without a stop between layers.
    pub whole: Vec<Seconds>,
    /// Each layer's name with its time in each of the other passes, in the order of execution.
    pub layers: Vec<(String, Vec<Seconds>)>,
    /// Why the times must not be used, if so.
    pub refused: Option<String>,
    /// How many threads computed, where this is known.
    pub threads: Option<u32>,
}
