//! The measuring steps: points and layers. Declares what decides their results, their order and optional inputs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use networks::Network;
use offprint::caller::ListedFiles;
use offprint::gc::UNFINISHED;
use offprint::workspace::STORE;
use offprint::{Identity, Step};

use crate::device::{Device, Precision};
use crate::hardware::{Bytes, GPU, PCI_ADDRESS};
use crate::manifest::{self, ManifestError};
use crate::priority::{self, Takes};
use crate::sessions;
use crate::study::{METERS, POWER, Study};
use crate::work::Work;

/// Crates that decide the time of a forward pass on the processor, through burn's operators.
const ARITHMETIC: [&str; 5] = ["burn", "burn-flex", "gemm", "macerator", "rayon"];
/// Further crates that decide it through the kernels. burn's count as well, since the kernels use burn without fused
/// multiply-add and in 16 bits.
const OF_KERNELS: [&str; 2] = ["bytemuck", "pulp"];
/// The same on a graphics processor.
const GRAPHICS_CRATES: [&str; 6] =
    ["burn", "burn-cubecl", "burn-fusion", "cubecl-core", "cubecl-runtime", "cubecl-std"];
const VULKAN: [&str; 3] = ["burn-wgpu", "cubecl-wgpu", "wgpu"];
const CUDA: [&str; 2] = ["burn-cuda", "cubecl-cuda"];

/// The processor's own kernels.
const KERNELS: [&str; 1] = ["experiments/kernels/src/**/*.rs"];

/// Sources that only the kernels need: the plan that a network becomes for them.
const FOR_KERNELS: [&str; 4] = [
    "experiments/measure/src/model/kernels.rs",
    "experiments/measure/src/model/kernels/**/*.rs",
    "experiments/measure/src/model/plan.rs",
    "experiments/measure/src/model/plan/**/*.rs",
];

/// Sources for graphics processors only.
const GRAPHICS: [&str; 2] = ["experiments/measure/src/device/buffers.rs", "experiments/measure/src/device/vulkan.rs"];

/// Sources for ONNX Runtime only.
const ONNXRUNTIME: [&str; 3] =
    ["experiments/measure/src/**/onnx*", "experiments/measure/src/**/onnx*/*", "experiments/onnx/src/*.rs"];

/// Sources for the simulated device only.
const SIMULATION: [&str; 3] = [
    "experiments/measure/src/device/board.rs",
    "experiments/measure/src/device/rails.rs",
    "experiments/measure/src/device/simulated.rs",
];

/// Commands of the program `measure` that measure nothing.
const OTHER_COMMANDS: [&str; 12] = [
    "experiments/measure/src/accuracy.rs",
    "experiments/measure/src/accuracy/*.rs",
    "experiments/measure/src/checkpoint.rs",
    "experiments/measure/src/checkpoint/**/*.rs",
    "experiments/measure/src/devices.rs",
    "experiments/measure/src/doctor.rs",
    "experiments/measure/src/doctor/*.rs",
    "experiments/measure/src/export.rs",
    "experiments/measure/src/forward.rs",
    "experiments/measure/src/on_demand.rs",
    "experiments/measure/src/sensors.rs",
    "experiments/measure/src/sensors/*.rs",
];

/// The sources of every measurement: program, record, description of networks. A network itself is a text in the key.
const MEASURING: [&str; 18] = [
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
    "experiments/results/src/clocks.rs",
    "experiments/results/src/guard.rs",
    "experiments/results/src/json.rs",
    "experiments/results/src/power.rs",
    "experiments/results/src/power/*.rs",
    "experiments/results/src/record.rs",
    "experiments/results/src/units.rs",
];

/// Those for points only.
const OF_POINTS: [&str; 11] = [
    "experiments/measure/src/interference.rs",
    "experiments/measure/src/implied.rs",
    "experiments/measure/src/measured.rs",
    "experiments/measure/src/power.rs",
    "experiments/measure/src/power/*.rs",
    "experiments/measure/src/rail.rs",
    "experiments/measure/src/rail/**/*.rs",
    "experiments/measure/src/record.rs",
    "experiments/measure/src/window.rs",
    "experiments/networks/src/activations.rs",
    "experiments/networks/src/parameters.rs",
];

/// Further sources of accuracies: from files of weights and pictures to predictions and scores.
const OF_ACCURACY: [&str; 8] = [
    "experiments/images/src/**/*.rs",
    "experiments/results/src/accuracy.rs",
    "experiments/results/src/csv.rs",
    "experiments/results/src/predictions.rs",
    "experiments/results/src/statistics/median.rs",
    "experiments/results/src/statistics/pairs.rs",
    "experiments/results/src/statistics/proportion.rs",
    "experiments/results/src/statistics/student.rs",
];

/// Sources that accuracies do not need: power, windows of time, and other commands.
const NOT_OF_ACCURACY: [&str; 14] = [
    "experiments/measure/src/devices.rs",
    "experiments/measure/src/doctor.rs",
    "experiments/measure/src/doctor/*.rs",
    "experiments/measure/src/export.rs",
    "experiments/measure/src/implied.rs",
    "experiments/measure/src/interference.rs",
    "experiments/measure/src/measured.rs",
    "experiments/measure/src/on_demand.rs",
    "experiments/measure/src/power*",
    "experiments/measure/src/power/*.rs",
    "experiments/measure/src/record.rs",
    "experiments/measure/src/sensors.rs",
    "experiments/measure/src/sensors/*.rs",
    "experiments/measure/src/window.rs",
];

/// Crates that decide the pixels of a picture.
const DECODERS: [&str; 3] = ["png", "zune-core", "zune-jpeg"];

/// Pictures in one forward pass when accuracy is measured.
const PICTURES: &str = "16";

/// Time limit of an accuracy [s]. 50,000 pictures take days on a small board, and an interrupted run goes on.
const WEEK: f64 = 7.0 * 24.0 * 3600.0;

/// Those for layers only. A change in them does not invalidate points.
const OF_LAYERS: [&str; 2] = ["experiments/measure/src/layers.rs", "experiments/measure/src/layers/*.rs"];

/// Variables of the user that decide which driver, library or device computes, and where Git and a meter's command find
/// the user's files. None that decides how it computes, such as a number of threads.
const ENVIRONMENT: &str = "\
HOME GIT_CONFIG_* LD_LIBRARY_PATH XDG_CONFIG_DIRS XDG_CONFIG_HOME XDG_DATA_DIRS XDG_DATA_HOME XDG_RUNTIME_DIR \
VK_ADD_DRIVER_FILES VK_DRIVER_FILES VK_ICD_FILENAMES VK_LOADER_* AMD_VULKAN_ICD DRI_PRIME MESA_LOADER_DRIVER_OVERRIDE \
MESA_VK_DEVICE_SELECT* NVK_I_WANT_A_BROKEN_VULKAN_DRIVER PAN_I_WANT_A_BROKEN_VULKAN_DRIVER PVR_I_WANT_A_BROKEN_VULKAN_DRIVER \
__NV_PRIME_RENDER_OFFLOAD* __VK_LAYER_NV_optimus NVIDIA_DRIVER_CAPABILITIES NVIDIA_VISIBLE_DEVICES \
CUDA_DEVICE_ORDER CUDA_HOME CUDA_MPS_PIPE_DIRECTORY CUDA_PATH CUDA_ROOT CUDA_VISIBLE_DEVICES \
HIP_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES";

/// Properties shared by all measured steps of a study.
pub struct How<'a> {
    root: PathBuf,
    study: &'a Study,
    identity: &'a Identity,
    memory: Option<Bytes>,
    profile: String,
    burn: String,
    kernels: String,
    /// By network: the same at all batches and sessions.
    work: RefCell<BTreeMap<&'static str, Work>>,
}

impl<'a> How<'a> {
    /// For the checkout at `root`, on the hardware `identity` with this memory.
    pub fn new(
        root: &Path,
        study: &'a Study,
        identity: &'a Identity,
        memory: Option<Bytes>,
    ) -> Result<Self, ManifestError> {
        let (burn, kernels) = (manifest::burn(root)?, manifest::kernels(root)?);
        let (profile, place) = (manifest::profile(root)?, root.canonicalize().unwrap_or_else(|_| root.to_owned()));
        Ok(Self { root: place, study, identity, memory, profile, burn, kernels, work: RefCell::default() })
    }

    /// One session of a point, by its number and its step. The sessions of a point differ only in name.
    pub fn point(
        &self,
        network: &Network,
        batch: u32,
        (session, name): (u32, String),
    ) -> Result<Step, networks::NetworkError> {
        let protocol = &self.study.protocol;
        let point = self
            .measured(&name, "point", network, batch, &[("--protocol", self.study.protocol_name.clone())])
            .args(protocol.point.arguments())
            .sources([
                "experiments/results/src/statistics/median.rs",
                "experiments/results/src/statistics/rank_interval.rs",
                "experiments/results/src/statistics/student.rs",
            ])
            .not_sources(OF_LAYERS)
            .output_at("record.json", format!("records/{}-b{batch}{}.json", network.name, sessions::suffix(session)))
            // The program has its own limit, which it records; this one is the fallback.
            .limit(seconds(protocol.point.get("limit-seconds") + 120.0));
        if !self.study.device.is_real() {
            return Ok(point);
        }
        // `auto` is not in the key, so it does not matter whether it was requested. The place of a meter never is.
        let power = &self.study.power;
        let point = if power == POWER { point } else { METERS.give(point, "power", power) };
        let work = self.work(network)?;
        let takes = Takes { time: work.time(protocol, batch), memory: work.memory(batch, self.study.precision) };
        let first = priority::priority(protocol, &name, batch, takes, self.memory);
        // Records of the same network at smaller batches, from which the program estimates whether the point fits.
        let smaller = self.study.batches_of(network).filter(|smaller| *smaller < batch);
        let point = smaller.fold(point, |point, batch| {
            point.optional(&self.study.step(network, batch), "record.json", format!("earlier/b{batch}.json"))
        });
        Ok(point.estimate(takes.time).priority(priority::in_session(first, session)))
    }

    /// The layers of one network.
    pub fn layers(&self, network: &Network) -> Step {
        let layers = &self.study.protocol.layers;
        let name = self.study.layers_step(network);
        let step = self
            .measured(&name, "layers", network, layers.batch, &[])
            .args(layers.constants.arguments())
            .sources(["experiments/results/src/layers.rs"])
            .not_sources(OF_POINTS)
            // Printed output is not part of its record.
            .not_sources(["experiments/measure/src/layers/text.rs"])
            .output_at("layers.json", format!("layers/{}-b{}.json", network.name, layers.batch))
            .limit(seconds(2.0 * layers.constants.get("limit-seconds") + 120.0));
        if !self.study.device.is_real() {
            return step;
        }
        step.estimate(seconds(2.0 * layers.constants.get("seconds") + 3.0)).priority(priority::AFTER_ALL)
    }

    /// The accuracy of one network with the weights of the caller, on the pictures of the caller.
    pub fn accuracy(&self, network: &Network) -> Result<Step, networks::NetworkError> {
        let name = self.study.accuracy_step(network);
        let flags =
            [("--device", self.device()), ("--network", network.name.to_owned()), ("--batch", PICTURES.to_owned())];
        // Outside of the step's own folder, which goes with an interrupted run.
        let journal = self.root.join(STORE).join(UNFINISHED).join(format!("{}.journal", name.replace('/', "-")));
        let step = self
            .step(&name, "accuracy", network, &flags)
            .sources(OF_ACCURACY)
            .not_sources(NOT_OF_ACCURACY)
            .not_sources(OF_LAYERS)
            .crates(DECODERS)
            .unkeyed_args([OsString::from("--journal"), journal.into_os_string()])
            .output_at("accuracy.json", format!("accuracy/{}.json", network.name))
            .output_at("predictions.csv", format!("accuracy/{}.csv", network.name))
            .limit(seconds(WEEK))
            .estimate(self.work(network)?.classifying(self.study.images.as_ref().map_or(0, ListedFiles::files)))
            .priority(priority::AFTER_ALL);
        let step = self.study.weights.give(step, "weights", network.name);
        Ok(self.study.images.iter().fold(step, |step, images| images.give(step, "images")))
    }

    fn work(&self, network: &Network) -> Result<Work, networks::NetworkError> {
        if let Some(known) = self.work.borrow().get(network.name) {
            return Ok(*known);
        }
        let work = Work::of(network)?;
        self.work.borrow_mut().insert(network.name, work);
        Ok(work)
    }

    /// A step that measures or models time, memory and power of a network.
    fn measured(&self, name: &str, command: &str, network: &Network, batch: u32, asked: &[(&str, String)]) -> Step {
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
        let flags: Vec<_> = of_all.iter().chain(&precision).chain(asked).cloned().collect();
        self.step(name, command, network, &flags).not_sources(OTHER_COMMANDS)
    }

    /// A step of the measuring program.
    fn step(&self, name: &str, command: &str, network: &Network, flags: &[(&str, String)]) -> Step {
        let device = self.study.device;
        let class = if device.is_real() { Step::measured } else { Step::exact };
        let step = class(name.to_owned(), "measure".to_owned())
            .features(device.features())
            .args([command])
            .args(flags.iter().flat_map(|(flag, value)| [(*flag).to_owned(), value.clone()]))
            .sources(MEASURING)
            .text("network", networks::canonical(network))
            .hardware(self.identity.clone())
            .needs(&self.study.needs);
        let step = match device {
            Device::Cpu => step.sources(KERNELS).not_sources(ONNXRUNTIME),
            Device::CpuOnnxruntime => step.sources(ONNXRUNTIME).not_sources(FOR_KERNELS),
            _ => step.not_sources(FOR_KERNELS).not_sources(ONNXRUNTIME),
        };
        let step = match device {
            Device::Simulated => return step,
            Device::Cpu => step.crates(ARITHMETIC).crates(OF_KERNELS),
            Device::CpuBurn => step.crates(ARITHMETIC),
            // A library of the machine, whose versions are in its identity.
            Device::CpuOnnxruntime => step,
            Device::Vulkan(_) | Device::Software => step.crates(GRAPHICS_CRATES).crates(VULKAN),
            Device::Cuda(_) => step.crates(GRAPHICS_CRATES).crates(CUDA),
        };
        let step = match device {
            Device::Cpu | Device::CpuBurn | Device::CpuOnnxruntime => step.not_sources(GRAPHICS),
            _ => step,
        };
        let is_kernels = device == Device::Cpu;
        let profile = self.profile.lines().filter(|line| is_kernels || !line.starts_with(manifest::OF_KERNELS));
        let step = step
            .environment(ENVIRONMENT.split(' '))
            .not_sources(SIMULATION)
            .text("profile", profile.collect::<Vec<_>>().join("\n"));
        let step = if is_kernels { step.text("kernels", &self.kernels) } else { step };
        step.text("burn", &self.burn)
    }

    /// The device argument. A graphics processor is given by its identity, or by its address on the bus where several are
    /// alike, since Vulkan counts in another order.
    fn device(&self) -> String {
        let facts = &self.identity.facts;
        match (self.study.device, facts.get(PCI_ADDRESS).or(facts.get(GPU))) {
            (Device::Vulkan(_), Some(gpu)) if gpu.contains(':') => format!("vulkan:{gpu}"),
            (device, _) => device.to_string(),
        }
    }
}

/// A duration in seconds; the maximum for an invalid number.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
