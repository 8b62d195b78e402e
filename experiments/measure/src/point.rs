//! A point as it is asked for: network, batch, seed, protocol. Knows how to ask and what cannot be asked.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use networks::Network;
use results::Protocol;
use serde::{Deserialize, Serialize};

use crate::device::Device;

/// What is measured, on what, how, and where the record goes.
#[derive(clap::Args, Clone, Debug)]
pub struct Point {
    /// What it runs on
    #[arg(long, value_name = "NAME")]
    pub device: Device,
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
    /// A folder; record.json is all that is written into it
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    /// Where the kernel tells of processes, processors and load
    #[arg(long, value_name = "DIR", default_value = "/proc")]
    pub procfs: PathBuf,
    /// Where the kernel tells of clocks and temperatures
    #[arg(long, value_name = "DIR", default_value = "/sys")]
    pub sysfs: PathBuf,
}

/// The constants of a protocol; fields and flags are those of [`results::Protocol`].
#[derive(clap::Args, Clone, Debug)]
pub struct Constants {
    /// Name of the protocol, kept in the record
    #[arg(long = "protocol", value_name = "NAME")]
    pub name: String,
    /// The warm-up has at least this many passes beyond the first ...
    #[arg(long, value_name = "N")]
    pub warm_up_runs: u32,
    /// ... and takes at least this much time
    #[arg(long, value_name = "SECONDS")]
    pub warm_up_seconds: f64,
    /// Samples go on until there are this many ...
    #[arg(long, value_name = "N")]
    pub samples: u32,
    /// ... and they cover this much time
    #[arg(long, value_name = "SECONDS")]
    pub window_seconds: f64,
    /// Samples end here in any case
    #[arg(long, value_name = "N")]
    pub most_samples: u32,
    /// No point has fewer samples than this
    #[arg(long, value_name = "N")]
    pub least_samples: u32,
    /// With its least samples a point stops once this much time has gone into them
    #[arg(long, value_name = "SECONDS")]
    pub enough_seconds: f64,
    /// A point that is not done after this time is out of time
    #[arg(long, value_name = "SECONDS")]
    pub limit_seconds: f64,
}

/// What the process that computes must know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Name of the network.
    pub network: String,
    /// Images in one forward pass.
    pub batch: u32,
    /// Of weights and images.
    pub seed: u64,
    /// How to measure.
    pub protocol: Protocol,
    /// Where the kernel tells of processes.
    pub procfs: PathBuf,
}

impl Point {
    /// The question, once it is certain that it can be asked.
    pub fn question(&self) -> Result<Question> {
        network(&self.network)?;
        ensure!(self.batch > 0, "a batch of 0 images measures nothing\nhint: give --batch 1 or more");
        let Constants { ref name, warm_up_runs, warm_up_seconds, samples, window_seconds, .. } = self.protocol;
        let Constants { most_samples, least_samples, enough_seconds, limit_seconds, .. } = self.protocol;
        for (flag, value) in [
            ("warm-up-seconds", warm_up_seconds),
            ("window-seconds", window_seconds),
            ("enough-seconds", enough_seconds),
            ("limit-seconds", limit_seconds),
        ] {
            let sensible = value.is_finite() && value >= 0.0;
            ensure!(sensible, "{value} s is no duration\nhint: give --{flag} a number of 0 or more");
        }
        ensure!(
            0 < least_samples && least_samples <= samples && samples <= most_samples,
            "{least_samples} least, {samples} wanted and {most_samples} most samples do not go together\n\
             hint: give 1 <= --least-samples <= --samples <= --most-samples"
        );
        let protocol = Protocol {
            name: name.clone(),
            warm_up_runs,
            warm_up_seconds,
            samples,
            window_seconds,
            most_samples,
            least_samples,
            enough_seconds,
            limit_seconds,
        };
        let (network, procfs) = (self.network.clone(), self.procfs.clone());
        Ok(Question { network, batch: self.batch, seed: self.seed, protocol, procfs })
    }
}

/// The network called `name`, or an error that lists the known ones.
pub fn network(name: &str) -> Result<Network> {
    networks::find(name).with_context(|| {
        let known: Vec<_> = networks::all().iter().map(|network| network.name).collect();
        format!("there is no network {name:?}\nhint: the networks are {}", known.join(", "))
    })
}
