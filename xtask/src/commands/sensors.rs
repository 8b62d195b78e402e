//! `sensors`: the power sources of this machine with their rails, and the one that would be read.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

/// The help after the flags.
pub const HELP: &str = "\
For each rail: its present value, the smallest step between two values, the update period, the accuracy where it is known, and \
whether it is readable. `*` marks the rails of the total. Measures no network.\n
Examples:
  cargo xtask sensors                                  all sources of this machine
  cargo xtask sensors --power rapl                     whether this source can be used
  cargo xtask sensors --power hwmon:ina226/power1      a rail of a source without a known total
  cargo xtask sensors --power meter:power.csv          a meter at the supply, through the log of its program";

/// The flags of `sensors`.
#[derive(Args)]
pub struct Sensors {
    /// Power source to select: auto, none, SOURCE, SOURCE/RAIL+RAIL, meter:FILE or command:LINE
    #[arg(long, value_name = "SOURCE")]
    power: Option<OsString>,
    /// Time to read each source for [default: 2]
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<OsString>,
    /// Where the kernel exposes sensors
    #[arg(long, value_name = "DIR", hide = true)]
    sysfs: Option<PathBuf>,
}

impl Sensors {
    /// Runs the program and ends as it does.
    pub fn run(self) -> Result<ExitCode> {
        let sysfs = self.sysfs.map(Into::into);
        super::measure("sensors", vec![("--power", self.power), ("--seconds", self.seconds), ("--sysfs", sysfs)])
    }
}
