//! Which graphics processors of this machine Vulkan can use, found out in seconds and without wgpu: the kernel's nodes,
//! the manifests of drivers, and the answer of Vulkan's loader in a process of its own.

pub mod choice;
pub mod drivers;
pub mod manifests;
pub mod nodes;
pub mod question;
mod vulkan;

pub use vulkan::{Adapter, adapters};

use std::path::PathBuf;

/// Where a machine is described. Commands take the folders as arguments, so that tests can replace them.
#[derive(Clone, Debug)]
pub struct Places {
    /// `/sys`.
    pub sysfs: PathBuf,
    /// `/`, with the nodes in `dev`, and below which drivers are installed.
    pub root: PathBuf,
}
