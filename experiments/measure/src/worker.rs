//! The process that computes: it takes a task from its input, measures, and gives messages, one a line, on its output. Knows no
//! record: whoever started it writes that, also when this process is gone.

use std::io::{self, Read, Write};
#[cfg(feature = "flex")]
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use results::record::{Benchmark, Process};
use serde::{Deserialize, Serialize};

use crate::device::{Device, Precision};
use crate::layers::question as layers;
use crate::point::Question;

/// What the process that computes is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// What the device reaches at most.
    PeakRates(Device, Precision),
    /// One process of a point.
    Process(Question),
    /// The layers of a network, each by itself.
    Layers(layers::Question),
}

/// What the process that computes tells the one that watches over it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// How far it is, in words that follow "after 3 s, ".
    Stage(String),
    /// All that was asked. Nothing follows.
    Done(Answer),
}

/// The answer to a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// To [`Task::PeakRates`].
    PeakRates(Benchmark),
    /// To [`Task::Process`].
    Process(Box<Measurement>),
    /// To [`Task::Layers`].
    Layers(layers::Watched),
    /// To any of them: what the device or its driver said when it failed.
    Failed(String),
}

/// The part of a record that only the process that computes can know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// What was measured.
    pub process: Process,
    /// When the timed window began and ended, by the kernel's clock that nobody sets [s].
    pub window: (f64, f64),
    /// Why it is not to be trusted, if so.
    pub refused: Option<String>,
    /// How many threads computed, where this program knows.
    pub threads: Option<u32>,
}

impl Task {
    /// What it runs on.
    pub fn device(&self) -> Device {
        match self {
            Self::PeakRates(device, _) => *device,
            Self::Process(question) => question.device,
            Self::Layers(question) => question.device,
        }
    }

    /// In a word, for whoever lists processes.
    pub fn name(&self) -> &'static str {
        match self {
            Self::PeakRates(..) => "peak_rates",
            Self::Process(_) => "process",
            Self::Layers(_) => "layers",
        }
    }
}

/// Runs as the process that computes, for the process `supervisor`.
pub fn run(supervisor: u32) -> Result<()> {
    bind(supervisor)?;
    let mut text = String::new();
    /// A task is a few hundred bytes.
    const MAX_BYTES: u64 = 1 << 20;
    io::stdin().lock().take(MAX_BYTES).read_to_string(&mut text).context("no task came")?;
    let task: Task = serde_json::from_str(&text).context("the task cannot be understood")?;
    tell(&Message::Done(match task.device().may_fail() {
        true => guarded(&task),
        false => answer(&task)?,
    }))
}

/// The answer, or what was said in its place: a driver that is out of memory, has lost its device or refuses a shader is told by an error or
/// by a panic, and is no fault of this program.
fn guarded(task: &Task) -> Answer {
    match std::panic::catch_unwind(|| answer(task)) {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => Answer::Failed(format!("{error:#}")),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
            Answer::Failed(said.unwrap_or("it panicked and did not say why").to_owned())
        }
    }
}

/// Ends with `supervisor`, and before any other process when memory runs out.
#[cfg(target_os = "linux")]
fn bind(supervisor: u32) -> Result<()> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL)).context("the kernel does not end this process with another")?;
    // It may have ended before the kernel was asked.
    let parent = getppid().map(|parent| parent.as_raw_nonzero().get().unsigned_abs());
    anyhow::ensure!(parent == Some(supervisor), "the process that watches over this one is gone");
    // Where that is not allowed, the kernel's own choice is as good: this process is then the largest.
    std::fs::write("/proc/self/oom_score_adj", "1000").ok();
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn bind(_supervisor: u32) -> Result<()> {
    Ok(())
}

fn tell(message: &Message) -> Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, message)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

/// Tells stages, but never so often that a sample would notice it.
#[cfg(feature = "flex")]
#[derive(Default)]
struct Reporter {
    last: Option<(Instant, String)>,
}

#[cfg(feature = "flex")]
impl Reporter {
    fn stage(&mut self, stage: &str) {
        let kind = |stage: &str| stage.split(',').next().unwrap_or_default().to_owned();
        let is_news = self
            .last
            .as_ref()
            .is_none_or(|(when, last)| *last != kind(stage) || when.elapsed() >= Duration::from_secs(1));
        if is_news {
            // A supervisor that no longer listens will end this process; there is nobody else to tell.
            tell(&Message::Stage(stage.to_owned())).ok();
            self.last = Some((Instant::now(), kind(stage)));
        }
    }
}

#[cfg(feature = "flex")]
fn answer(task: &Task) -> Result<Answer> {
    let mut reporter = Reporter::default();
    match task {
        Task::PeakRates(device, precision) => {
            reporter.stage("in the product benchmark");
            Ok(Answer::PeakRates(crate::device::peak_rates::measure(*device, *precision)?))
        }
        Task::Process(question) => Ok(Answer::Process(Box::new(measure(question, &mut reporter)?))),
        Task::Layers(question) => {
            Ok(Answer::Layers(crate::layers::watched::measure(question, &mut |stage| reporter.stage(stage))?))
        }
    }
}

/// How many threads compute on the processor, by the kernels and by burn's operators alike: as many as the affinity of this process and
/// the quota of its control group allow. Of a graphics processor and of software in its place only the driver knows.
#[cfg(feature = "flex")]
pub fn threads(device: Device) -> Option<u32> {
    matches!(device, Device::Cpu | Device::CpuBurn).then(|| u32::try_from(kernels::threads::count()).ok())?
}

#[cfg(feature = "flex")]
fn measure(question: &Question, reporter: &mut Reporter) -> Result<Measurement> {
    use crate::device::loaded::Loaded;
    use crate::interference::Counters;
    use crate::model::Operators;
    use crate::{memory, point, window};

    let Question { device, precision, network, batch, seed, protocol, min_window, memory_limit, procfs, sysfs } =
        question;
    let network = point::network(network)?;
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    reporter.stage("while the network was built");
    if let Some(max) = memory_limit {
        memory::limit(*max)?;
    }
    let before_model = memory::resident(procfs)?;
    let operators = Operators::of(*device, *precision, device.largest_buffer()?);
    let mut loaded = Loaded::build(&network, *batch, *seed, device.open(*precision)?, operators)?;
    let (after_model, building_peak) = (memory::resident(procfs)?, memory::peak(procfs)?);
    let covers = memory::reset_peak(procfs);
    let mut look = || Counters::read(procfs, sysfs);
    let window = window::run(&mut loaded, protocol, *min_window, &mut |stage| reporter.stage(stage), &mut look)?;
    let peak = memory::peak(procfs)?;
    let allocator = loaded.allocator();
    reporter.stage("by the device's own clock");
    let device_samples = loaded.by_its_own_clock()?;
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
    let threads = threads(*device);
    Ok(Measurement { process, window: window.between, refused: window.refused, threads })
}

#[cfg(not(feature = "flex"))]
fn answer(_task: &Task) -> Result<Answer> {
    anyhow::bail!("this program was built without the feature flex\nhint: cargo build --workspace --bin measure")
}
