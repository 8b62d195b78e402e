//! The program `measure`: a point, the logits of given images, or a look at the machine. The only place that prints errors.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Runs networks on a device: to time them, or to see what they answer. And looks whether the machine is fit for that.
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
    /// Build a network once and run forward passes when standard input asks for them
    #[cfg(feature = "flex")]
    #[command(after_help = measure::on_demand::HELP)]
    Passes(measure::on_demand::OnDemand),
    /// List the power sources of this machine, their rails, and which one would be read
    #[command(after_help = measure::sensors::HELP)]
    Sensors(measure::sensors::Sensors),
    /// List what of this machine a point can be measured on, and what is missing for the rest
    #[command(after_help = measure::devices::HELP)]
    Devices(measure::devices::Devices),
    /// Print this machine as a measurement finds it, and what to mend before measuring
    #[command(after_help = measure::doctor::HELP)]
    Doctor(measure::doctor::Doctor),
    /// Started by `point`: computes what it is asked on its input
    #[command(hide = true)]
    Worker {
        /// In a word what it computes, for whoever lists processes
        #[arg(long)]
        task: String,
        /// The process that watches over this one
        #[arg(long)]
        supervisor: u32,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("cause: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Point(point) => measure::record::write(&point)?,
        Command::Layers(layers) => measure::layers::run(&layers)?,
        #[cfg(feature = "flex")]
        Command::Forward(asked) => measure::forward::forward(&asked)?,
        #[cfg(feature = "flex")]
        Command::Passes(asked) => measure::on_demand::run(&asked)?,
        Command::Sensors(sensors) => sensors.run()?,
        Command::Devices(devices) => devices.run()?,
        Command::Doctor(doctor) => return Ok(doctor.run()),
        Command::Worker { task: _, supervisor } => measure::worker::run(supervisor)?,
    }
    Ok(ExitCode::SUCCESS)
}
