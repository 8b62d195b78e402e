//! The commands that only this paper has, one file each.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use offprint::Run;
use offprint::opened::root;
use offprint::step::{Features, Program};
use offprint::subprocess;

pub mod choose;
pub mod compare;
pub mod devices;
pub mod doctor;
pub mod new;
pub mod sensors;

/// Builds `measure` without any device, runs a command of it with these flags, and ends as it does.
fn measure(command: &str, flags: Vec<(&str, Option<OsString>)>) -> Result<ExitCode> {
    let program = Program::Workspace { bin: "measure".to_owned(), features: Features::Only(Vec::new()) };
    subprocess::run(&root()?, &program, arguments(command, flags))
}

/// A command with those of the flags that have a value.
fn arguments(command: &str, flags: Vec<(&str, Option<OsString>)>) -> Vec<OsString> {
    let flags = flags.into_iter().filter_map(|(flag, value)| Some([flag.into(), value?]));
    std::iter::once(command.into()).chain(flags.flatten().filter(|argument| !argument.is_empty())).collect()
}

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
    #[command(after_help = devices::HELP)]
    Devices(devices::Devices),
    /// Check this machine for anything that would interfere with measurements
    #[command(after_help = doctor::HELP)]
    Doctor(doctor::Doctor),
    /// Write a small working paper to start your own from
    #[command(after_help = new::HELP)]
    New(new::New),
    /// List the power sources of this machine and their rails, and show which one would be read
    #[command(after_help = sensors::HELP)]
    Sensors(sensors::Sensors),
}

impl Run for Own {
    fn run(self) -> Result<ExitCode> {
        match self {
            Self::Choose(choose) => choose.run(),
            Self::Compare(compare) => compare.run().map(|()| ExitCode::SUCCESS),
            Self::Devices(devices) => devices.run(),
            Self::Doctor(doctor) => doctor.run(),
            Self::New(new) => new.run().map(|()| ExitCode::SUCCESS),
            Self::Sensors(sensors) => sensors.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_passed_to_the_program_with_their_values_and_others_are_omitted() {
        let flags = vec![("--strict", Some("".into())), ("--procfs", None), ("--sysfs", Some("a b".into()))];
        assert_eq!(arguments("doctor", flags), ["doctor", "--strict", "--sysfs", "a b"]);
        assert_eq!(arguments("devices", Vec::new()), ["devices"]);
    }
}
