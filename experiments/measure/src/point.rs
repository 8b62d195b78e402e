//! The arguments of `measure point`, their checks, and the parameters of the process that computes.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::builder::UnknownArgumentValueParser;
use results::{Protocol, Seconds};
use serde::{Deserialize, Serialize};

use crate::memory::{self, Available};
use crate::rail::selection::Selector;
use crate::roots::Roots;
use crate::workload::Workload;

/// What is measured, on what, how, and where the record goes.
#[derive(clap::Args, Clone, Debug)]
pub struct Point {
    /// What is computed.
    #[command(flatten)]
    pub workload: Workload,
    /// How it is measured.
    #[command(flatten)]
    pub protocol: Constants,
    /// Power source: auto, none, a source of `measure sensors`, meter:FILE or command:LINE
    ///
    /// A source without a known total needs its rails, for example hwmon:ina226/power1 or rapl/package-0+package-0/dram. An external
    /// meter is read from the `seconds watts` lines of its log (meter:FILE) or of a command (command:LINE).
    #[arg(long, value_name = "SOURCE", default_value = "auto")]
    pub power: Selector,
    /// Folder of the caller, for the file or command of --power
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub caller: PathBuf,
    /// Folder that may contain earlier/*.json, records of smaller batches
    ///
    /// If a smaller batch of the same network ran out of memory or time, this point is not tried.
    #[arg(long, value_name = "DIR")]
    pub input: Option<PathBuf>,
    /// Folder to write record.json to
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    /// The folders of the kernel.
    #[command(flatten)]
    pub roots: Roots,
}

/// The constants of a protocol; fields and flags are those of [`results::Protocol`].
#[derive(clap::Args, Clone, Debug)]
pub struct Constants {
    /// Name of the protocol, kept in the record
    #[arg(long = "protocol", value_name = "NAME")]
    pub name: String,
    /// Processes, one after the other, each with its own warm-up and samples
    #[arg(long, value_name = "N", default_value = "1")]
    pub processes: u32,
    /// Minimum passes of the warm-up after the first run
    #[arg(long, value_name = "N")]
    pub warm_up_runs: u32,
    /// Minimum duration of the warm-up
    #[arg(long, value_name = "SECONDS")]
    pub warm_up_seconds: f64,
    /// The warm-up continues until its last medians agree within this percentage
    #[arg(long, value_name = "PERCENT")]
    pub steady_percent: f64,
    /// Maximum duration of the warm-up
    #[arg(long, value_name = "SECONDS")]
    pub warm_up_limit_seconds: f64,
    /// Samples continue until there are this many
    #[arg(long, value_name = "N")]
    pub samples: u32,
    /// Samples continue until they cover this much time
    #[arg(long, value_name = "SECONDS")]
    pub window_seconds: f64,
    /// Samples continue until the 95 % interval of their median is at most this wide
    #[arg(long, value_name = "PERCENT")]
    pub width_percent: f64,
    /// Maximum number of samples
    #[arg(long, value_name = "N")]
    pub max_samples: u32,
    #[arg(long = "most-samples", hide = true, value_parser = UnknownArgumentValueParser::suggest("--most-samples is now --max-samples"))]
    _most_samples: Option<String>,
    /// Minimum number of samples in each process
    #[arg(long, value_name = "N")]
    pub min_samples: u32,
    #[arg(long = "least-samples", hide = true, value_parser = UnknownArgumentValueParser::suggest("--least-samples is now --min-samples"))]
    _least_samples: Option<String>,
    /// With its minimum number of samples a process stops after this much time
    #[arg(long, value_name = "SECONDS")]
    pub enough_seconds: f64,
    /// Duration of idle power readings, before each process and after the last
    #[arg(long, value_name = "SECONDS", default_value = "1")]
    pub idle_seconds: f64,
    /// Windows continue until they have this many power readings
    #[arg(long, value_name = "N", default_value = "100")]
    pub power_readings: u32,
    /// Maximum duration of a window that continues for power readings
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    pub power_limit_seconds: f64,
    /// A point that takes longer than this is out of time
    #[arg(long, value_name = "SECONDS")]
    pub limit_seconds: f64,
}

/// What the process that computes must know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// What is computed.
    pub workload: Workload,
    /// How it is measured.
    pub protocol: Protocol,
    /// Minimum duration of the timed window, whatever the protocol says: a power sensor needs it.
    pub min_window: Seconds,
    /// Maximum memory of the process; none where the available memory is unknown.
    pub memory_limit: Option<Available>,
    /// Procfs of the kernel.
    pub procfs: PathBuf,
    /// Sysfs of the kernel.
    pub sysfs: PathBuf,
}

impl Point {
    /// The parameters, once the arguments are checked.
    pub fn parameters(&self) -> Result<Parameters> {
        self.workload.network()?;
        let protocol = self.protocol.check()?;
        let Roots { procfs, sysfs } = self.roots.clone();
        let memory_limit = memory::available(&procfs, &sysfs);
        let workload = self.workload.clone();
        Ok(Parameters { workload, protocol, min_window: Seconds(0.0), memory_limit, procfs, sysfs })
    }
}

impl Constants {
    /// The protocol, once the constants are checked.
    fn check(&self) -> Result<Protocol> {
        for (flag, value) in [
            ("warm-up-seconds", self.warm_up_seconds),
            ("steady-percent", self.steady_percent),
            ("warm-up-limit-seconds", self.warm_up_limit_seconds),
            ("window-seconds", self.window_seconds),
            ("width-percent", self.width_percent),
            ("enough-seconds", self.enough_seconds),
            ("idle-seconds", self.idle_seconds),
            ("power-limit-seconds", self.power_limit_seconds),
            ("limit-seconds", self.limit_seconds),
        ] {
            let is_valid = value.is_finite() && value >= 0.0;
            ensure!(is_valid, "--{flag} is {value}\nhint: give --{flag} a number of 0 or more");
        }
        ensure!(self.processes > 0, "--processes is 0\nhint: give --processes 1 or more");
        let Self { min_samples, samples, max_samples, .. } = *self;
        ensure!(
            0 < min_samples && min_samples <= samples && samples <= max_samples,
            "--min-samples {min_samples}, --samples {samples} and --max-samples {max_samples} contradict each other\n\
             hint: give 1 <= --min-samples <= --samples <= --max-samples"
        );
        Ok(Protocol {
            name: self.name.clone(),
            processes: self.processes,
            warm_up_runs: self.warm_up_runs,
            warm_up_seconds: self.warm_up_seconds,
            steady_percent: self.steady_percent,
            warm_up_limit_seconds: self.warm_up_limit_seconds,
            samples,
            window_seconds: self.window_seconds,
            width_percent: self.width_percent,
            max_samples,
            min_samples,
            enough_seconds: self.enough_seconds,
            idle_seconds: self.idle_seconds,
            power_readings: self.power_readings,
            power_limit_seconds: self.power_limit_seconds,
            limit_seconds: self.limit_seconds,
        })
    }
}
