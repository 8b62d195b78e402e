//! The command `devices`: lists the devices of this machine, and what is missing to use the others. Measures nothing.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use graphics::choice::{self, Found};
use graphics::nodes::Reason;
use graphics::{Places, manifests, question};

use crate::device::{Adapter, Device, Precision, onnxruntime};
use crate::environment::machine;
use crate::roots::Roots;

/// Printed after the flags of `--help`.
pub const HELP: &str = "\
The names in the first column are those of `cargo xtask reproduce --device`. For a graphics processor the line gives its name, its \
driver, its largest buffer, whether it supports 16-bit floating point, and whether its own clock can be read. One that cannot be used \
has the reason and the remedy. Software Vulkan computes on the processor: its results are correct and slow, and it is used only if \
requested by its name.\n
Graphics processors are found by opening their nodes in /dev and asking Vulkan's loader, with the variables that it reads, such as \
VK_DRIVER_FILES and XDG_DATA_DIRS.";

/// This program, even if its file was replaced.
const OWN: &str = "/proc/self/exe";

/// The arguments of the command.
#[derive(clap::Args)]
pub struct Devices {
    /// Only whether this device can be used, as JSON; `auto` for the best one
    #[arg(long, value_name = "DEVICE", hide = true)]
    usable: Option<String>,
    /// Only the answer of Vulkan's loader, whose drivers may crash this process
    #[arg(long, hide = true)]
    ask: bool,
    /// Root of the folders in which drivers are installed, and of `dev`
    #[arg(long, value_name = "DIR", hide = true, default_value = "/")]
    root: PathBuf,
    /// The folders of the kernel.
    #[command(flatten)]
    roots: Roots,
}

impl Devices {
    /// Prints the list, or what was asked for.
    pub fn run(&self) -> Result<()> {
        let text = match &self.usable {
            _ if self.ask => question::answer() + "\n",
            Some(device) => usable(device, &self.found())?,
            None => page(&self.roots.procfs, &self.found()),
        };
        // An error means that the reader has closed standard output.
        std::io::stdout().lock().write_all(text.as_bytes()).ok();
        Ok(())
    }

    fn found(&self) -> Found {
        let mut program = Command::new(OWN);
        program.args(["devices", "--ask"]);
        let places = Places { sysfs: self.roots.sysfs.clone(), root: self.root.clone() };
        choice::find(&places, &manifests::environment, program)
    }
}

/// The device and the reason, as JSON. A graphics processor that cannot be used is an error.
fn usable(device: &str, found: &Found) -> Result<String> {
    let (device, why) = match device.parse() {
        Ok(Device::Vulkan(adapter)) => {
            let state = match adapter {
                Adapter::Software => found.software(),
                Adapter::Hardware(index) => found.card(index as usize),
                Adapter::Card(..) | Adapter::At(_) => bail!("--usable takes the number of a card, such as vulkan:1"),
            };
            match state {
                Ok(adapter) => (device.to_owned(), adapter.name.clone()),
                Err(Reason { why, hint }) => bail!("the device {device} cannot be used: {why}\nhint: {hint}"),
            }
        }
        Ok(Device::CpuOnnxruntime) => (device.to_owned(), onnxruntime::versions()?),
        Ok(other) => bail!("Vulkan is not asked about the device {other}"),
        Err(_) if device == "auto" => match found.best() {
            (Some(index), why) => (Device::Vulkan(Adapter::Hardware(u32::try_from(index)?)).to_string(), why),
            (None, why) => (Device::Cpu.to_string(), why),
        },
        Err(error) => bail!("{error}"),
    };
    Ok(serde_json::json!({ "device": device, "why": why }).to_string() + "\n")
}

/// One line per device, with what is missing.
fn page(procfs: &Path, found: &Found) -> String {
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
    let library = match onnxruntime::versions() {
        Ok(versions) => Ok(format!("{} ({versions})", machine::hardware(procfs))),
        Err(error) => {
            let text = format!("{error:#}");
            let (why, hint) = text.split_once("\nhint: ").unwrap_or((&text, "repeat the command"));
            Err(Reason::new(format!("cannot be used: {why}"), hint))
        }
    };
    let library = [(Device::CpuOnnxruntime.to_string(), library)];
    for (name, state) in library.into_iter().chain(vulkan(found)) {
        match state {
            Ok(description) => line(&name, &description),
            Err(reason) => {
                line(&name, &reason.why);
                line("", &format!("hint: {}", reason.hint));
            }
        }
    }
    line("cuda", cuda());
    line("simulated", "a model of a board like the Jetson TX1, to try the pipeline; not a measurement");
    text
}

/// The devices of Vulkan: cards by the kernel's order, others, and software.
fn vulkan(found: &Found) -> Vec<(String, Result<String, Reason>)> {
    let name = |index: usize| Device::Vulkan(Adapter::Hardware(u32::try_from(index).unwrap_or(u32::MAX))).to_string();
    let cards = found.cards.iter().map(|(node, state)| match state {
        Ok(adapter) => Ok(format!("{node}: {}", adapter.description())),
        Err(reason) => Err(Reason::new(format!("cannot be used: {node}: {}", reason.why), &reason.hint)),
    });
    let hardware = found.others.iter().filter(|other| !other.is_software).map(|other| Ok(other.description()));
    let mut lines: Vec<_> = cards.chain(hardware).enumerate().map(|(index, state)| (name(index), state)).collect();
    if lines.is_empty() {
        let why = "the kernel lists no graphics processor".to_owned();
        lines.push((name(0), found.failed.clone().map_or(Ok(why), Err)));
    }
    let software = found.software().map(|adapter| adapter.description());
    if software.is_ok() || found.failed.is_none() || !found.cards.is_empty() {
        lines.push((Device::Vulkan(Adapter::Software).to_string(), software));
    }
    lines
}

#[cfg(feature = "cuda")]
fn cuda() -> &'static str {
    "in this build; needs the libraries of the CUDA toolkit on the search path"
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> &'static str {
    "built when it is requested; needs the libraries of the CUDA toolkit on the search path"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    fn nothing(failed: Option<Reason>) -> Found {
        Found { cards: Vec::new(), others: Vec::new(), failed }
    }

    #[test]
    fn the_processor_is_listed_and_a_missing_loader_has_its_remedy() {
        let folder = fixture(&[("cpuinfo", "model name : A\u{1b} Processor\n")]);
        let text = page(folder.path(), &nothing(Some(Reason::new("no loader", "install it"))));
        assert!(text.starts_with("cpu              A? Processor"), "{text}");
        assert!(text.contains("\ncpu:burn         A? Processor") && text.contains("(burn "), "{text}");
        assert!(!text.contains('\u{1b}'));
        assert!(text.contains("\nvulkan           no loader\n                 hint: install it\n"), "{text}");
    }

    #[test]
    fn what_cannot_be_used_is_an_error_with_the_remedy_or_the_processor_for_auto() {
        let found = nothing(None);
        let auto = usable("auto", &found).expect("the processor");
        assert_eq!(auto, "{\"device\":\"cpu\",\"why\":\"the kernel lists no graphics processor\"}\n");
        for device in ["vulkan", "vulkan:1", "vulkan:software"] {
            let error = usable(device, &found).expect_err("there is none").to_string();
            assert!(error.starts_with(&format!("the device {device} cannot be used: ")), "{error}");
            assert!(error.contains("\nhint: "), "{error}");
        }
        assert!(usable("gpu", &found).is_err() && usable("cpu", &found).is_err());
    }

    #[test]
    fn software_is_listed_under_its_own_name_and_never_chosen() {
        let software = graphics::Adapter { name: "llvmpipe".to_owned(), is_software: true, ..Default::default() };
        let found = Found { others: vec![software], ..nothing(None) };
        let text = page(Path::new("/nowhere"), &found);
        assert!(text.contains("\nvulkan           the kernel lists no graphics processor\n"), "{text}");
        assert!(text.contains("\nvulkan:software  llvmpipe ("), "{text}");
        assert!(usable("auto", &found).is_ok_and(|text| text.contains("\"cpu\"")));
        assert!(usable("vulkan:software", &found).is_ok_and(|text| text.contains("llvmpipe")));
    }
}
