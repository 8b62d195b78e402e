//! The process that computes: it takes a question from its input, measures, and gives messages, one a line, on its output.
//! Knows no record: whoever started it writes that, also when this process is gone.

use std::io::{self, Read, Write};
#[cfg(feature = "flex")]
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use results::{Memory, Outcome, Seconds};
use serde::{Deserialize, Serialize};

use crate::point::Question;

/// What the process that computes tells the one that watches over it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// How far it is, in words that follow "after 3 s, ".
    Stage(String),
    /// All that was measured. Nothing follows.
    Done(Measurement),
}

/// The part of a record that only the process that computes can know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Measured or refused; the other ways to end are seen from outside.
    pub outcome: Outcome,
    /// See [`results::Record`].
    pub first_run: Option<Seconds>,
    /// See [`results::Record`].
    pub warm_up: Vec<Seconds>,
    /// See [`results::Record`].
    pub samples: Vec<Seconds>,
    /// Of this process.
    pub memory: Option<Memory>,
}

impl Measurement {
    /// Of a point that ended otherwise.
    pub fn none(outcome: Outcome) -> Self {
        Self { outcome, first_run: None, warm_up: Vec::new(), samples: Vec::new(), memory: None }
    }
}

/// Runs as the process that computes, for the process `supervisor`.
pub fn run(supervisor: u32) -> Result<()> {
    bind(supervisor)?;
    let mut text = String::new();
    /// A question is a few hundred bytes.
    const MOST_BYTES: u64 = 1 << 20;
    io::stdin().lock().take(MOST_BYTES).read_to_string(&mut text).context("no question came")?;
    let question: Question = serde_json::from_str(&text).context("the question cannot be understood")?;
    let done = measure(&question)?;
    tell(&Message::Done(done))
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
fn measure(question: &Question) -> Result<Measurement> {
    use crate::device::flex::Flex;
    use crate::{memory, point, window};

    let network = point::network(&question.network)?;
    let mut reporter = Reporter::default();
    reporter.stage("while the network was built");
    let before_model = memory::resident(&question.procfs)?;
    let mut flex = Flex::build(&network, question.batch, question.seed)?;
    let window = window::run(&mut flex, &question.protocol, &mut |stage| reporter.stage(stage))?;
    let peak = memory::peak(&question.procfs)?;
    Ok(Measurement {
        outcome: window.outcome,
        first_run: Some(window.first_run),
        warm_up: window.warm_up,
        samples: window.samples,
        memory: Some(Memory { before_model, peak }),
    })
}

#[cfg(not(feature = "flex"))]
fn measure(_question: &Question) -> Result<Measurement> {
    anyhow::bail!("this program was built without the feature flex\nhint: cargo build --bin measure")
}
