//! The command `devices`: what of this machine a point can be measured on, and what is missing for the rest. Measures nothing.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use results::Observation;

use crate::device::{Device, Precision};
use crate::doctor::graphics;
use crate::environment::{Observations, machine};
use crate::roots::Roots;

/// What `--help` says last.
pub const HELP: &str = "\
The names at the left are those of `measure point --device` and of `cargo xtask reproduce --device`. Of a graphics processor: its name, \
driver, the largest buffer it takes, whether it computes with 16-bit numbers, and whether its own clock can be read. Software Vulkan \
computes on the processor: it is right and slow, and never taken unless asked for by its name.";

/// A look at the devices.
#[derive(clap::Args)]
pub struct Devices {
    /// Top of the folders in which drivers are installed
    #[arg(long, value_name = "DIR", hide = true, default_value = "/")]
    root: PathBuf,
    /// Where the kernel tells of the machine.
    #[command(flatten)]
    roots: Roots,
}

impl Devices {
    /// Looks and prints.
    pub fn run(&self) -> Result<()> {
        let text = page(&self.roots.procfs, &self.root);
        // Whoever closed standard output wants no more of it.
        std::io::stdout().lock().write_all(text.as_bytes()).ok();
        Ok(())
    }
}

/// A device a line, then what is missing.
fn page(procfs: &Path, root: &Path) -> String {
    let mut text = String::new();
    let mut line = |name: &str, words: &str| {
        // Nothing fails on writing to a text. Names come from drivers: none of them may move the cursor.
        let words: String = words.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect();
        let _ = writeln!(text, "{name:17}{words}");
    };
    for device in [Device::Cpu, Device::CpuBurn] {
        // The processor is always there.
        let backend = device.identity(Precision::F32, procfs).map(|identity| identity.backend).unwrap_or_default();
        line(&device.to_string(), &format!("{} ({backend})", machine::hardware(procfs)));
    }
    for (name, words) in vulkan(&graphics::observations(root)) {
        line(&name, &words);
    }
    line("cuda", cuda());
    line("simulated", "a model of a board like the Jetson TX1: tries the whole way, and is no measurement");
    text
}

#[cfg(feature = "vulkan")]
fn vulkan(installed: &Observations) -> Vec<(String, String)> {
    use crate::device::{Adapter, vulkan};
    let mut place = 0;
    let named = vulkan::adapters().into_iter().map(|found| {
        let adapter = if found.is_software { Adapter::Software } else { Adapter::Hardware(place) };
        place += u32::from(!found.is_software);
        (Device::Vulkan(adapter).to_string(), found.words())
    });
    let mut lines: Vec<(String, String)> = named.collect();
    if place == 0 {
        lines.insert(0, ("vulkan".to_owned(), format!("no graphics processor: {}", missing(installed))));
    }
    lines
}

#[cfg(not(feature = "vulkan"))]
fn vulkan(installed: &Observations) -> Vec<(String, String)> {
    let build = "not looked for: this program is built without; cargo build --workspace --bin measure --features measure/vulkan";
    vec![("vulkan".to_owned(), format!("{build} ({})", missing(installed)))]
}

/// What Vulkan has and lacks here, and how to install it.
fn missing(installed: &Observations) -> String {
    let known = |fact: &str| match installed.get(fact) {
        Some(Observation::Known { value }) => value.as_str().map(str::to_owned),
        _ => None,
    };
    match (known("vulkan_loader"), known("vulkan_drivers")) {
        (None, _) => {
            "its loader libvulkan.so.1 is missing: `sudo apt install libvulkan1`, and a driver: NVIDIA's own package, or for AMD and \
             Intel `sudo apt install mesa-vulkan-drivers`"
                .to_owned()
        }
        (Some(_), None) => {
            "its loader is there and no driver: NVIDIA's own package, or for AMD and Intel `sudo apt install mesa-vulkan-drivers`"
                .to_owned()
        }
        (Some(_), Some(drivers)) => format!("installed drivers: {drivers}"),
    }
}

#[cfg(feature = "cuda")]
fn cuda() -> &'static str {
    "this program is built with it; the toolkit's libraries have to be on the search path"
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> &'static str {
    "not looked for: this program is built without; cargo build --workspace --bin measure --features measure/cuda"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    #[test]
    fn the_processor_is_there_and_a_missing_loader_says_how_to_install_it() {
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
