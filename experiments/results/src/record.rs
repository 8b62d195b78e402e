//! The record of one measured point: what was asked, what was seen, on what. Written once and never changed; statistics
//! are computed on reading.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::units::{Bytes, Joules, Seconds, Watts};

/// The version of this layout; a reader refuses any other.
pub const SCHEMA: u32 = 1;

/// One (device, network, batch), measured in one process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Name of the network, for example `resnet-18`.
    pub network: String,
    /// Images in one forward pass.
    pub batch: u32,
    /// What it ran on.
    pub device: DeviceIdentity,
    /// How it was measured.
    pub protocol: Protocol,
    /// Seed of the weights and of the input.
    pub seed: u64,
    /// Where the weights come from, in words: the times do not depend on their values, the reader should know all the same.
    pub weights: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The first forward pass, with whatever the device prepares once: compilation, tuning, allocation.
    pub first_run: Option<Seconds>,
    /// Every forward pass between the first and the first sample, in order.
    pub warm_up: Vec<Seconds>,
    /// Every timed forward pass of the whole batch, in order.
    pub samples: Vec<Seconds>,
    /// Memory of the measuring process.
    pub memory: Option<Memory>,
    /// What was learnt of power.
    pub power: Power,
    /// Facts of the machine and the build by name, each a value or the reason why there is none.
    pub environment: BTreeMap<String, Observation>,
}

/// What a measurement ran on. Part of a measurement's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceIdentity {
    /// As on the command line: `cpu`, `simulated`.
    pub kind: String,
    /// The hardware in words, for example `Intel Xeon Processor, 4 cores`.
    pub hardware: String,
    /// The software that computes, for example `burn 0.22.1 (flex)`.
    pub backend: String,
    /// True when the numbers come from a model of a device and not from a device. Everything made from them says so.
    pub simulated: bool,
}

/// The constants a point was measured with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// As on the command line: `quick`, `paper`.
    pub name: String,
    /// The warm-up has at least this many passes beyond the first ...
    pub warm_up_runs: u32,
    /// ... and takes at least this much time.
    pub warm_up_seconds: f64,
    /// Samples go on until there are this many ...
    pub samples: u32,
    /// ... and they cover this much time.
    pub window_seconds: f64,
    /// Samples end here in any case once there are at least `least_samples`.
    pub most_samples: u32,
    /// No point has fewer samples than this, however slow it is, unless it runs out of time.
    pub least_samples: u32,
    /// A point with all samples of `least_samples` stops once this much time has gone into its samples.
    pub enough_seconds: f64,
    /// A point that is not done after this time is out of time.
    pub limit_seconds: f64,
}

/// How a point ended. All are results: a figure says which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// Timed, and the logits were finite and equal to the warm-up's.
    Measured,
    /// The device or the process had not enough memory.
    OutOfMemory {
        /// What said so.
        reason: String,
    },
    /// The limit of the protocol was reached.
    OutOfTime {
        /// Which limit, and how far it came.
        reason: String,
    },
    /// The numbers cannot be used.
    Refused {
        /// Why, for example logits that are not finite.
        reason: String,
    },
}

/// Resident memory of the measuring process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Resident set before the network was built.
    pub before_model: Bytes,
    /// Peak resident set (VmHWM) after the last sample.
    pub peak: Bytes,
}

/// What is known of power. "Unknown" is never 0 W.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Power {
    /// Read from a sensor during the timed window.
    Measured {
        /// The source and its rails.
        source: String,
        /// Board, module, package, GPU ...
        scope: String,
        /// Mean before the load.
        idle: Watts,
        /// Mean over the timed window.
        load: Watts,
        /// Energy of the timed window.
        energy: Joules,
        /// Readings in the window.
        readings: u32,
    },
    /// The machine has no sensor this program knows.
    NoSensor,
    /// There is one, and it may not be read.
    NotReadable {
        /// What to do about it.
        remedy: String,
    },
    /// The difference to idle is less than the sensor resolves.
    BelowResolution {
        /// The sensor's step.
        resolution: Watts,
    },
}

/// A fact of the machine: a value, or null with the reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Observation {
    /// What was read.
    Known {
        /// As read, in the unit its name gives.
        value: serde_json::Value,
    },
    /// What could not be read.
    Unknown {
        /// Why.
        reason: String,
    },
}
