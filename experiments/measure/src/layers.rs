//! The command `layers`: where the time of a network goes, layer by layer, and whether the sum matches the whole. Starts the process
//! that computes, writes the record and prints a table; knows no clock.

pub mod parameters;
mod text;
mod work;

#[cfg(feature = "flex")]
pub mod timing;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::builder::UnknownArgumentValueParser;
use networks::Network;
use results::layers::{LayerTimes, LayersEstimate, LayersRecord, SCHEMA};
use results::record::Benchmark;
use results::{Outcome, Seconds};

use self::parameters::{Parameters, Timings};
use crate::device::{Device, simulated};
use crate::environment::moment::Moment;
use crate::environment::{self, Observations, known};
use crate::roots::Roots;
use crate::supervisor::{self, Ended};
use crate::worker::{Response, Task};
use crate::workload::Workload;
use crate::{formula, memory};

/// What is measured, on what, how, and where the record goes.
#[derive(clap::Args, Clone, Debug)]
#[command(
    mut_arg("device", |device| device.required(false).default_value("cpu")),
    mut_arg("batch", |batch| batch.required(false).default_value("1")),
    mut_arg("seed", |seed| seed.required(false).default_value("2016"))
)]
pub struct Layers {
    /// What is computed.
    #[command(flatten)]
    pub workload: Workload,
    /// Minimum number of whole passes, and of passes layer by layer
    #[arg(long, value_name = "N", default_value = "10")]
    pub min_passes: u32,
    #[arg(long = "least-passes", hide = true, value_parser = UnknownArgumentValueParser::suggest("--least-passes is now --min-passes"))]
    _least_passes: Option<String>,
    /// Maximum number of whole passes, and of passes layer by layer
    #[arg(long, value_name = "N", default_value = "200")]
    pub max_passes: u32,
    #[arg(long = "most-passes", hide = true, value_parser = UnknownArgumentValueParser::suggest("--most-passes is now --max-passes"))]
    _most_passes: Option<String>,
    /// Passes continue until the whole ones have taken this much time
    #[arg(long, value_name = "SECONDS", default_value = "3")]
    pub seconds: f64,
    /// A measurement that takes longer than this is out of time
    #[arg(long, value_name = "SECONDS", default_value = "600")]
    pub limit_seconds: f64,
    /// Folder to write layers.json to [default: only the table is printed]
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// The folders of the kernel.
    #[command(flatten)]
    pub roots: Roots,
}

/// Measures, writes the record if a folder is given, and prints the table.
pub fn run(arguments: &Layers) -> Result<()> {
    let record = measure(arguments)?;
    if let Some(folder) = &arguments.output {
        let path = folder.join("layers.json");
        let written = std::fs::create_dir_all(folder).map_err(anyhow::Error::from);
        written.and_then(|()| Ok(results::json::write(&path, &record)?)).with_context(|| {
            format!("cannot write {}\nhint: give --output a folder that can be written", path.display())
        })?;
    }
    print!("{}", text::page(&LayersEstimate::of(&record)));
    Ok(())
}

impl Layers {
    /// The parameters, once the arguments are checked.
    fn parameters(&self) -> Result<Parameters> {
        for (flag, value) in [("seconds", self.seconds), ("limit-seconds", self.limit_seconds)] {
            let is_valid = value.is_finite() && value >= 0.0;
            ensure!(is_valid, "--{flag} is {value}\nhint: give --{flag} a number of 0 or more");
        }
        let Self { min_passes, max_passes, seconds, .. } = *self;
        ensure!(
            0 < min_passes && min_passes <= max_passes,
            "--min-passes {min_passes} and --max-passes {max_passes} contradict each other\n\
             hint: give 1 <= --min-passes <= --max-passes"
        );
        let memory_limit = memory::available(&self.roots.procfs, &self.roots.sysfs);
        Ok(Parameters { workload: self.workload.clone(), min_passes, max_passes, seconds, memory_limit })
    }
}

fn measure(arguments: &Layers) -> Result<LayersRecord> {
    let network = arguments.workload.network()?;
    let parameters = arguments.parameters()?;
    let Workload { device, precision, batch, seed, .. } = parameters.workload;
    let min_passes = Some(parameters.min_passes);
    let work = work::of(&network, batch)?;
    let Roots { procfs, sysfs } = &arguments.roots;
    let (weights, ending, environment) = match device {
        Device::CpuOnnxruntime => {
            bail!("ONNX Runtime runs a network as a whole, not by layer\nhint: choose another device")
        }
        Device::Cpu | Device::CpuBurn | Device::Vulkan(_) | Device::Cuda(_) => {
            let before = Moment::read(procfs, sysfs);
            let ending = on_the_device(arguments, &parameters)?;
            let after = Moment::read(procfs, sysfs);
            let mut observations = environment::observations(procfs, sysfs, device.observations(), &before, &after);
            let threads = ending.timings.threads;
            observations.insert(environment::THREADS.to_owned(), environment::threads(threads, device));
            (format!("random, by formula from the seed, with gain {}", formula::GAIN), ending, observations)
        }
        Device::Simulated => {
            let observations = Observations::from([("program".to_owned(), known(env!("CARGO_PKG_VERSION")))]);
            ("none: the model computes nothing".to_owned(), simulate(&network, &parameters)?, observations)
        }
    };
    let Ending { outcome, peak_rates, timings: Timings { whole, layers, .. } } = ending;
    ensure!(
        layers.is_empty() || layers.iter().map(|(name, _)| name).eq(work.iter().map(|layer| &layer.name)),
        "the timed layers are not those of {}",
        network.name
    );
    let mut times = layers.into_iter().map(|(_, times)| times);
    // A record without times has no layers: nothing is known of them that their network does not say.
    let timed = work.into_iter().map_while(|layer| Some(LayerTimes { times: times.next()?, ..layer }));
    Ok(LayersRecord {
        schema: SCHEMA,
        layers: timed.collect(),
        network: parameters.workload.network,
        batch,
        seed,
        device: device.identity(precision, procfs)?,
        weights,
        outcome,
        peak_rates,
        min_passes,
        whole,
        environment,
    })
}

/// How the measurement ended, with what was measured.
struct Ending {
    outcome: Outcome,
    peak_rates: Option<Benchmark>,
    timings: Timings,
}

fn on_the_device(arguments: &Layers, parameters: &Parameters) -> Result<Ending> {
    let Workload { device, precision, .. } = parameters.workload;
    device.check_built()?;
    let limit = Duration::try_from_secs_f64(arguments.limit_seconds).unwrap_or(Duration::MAX);
    let mut peak_rates = None;
    let scratch = arguments.output.as_deref().unwrap_or(Path::new("."));
    for task in [Task::PeakRates(device, precision), Task::Layers(parameters.clone())] {
        let ended =
            supervisor::run(&task, limit, (&arguments.roots.procfs, scratch), &mut |stage| println!("{stage}"))?;
        let outcome = match ended {
            Ended::Completed(Response::PeakRates(measured)) => {
                peak_rates = Some(measured);
                continue;
            }
            Ended::Completed(Response::Layers(timings)) => {
                let outcome = match &timings.refused {
                    Some(reason) => Outcome::Refused { reason: reason.clone() },
                    None => Outcome::Measured,
                };
                return Ok(Ending { outcome, peak_rates, timings });
            }
            Ended::Completed(_) => bail!("the process that computes returned the result of another task"),
            Ended::OutOfTime { stage } => {
                Outcome::OutOfTime { reason: format!("after {} s, {stage}", arguments.limit_seconds) }
            }
            Ended::Failed { reason } => Outcome::Refused { reason },
            Ended::OutOfMemory { reason } => Outcome::OutOfMemory { reason },
        };
        return Ok(Ending { outcome, peak_rates, timings: Timings::default() });
    }
    bail!("the process that computes returned no result")
}

/// The model of the board: each layer by itself, and the whole as their sum.
fn simulate(network: &Network, parameters: &Parameters) -> Result<Ending> {
    let passes = parameters.min_passes as usize;
    let (times, peak_rates) = simulated::layers(network, parameters.workload.batch)?;
    let whole = vec![Seconds(times.iter().map(|(_, time)| time).sum()); passes];
    let layers = times.into_iter().map(|(name, time)| (name, vec![Seconds(time); passes])).collect();
    let timings = Timings { whole, layers, ..Timings::default() };
    Ok(Ending { outcome: Outcome::Measured, peak_rates: Some(peak_rates), timings })
}
