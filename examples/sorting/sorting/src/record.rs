//! The record of a measurement: every sample, how it was taken, and on which machine. Statistics are computed on
//! reading.

use clap::Args;
use serde::{Deserialize, Serialize};

/// How an algorithm is timed. Every constant is an argument, so that it is in the key of the step that measures.
#[derive(Args, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Protocol {
    /// Samples to take
    #[arg(long, value_parser = clap::value_parser!(u32).range(6..=1000))]
    pub samples: u32,
    /// Seed of the random input
    #[arg(long)]
    pub seed: u64,
    /// Shortest duration of a sample [ms]; a faster sort is repeated within it
    #[arg(long, value_parser = positive)]
    pub sample_ms: f64,
    /// Sorts in a group of the warm-up, which ends when the medians of two successive groups agree
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub warm_up_sorts: u32,
    /// How far these two medians may differ [%]
    #[arg(long, value_parser = positive)]
    pub warm_up_percent: f64,
    /// Longest warm-up [ms], after which measuring starts anyway
    #[arg(long, value_parser = positive)]
    pub warm_up_ms: f64,
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "expected a number above 0".to_owned())
}

/// One algorithm and one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Name of the algorithm.
    pub algorithm: String,
    /// Number of 64-bit numbers sorted.
    pub size: u64,
    /// How it was timed.
    pub protocol: Protocol,
    /// The warm-up before the samples.
    pub warm_up: WarmUp,
    /// Smallest difference of two times of the clock [s].
    pub clock_resolution: f64,
    /// Sorts within a sample, each of other numbers.
    pub sorts_per_sample: u64,
    /// Time of a sample divided by its sorts [s], in the order they were taken.
    pub seconds_per_sort: Vec<f64>,
    /// The machine, as far as it can be read.
    pub environment: Environment,
    /// Other activity of the machine meanwhile.
    pub interference: Interference,
}

/// Sorts before the first sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarmUp {
    /// Their number.
    pub sorts: u64,
    /// Whether the last two groups agreed; otherwise the time limit was reached.
    pub stable: bool,
}

/// Facts about the machine; none when the system does not report it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The processor's name.
    pub processor: Option<String>,
    /// Cores this process may use.
    pub cores: Option<usize>,
    /// Operating system and version of its kernel.
    pub kernel: Option<String>,
    /// The governor of the processor's clock.
    pub governor: Option<String>,
    /// Version of the compiler.
    pub compiler: Option<String>,
    /// When the measurement started, in RFC 3339: `2026-11-30T08:15:00Z`.
    pub started_utc: String,
}

impl Environment {
    /// The day of the measurement, UTC: `2026-11-30`.
    pub fn day(&self) -> &str {
        self.started_utc.split('T').next().unwrap_or_default()
    }
}

/// Other activity of the machine; none when the system does not report it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interference {
    /// Load average of one minute before the measurement.
    pub load_before: Option<f64>,
    /// Load average of one minute after it.
    pub load_after: Option<f64>,
    /// Share of the samples' time in which this process waited for a core.
    pub waiting: Option<f64>,
    /// Share of the processor's time that a hypervisor gave to other guests meanwhile.
    pub steal: Option<f64>,
}
