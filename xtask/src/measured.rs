//! The steps that measure: the points of a study, and the layers of some networks. What decides their results, in which order they
//! run, what they may look at. Declares them and runs none.

use std::collections::BTreeMap;
use std::path::Path;

use networks::Network;

use crate::cost::Work;
use crate::declare::{made, seconds, sources, step, strings};
use crate::engine::identity::Identity;
use crate::engine::step::{Class, Features, Input, Program, Step};
use crate::hardware::Bytes;
use crate::manifest::{self, ManifestError};
use crate::study::{Device, POWER, Study};
use crate::turn::{self, Takes};

/// Crates that decide how long a forward pass takes.
const ARITHMETIC: [&str; 5] = ["burn", "burn-flex", "gemm", "macerator", "rayon"];

/// What no real device runs.
const SIMULATION: [&str; 3] = [
    "experiments/measure/src/device/board.rs",
    "experiments/measure/src/device/rails.rs",
    "experiments/measure/src/device/simulated.rs",
];

/// Commands of the program `measure` that measure nothing.
const OTHER_COMMANDS: [&str; 6] = [
    "experiments/measure/src/doctor.rs",
    "experiments/measure/src/doctor/*.rs",
    "experiments/measure/src/forward.rs",
    "experiments/measure/src/forward/*.rs",
    "experiments/measure/src/sensors.rs",
    "experiments/measure/src/sensors/*.rs",
];

/// The sources of whatever is measured.
const MEASURING: [&str; 7] = [
    "experiments/measure/build.rs",
    "experiments/measure/src/**/*.rs",
    "experiments/results/src/guard.rs",
    "experiments/results/src/power.rs",
    "experiments/results/src/power/*.rs",
    "experiments/results/src/record.rs",
    "experiments/results/src/units.rs",
];

/// Of them, those of points alone.
const OF_POINTS: [&str; 9] = [
    "experiments/measure/src/disturbance.rs",
    "experiments/measure/src/implied.rs",
    "experiments/measure/src/measured.rs",
    "experiments/measure/src/power.rs",
    "experiments/measure/src/power/*.rs",
    "experiments/measure/src/rail.rs",
    "experiments/measure/src/rail/*.rs",
    "experiments/measure/src/record.rs",
    "experiments/measure/src/window.rs",
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
}

impl<'a> How<'a> {
    /// Of the checkout at `root`, on the hardware `identity` with so much memory.
    pub fn new(
        root: &Path,
        study: &'a Study,
        identity: &'a Identity,
        memory: Option<Bytes>,
    ) -> Result<Self, ManifestError> {
        Ok(Self { study, identity, memory, profile: manifest::profile(root)?, burn: manifest::burn(root)? })
    }

    /// One point.
    pub fn point(&self, network: &Network, batch: u32) -> Result<Step, networks::NetworkError> {
        let protocol = &self.study.protocol;
        let name = self.study.step(network, batch);
        let mut asked = vec![("--protocol", self.study.protocol_name.clone())];
        // A point for which the best source was read is the same whether that was asked for or not; a model has its own.
        if self.study.power != POWER && self.study.device == Device::Cpu {
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
            let takes = Takes { time: work.time(protocol, batch), memory: work.memory(batch) };
            point.rough = takes.time;
            point.evidence = self.earlier(network, batch);
            point.turn = turn::turn(protocol, &name, batch, takes, self.memory);
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
            step.rough = seconds(2.0 * layers.constant("seconds") + 3.0);
            step.turn = turn::AFTER_ALL;
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
            ("--device", self.study.device.name().to_owned()),
            ("--network", network.name.to_owned()),
            ("--batch", batch.to_string()),
            ("--seed", self.study.protocol.seed.to_string()),
        ];
        let flags = of_all.iter().chain(asked).flat_map(|(flag, value)| [(*flag).to_owned(), value.clone()]);
        let mut texts = BTreeMap::from([("network".to_owned(), networks::canonical(network))]);
        let shared = Step {
            args: [command.to_owned()].into_iter().chain(flags).collect(),
            sources: sources(&MEASURING, &OTHER_COMMANDS),
            outputs: strings(&[output]),
            identity: Some(self.identity.clone()),
            ..step(name, "measure", &[])
        };
        match self.study.device {
            Device::Cpu => {
                texts.insert("profile".to_owned(), self.profile.clone());
                texts.insert("burn".to_owned(), self.burn.clone());
                let mut sources = shared.sources;
                sources.exclude.extend(strings(&SIMULATION));
                Step { sources, crates: strings(&ARITHMETIC), class: Class::Measured, texts, ..shared }
            }
            Device::Simulated => {
                let program = Program::Workspace { bin: "measure".to_owned(), features: Features::Only(Vec::new()) };
                Step { program, texts, ..shared }
            }
        }
    }

    /// What a point may look at before it takes its time: the records of the same network at smaller batches.
    fn earlier(&self, network: &Network, batch: u32) -> Vec<Input> {
        let smaller = self.study.batches_of(network).filter(|smaller| *smaller < batch);
        let smaller = smaller.map(|batch| (format!("earlier/b{batch}.json"), self.study.step(network, batch)));
        smaller.map(|(place, step)| made(&place, &step, "record.json")).collect()
    }
}
