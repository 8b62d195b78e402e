//! The steps that measure: the points of a study, and the layers of some networks. What decides their results, in which order they
//! run, what they may look at. Declares them and runs none.

use std::collections::BTreeMap;
use std::path::Path;

use networks::Network;

use crate::cost::Work;
use crate::declare::{made, seconds, sources, step, strings};
use crate::device::{Device, Precision};
use crate::hardware::{Bytes, GPU};
use crate::manifest::{self, ManifestError};
use crate::study::{POWER, Study};
use crate::turn::{self, Takes};
use offprint::identity::Identity;
use offprint::step::{Class, Input, Program, Step};

/// Crates that decide how long a forward pass takes on the processor: through burn's operators ...
const ARITHMETIC: [&str; 5] = ["burn", "burn-flex", "gemm", "macerator", "rayon"];
/// ... and, through the kernels, these too. burn's stay: without fused multiply-add, or in 16 bits, the kernels leave the work to it.
const OF_KERNELS: [&str; 2] = ["bytemuck", "pulp"];
/// On a graphics processor.
const GRAPHICS_CRATES: [&str; 6] =
    ["burn", "burn-cubecl", "burn-fusion", "cubecl-core", "cubecl-runtime", "cubecl-std"];
const VULKAN: [&str; 3] = ["burn-wgpu", "cubecl-wgpu", "wgpu"];
const CUDA: [&str; 2] = ["burn-cuda", "cubecl-cuda"];

/// The processor's own kernels.
const KERNELS: [&str; 1] = ["experiments/kernels/src/**/*.rs"];

/// What of the program only they need: what a network is made into for them.
const FOR_KERNELS: [&str; 4] = [
    "experiments/measure/src/model/kernels.rs",
    "experiments/measure/src/model/kernels/**/*.rs",
    "experiments/measure/src/model/plan.rs",
    "experiments/measure/src/model/plan/**/*.rs",
];

/// What only graphics processors run.
const GRAPHICS: [&str; 2] = ["experiments/measure/src/device/buffers.rs", "experiments/measure/src/device/vulkan.rs"];

/// What no real device runs.
const SIMULATION: [&str; 3] = [
    "experiments/measure/src/device/board.rs",
    "experiments/measure/src/device/rails.rs",
    "experiments/measure/src/device/simulated.rs",
];

/// Commands of the program `measure` that measure nothing.
const OTHER_COMMANDS: [&str; 8] = [
    "experiments/measure/src/devices.rs",
    "experiments/measure/src/doctor.rs",
    "experiments/measure/src/doctor/*.rs",
    "experiments/measure/src/forward.rs",
    "experiments/measure/src/forward/*.rs",
    "experiments/measure/src/on_demand.rs",
    "experiments/measure/src/sensors.rs",
    "experiments/measure/src/sensors/*.rs",
];

/// The sources of whatever is measured: the program, how a record is made and written, and what of a network is in it. A network itself
/// is in the key as a text.
const MEASURING: [&str; 17] = [
    "experiments/measure/build.rs",
    "experiments/measure/src/**/*.rs",
    "experiments/networks/src/activations.rs",
    "experiments/networks/src/costs.rs",
    "experiments/networks/src/error.rs",
    "experiments/networks/src/layer.rs",
    "experiments/networks/src/macs.rs",
    "experiments/networks/src/network.rs",
    "experiments/networks/src/parameters.rs",
    "experiments/networks/src/shapes.rs",
    "experiments/networks/src/tensors.rs",
    "experiments/results/src/guard.rs",
    "experiments/results/src/json.rs",
    "experiments/results/src/power.rs",
    "experiments/results/src/power/*.rs",
    "experiments/results/src/record.rs",
    "experiments/results/src/units.rs",
];

/// Of them, those of points alone.
const OF_POINTS: [&str; 11] = [
    "experiments/measure/src/disturbance.rs",
    "experiments/measure/src/implied.rs",
    "experiments/measure/src/measured.rs",
    "experiments/measure/src/power.rs",
    "experiments/measure/src/power/*.rs",
    "experiments/measure/src/rail.rs",
    "experiments/measure/src/rail/*.rs",
    "experiments/measure/src/record.rs",
    "experiments/measure/src/window.rs",
    "experiments/networks/src/activations.rs",
    "experiments/networks/src/parameters.rs",
];

/// Of them, those of layers alone: what is changed there measures no point anew.
const OF_LAYERS: [&str; 2] = ["experiments/measure/src/layers.rs", "experiments/measure/src/layers/*.rs"];

/// What all measured steps of a study share.
pub struct How<'a> {
    study: &'a Study,
    identity: &'a Identity,
    memory: Option<Bytes>,
    profile: String,
    burn: String,
    kernels: String,
}

impl<'a> How<'a> {
    /// Of the checkout at `root`, on the hardware `identity` with so much memory.
    pub fn new(
        root: &Path,
        study: &'a Study,
        identity: &'a Identity,
        memory: Option<Bytes>,
    ) -> Result<Self, ManifestError> {
        let (burn, kernels) = (manifest::burn(root)?, manifest::kernels(root)?);
        Ok(Self { study, identity, memory, profile: manifest::profile(root)?, burn, kernels })
    }

    /// One session of a point, by its number and its step. What all sessions of a point share decides what is measured; only their names
    /// differ.
    pub fn point(
        &self,
        network: &Network,
        batch: u32,
        (session, name): (u32, String),
    ) -> Result<Step, networks::NetworkError> {
        let protocol = &self.study.protocol;
        let mut asked = vec![("--protocol", self.study.protocol_name.clone())];
        // A point for which the best source was read is the same whether that was asked for or not; a model has its own.
        if self.study.power != POWER && self.study.device.is_real() {
            asked.push(("--power", self.study.power.clone()));
        }
        let mut point = self.measured(&name, ("point", "record.json"), network, batch, &asked);
        point.args.extend(protocol.arguments());
        point.sources.include.extend(strings(&[
            "experiments/results/src/statistics/median.rs",
            "experiments/results/src/statistics/rank_interval.rs",
            "experiments/results/src/statistics/student.rs",
        ]));
        point.sources.exclude.extend(strings(&OF_LAYERS));
        // The program keeps to its own limit and records it; this one is for a program that does not.
        point.limit = seconds(protocol.constant("limit-seconds") + 120.0);
        if point.class == Class::Measured {
            let work = Work::of(network)?;
            let takes = Takes { time: work.time(protocol, batch), memory: work.memory(batch, self.study.precision) };
            point.estimate = takes.time;
            point.evidence = self.earlier(network, batch);
            let turn = turn::turn(protocol, &name, batch, takes, self.memory);
            point.priority = turn::in_session(turn, session);
        }
        Ok(point)
    }

    /// The layers of one network.
    pub fn layers(&self, network: &Network) -> Step {
        let layers = &self.study.protocol.layers;
        let name = self.study.layers_step(network);
        let mut step = self.measured(&name, ("layers", "layers.json"), network, layers.batch, &[]);
        step.args.extend(layers.arguments());
        step.sources.include.push("experiments/results/src/layers.rs".to_owned());
        step.sources.exclude.extend(strings(&OF_POINTS));
        // What it prints is no part of its record.
        step.sources.exclude.push("experiments/measure/src/layers/text.rs".to_owned());
        step.limit = seconds(2.0 * layers.constant("limit-seconds") + 120.0);
        if step.class == Class::Measured {
            step.estimate = seconds(2.0 * layers.constant("seconds") + 3.0);
            step.priority = turn::AFTER_ALL;
        }
        step
    }

    /// What a program measures of a network, or models.
    fn measured(
        &self,
        name: &str,
        (command, output): (&str, &str),
        network: &Network,
        batch: u32,
        asked: &[(&str, String)],
    ) -> Step {
        let of_all = [
            ("--device", self.device()),
            ("--network", network.name.to_owned()),
            ("--batch", batch.to_string()),
            ("--seed", self.study.protocol.seed.to_string()),
        ];
        let precision = match self.study.precision {
            Precision::F32 => None,
            other => Some(("--precision", other.name().to_owned())),
        };
        let flags =
            of_all.iter().chain(&precision).chain(asked).flat_map(|(flag, value)| [(*flag).to_owned(), value.clone()]);
        let mut texts = BTreeMap::from([("network".to_owned(), networks::canonical(network))]);
        let shared = Step {
            args: [command.to_owned()].into_iter().chain(flags).collect(),
            sources: sources(&MEASURING, &OTHER_COMMANDS),
            outputs: strings(&[output]),
            identity: Some(self.identity.clone()),
            ..step(name, "measure", &[])
        };
        let program = Program::Workspace { bin: "measure".to_owned(), features: self.study.device.features() };
        let mut sources = shared.sources;
        match self.study.device {
            Device::Cpu => sources.include.extend(strings(&KERNELS)),
            _ => sources.exclude.extend(strings(&FOR_KERNELS)),
        }
        let crates = match self.study.device {
            Device::Simulated => return Step { program, texts, sources, ..shared },
            Device::Cpu => [strings(&ARITHMETIC), strings(&OF_KERNELS)].concat(),
            Device::CpuBurn => strings(&ARITHMETIC),
            Device::Vulkan(_) | Device::Software => [strings(&GRAPHICS_CRATES), strings(&VULKAN)].concat(),
            Device::Cuda(_) => [strings(&GRAPHICS_CRATES), strings(&CUDA)].concat(),
        };
        if matches!(self.study.device, Device::Cpu | Device::CpuBurn) {
            sources.exclude.extend(strings(&GRAPHICS));
        }
        sources.exclude.extend(strings(&SIMULATION));
        let mut profile: Vec<&str> = self.profile.lines().collect();
        if self.study.device == Device::Cpu {
            texts.insert("kernels".to_owned(), self.kernels.clone());
        } else {
            profile.retain(|line| !line.starts_with(manifest::OF_KERNELS));
        }
        texts.insert("profile".to_owned(), profile.join("\n"));
        texts.insert("burn".to_owned(), self.burn.clone());
        Step { program, sources, crates, class: Class::Measured, texts, ..shared }
    }

    /// The device as the program is given it: a graphics processor by what it is, since Vulkan counts in another order than the kernel.
    fn device(&self) -> String {
        match (self.study.device, self.identity.facts.get(GPU)) {
            (Device::Vulkan(_), Some(gpu)) if gpu.contains(':') => format!("vulkan:{gpu}"),
            (device, _) => device.to_string(),
        }
    }

    /// What a point may look at before it takes its time: the records of the same network at smaller batches.
    fn earlier(&self, network: &Network, batch: u32) -> Vec<Input> {
        let smaller = self.study.batches_of(network).filter(|smaller| *smaller < batch);
        let smaller = smaller.map(|batch| (format!("earlier/b{batch}.json"), self.study.step(network, batch)));
        smaller.map(|(place, step)| made(&place, &step, "record.json")).collect()
    }
}
