//! The program `measure`: measures points and layers, computes logits, and examines the machine. Errors are printed here only.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Times networks on a device, computes their logits, and checks the machine.
#[derive(Parser)]
#[command(name = "measure", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure one network at one batch and write record.json
    Point(Box<measure::point::Point>),
    /// Time a network layer by layer and print where its time goes
    Layers(Box<measure::layers::Layers>),
    /// Compute the logits of given images with given weights
    #[cfg(feature = "flex")]
    Forward(measure::forward::Forward),
    /// Classify the pictures of a data set and write accuracy.json and predictions.csv
    #[cfg(feature = "flex")]
    Accuracy(measure::accuracy::Arguments),
    /// List the tensors of a file of weights
    #[cfg(feature = "flex")]
    #[command(after_help = measure::checkpoint::listing::HELP)]
    Tensors(measure::checkpoint::listing::Tensors),
    /// Write a network with its weights as an ONNX file, for other programs
    #[cfg(feature = "flex")]
    Export(measure::export::Export),
    /// Build a network once and run forward passes on request
    #[cfg(feature = "flex")]
    #[command(after_help = measure::on_demand::HELP)]
    Passes(measure::on_demand::OnDemand),
    /// Builds for measuring and for questions about the machine replace this program by one without these.
    #[cfg(not(feature = "flex"))]
    #[command(hide = true, alias = "passes", disable_help_flag = true)]
    Forward {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// List the power sources of this machine and their rails, and show which one would be read
    #[command(after_help = measure::sensors::HELP)]
    Sensors(measure::sensors::Sensors),
    /// List the devices of this machine, and what is missing to use the others
    #[command(after_help = measure::devices::HELP)]
    Devices(measure::devices::Devices),
    /// Print the state of this machine, and what to fix before measuring
    #[command(after_help = measure::doctor::HELP)]
    Doctor(measure::doctor::Doctor),
    /// Started by `point` and `layers`: performs the task on its input
    #[command(hide = true)]
    Worker {
        /// Name of the task, shown in lists of processes
        #[arg(long)]
        task: String,
        /// Process that started this one
        #[arg(long)]
        supervisor: u32,
        /// Folder for files that exist only while the task runs
        #[arg(long)]
        scratch: std::path::PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", described(&error));
            ExitCode::FAILURE
        }
    }
}

/// The text of an error and of its causes, each once, then the remedies.
fn described(error: &anyhow::Error) -> String {
    let (mut text, mut remedies) = (String::new(), String::new());
    for cause in error.chain().map(ToString::to_string) {
        let (cause, remedy) = cause.split_once("\nhint: ").unwrap_or((&cause, ""));
        if !text.contains(cause) {
            text += &if text.is_empty() { cause.to_owned() } else { format!(": {cause}") };
        }
        if !remedy.is_empty() && !remedies.contains(remedy) {
            remedies += &format!("\nhint: {remedy}");
        }
    }
    text + &remedies
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Point(point) => measure::record::write(&point)?,
        Command::Layers(layers) => measure::layers::run(&layers)?,
        #[cfg(feature = "flex")]
        Command::Forward(forward) => measure::forward::run(&forward)?,
        #[cfg(feature = "flex")]
        Command::Accuracy(arguments) => measure::accuracy::run(&arguments)?,
        #[cfg(feature = "flex")]
        Command::Tensors(tensors) => tensors.run()?,
        #[cfg(feature = "flex")]
        Command::Export(export) => measure::export::run(&export)?,
        #[cfg(feature = "flex")]
        Command::Passes(passes) => measure::on_demand::run(&passes)?,
        #[cfg(not(feature = "flex"))]
        Command::Forward { rest: _ } => anyhow::bail!(
            "this build of `measure` has no networks of burn\nhint: `cargo build --workspace --bin measure` builds all of it"
        ),
        Command::Sensors(sensors) => sensors.run()?,
        Command::Devices(devices) => devices.run()?,
        Command::Doctor(doctor) => return Ok(doctor.run()),
        Command::Worker { task: _, supervisor, scratch } => measure::worker::run(supervisor, &scratch)?,
    }
    Ok(ExitCode::SUCCESS)
}
