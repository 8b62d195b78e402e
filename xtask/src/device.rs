//! Devices and their names on the command line.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use offprint::step::Features;

/// The values of `--device`.
const KNOWN: &str = "auto, cpu, cpu:burn, cpu:onnxruntime, vulkan, vulkan:1, vulkan:software, cuda, cuda:1, simulated";

/// A device. `measure` uses the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// This machine's processor, with the kernels of this project.
    Cpu,
    /// The same processor through burn's own operators.
    CpuBurn,
    /// The same processor through ONNX Runtime, if Python has it.
    CpuOnnxruntime,
    /// A graphics processor through Vulkan, by its index among all of them.
    Vulkan(u32),
    /// Software Vulkan on the processor: correct results, but not the times of a graphics processor.
    Software,
    /// An NVIDIA graphics processor through CUDA, by its number.
    Cuda(u32),
    /// A model of a board: takes seconds instead of minutes, and measures nothing.
    Simulated,
}

/// The precision of the arithmetic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floating point, as in the original.
    #[default]
    F32,
    /// 16-bit floating point, which counts as a device of its own.
    F16,
}

impl Precision {
    /// Bytes of one number.
    pub fn bytes(self) -> u64 {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
        }
    }

    /// Its name in arguments of programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
        }
    }

    /// The suffix in names of steps, folders and hardware.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::F32 => "",
            Self::F16 => "-f16",
        }
    }
}

/// The requested device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Asked {
    /// The best available one.
    Auto,
    /// This one.
    This(Device),
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let (kind, which) = text.split_once(':').map_or((text, None), |(kind, which)| (kind, Some(which)));
        let number = || which.map_or(Some(0), |which| which.parse().ok());
        let device = match (kind, which) {
            ("cpu", None) => Some(Device::Cpu),
            ("cpu", Some("burn")) => Some(Device::CpuBurn),
            ("cpu", Some("onnxruntime")) => Some(Device::CpuOnnxruntime),
            ("simulated", None) => Some(Device::Simulated),
            ("vulkan", Some("software")) => Some(Device::Software),
            ("vulkan", _) => number().map(Device::Vulkan),
            ("cuda", _) => number().map(Device::Cuda),
            _ => None,
        };
        device.map(Self::This).ok_or_else(|| format!("unknown device; choose from {KNOWN}"))
    }
}

impl TryFrom<String> for Asked {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Asked> for String {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Auto => "auto".to_owned(),
            Asked::This(device) => device.to_string(),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => write!(out, "cpu"),
            Self::CpuBurn => write!(out, "cpu:burn"),
            Self::CpuOnnxruntime => write!(out, "cpu:onnxruntime"),
            Self::Simulated => write!(out, "simulated"),
            Self::Software => write!(out, "vulkan:software"),
            Self::Vulkan(0) => write!(out, "vulkan"),
            Self::Vulkan(index) => write!(out, "vulkan:{index}"),
            Self::Cuda(0) => write!(out, "cuda"),
            Self::Cuda(number) => write!(out, "cuda:{number}"),
        }
    }
}

impl Device {
    /// Its name in names of steps, folders and hardware: `vulkan-software` for `vulkan:software`.
    pub fn slug(self) -> String {
        self.to_string().replace(':', "-")
    }

    /// Whether its numbers are measurements.
    pub fn is_real(self) -> bool {
        self != Self::Simulated
    }

    /// The features of `measure` for this device.
    pub fn features(self) -> Features {
        match self {
            Self::Cpu | Self::CpuBurn | Self::CpuOnnxruntime => Features::Default,
            Self::Vulkan(_) => Features::And(vec!["measure/vulkan".to_owned(), "measure/autotune".to_owned()]),
            Self::Software => Features::And(vec!["measure/vulkan".to_owned()]),
            Self::Cuda(_) => Features::And(vec!["measure/cuda".to_owned(), "measure/autotune".to_owned()]),
            Self::Simulated => Features::Only(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_has_a_name_for_arguments_and_one_for_folders() {
        for (text, name, slug) in [
            ("cpu", "cpu", "cpu"),
            ("cpu:burn", "cpu:burn", "cpu-burn"),
            ("cpu:onnxruntime", "cpu:onnxruntime", "cpu-onnxruntime"),
            ("vulkan:0", "vulkan", "vulkan"),
            ("vulkan:1", "vulkan:1", "vulkan-1"),
            ("vulkan:software", "vulkan:software", "vulkan-software"),
            ("cuda:2", "cuda:2", "cuda-2"),
        ] {
            let Ok(Asked::This(device)) = text.parse() else { panic!("{text}") };
            assert_eq!((device.to_string().as_str(), device.slug().as_str()), (name, slug));
            let asked = Asked::This(device);
            assert_eq!(Asked::try_from(String::from(asked)), Ok(asked));
        }
    }

    #[test]
    fn an_unknown_device_is_refused_with_the_list() {
        for text in ["gpu", "vulkan:x", "cpu:0", "cpu:flex", ""] {
            assert!(text.parse::<Asked>().is_err_and(|error| error.contains("vulkan:software")), "{text}");
        }
    }
}
