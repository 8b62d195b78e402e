//! `doctor`: builds `measure` without any device, and runs its check of this machine.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use offprint::opened::root;
use offprint::step::{Features, Program};
use offprint::subprocess;

/// The help after the flags.
pub const HELP: &str = "\
Shows the facts that every record keeps of the machine: model, processor, clocks, load, memory, temperatures, power \
and graphics. Then lists what to fix before measuring, why it matters, and the command that fixes it. Changes and \
measures nothing; takes half a second once its program is built.\n
Examples:
  cargo xtask doctor             before the first measurement, and whenever times scatter
  cargo xtask doctor --strict    in a script: stop if something needs fixing\n
Exit code: 0; with --strict, 1 if something needs fixing.";

/// The flags of `doctor`.
#[derive(Args)]
pub struct Doctor {
    /// Exit with code 1 if something needs fixing
    #[arg(long)]
    strict: bool,
    /// Device that will compute; it decides which power source is read
    #[arg(long, value_name = "DEVICE")]
    device: Option<OsString>,
    /// Where the kernel exposes processes, processors and load
    #[arg(long, value_name = "DIR", hide = true)]
    procfs: Option<OsString>,
    /// Where the kernel exposes clocks and temperatures
    #[arg(long, value_name = "DIR", hide = true)]
    sysfs: Option<OsString>,
}

impl Doctor {
    /// Runs the program and ends as it does.
    pub fn run(&self) -> Result<ExitCode> {
        let program = Program::Workspace { bin: "measure".to_owned(), features: Features::Only(Vec::new()) };
        subprocess::run(&root()?, &program, self.arguments())
    }

    fn arguments(&self) -> Vec<OsString> {
        let mut arguments = vec!["doctor".into()];
        if self.strict {
            arguments.push("--strict".into());
        }
        for (flag, value) in [("--device", &self.device), ("--procfs", &self.procfs), ("--sysfs", &self.sysfs)] {
            if let Some(value) = value {
                arguments.extend([flag.into(), value.into()]);
            }
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_the_programs_own() {
        let plain = Doctor { strict: false, device: None, procfs: None, sysfs: None };
        assert_eq!(plain.arguments(), ["doctor"]);
        let all =
            Doctor { strict: true, device: Some("cuda".into()), procfs: Some("a b".into()), sysfs: Some("c".into()) };
        assert_eq!(all.arguments(), ["doctor", "--strict", "--device", "cuda", "--procfs", "a b", "--sysfs", "c"]);
    }
}
