//! `devices`: the devices of this machine, and what is missing to use the others.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

/// The help after the flags.
pub const HELP: &str = "\
The first column has the names that `reproduce --device` accepts. Each graphics processor has its driver and capabilities, or the \
reason why it cannot be used and the remedy. It is found by opening its node in /dev and asking Vulkan's loader, which takes seconds \
and does not build the program that measures on it. `auto` uses the first that can be used, and never software.\n
Vulkan's loader reads VK_DRIVER_FILES, VK_ADD_DRIVER_FILES, XDG_DATA_DIRS, XDG_CONFIG_DIRS and LD_LIBRARY_PATH.\n
Examples:
  cargo xtask devices                       before the first measurement on a graphics processor
  cargo xtask reproduce --device vulkan:1   measure on the second one of the list";

/// The flags of `devices`.
#[derive(Args)]
pub struct Devices {
    /// Where the kernel exposes processors
    #[arg(long, value_name = "DIR", hide = true)]
    procfs: Option<PathBuf>,
    /// Where the kernel exposes graphics processors
    #[arg(long, value_name = "DIR", hide = true)]
    sysfs: Option<PathBuf>,
}

impl Devices {
    /// Runs the program and ends as it does.
    pub fn run(self) -> Result<ExitCode> {
        let (procfs, sysfs) = (self.procfs.map(Into::into), self.sysfs.map(Into::into));
        super::measure("devices", vec![("--procfs", procfs), ("--sysfs", sysfs)])
    }
}
