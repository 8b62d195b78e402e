//! The record of one measured point: request, observations and machine. Written once and never changed; statistics are
//! computed on reading.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::power::Power;
use crate::units::{Bytes, Seconds};

/// The version of this layout.
pub const SCHEMA: u32 = 4;

/// The previous version, which can still be read. It had other names for some fields, each an alias below, and for some
/// facts, see [`crate::environment::rename`].
pub const EARLIER_SCHEMA: u32 = 3;

/// One (device, network, batch), measured in one or more consecutive processes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// [`SCHEMA`] or [`EARLIER_SCHEMA`].
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
    /// Where the weights come from, in words. The times do not depend on their values; this is for the reader.
    pub weights: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Operations of one forward pass of the whole batch: two for each multiply-accumulate of the network.
    pub operations: u64,
    /// What the device reached in the benchmarks just before; none where nothing is computed.
    #[serde(alias = "ceiling")]
    pub peak_rates: Option<Benchmark>,
    /// The processes that measured, in order. If the point was not measured, those that finished before it ended.
    pub processes: Vec<Process>,
    /// What is known about power.
    pub power: Power,
    /// Facts about the machine and the build by name, each a value or the reason why there is none.
    pub environment: BTreeMap<String, Observation>,
}

/// What a measurement ran on. It is part of the measurement's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceIdentity {
    /// As on the command line: `cpu`, `simulated`.
    pub kind: String,
    /// The hardware in words, for example `Intel Xeon Processor, 4 cores`.
    pub hardware: String,
    /// The software that computes, for example `burn 0.22.1 (flex)`.
    pub backend: String,
    /// True when the numbers come from a model of a device. Everything made from them is marked as simulated.
    pub simulated: bool,
}

/// The constants a point was measured with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// As on the command line: `quick`, `paper`.
    pub name: String,
    /// Processes of a point, each with its own first run, warm-up and window.
    pub processes: u32,
    /// The warm-up has at least this many passes beyond the first ...
    pub warm_up_runs: u32,
    /// ... takes at least this much time ...
    pub warm_up_seconds: f64,
    /// ... and goes on until its last medians agree within this share [%] ...
    pub steady_percent: f64,
    /// ... or until this much time has gone into it.
    pub warm_up_limit_seconds: f64,
    /// Samples go on until there are this many ...
    pub samples: u32,
    /// ... they cover this much time ...
    pub window_seconds: f64,
    /// ... and the 95 % interval of their median is no wider than this share of it [%].
    pub width_percent: f64,
    /// Sampling stops here in any case, once there are at least `min_samples`.
    #[serde(alias = "most_samples")]
    pub max_samples: u32,
    /// Minimum number of samples of a process, however slow it is, unless the point runs out of time.
    #[serde(alias = "least_samples")]
    pub min_samples: u32,
    /// A window that has its `min_samples` ends once it has taken this much time.
    pub enough_seconds: f64,
    /// Where there is a power sensor, it is read at idle for this time before each process and after the last ...
    pub idle_seconds: f64,
    /// ... and all windows together have at least this many different readings ...
    pub power_readings: u32,
    /// ... unless a window would have to take longer than this.
    pub power_limit_seconds: f64,
    /// A point whose processes have not finished after this time is out of time.
    pub limit_seconds: f64,
}

/// How a point ended. Each outcome is a result, which figures show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// Timed, and the logits were finite and equal to the warm-up's.
    Measured,
    /// The device or the process ran out of memory.
    OutOfMemory {
        /// How that was noticed.
        reason: String,
    },
    /// The limit of the protocol was reached.
    OutOfTime {
        /// Which limit, and how much was done by then.
        reason: String,
    },
    /// The numbers cannot be used.
    Refused {
        /// Why, for example logits that are not finite.
        reason: String,
    },
    /// Not tried, since a smaller batch of the same network ran out of memory or time.
    Implied {
        /// That batch.
        batch: u32,
        /// How it ended, and the estimate for this one.
        reason: String,
    },
    /// Requested and skipped. Occurs in estimates only, since a skipped point has no record.
    Skipped {
        /// Why, for example a time limit.
        reason: String,
    },
}

/// Peak rates of a device, as benchmarks measured them: the best of several repetitions, and each repetition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    /// Of a matrix product (GEMM) [1/s]; a multiplication and an addition count as two.
    pub operations_per_second: f64,
    /// Memory bandwidth: bytes read and written by a copy too large for any cache [bytes/s].
    pub bytes_per_second: f64,
    /// Each repetition of the matrix product [1/s], in order, at the size with the best rate. Earlier records lack
    /// them.
    #[serde(alias = "products", default, skip_serializing_if = "Vec::is_empty")]
    pub gemm: Vec<f64>,
    /// Each repetition of the bandwidth benchmark [bytes/s], in order.
    #[serde(alias = "copies", default, skip_serializing_if = "Vec::is_empty")]
    pub bandwidth: Vec<f64>,
}

impl Benchmark {
    /// The better rates of two benchmarks of one device, each rate with its repetitions.
    pub fn or_better(self, other: Self) -> Self {
        let (operations_per_second, gemm) = match other.operations_per_second > self.operations_per_second {
            true => (other.operations_per_second, other.gemm),
            false => (self.operations_per_second, self.gemm),
        };
        let (bytes_per_second, bandwidth) = match other.bytes_per_second > self.bytes_per_second {
            true => (other.bytes_per_second, other.bandwidth),
            false => (self.bytes_per_second, self.bandwidth),
        };
        Self { operations_per_second, bytes_per_second, gemm, bandwidth }
    }
}

/// One process that measured: its passes in order, its memory, and what interfered with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// The first forward pass, with everything that the device prepares once: compilation, tuning, allocation.
    pub first_run: Seconds,
    /// Every forward pass between the first and the first sample.
    pub warm_up: Vec<Seconds>,
    /// Why the warm-up ended.
    pub warmth: Warmth,
    /// Every timed forward pass of the whole batch.
    pub samples: Vec<Seconds>,
    /// Why there are no more samples.
    pub end: End,
    /// A few more passes by the device's own clock, if it has one, without the processor's work before and after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub device_samples: Vec<Seconds>,
    /// Memory of the process.
    pub memory: Memory,
    /// What else the machine did during the timed window.
    #[serde(alias = "disturbance")]
    pub interference: Interference,
}

/// Why a warm-up ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Warmth {
    /// Its last medians agreed.
    Steady,
    /// It reached its time limit before they did.
    TimeOver,
}

/// Why a timed window ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Count, time and the width of the interval met the protocol.
    Precise,
    /// The window reached its time limit.
    Enough,
    /// The window reached its maximum number of samples.
    #[serde(alias = "most")]
    Max,
}

/// What may have interfered with a timed window: the kernel's counters after its last pass minus those before its
/// first. Each is a number or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interference {
    /// Duration of the window, including the time between its passes [s].
    pub wall_seconds: f64,
    /// Processors that the process may use.
    pub processors: u32,
    /// Processor time of the process, all its threads together [s].
    pub processor_seconds: Observation,
    /// Time in which threads of the process were ready to run and had no processor [s].
    pub waiting_seconds: Observation,
    /// Processor time of everything else on the machine [s].
    pub others_seconds: Observation,
    /// Steal time: the hypervisor ran other machines while this one was ready to run [s].
    #[serde(alias = "stolen_seconds")]
    pub steal_seconds: Observation,
    /// Processor PSI (pressure stall information): time in which any task on the machine waited for a processor [s].
    #[serde(alias = "pressure_seconds")]
    pub psi_seconds: Observation,
    /// Pages of memory that the whole machine read from and wrote to swap.
    pub swapped_pages: Observation,
    /// How often the process waited for a page from a disk.
    pub major_faults: Observation,
    /// How often a processor or the board was throttled because of heat or current.
    pub throttle_events: Observation,
}

/// Resident memory of the measuring process, and of its device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Resident set of the process before the network was built.
    pub before_model: Bytes,
    /// Resident set once weights and images were on the device.
    pub after_model: Bytes,
    /// Peak resident set (VmHWM) until then, including what building the network needs temporarily.
    pub building_peak: Bytes,
    /// Peak resident set (VmHWM) after the last sample.
    pub peak: Bytes,
    /// What that peak covers.
    pub covers: Covers,
    /// Memory of the device's own allocator, where it has one.
    pub allocator: Allocator,
}

/// What a memory peak covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covers {
    /// The passes alone: the kernel's peak counter was reset once the network was built.
    Passes,
    /// The whole process including building, since the kernel's peak counter could not be reset.
    Process,
    /// Memory that the allocator of a graphics processor reserved. It never shrinks while a process runs.
    Allocator,
}

/// The state of a device's own allocator after the last sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Allocator {
    /// As it reports.
    Known {
        /// Reserved on the device, used or not.
        reserved: Bytes,
        /// In use.
        used: Bytes,
    },
    /// It does not report, or there is none.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// A fact about the machine: a value, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Observation {
    /// What was read.
    Known {
        /// As read, in the unit that the fact's name states.
        value: serde_json::Value,
    },
    /// It could not be read.
    Unknown {
        /// Why.
        reason: String,
    },
}

impl Observation {
    /// Its value, if that is a finite number.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Known { value } => value.as_f64().filter(|number| number.is_finite()),
            Self::Unknown { .. } => None,
        }
    }
}

impl Record {
    /// All samples, one list per process.
    pub fn samples(&self) -> impl Iterator<Item = &[Seconds]> {
        self.processes.iter().map(|process| process.samples.as_slice())
    }
}
