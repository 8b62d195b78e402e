//! The command `devices`: lists the devices of this machine, and what is missing to use the others. Measures nothing.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use results::Observation;

use crate::device::{Device, Precision};
use crate::doctor::graphics;
use crate::environment::{Observations, machine};
use crate::roots::Roots;

/// Printed after the flags of `--help`.
pub const HELP: &str = "\
The names in the first column are those of `measure point --device` and of `cargo xtask reproduce --device`. For a graphics processor \
the line gives its name, its driver, its largest buffer, whether it supports 16-bit floating point, and whether its own clock can be \
read. Software Vulkan computes on the processor: its results are correct and slow, and it is used only if requested by its name.";

/// The arguments of the command.
#[derive(clap::Args)]
pub struct Devices {
    /// Root of the folders in which drivers are installed
    #[arg(long, value_name = "DIR", hide = true, default_value = "/")]
    root: PathBuf,
    /// The folders of the kernel.
    #[command(flatten)]
    roots: Roots,
}

impl Devices {
    /// Prints the list.
    pub fn run(&self) -> Result<()> {
        let text = page(&self.roots.procfs, &self.root);
        // An error means that the reader has closed standard output.
        std::io::stdout().lock().write_all(text.as_bytes()).ok();
        Ok(())
    }
}

/// One line per device, with what is missing.
fn page(procfs: &Path, root: &Path) -> String {
    let mut text = String::new();
    let mut line = |name: &str, description: &str| {
        // Writing to a string cannot fail. Names come from drivers and could contain control characters.
        let description: String =
            description.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect();
        let _ = writeln!(text, "{name:17}{description}");
    };
    for device in [Device::Cpu, Device::CpuBurn] {
        // The processor always has an identity.
        let backend = device.identity(Precision::F32, procfs).map(|identity| identity.backend).unwrap_or_default();
        line(&device.to_string(), &format!("{} ({backend})", machine::hardware(procfs)));
    }
    for (name, description) in vulkan(&graphics::observations(root)) {
        line(&name, &description);
    }
    line("cuda", cuda());
    line("simulated", "a model of a board like the Jetson TX1, to try the pipeline; not a measurement");
    text
}

#[cfg(feature = "vulkan")]
fn vulkan(installed: &Observations) -> Vec<(String, String)> {
    use crate::device::{Adapter, vulkan};
    let mut index = 0;
    let named = vulkan::adapters().into_iter().map(|found| {
        let adapter = if found.is_software { Adapter::Software } else { Adapter::Hardware(index) };
        index += u32::from(!found.is_software);
        (Device::Vulkan(adapter).to_string(), found.description())
    });
    let mut lines: Vec<(String, String)> = named.collect();
    if index == 0 {
        lines.insert(0, ("vulkan".to_owned(), format!("no graphics processor: {}", missing(installed))));
    }
    lines
}

#[cfg(not(feature = "vulkan"))]
fn vulkan(installed: &Observations) -> Vec<(String, String)> {
    let build = "not in this build; run cargo build --workspace --bin measure --features measure/vulkan";
    vec![("vulkan".to_owned(), format!("{build} ({})", missing(installed)))]
}

/// What Vulkan lacks on this machine, and how to install it.
fn missing(installed: &Observations) -> String {
    let known = |fact: &str| match installed.get(fact) {
        Some(Observation::Known { value }) => value.as_str().map(str::to_owned),
        _ => None,
    };
    match (known("vulkan_loader"), known("vulkan_drivers")) {
        (None, _) => {
            "the loader libvulkan.so.1 and a driver are missing: run `sudo apt install libvulkan1`, and install NVIDIA's driver or, for AMD \
             and Intel, run `sudo apt install mesa-vulkan-drivers`"
                .to_owned()
        }
        (Some(_), None) => {
            "a driver is missing: install NVIDIA's driver or, for AMD and Intel, run `sudo apt install mesa-vulkan-drivers`"
                .to_owned()
        }
        (Some(_), Some(drivers)) => format!("installed drivers: {drivers}"),
    }
}

#[cfg(feature = "cuda")]
fn cuda() -> &'static str {
    "in this build; needs the libraries of the CUDA toolkit on the search path"
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> &'static str {
    "not in this build; run cargo build --workspace --bin measure --features measure/cuda"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    #[test]
    fn the_processor_is_listed_and_a_missing_loader_has_its_remedy() {
        let folder = fixture(&[("cpuinfo", "model name : A\u{1b} Processor\n")]);
        let text = page(folder.path(), folder.path());
        assert!(text.starts_with("cpu              A? Processor"), "{text}");
        assert!(text.contains("\ncpu:burn         A? Processor") && text.contains("(burn "), "{text}");
        assert!(!text.contains('\u{1b}'));
        if cfg!(not(feature = "vulkan")) {
            assert!(
                text.contains("sudo apt install libvulkan1") && text.contains("--features measure/vulkan"),
                "{text}"
            );
        }
    }

    #[test]
    fn installed_drivers_are_named() {
        let lib = format!("usr/lib/{}-linux-gnu/libvulkan.so.1", std::env::consts::ARCH);
        let manifest = r#"{"ICD": {"library_path": "/usr/lib/libvulkan_radeon.so"}}"#;
        let folder = fixture(&[(lib.as_str(), ""), ("usr/share/vulkan/icd.d/radeon_icd.json", manifest)]);
        assert_eq!(missing(&graphics::observations(folder.path())), "installed drivers: libvulkan_radeon.so");
    }
}
