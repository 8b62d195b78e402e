//! The process that computes: it reads a task from its input, measures, and writes messages to its output, one per line. Writes no
//! record: the supervisor does, also when this process is gone.

use std::io::{self, Read, Write};
use std::path::Path;
#[cfg(feature = "flex")]
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
#[cfg(feature = "flex")]
use results::Bytes;
use results::record::{Benchmark, Process};
use serde::{Deserialize, Serialize};

use crate::device::{Device, Precision};
use crate::layers::parameters as layers;
use crate::memory::Available;
#[cfg(feature = "flex")]
use crate::passes::Passes;
use crate::point::Parameters;

/// What to compute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// The peak rates of the device.
    PeakRates(Device, Precision),
    /// One process of a point.
    Process(Parameters),
    /// The layers of a network, each by itself.
    Layers(layers::Parameters),
}

/// What the process that computes sends to its supervisor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// Progress, worded to follow "after 3 s, ".
    Stage(String),
    /// The result of the task; the last message.
    Done(Response),
}

/// The result of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    /// Of [`Task::PeakRates`].
    PeakRates(Benchmark),
    /// Of [`Task::Process`].
    Process(Box<Measurement>),
    /// Of [`Task::Layers`].
    Layers(layers::Timings),
    /// Of any task: the error of the device or its driver.
    Failed(String),
}

/// The part of a record that only the process that computes can know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// What was measured.
    pub process: Process,
    /// When the timed window began and ended, by the kernel's monotonic clock [s].
    pub window: (f64, f64),
    /// Why the numbers must not be used, if so.
    pub refused: Option<String>,
    /// How many threads computed, where this is known.
    pub threads: Option<u32>,
}

impl Task {
    /// The device it needs.
    pub fn device(&self) -> Device {
        match self {
            Self::PeakRates(device, _) => *device,
            Self::Process(parameters) => parameters.workload.device,
            Self::Layers(parameters) => parameters.workload.device,
        }
    }

    /// The memory that its process may use.
    pub fn memory_limit(&self) -> Option<Available> {
        match self {
            Self::PeakRates(..) => None,
            Self::Process(parameters) => parameters.memory_limit,
            Self::Layers(parameters) => parameters.memory_limit,
        }
    }

    /// Shown in lists of processes.
    pub fn name(&self) -> &'static str {
        match self {
            Self::PeakRates(..) => "peak-rates",
            Self::Process(_) => "process",
            Self::Layers(_) => "layers",
        }
    }
}

/// Runs as the process that computes, for the process `supervisor`, with a folder for files that exist only meanwhile.
pub fn run(supervisor: u32, scratch: &Path) -> Result<()> {
    bind(supervisor)?;
    let mut text = String::new();
    /// A task is a few hundred bytes.
    const MAX_BYTES: u64 = 1 << 20;
    io::stdin().lock().take(MAX_BYTES).read_to_string(&mut text).context("cannot read the task")?;
    let task: Task = serde_json::from_str(&text).context("cannot parse the task")?;
    send(&Message::Done(match task.device().may_fail() {
        true => perform_fallibly(&task, scratch),
        false => perform(&task, scratch)?,
    }))
}

/// The result, or the error in its place. A driver reports exhausted memory, a lost device or a refused shader as an error or as a panic;
/// neither is a bug of this program.
fn perform_fallibly(task: &Task, scratch: &Path) -> Response {
    match std::panic::catch_unwind(|| perform(task, scratch)) {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => Response::Failed(format!("{error:#}")),
        Err(panic) => {
            let message = panic.downcast_ref::<String>().map(String::as_str);
            let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
            Response::Failed(message.unwrap_or("it panicked without a message").to_owned())
        }
    }
}

/// Ends with `supervisor`, and before any other process when memory runs out.
#[cfg(target_os = "linux")]
fn bind(supervisor: u32) -> Result<()> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL)).context("cannot tie this process to its supervisor")?;
    // The supervisor may have ended before this call.
    let parent = getppid().map(|parent| parent.as_raw_nonzero().get().unsigned_abs());
    anyhow::ensure!(parent == Some(supervisor), "the supervisor of this process has ended");
    // Without the permission the kernel's own choice is as good: this process is then the largest.
    std::fs::write("/proc/self/oom_score_adj", "1000").ok();
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn bind(_supervisor: u32) -> Result<()> {
    Ok(())
}

fn send(message: &Message) -> Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, message)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

/// Reports stages, rarely enough not to affect the samples.
#[cfg(feature = "flex")]
#[derive(Default)]
struct Reporter {
    last: Option<(Instant, String)>,
}

#[cfg(feature = "flex")]
impl Reporter {
    fn stage(&mut self, stage: &str) {
        let kind = |stage: &str| stage.split(',').next().unwrap_or_default().to_owned();
        let is_due = self
            .last
            .as_ref()
            .is_none_or(|(when, last)| *last != kind(stage) || when.elapsed() >= Duration::from_secs(1));
        if is_due {
            // If the supervisor no longer reads, it is about to end this process.
            send(&Message::Stage(stage.to_owned())).ok();
            self.last = Some((Instant::now(), kind(stage)));
        }
    }
}

#[cfg(feature = "flex")]
fn perform(task: &Task, scratch: &Path) -> Result<Response> {
    let mut reporter = Reporter::default();
    match task {
        Task::PeakRates(device, precision) => {
            reporter.stage("in the benchmark of peak rates");
            Ok(Response::PeakRates(crate::device::peak_rates::measure(*device, *precision, scratch)?))
        }
        Task::Process(parameters) => Ok(Response::Process(Box::new(measure(parameters, scratch, &mut reporter)?))),
        Task::Layers(parameters) => {
            Ok(Response::Layers(crate::layers::timing::measure(parameters, &mut |stage| reporter.stage(stage))?))
        }
    }
}

/// How many threads compute on the processor, for the kernels and for libraries alike: as many as the affinity of this process and
/// the quota of its control group allow. None for other devices: only the driver knows.
#[cfg(feature = "flex")]
pub fn threads(device: Device) -> Option<u32> {
    matches!(device, Device::Cpu | Device::CpuBurn | Device::CpuOnnxruntime)
        .then(|| u32::try_from(kernels::threads::count()).ok())?
}

#[cfg(feature = "flex")]
fn measure(parameters: &Parameters, scratch: &Path, reporter: &mut Reporter) -> Result<Measurement> {
    use crate::device::loaded::Loaded;
    use crate::device::onnxruntime::Session;
    use crate::memory;
    use crate::model::Operators;
    use crate::workload::Workload;

    let Parameters { workload, memory_limit, procfs, .. } = parameters;
    let Workload { device, precision, batch, seed, .. } = *workload;
    let network = workload.network()?;
    reporter.stage("while the network was built");
    if let Some(max) = memory_limit {
        memory::limit(max.bytes)?;
    }
    if device == Device::CpuOnnxruntime {
        let mut session = Session::start(kernels::threads::count())?;
        let process = session.process();
        let before_model = memory::resident(procfs, &process)?;
        session.load(&network, batch, seed, scratch)?;
        return timed(parameters, (&process, before_model), &mut session, reporter);
    }
    let before_model = memory::resident(procfs, memory::THIS)?;
    let operators = Operators::of(device, precision, device.largest_buffer()?);
    let mut loaded = Loaded::build(&network, batch, seed, device.open(precision)?, operators)?;
    timed(parameters, (memory::THIS, before_model), &mut loaded, reporter)
}

/// Times a network that is ready to run in a process, which had this much memory before.
#[cfg(feature = "flex")]
fn timed(
    parameters: &Parameters,
    (computes, before_model): (&str, Bytes),
    passes: &mut dyn Passes,
    reporter: &mut Reporter,
) -> Result<Measurement> {
    use crate::interference::Counters;
    use crate::{memory, window};

    let Parameters { workload, protocol, min_window, procfs, sysfs, .. } = parameters;
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (after_model, building_peak) = (memory::resident(procfs, computes)?, memory::peak(procfs, computes)?);
    let covers = memory::reset_peak(procfs, computes);
    let mut look = || Counters::read(procfs, sysfs, computes);
    let window = window::run(passes, protocol, *min_window, &mut |stage| reporter.stage(stage), &mut look)?;
    let peak = memory::peak(procfs, computes)?;
    let allocator = passes.allocator();
    reporter.stage("by the device's own clock");
    let device_samples = passes.by_its_own_clock()?;
    let (before, after) = &window.around;
    let process = Process {
        first_run: window.first_run,
        interference: before.until(after, window.wall(), processors),
        warm_up: window.warm_up,
        warmth: window.warmth,
        samples: window.samples,
        end: window.end,
        device_samples,
        memory: results::Memory { before_model, after_model, building_peak, peak, covers, allocator },
    };
    let threads = threads(workload.device);
    Ok(Measurement { process, window: window.between, refused: window.refused, threads })
}

#[cfg(not(feature = "flex"))]
fn perform(_task: &Task, _scratch: &Path) -> Result<Response> {
    anyhow::bail!("this program was built without the feature flex\nhint: cargo build --workspace --bin measure")
}
