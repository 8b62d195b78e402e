//! The commands that only this paper has, one file each.

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use offprint::Run;

pub mod choose;
pub mod compare;
pub mod machine;
pub mod new;

/// The commands of this paper, in addition to those of every paper.
#[derive(Subcommand)]
pub enum Own {
    /// Name the most accurate network within limits of time, memory, power or energy
    #[command(after_help = choose::HELP)]
    Choose(choose::Choose),
    /// Compare two studies, machines or publications: which times really differ
    #[command(after_help = compare::HELP)]
    Compare(compare::Compare),
    /// List the devices of this machine, and what is missing to use the others
    #[command(after_help = machine::DEVICES)]
    Devices(machine::Flags),
    /// Check this machine for anything that would interfere with measurements
    #[command(after_help = machine::DOCTOR)]
    Doctor(machine::Flags),
    /// Write a small working paper to start your own from
    #[command(after_help = new::HELP)]
    New(new::New),
    /// List the power sources of this machine and their rails, and show which one would be read
    #[command(after_help = machine::SENSORS)]
    Sensors(machine::Flags),
}

impl Run for Own {
    fn run(self) -> Result<ExitCode> {
        match self {
            Self::Choose(choose) => choose.run(),
            Self::Compare(compare) => compare.run().map(|()| ExitCode::SUCCESS),
            Self::Devices(flags) => flags.run("devices"),
            Self::Doctor(flags) => flags.run("doctor"),
            Self::New(new) => new.run().map(|()| ExitCode::SUCCESS),
            Self::Sensors(flags) => flags.run("sensors"),
        }
    }
}
