//! The command `layers`: where the time of a network goes, layer by layer, and whether the sum matches the whole. Asks the process
//! that computes, writes the record and prints a table; knows no clock.

pub mod question;
mod text;
mod work;

#[cfg(feature = "flex")]
pub mod watched;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use networks::Network;
use results::layers::{LayerTimes, LayersEstimate, LayersRecord, SCHEMA};
use results::record::Benchmark;
use results::{Outcome, Seconds};

use self::question::{Question, Watched};
use crate::device::{Device, Precision, simulated};
use crate::environment::moment::Moment;
use crate::environment::{self, Observations, known};
use crate::roots::Roots;
use crate::supervisor::{self, Ended};
use crate::worker::{Answer, Task};
use crate::{formula, memory, point};

/// What is measured, on what, how, and where the record goes.
#[derive(clap::Args, Clone, Debug)]
pub struct Layers {
    /// What it runs on
    #[arg(long, value_name = "NAME", default_value = "cpu")]
    pub device: Device,
    /// In which numbers it computes
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: Precision,
    /// A network, for example `resnet-18`
    #[arg(long, value_name = "NAME")]
    pub network: String,
    /// Images in one forward pass
    #[arg(long, value_name = "N", default_value = "1")]
    pub batch: u32,
    /// Of weights and images
    #[arg(long, value_name = "N", default_value = "2016")]
    pub seed: u64,
    /// There are at least so many passes as a whole, and as many layer by layer ...
    #[arg(long, value_name = "N", default_value = "10")]
    pub min_passes: u32,
    /// ... and at most so many, ...
    #[arg(long, value_name = "N", default_value = "200")]
    pub max_passes: u32,
    /// ... until those as a whole have taken this much time
    #[arg(long, value_name = "SECONDS", default_value = "3")]
    pub seconds: f64,
    /// What is not done after this time is out of time
    #[arg(long, value_name = "SECONDS", default_value = "600")]
    pub limit_seconds: f64,
    /// A folder; layers.json is all that is written into it. Without one the table is all there is
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Where the kernel tells of the machine.
    #[command(flatten)]
    pub roots: Roots,
}

/// Measures, writes the record where one is wanted, and prints the table.
pub fn run(asked: &Layers) -> Result<()> {
    let record = measure(asked)?;
    if let Some(folder) = &asked.output {
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
    /// The question, once it is certain that it can be asked.
    fn question(&self) -> Result<Question> {
        ensure!(self.batch > 0, "a batch of 0 images measures nothing\nhint: give --batch 1 or more");
        for (flag, value) in [("seconds", self.seconds), ("limit-seconds", self.limit_seconds)] {
            let is_sensible = value.is_finite() && value >= 0.0;
            ensure!(is_sensible, "{value} is no duration\nhint: give --{flag} a number of 0 or more");
        }
        let Self { min_passes, max_passes, batch, seed, seconds, .. } = *self;
        ensure!(
            0 < min_passes && min_passes <= max_passes,
            "{min_passes} min and {max_passes} max passes do not go together\n\
             hint: give 1 <= --min-passes <= --max-passes"
        );
        let memory_limit = memory::available(&self.roots.procfs, &self.roots.sysfs);
        Ok(Question {
            device: self.device,
            precision: self.precision,
            network: self.network.clone(),
            batch,
            seed,
            min_passes,
            max_passes,
            seconds,
            memory_limit,
        })
    }
}

fn measure(asked: &Layers) -> Result<LayersRecord> {
    let network = point::network(&asked.network)?;
    let question = asked.question()?;
    let work = work::of(&network, question.batch)?;
    let (weights, ended, environment) = match asked.device {
        Device::Cpu | Device::CpuBurn | Device::Vulkan(_) | Device::Cuda(_) => {
            let before = Moment::read(&asked.roots.procfs, &asked.roots.sysfs);
            let ended = on_the_device(asked, &question)?;
            let after = Moment::read(&asked.roots.procfs, &asked.roots.sysfs);
            let mut facts = environment::observations(
                &asked.roots.procfs,
                &asked.roots.sysfs,
                asked.device.facts(),
                &before,
                &after,
            );
            let threads = ended.watched.as_ref().and_then(|watched| watched.threads);
            facts.insert(environment::THREADS.to_owned(), environment::threads(threads, asked.device));
            (format!("random, by formula from the seed, with gain {}", formula::GAIN), ended, facts)
        }
        Device::Simulated => {
            let facts = Observations::from([("program".to_owned(), known(env!("CARGO_PKG_VERSION")))]);
            ("none: the model computes nothing".to_owned(), simulate(&network, &question)?, facts)
        }
    };
    let Ending { outcome, peak_rates, watched } = ended;
    let Watched { whole, layers, .. } =
        watched.unwrap_or(Watched { whole: vec![], layers: vec![], refused: None, threads: None });
    ensure!(
        layers.is_empty() || layers.iter().map(|(name, _)| name).eq(work.iter().map(|layer| &layer.name)),
        "the layers that were timed are not those of {}",
        network.name
    );
    let mut times = layers.into_iter().map(|(_, times)| times);
    // Without times there is nothing to say of a layer that its network does not.
    let timed = work.into_iter().map_while(|layer| Some(LayerTimes { times: times.next()?, ..layer }));
    Ok(LayersRecord {
        schema: SCHEMA,
        layers: timed.collect(),
        network: question.network,
        batch: question.batch,
        seed: question.seed,
        device: asked.device.identity(asked.precision, &asked.roots.procfs)?,
        weights,
        outcome,
        peak_rates,
        whole,
        environment,
    })
}

/// How it ended, with what was measured.
struct Ending {
    outcome: Outcome,
    peak_rates: Option<Benchmark>,
    watched: Option<Watched>,
}

fn on_the_device(asked: &Layers, question: &Question) -> Result<Ending> {
    asked.device.check_built()?;
    let limit = Duration::try_from_secs_f64(asked.limit_seconds).unwrap_or(Duration::MAX);
    let mut peak_rates = None;
    for task in [Task::PeakRates(asked.device, asked.precision), Task::Layers(question.clone())] {
        let ended = supervisor::ask(&task, limit, &asked.roots.procfs, &mut |stage| println!("{stage}"))?;
        let outcome = match ended {
            Ended::Answered(Answer::PeakRates(max)) => {
                peak_rates = Some(max);
                continue;
            }
            Ended::Answered(Answer::Layers(watched)) => {
                let outcome = match &watched.refused {
                    Some(reason) => Outcome::Refused { reason: reason.clone() },
                    None => Outcome::Measured,
                };
                return Ok(Ending { outcome, peak_rates, watched: Some(watched) });
            }
            Ended::Answered(_) => bail!("the process that computes answered something else"),
            Ended::OutOfTime { stage } => {
                Outcome::OutOfTime { reason: format!("after {} s, {stage}", asked.limit_seconds) }
            }
            Ended::Failed { reason } => Outcome::Refused { reason },
            Ended::OutOfMemory { reason } => Outcome::OutOfMemory { reason },
        };
        return Ok(Ending { outcome, peak_rates, watched: None });
    }
    bail!("the process that computes did not answer")
}

/// What the model of the board says: each layer by itself, and the whole as their sum.
fn simulate(network: &Network, question: &Question) -> Result<Ending> {
    let passes = question.min_passes as usize;
    let (times, peak_rates) = simulated::layers(network, question.batch)?;
    let whole = vec![Seconds(times.iter().map(|(_, time)| time).sum()); passes];
    let layers = times.into_iter().map(|(name, time)| (name, vec![Seconds(time); passes])).collect();
    let watched = Watched { whole, layers, refused: None, threads: None };
    Ok(Ending { outcome: Outcome::Measured, peak_rates: Some(peak_rates), watched: Some(watched) })
}
