//! The program `measure`: a point, or the logits of given images. The only place that prints errors.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Runs networks on a device: to time them, or to see what they answer.
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
    /// Compute the logits of given images with given weights
    #[cfg(feature = "flex")]
    Forward(measure::forward::Forward),
    /// Started by `point`: computes what it is asked on its input
    #[command(hide = true)]
    Worker {
        /// The process that watches over this one
        #[arg(long)]
        supervisor: u32,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("cause: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Point(point) => measure::record::write(&point),
        #[cfg(feature = "flex")]
        Command::Forward(asked) => measure::forward::forward(&asked),
        Command::Worker { supervisor } => measure::worker::run(supervisor),
    }
}
