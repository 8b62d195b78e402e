//! The folders in which the kernel exposes the machine. Commands take them as arguments, so that tests can replace
//! them.

use std::path::PathBuf;

/// The folders procfs and sysfs.
#[derive(clap::Args, Clone, Debug)]
pub struct Roots {
    /// Where the kernel exposes processes, processors and load
    #[arg(long, value_name = "DIR", default_value = "/proc")]
    pub procfs: PathBuf,
    /// Where the kernel exposes clocks and temperatures
    #[arg(long, value_name = "DIR", default_value = "/sys")]
    pub sysfs: PathBuf,
}
