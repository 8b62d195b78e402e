//! `devices`, `doctor` and `sensors`: build `measure` without any device, and run its command of the same name.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use offprint::opened::root;
use offprint::subprocess;

use crate::graphics;

/// The help of `devices`.
pub const DEVICES: &str = "\
The first column has the names that `reproduce --device` accepts. Each graphics processor has its driver and capabilities, or the \
reason why it cannot be used and the remedy. It is found by opening its node in /dev and asking Vulkan's loader, with the variables \
that the loader reads, such as VK_DRIVER_FILES and XDG_DATA_DIRS. That takes seconds and does not build the program that measures.";
/// The help of `doctor`.
pub const DOCTOR: &str = "\
Shows the facts that every record keeps of the machine: model, processor, clocks, load, memory, temperatures, power \
and graphics. Then lists what to fix before measuring, why it matters, and the command that fixes it. Changes and \
measures nothing; takes half a second once its program is built.\n
Examples:
  cargo xtask doctor                    before the first measurement, and whenever times scatter
  cargo xtask doctor --strict           in a script: stop if something needs fixing
  cargo xtask doctor --device vulkan    which power source a graphics processor would take\n
Exit code: 0; with --strict, 1 if something needs fixing.";
/// The help of `sensors`.
pub const SENSORS: &str = "\
For each rail: its present value, the smallest step between two values, the update period, the accuracy where it is known, and \
whether it is readable. `*` marks the rails of the total. Measures no network.\n
Examples:
  cargo xtask sensors                              all sources, each read for 2 s
  cargo xtask sensors --seconds 10                 the same for 10 s
  cargo xtask sensors --power hwmon:ina226/power1  whether this rail can be used
  cargo xtask sensors --power meter:power.csv      a meter at the supply, through its log";

/// Flags of the command, as in the examples.
#[derive(Args)]
pub struct Flags {
    /// Flags of the command, as in the examples
    #[arg(value_name = "FLAG", trailing_var_arg = true, allow_hyphen_values = true)]
    flags: Vec<OsString>,
}

impl Flags {
    /// Runs a command of the program with the flags, and ends as it does.
    pub fn run(self, command: &str) -> Result<ExitCode> {
        let arguments = std::iter::once(command.into()).chain(self.flags).collect();
        subprocess::run(&root()?, &graphics::program(), arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        flags: Flags,
    }

    #[test]
    fn flags_are_passed_on_and_help_is_not() {
        let passed = |line: &[&str]| Line::try_parse_from(line).map(|line| line.flags.flags);
        assert_eq!(passed(&["sensors", "--power", "rapl", "--seconds=3"]).unwrap(), ["--power", "rapl", "--seconds=3"]);
        assert_eq!(passed(&["doctor", "--strict"]).unwrap(), ["--strict"]);
        assert!(passed(&["devices"]).unwrap().is_empty());
        assert!(passed(&["devices", "--help"]).is_err_and(|help| help.to_string().contains("Usage")));
    }
}
