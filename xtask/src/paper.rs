//! The paper on the networks: its flags, and what the engine needs to know about its measurements.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use offprint::budget::Budget;
use offprint::verification::{Comparison, Findings, agreement};
use offprint::{About, Checkout, Identity, ListedFiles, NamedFiles, Paper, PaperSize, Reduced, Rule, Step};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::device::{Asked, Device, Precision};
use crate::machines::{self, Other};
use crate::sessions::{self, Sessions};
use crate::skipped::Skipped;
use crate::steps::{self, ESTIMATES, RECORDS, REPORT};
use crate::study::{METERS, POWER, Study};
use crate::{graphics, hardware, help, reduction};

/// The request: the flags, and what they leave open. The lock keeps it as JSON.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Networks {
    /// Device to measure on: auto, cpu, cpu:burn, cpu:onnxruntime, vulkan[:N], vulkan:software, cuda[:N], simulated
    ///
    /// auto selects a graphics processor that Vulkan can use, else the processor. cpu:burn and
    /// cpu:onnxruntime run the processor through other libraries: burn's own operators, and ONNX Runtime of `python3`. simulated models a board and measures nothing.
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: Asked,
    /// Precision to compute in
    ///
    /// f16 needs a device that supports it, and counts as a device of its own.
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: Precision,
    /// How to measure: quick (minutes) or paper (hours)
    ///
    /// Protocols are defined in experiments/protocols.toml.
    #[arg(long, default_value = "quick")]
    pub protocol: String,
    /// Power source to read: auto, none, SOURCE or SOURCE/RAIL+RAIL
    ///
    /// `cargo xtask sensors` lists the sources of this machine. An external meter gives lines `seconds watts` (Unix
    /// time): in a growing file, meter:FILE, or as the output of a command, command:LINE. Relative paths begin at the
    /// current folder. `cargo xtask sensors --help` lists options such as meter,decimal=comma:FILE.
    #[arg(long, value_name = "SOURCE", default_value = POWER, value_parser = |text: &str| METERS.resolved(text))]
    #[serde(serialize_with = "declared")]
    pub power: String,
    /// Published weights, NETWORK=FILE, or a weights.toml with `[networks]` and lines NETWORK = "FILE"; repeatable
    ///
    /// With --images, the accuracy of these networks is measured.
    #[arg(long, value_name = "NETWORK=FILE", value_parser = |text: &str| NamedFiles::parse(text, "networks", networks::find))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<NamedFiles>,
    /// Pictures to measure accuracy with: an images.toml with `name`, `folder` and, unless folders are classes, `labels`
    ///
    /// Needs --weights. docs/accuracy.md describes the file.
    #[arg(long, value_name = "FILE", value_parser = |text: &str| ListedFiles::parse(text, &["folder", "labels"]))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<ListedFiles>,
    /// Comma-separated list of networks, all (of the original) or modern (later ones) [default: all]
    ///
    /// `cargo run --bin networks list` prints their names.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub networks: Vec<String>,
    /// Comma-separated list of batch sizes [default: those of the protocol]
    #[arg(long, value_delimiter = ',', value_name = "N")]
    pub batches: Vec<u32>,
    /// With --on slurm: what the node has, by the names in cluster.toml
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    #[serde(skip)]
    pub needs: Vec<String>,
    /// Paper size of the report
    #[arg(long, value_enum, value_name = "SIZE", default_value_t)]
    pub paper: PaperSize,
    /// Draw the figures as PNG, too, for slides
    #[arg(long)]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub png: bool,
    /// Machines in the lock to compare with, or none [default: all with published records]
    #[arg(long, value_delimiter = ',', value_name = "NAME,…|none")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<Vec<String>>,
    /// The other machines that the report compares with, by name.
    #[arg(skip)]
    pub machines: BTreeMap<String, Other>,
    /// The number of sessions of points with more than one, by the name of the point's step.
    #[arg(skip)]
    pub sessions: Sessions,
    /// Points skipped for lack of time.
    #[arg(skip)]
    pub skipped: Skipped,
    /// Folder in which the kernel describes the running machine
    #[arg(long, value_name = "DIR", hide = true, default_value = PROCFS)]
    #[serde(skip, default = "procfs")]
    pub procfs: PathBuf,
    /// Folder in which the kernel describes clocks
    #[arg(long, value_name = "DIR", hide = true, default_value = SYSFS)]
    #[serde(skip, default = "sysfs")]
    pub sysfs: PathBuf,
    /// The study, with networks and protocol as values; none before [`Paper::complete`].
    #[arg(skip)]
    #[serde(skip)]
    study: Option<Study>,
}

/// The kernel's folder for processes and memory.
const PROCFS: &str = "/proc";
/// The kernel's folder for devices.
const SYSFS: &str = "/sys";

fn procfs() -> PathBuf {
    PROCFS.into()
}

fn sysfs() -> PathBuf {
    SYSFS.into()
}

/// The lock has no place of a meter.
fn declared<S: Serializer>(power: &str, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(METERS.declared(power))
}

impl Paper for Networks {
    const ABOUT: About = About {
        title: "An Analysis of Deep Neural Network Models for Practical Applications, Executed",
        description: "The 14 networks of arXiv:1605.07678 measured again: records, estimates, figures, verdicts on the \
                      paper's claims, and the report made from them.",
        examples: help::EXAMPLES,
        help: &help::COMMANDS,
        declared_in: "xtask/src/steps.rs",
        published: RECORDS,
        watched: &["CITATION.cff", "Cargo.lock", "Cargo.toml", "experiments", "figures", "paper"],
        ..About::DEFAULT
    };

    fn hardware(&self) -> Result<Identity> {
        Ok(hardware::identity(self.device()?.0, self.precision, &self.procfs, &self.sysfs))
    }

    fn needs(&self) -> Result<Vec<String>> {
        match self.device {
            Asked::Auto | Asked::This(Device::CpuOnnxruntime) => bail!(
                "nodes of a cluster measure, and --device {} is found out on this machine\nhint: name the device of the nodes: \
                 --device cpu, cpu:burn, vulkan or cuda",
                String::from(self.device)
            ),
            _ if self.images.is_some() => {
                bail!("accuracy is measured on this machine\nhint: omit --images and --weights, or --on slurm")
            }
            _ => Ok(self.needs.clone()),
        }
    }

    fn hardware_fields() -> Option<&'static [&'static str]> {
        Some(&["device", "precision"])
    }

    fn complete(&mut self, at: &Checkout) -> Result<Vec<String>> {
        if at.slurm.is_none() && !self.needs.is_empty() {
            bail!("--needs selects a node of a cluster\nhint: give --on slurm too, or omit --needs");
        }
        let (device, why) = self.device()?;
        self.device = Asked::This(device);
        if device == Device::Simulated && self.power != POWER {
            bail!("the simulated device has a power monitor of its own\nhint: omit --power");
        }
        if matches!(device, Device::Simulated | Device::CpuOnnxruntime) && self.precision != Precision::F32 {
            bail!("the device {device} supports only f32\nhint: omit --precision");
        }
        self.check_classified(device)?;
        NamedFiles::join(&mut self.weights, at.tree)?;
        if let Some(images) = &mut self.images {
            images.complete(at.tree)?;
        }
        let study = Study::choose(at.root(), device, &self.protocol, &self.networks, &self.batches)?;
        self.networks = study.networks.iter().map(|network| network.name.to_owned()).collect();
        self.batches.clone_from(&study.batches);
        let (power, precision, paper, png) = (self.power.clone(), self.precision, self.paper, self.png);
        let study = Study { power, precision, paper, png, ..study };
        let weights = self.weights.first().cloned().unwrap_or_default();
        let study = Study { images: self.images.clone(), weights, needs: self.needs.clone(), ..study };
        let mut study = study.without(self.skipped.clone());
        if !at.is_locked {
            self.sessions = sessions::measured(&study, at)?;
        }
        study.sessions = sessions::checked(&study, &self.sessions)?;
        if let Some(names) = self.others.take() {
            self.machines = machines::named(&study, &names, at)?;
        } else if !at.is_locked {
            // The model of a device is not compared with others.
            self.machines = if device.is_real() { machines::published(&study, at) } else { BTreeMap::new() };
        }
        study.machines = machines::with_records(&study, &self.machines, at)?;
        self.study = Some(study);
        let unused = self.weights.iter().flat_map(|files| files.names());
        let unused = unused.filter(|name| !self.networks.iter().any(|network| network == name));
        let unused = unused.map(|name| format!("weights of {name} are not used: it is not one of --networks"));
        Ok(why.map(|why| format!("device {device}: {why}")).into_iter().chain(unused).collect())
    }

    fn check_measurable(&self) -> Result<()> {
        match self.device {
            Asked::This(device @ (Device::CpuOnnxruntime | Device::Vulkan(_) | Device::Software)) => {
                graphics::usable(&device.to_string(), &self.sysfs).map(drop)
            }
            _ => Ok(()),
        }
    }

    fn steps(&self, at: &Checkout) -> Result<Vec<Step>> {
        let Some(study) = &self.study else { bail!("the request is not complete") };
        Ok(steps::steps(at.root(), study, at.hardware, hardware::memory(&self.procfs))?)
    }

    fn is_simulated(&self) -> bool {
        self.device == Asked::This(Device::Simulated)
    }

    fn alias(step: &str) -> &str {
        sessions::point(step)
    }

    fn rule(fact: &str) -> Rule {
        steps::rule(fact)
    }

    fn facts_now(&self) -> BTreeMap<String, String> {
        offprint::processor::surroundings(&self.procfs, &self.sysfs)
    }

    fn facts_of(output: &[u8]) -> BTreeMap<String, String> {
        let record: Value = serde_json::from_slice(output).unwrap_or_default();
        let environment = record["environment"].as_object();
        let value = |(fact, observed): (&String, &Value)| Some((fact.clone(), observed["value"].as_str()?.to_owned()));
        environment.into_iter().flatten().filter_map(value).collect()
    }

    fn measured_at(output: &[u8]) -> Option<String> {
        Self::facts_of(output).remove("started_utc")
    }

    fn reduce(&self, durations: &BTreeMap<String, Duration>, budget: Budget) -> Result<Option<Reduced<Self>>> {
        let Some(study) = &self.study else { return Ok(None) };
        let reduction = reduction::reduce(study, durations, budget)?;
        let (measured, about, hint) = (reduction.measured, reduction.about, reduction.hint());
        Ok(Some(Reduced { request: self.doing_without(study, reduction.skipped), measured, about, hint }))
    }

    fn without(&self, steps: &BTreeSet<String>, budget: Option<Budget>) -> Option<Self> {
        let study = self.study.as_ref()?;
        let is_late = |network, batch| study.sessions(network, batch).any(|(_, step)| steps.contains(&step));
        let late = study.points().filter(|(network, batch)| is_late(network, *batch));
        let late = late.map(|(network, batch)| (network.name.to_owned(), batch));
        let points = study.skipped.points.iter().cloned().chain(late).collect();
        // The times by layer come after all points, so they are skipped, too.
        let budget = budget.map(|budget| budget.to_string()).unwrap_or_default();
        let accuracies = study.classified().filter(|network| steps.contains(&study.accuracy_step(network)));
        let accuracies = accuracies.map(|network| network.name.to_owned());
        let accuracies = study.skipped.accuracies.iter().cloned().chain(accuracies).collect();
        Some(self.doing_without(study, Skipped { points, accuracies, layers: true, budget }))
    }

    fn skipped(&self) -> Option<String> {
        let study = self.study.as_ref()?;
        study.skipped.described(study)
    }

    fn remarks(&self, at: &Checkout) -> Vec<String> {
        let Some(study) = &self.study else { return Vec::new() };
        let of_device = match study.device {
            Device::Simulated => Some("simulated device: nothing here is a measurement"),
            Device::Software => Some("software Vulkan: these are times of the processor, not of a graphics processor"),
            _ => None,
        };
        let short = study.short_of_sessions();
        let sessions = (short > 0 && study.device.is_real() && at.is_here).then(|| {
            format!(
                "protocol {} asks for {} sessions, but {short} points have fewer: repeat the command with --again 'measure/**' to add one",
                study.protocol_name, study.protocol.sessions
            )
        });
        of_device.map(str::to_owned).into_iter().chain(sessions).collect()
    }

    fn check_publishable(&self, _at: &Checkout) -> Result<()> {
        let machines = self.study.iter().flat_map(|study| &study.machines);
        match machines.into_iter().find(|machine| !machine.is_published()) {
            None => Ok(()),
            Some(machine) => bail!(
                "the report compares with {}, whose records are not published, so it could not be rebuilt\nhint: publish those \
                 records first, or run `cargo xtask reproduce` and this command with --others none",
                machine.name
            ),
        }
    }

    /// A measured point gets another session, which is a step of its own.
    fn not_again(&self, at: &Checkout) -> BTreeSet<String> {
        let Some(study) = self.study.as_ref().filter(|study| study.device.is_real()) else { return BTreeSet::new() };
        let hardware = at.hardware.name();
        let is_locked = |point: &String| at.lock.get(&hardware, point).is_some();
        let measured = study.points().filter(|(network, batch)| is_locked(&study.step(network, *batch)));
        measured.flat_map(|(network, batch)| study.sessions(network, batch).map(|(_, step)| step)).collect()
    }

    fn published(&self, at: &Checkout) -> Vec<String> {
        let has_report = |other: &Identity| other != at.hardware && at.lock.get(&other.name(), REPORT).is_some();
        let others =
            at.lock.hardware.iter().filter_map(|(name, facts)| Identity::named(name, facts)).filter(has_report);
        // The command of the hint says what is wrong with a request that cannot be completed.
        let others = others.filter(|other| machines::is_behind(other, at).unwrap_or(true));
        let hint = |other: Identity| {
            let other = other.name();
            format!(
                "the report of {other} compares with this one: `cargo xtask reproduce --machine {other}` updates it"
            )
        };
        others.map(hint).collect()
    }

    fn compare(both: &Comparison, findings: &mut Findings) -> Result<()> {
        let estimates = |results: &offprint::verification::MachineResults| {
            results.output(both.hardware, ESTIMATES, "estimates.json")
        };
        let (Some(published), Some(here)) = (estimates(&both.published)?, estimates(&both.here)?) else {
            return Ok(());
        };
        agreement::compare(("results", "agree"), both.root, both.scratch, (&published, &here), findings)
    }
}

impl Networks {
    /// The requested device, or the best one and the reason for the choice.
    fn device(&self) -> Result<(Device, Option<String>)> {
        // Drivers are asked once in a process.
        static BEST: OnceLock<(Device, String)> = OnceLock::new();
        match (self.device, BEST.get()) {
            (Asked::This(device), _) => Ok((device, None)),
            (Asked::Auto, Some((best, why))) => Ok((*best, Some(why.clone()))),
            (Asked::Auto, None) => {
                let (best, why) = graphics::best(&self.sysfs)?;
                Ok((best, Some(BEST.get_or_init(|| (best, why)).1.clone())))
            }
        }
    }

    /// Refuses flags that would measure no accuracy.
    fn check_classified(&self, device: Device) -> Result<()> {
        if self.images.is_some() == self.weights.is_empty() {
            let missing = if self.images.is_some() { "weights" } else { "images" };
            bail!("accuracy needs pictures and weights\nhint: give --{missing} too");
        }
        let can_classify = !matches!(device, Device::Simulated | Device::CpuOnnxruntime);
        if self.images.is_some() && (!can_classify || self.precision != Precision::F32) {
            let what = format!("{device} in {}", self.precision.name());
            bail!(
                "accuracy is measured in f32 on cpu, cpu:burn, vulkan and cuda, not on {what}\nhint: omit --images and --weights"
            );
        }
        Ok(())
    }

    /// The request without these points.
    fn doing_without(&self, study: &Study, skipped: Skipped) -> Self {
        let study = study.clone().without(skipped);
        Self { skipped: study.skipped.clone(), study: Some(study), ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
