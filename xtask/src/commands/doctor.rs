//! `doctor`: builds `measure` without any device, and runs its check of this machine.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

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
    /// Where the kernel exposes processes, processors and load
    #[arg(long, value_name = "DIR", hide = true)]
    procfs: Option<PathBuf>,
    /// Where the kernel exposes clocks and temperatures
    #[arg(long, value_name = "DIR", hide = true)]
    sysfs: Option<PathBuf>,
}

impl Doctor {
    /// Runs the program and ends as it does.
    pub fn run(self) -> Result<ExitCode> {
        let strict = self.strict.then(OsString::new);
        let (procfs, sysfs) = (self.procfs.map(Into::into), self.sysfs.map(Into::into));
        super::measure("doctor", vec![("--strict", strict), ("--procfs", procfs), ("--sysfs", sysfs)])
    }
}
