//! The command line, and the only place that prints errors.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};

use crate::engine::execute::execute;
use crate::engine::explain::explain;
use crate::engine::graph::Graph;
use crate::engine::hold::Hold;
use crate::engine::plan::{lines, plan};
use crate::engine::progress::{Event, Progress, duration};
use crate::engine::run::{self, Guard};
use crate::engine::session::Session;
use crate::engine::source;
use crate::engine::store::Store;
use crate::study::{Device, Study};
use crate::{steps, views};

/// The paper as a program: measure the networks, draw the figures, test the claims, typeset the report.
///
/// Every experiment is a step with a key made of all that decides its result. A step runs only when its key changed or its
/// outputs are gone; what is finished is kept, whatever ends the run.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask reproduce                           everything, on this machine's processor
  cargo xtask reproduce --networks alexnet,enet --batches 1
                                                  a small paper, with seconds of measuring
  cargo xtask reproduce --device simulated        try the whole way without measuring; its numbers are marked as such
  cargo xtask plan                                what would run, why, and how long it takes
  cargo xtask explain report                      one step in full";

#[derive(Subcommand)]
enum Command {
    /// Run what is not fresh, and show the results in output/
    #[command(after_help = "\
Steps: counts, measure/DEVICE/NETWORK/bBATCH, estimates, figures/figNN, facts, claims, report. A pattern such as \
'measure/cpu/resnet-*/b16' or 'figures/*' chooses several, and what they need comes with them.\n
Ctrl-C stops at once; finished steps are kept, and the same command goes on from there.")]
    Reproduce {
        /// Only these steps and what they need; all of them when none is given
        #[arg(value_name = "STEP")]
        steps: Vec<String>,
        #[command(flatten)]
        choice: Choice,
        /// Print the plan and run nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Print a line a step: fresh, or why it must run and how long it takes about
    Plan {
        /// Only these steps and what they need; all of them when none is given
        #[arg(value_name = "STEP")]
        steps: Vec<String>,
        #[command(flatten)]
        choice: Choice,
    },
    /// Print one step in full: every reason to run it, and the text of its key
    Explain {
        /// Name of the step
        #[arg(value_name = "STEP")]
        step: String,
        #[command(flatten)]
        choice: Choice,
    },
    /// Start a step's program so that it ends with the driver
    #[command(hide = true)]
    Guard {
        parent: u32,
        program: PathBuf,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
}

#[derive(Args)]
struct Choice {
    /// What to measure on
    #[arg(long, value_enum, default_value = "cpu")]
    device: Device,
    /// How to measure: quick (minutes) or paper (hours); experiments/protocols.toml has them
    #[arg(long, default_value = "quick")]
    protocol: String,
    /// Only these networks, apart by commas
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    networks: Vec<String>,
    /// Only these batch sizes, apart by commas; those of the protocol when none is given
    #[arg(long, value_delimiter = ',', value_name = "N")]
    batches: Vec<u32>,
}

/// Runs the program.
pub fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Reproduce { steps, choice, dry_run: false } => reproduce(&steps, &choice),
        Command::Reproduce { steps, choice, dry_run: true } | Command::Plan { steps, choice } => {
            let session = open(&root()?, &choice)?;
            print!("{}", lines(&plan(&session, &chosen(&session.graph, &steps)?)?));
            Ok(())
        }
        Command::Explain { step, choice } => {
            let session = open(&root()?, &choice)?;
            let Some(index) = session.graph.find(&step) else { return Err(unknown_step(&session.graph, &step)) };
            let planned = plan(&session, &session.graph.with_needed([index]))?;
            if let Some(planned) = planned.iter().find(|planned| planned.step == step) {
                print!("{}", explain(planned));
            }
            Ok(())
        }
        Command::Guard { parent, program, args } => {
            Err(run::guard(parent, &program, &args)).with_context(|| format!("cannot run {}", program.display()))
        }
    }
}

fn reproduce(steps: &[String], choice: &Choice) -> Result<()> {
    let started = Instant::now();
    let root = root()?;
    // A typing mistake is told before waiting for another run.
    let known = open(&root, choice)?;
    let progress = Progress::new(chosen(&known.graph, steps)?.len());
    let _hold = Hold::wait(&known.store, |holder| progress.tell(Event::StoreWaits { holder }))?;
    // The lock may have changed while waiting.
    let mut session = open(&root, choice)?;
    let chosen = chosen(&session.graph, steps)?;

    // The running image itself, also when a build replaces the file it was started from.
    let guard = Guard::With(PathBuf::from("/proc/self/exe"));
    let outcome = execute(&mut session, &chosen, &guard, &mut |event| progress.tell(event));
    progress.finish();
    let summary = outcome?;
    let folder = root.join("output").join(choice.device.name());
    views::show(&session.store, &summary.outputs, &folder)?;

    match summary.ran.len() {
        0 => println!("nothing had to run: all {} steps are fresh", chosen.len()),
        ran => println!("ran {ran} of {} steps in {}", chosen.len(), duration(started.elapsed())),
    }
    let shown = |output: &str| Path::new("output").join(choice.device.name()).join(output).display().to_string();
    if choice.device == Device::Simulated {
        println!("simulated device: nothing here is a measurement");
    }
    match summary.outputs.contains_key("report") {
        true => println!("report: {}", shown("report.pdf")),
        false => println!("results: {}", shown("")),
    }
    Ok(())
}

fn open(root: &Path, choice: &Choice) -> Result<Session> {
    let study = Study::choose(root, choice.device, &choice.protocol, &choice.networks, &choice.batches)?;
    let lock = match choice.device {
        Device::Cpu => root.join("artifacts.lock"),
        // What was never measured is nothing the paper uses.
        Device::Simulated => root.join(".store/simulated.lock"),
    };
    let store = Store::open(&root.join(".store"))?;
    Ok(Session::open(root, store, lock, steps::steps(root, &study)?)?)
}

/// The steps that the patterns mean and all they need.
fn chosen(graph: &Graph, patterns: &[String]) -> Result<BTreeSet<usize>> {
    if patterns.is_empty() {
        return Ok((0..graph.steps().len()).collect());
    }
    let mut chosen = BTreeSet::new();
    for pattern in patterns {
        let mut meant = BTreeSet::new();
        for (index, step) in graph.steps().iter().enumerate() {
            if source::matches(pattern, &step.name)? {
                meant.insert(index);
            }
        }
        if meant.is_empty() {
            return Err(unknown_step(graph, pattern));
        }
        chosen.extend(meant);
    }
    Ok(graph.with_needed(chosen))
}

fn unknown_step(graph: &Graph, asked: &str) -> anyhow::Error {
    let names: Vec<&str> = graph.steps().iter().map(|step| step.name.as_str()).collect();
    anyhow::anyhow!("there is no step `{asked}`\nhint: known are {}", names.join(", "))
}

/// The top of the checkout: where the caller stands, or above it.
fn root() -> Result<PathBuf> {
    let here = std::env::current_dir().context("cannot tell the current folder")?;
    let is_top = |folder: &&Path| folder.join("xtask/Cargo.toml").is_file() && folder.join("Cargo.lock").is_file();
    match here.ancestors().find(is_top) {
        Some(top) => Ok(top.to_owned()),
        None => bail!("{} lies in no checkout of the paper\nhint: change to one and call again", here.display()),
    }
}
