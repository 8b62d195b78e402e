//! Where the kernel tells of the machine: two folders that every command takes as arguments, so that a test can give it others.

use std::path::PathBuf;

/// The two folders.
#[derive(clap::Args, Clone, Debug)]
pub struct Roots {
    /// Where the kernel tells of processes, processors and load
    #[arg(long, value_name = "DIR", default_value = "/proc")]
    pub procfs: PathBuf,
    /// Where the kernel tells of clocks and temperatures
    #[arg(long, value_name = "DIR", default_value = "/sys")]
    pub sysfs: PathBuf,
}
