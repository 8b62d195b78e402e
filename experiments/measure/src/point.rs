//! A point as it is asked for: network, batch, seed, protocol. Knows how to ask and what cannot be asked.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use networks::Network;
use results::{Bytes, Protocol, Seconds};
use serde::{Deserialize, Serialize};

use crate::device::{Device, Precision};
use crate::memory;
use crate::rail::selection::Selector;
use crate::roots::Roots;

/// What is measured, on what, how, and where the record goes.
#[derive(clap::Args, Clone, Debug)]
pub struct Point {
    /// What it runs on: cpu, cpu:burn (through burn's own operators), simulated, vulkan[:N], vulkan:software or cuda[:N]
    #[arg(long, value_name = "NAME")]
    pub device: Device,
    /// In which numbers it computes
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: Precision,
    /// A network, for example `resnet-18`
    #[arg(long, value_name = "NAME")]
    pub network: String,
    /// Images in one forward pass
    #[arg(long, value_name = "N")]
    pub batch: u32,
    /// Of weights and images
    #[arg(long, value_name = "N")]
    pub seed: u64,
    /// Its constants.
    #[command(flatten)]
    pub protocol: Constants,
    /// The power source to read: auto, none, one of `measure sensors`, with rails if it has no known total (hwmon:ina226/power1,
    /// rapl/package-0+package-0/dram), or an external meter by the `seconds watts` lines of its log (meter:FILE) or of a command
    /// (command:LINE)
    #[arg(long, value_name = "SOURCE", default_value = "auto")]
    pub power: Selector,
    /// A folder that may hold earlier/*.json: records of the same network at smaller batches. One that ran out of memory or time
    /// speaks for this point too, which is then not tried
    #[arg(long, value_name = "DIR")]
    pub input: Option<PathBuf>,
    /// A folder; record.json is all that is written into it
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    /// Where the kernel tells of the machine.
    #[command(flatten)]
    pub roots: Roots,
}

/// The constants of a protocol; fields and flags are those of [`results::Protocol`].
#[derive(clap::Args, Clone, Debug)]
pub struct Constants {
    /// Name of the protocol, kept in the record
    #[arg(long = "protocol", value_name = "NAME")]
    pub name: String,
    /// Processes, one after the other, each with a warm-up and samples of its own
    #[arg(long, value_name = "N", default_value = "1")]
    pub processes: u32,
    /// The warm-up has at least this many passes beyond the first ...
    #[arg(long, value_name = "N")]
    pub warm_up_runs: u32,
    /// ... takes at least this much time ...
    #[arg(long, value_name = "SECONDS")]
    pub warm_up_seconds: f64,
    /// ... and goes on until its last medians agree within this share ...
    #[arg(long, value_name = "PERCENT")]
    pub steady_percent: f64,
    /// ... or until this much time has gone into it
    #[arg(long, value_name = "SECONDS")]
    pub warm_up_limit_seconds: f64,
    /// Samples go on until there are this many ...
    #[arg(long, value_name = "N")]
    pub samples: u32,
    /// ... they cover this much time ...
    #[arg(long, value_name = "SECONDS")]
    pub window_seconds: f64,
    /// ... and the 95 % interval of their median is no wider than this share of it
    #[arg(long, value_name = "PERCENT")]
    pub width_percent: f64,
    /// Samples end here in any case
    #[arg(long, value_name = "N")]
    pub max_samples: u32,
    /// No process has fewer samples than this
    #[arg(long, value_name = "N")]
    pub min_samples: u32,
    /// With its least samples a process stops once this much time has gone into them
    #[arg(long, value_name = "SECONDS")]
    pub enough_seconds: f64,
    /// Where there is a power sensor it is read at rest for this time before each process and after the last ...
    #[arg(long, value_name = "SECONDS", default_value = "1")]
    pub idle_seconds: f64,
    /// ... windows go on until there are this many readings of it, ...
    #[arg(long, value_name = "N", default_value = "100")]
    pub power_readings: u32,
    /// ... unless one would have to take longer than this
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    pub power_limit_seconds: f64,
    /// A point whose processes are not done after this time is out of time
    #[arg(long, value_name = "SECONDS")]
    pub limit_seconds: f64,
}

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
    /// How to measure.
    pub protocol: Protocol,
    /// The timed window takes at least this long, whatever the protocol says: a power sensor needs it.
    pub min_window: Seconds,
    /// Memory that the process may have; none where the machine does not tell what is available.
    pub memory_limit: Option<Bytes>,
    /// Where the kernel tells of processes.
    pub procfs: PathBuf,
    /// Where the kernel tells of clocks and temperatures.
    pub sysfs: PathBuf,
}

impl Point {
    /// The question, once it is certain that it can be asked.
    pub fn question(&self) -> Result<Question> {
        network(&self.network)?;
        ensure!(self.batch > 0, "a batch of 0 images measures nothing\nhint: give --batch 1 or more");
        let protocol = self.protocol.check()?;
        let Roots { procfs, sysfs } = self.roots.clone();
        let memory_limit = memory::available(&procfs, &sysfs);
        let network = self.network.clone();
        Ok(Question {
            device: self.device,
            precision: self.precision,
            network,
            batch: self.batch,
            seed: self.seed,
            protocol,
            min_window: Seconds(0.0),
            memory_limit,
            procfs,
            sysfs,
        })
    }
}

impl Constants {
    /// As a protocol, once they make sense together.
    fn check(&self) -> Result<Protocol> {
        for (flag, value, unit) in [
            ("warm-up-seconds", self.warm_up_seconds, "duration"),
            ("steady-percent", self.steady_percent, "share"),
            ("warm-up-limit-seconds", self.warm_up_limit_seconds, "duration"),
            ("window-seconds", self.window_seconds, "duration"),
            ("width-percent", self.width_percent, "share"),
            ("enough-seconds", self.enough_seconds, "duration"),
            ("idle-seconds", self.idle_seconds, "duration"),
            ("power-limit-seconds", self.power_limit_seconds, "duration"),
            ("limit-seconds", self.limit_seconds, "duration"),
        ] {
            let sensible = value.is_finite() && value >= 0.0;
            ensure!(sensible, "{value} is no {unit}\nhint: give --{flag} a number of 0 or more");
        }
        ensure!(self.processes > 0, "0 processes measure nothing\nhint: give --processes 1 or more");
        let Self { min_samples, samples, max_samples, .. } = *self;
        ensure!(
            0 < min_samples && min_samples <= samples && samples <= max_samples,
            "{min_samples} min, {samples} wanted and {max_samples} max samples do not go together\n\
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

/// The network called `name`, or an error that lists the known ones.
pub fn network(name: &str) -> Result<Network> {
    networks::find(name).with_context(|| {
        let known: Vec<_> = networks::all().iter().map(|network| network.name).collect();
        format!("there is no network {name:?}\nhint: the networks are {}", known.join(", "))
    })
}
