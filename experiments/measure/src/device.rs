//! The list of devices that a point can be measured on. A new one needs a file in `device/`, a feature, and its lines here.

#[cfg(feature = "flex")]
pub mod loaded;
pub mod onnxruntime;
#[cfg(feature = "flex")]
pub mod peak_rates;
#[cfg(feature = "vulkan")]
pub mod vulkan;

pub mod board;
pub mod buffers;
pub mod pci;
mod rails;
pub mod simulated;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Result, bail};
use results::DeviceIdentity;
use serde::{Deserialize, Serialize};

use crate::environment::{Observations, entries, gpu, machine};

/// Examples of what `--device` accepts.
pub const KNOWN: &str = "cpu, cpu:burn, cpu:onnxruntime, vulkan, vulkan:1, vulkan:software, cuda, cuda:1, simulated";

/// A device by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Device {
    /// The processor, with the kernels of this project.
    Cpu,
    /// The processor, with burn's own operators of its flex backend.
    CpuBurn,
    /// The processor, with ONNX Runtime through Python.
    CpuOnnxruntime,
    /// A graphics processor through Vulkan.
    Vulkan(Adapter),
    /// An NVIDIA graphics processor through CUDA, by its number.
    Cuda(u32),
    /// A model of a board: fast, with the same times on every machine; not a measurement.
    Simulated,
}

/// A Vulkan adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adapter {
    /// Hardware, by index: discrete cards first, then integrated and then virtual ones.
    Hardware(u32),
    /// Hardware, by its vendor and device number on the bus. Not several equal ones.
    Card(u32, u32),
    /// Hardware, by its address on the PCI bus.
    At(pci::PciAddress),
    /// A library that computes on the processor. Used only by this name.
    Software,
}

/// Floating-point format in memory and in products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 32-bit floating point, as in the original.
    #[default]
    F32,
    /// 16-bit floating point, if the device supports it.
    F16,
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, which) = text.split_once(':').map_or((text, None), |(kind, which)| (kind, Some(which)));
        let number = || which.map_or(Some(0), |which| which.parse().ok());
        let device = match (kind, which) {
            ("cpu", None) => Some(Self::Cpu),
            ("cpu", Some("burn")) => Some(Self::CpuBurn),
            ("cpu", Some("onnxruntime")) => Some(Self::CpuOnnxruntime),
            ("simulated", None) => Some(Self::Simulated),
            ("vulkan", Some("software")) => Some(Self::Vulkan(Adapter::Software)),
            ("vulkan", Some(at)) if at.contains('.') => at.parse().ok().map(Adapter::At).map(Self::Vulkan),
            ("vulkan", Some(ids)) if ids.contains(':') => card(ids).map(Self::Vulkan),
            ("vulkan", _) => number().map(|index| Self::Vulkan(Adapter::Hardware(index))),
            ("cuda", _) => number().map(Self::Cuda),
            _ => None,
        };
        device.ok_or_else(|| format!("expected a device\nhint: give one of {KNOWN}"))
    }
}

/// Vendor and device, as `10de:2204`.
fn card(ids: &str) -> Option<Adapter> {
    let number = |digits: &str| (digits.len() == 4).then(|| u32::from_str_radix(digits, 16).ok())?;
    let (vendor, device) = ids.split_once(':')?;
    Some(Adapter::Card(number(vendor)?, number(device)?))
}

impl fmt::Display for Device {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => write!(out, "cpu"),
            Self::CpuBurn => write!(out, "cpu:burn"),
            Self::CpuOnnxruntime => write!(out, "cpu:onnxruntime"),
            Self::Simulated => write!(out, "simulated"),
            Self::Vulkan(Adapter::Software) => write!(out, "vulkan:software"),
            Self::Vulkan(Adapter::Card(vendor, device)) => write!(out, "vulkan:{vendor:04x}:{device:04x}"),
            Self::Vulkan(Adapter::At(at)) => write!(out, "vulkan:{at}"),
            Self::Vulkan(Adapter::Hardware(0)) => write!(out, "vulkan"),
            Self::Vulkan(Adapter::Hardware(index)) => write!(out, "vulkan:{index}"),
            Self::Cuda(0) => write!(out, "cuda"),
            Self::Cuda(number) => write!(out, "cuda:{number}"),
        }
    }
}

impl Device {
    /// For records: `cpu-burn` for `cpu:burn`, `vulkan-software` for `vulkan:software`, `vulkan-f16` in 16 bits, which counts as a device
    /// of its own. The card is part of the name of the hardware.
    pub fn kind(self, precision: Precision) -> String {
        let kind = match self {
            Self::Vulkan(Adapter::Card(..) | Adapter::At(_)) => "vulkan".to_owned(),
            other => other.to_string().replace(':', "-"),
        };
        match precision {
            Precision::F32 => kind,
            Precision::F16 => kind + "-f16",
        }
    }

    /// The device that a record belongs to. `procfs` describes the processor.
    ///
    /// # Errors
    /// The device does not exist, or this program was built without its feature.
    pub fn identity(self, precision: Precision, procfs: &Path) -> Result<DeviceIdentity> {
        let burn = env!("MEASURE_BURN");
        let (hardware, backend) = match self {
            Self::Cpu => (machine::hardware(procfs), operators(precision, burn)),
            Self::CpuBurn => (machine::hardware(procfs), format!("burn {burn} (flex)")),
            Self::CpuOnnxruntime if precision != Precision::F32 => {
                bail!("the device cpu:onnxruntime computes in 32 bits alone\nhint: omit --precision")
            }
            Self::CpuOnnxruntime => (machine::hardware(procfs), onnxruntime::versions()?),
            Self::Vulkan(adapter) => {
                let name = name_of(adapter)?;
                let on = match adapter {
                    Adapter::Hardware(_) | Adapter::Card(..) | Adapter::At(_) => String::new(),
                    Adapter::Software => format!(", software on {}", machine::hardware(procfs)),
                };
                (format!("{name}{on}"), format!("burn {burn} (wgpu on Vulkan, fusion, {})", tuning()))
            }
            Self::Cuda(number) => (cuda_in_order(number, procfs)?, format!("burn {burn} (CUDA, fusion, {})", tuning())),
            Self::Simulated => (board::TX1.description.to_owned(), "roofline model".to_owned()),
        };
        let backend = match precision {
            Precision::F32 => backend,
            Precision::F16 => backend + ", 16-bit floating point",
        };
        Ok(DeviceIdentity { kind: self.kind(precision), hardware, backend, simulated: self == Self::Simulated })
    }

    /// The address on the PCI bus of a graphics processor, as its driver writes it, and whether it is a part of a processor or a
    /// module. `None` where this program does not query the driver; empty where the driver reports no address.
    pub fn bus_address(self) -> Option<(String, bool)> {
        match self {
            #[cfg(feature = "vulkan")]
            Self::Vulkan(adapter) => {
                vulkan::find(adapter).ok().map(|found| (found.address.clone(), found.is_integrated()))
            }
            _ => None,
        }
    }

    /// Observations about the device for its records.
    pub fn observations(self) -> Observations {
        match self {
            #[cfg(feature = "vulkan")]
            Self::Vulkan(adapter) => vulkan::observations(adapter),
            Self::Cpu | Self::CpuBurn | Self::CpuOnnxruntime => gpu::none("the point runs on the processor"),
            _ => gpu::none("this program does not query this device"),
        }
    }

    /// The vector instructions of the kernels. None where burn's operators compute: on every other device, in 16 bits, and on a processor
    /// without fused multiply-add, where kernels would take hundreds of times as long.
    #[cfg(feature = "flex")]
    pub fn kernels(self, precision: Precision) -> Option<kernels::Processor> {
        let processor = kernels::Processor::new();
        (self == Self::Cpu && precision == Precision::F32 && processor.is_vector()).then_some(processor)
    }

    /// Maximum size of a buffer [bytes]; none if there is no limit.
    ///
    /// # Errors
    /// As [`Device::identity`].
    pub fn largest_buffer(self) -> Result<Option<u64>> {
        match self {
            #[cfg(feature = "vulkan")]
            Self::Vulkan(adapter) => Ok(Some(vulkan::find(adapter)?.largest_buffer)),
            _ => Ok(None),
        }
    }

    /// Whether a failure of the device is an outcome of the point rather than an error of the program.
    pub fn may_fail(self) -> bool {
        matches!(self, Self::CpuOnnxruntime | Self::Vulkan(_) | Self::Cuda(_))
    }

    /// burn's device, initialised, with tensors of this precision.
    ///
    /// # Errors
    /// As [`Device::identity`]; the driver refuses the device; the device does not support the precision.
    #[cfg(feature = "flex")]
    pub fn open(self, precision: Precision) -> Result<burn::tensor::Device> {
        use burn::tensor::FloatDType;
        let mut device = self.open_unconfigured()?;
        if precision == Precision::F16 {
            anyhow::ensure!(
                device.supports_dtype(FloatDType::F16),
                "the device {self} does not support 16-bit floating point\nhint: omit --precision"
            );
            device.configure(FloatDType::F16).map_err(|error| anyhow::anyhow!("{error}"))?;
        }
        Ok(device)
    }

    #[cfg(feature = "flex")]
    fn open_unconfigured(self) -> Result<burn::tensor::Device> {
        match self {
            Self::Cpu | Self::CpuBurn => Ok(burn::tensor::Device::flex()),
            #[cfg(feature = "vulkan")]
            Self::Vulkan(adapter) => vulkan::open(adapter),
            #[cfg(feature = "cuda")]
            Self::Cuda(number) => Ok(burn::tensor::Device::cuda(number as usize)),
            other => other.not_built(),
        }
    }

    /// Checks that this program can compute on the device.
    ///
    /// # Errors
    /// The program was built without its feature.
    pub fn check_built(self) -> Result<()> {
        let is_built = match self {
            Self::Cpu | Self::CpuBurn | Self::CpuOnnxruntime => cfg!(feature = "flex"),
            Self::Vulkan(_) => cfg!(feature = "vulkan"),
            Self::Cuda(_) => cfg!(feature = "cuda"),
            Self::Simulated => true,
        };
        if is_built { Ok(()) } else { self.not_built() }
    }

    fn not_built<T>(self) -> Result<T> {
        let feature = match self {
            Self::Vulkan(_) => "vulkan",
            Self::Cuda(_) => "cuda",
            _ => "flex",
        };
        bail!(
            "this program was built without the feature {feature} and cannot measure the device {self}\n\
             hint: cargo build --workspace --bin measure --features measure/{feature}"
        )
    }
}

/// What computes on the processor, in words: the kernels, or burn's operators with the reason.
#[cfg(feature = "flex")]
fn operators(precision: Precision, burn: &str) -> String {
    match Device::Cpu.kernels(precision) {
        Some(processor) => format!("kernels ({}), tensors of burn {burn}", processor.name()),
        None if precision == Precision::F32 => {
            format!("burn {burn} (flex, as the processor has no fused multiply-add of vectors)")
        }
        None => format!("burn {burn} (flex, as the kernels have 32-bit floating point alone)"),
    }
}

#[cfg(not(feature = "flex"))]
fn operators(_precision: Precision, _burn: &str) -> String {
    "kernels of this repository".to_owned()
}

/// Whether burn times several kernels for a matrix product and keeps the fastest.
fn tuning() -> &'static str {
    if cfg!(feature = "autotune") { "autotune" } else { "no autotune" }
}

#[cfg(feature = "vulkan")]
fn name_of(adapter: Adapter) -> Result<String> {
    vulkan::find(adapter).map(|found| found.name)
}

#[cfg(not(feature = "vulkan"))]
fn name_of(adapter: Adapter) -> Result<String> {
    Device::Vulkan(adapter).not_built()
}

/// The name of a card that CUDA counts as the kernel does, and not from the fastest, as it does by default.
fn cuda_in_order(number: u32, procfs: &Path) -> Result<String> {
    let order = std::env::var("CUDA_DEVICE_ORDER").unwrap_or_default();
    pci::check_order(entries(&procfs.join("driver/nvidia/gpus"), "").len(), &order)?;
    cuda(number)
}

#[cfg(feature = "cuda")]
fn cuda(number: u32) -> Result<String> {
    let identity = burn::tensor::Device::cuda(number as usize).identity();
    identity.map(|identity| identity.name).ok_or_else(|| anyhow::anyhow!("CUDA reports no name for device {number}"))
}

#[cfg(not(feature = "cuda"))]
fn cuda(number: u32) -> Result<String> {
    Device::Cuda(number).not_built()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_printed_as_it_is_parsed_and_the_first_needs_no_number() {
        for (text, written, kind) in [
            ("cpu", "cpu", "cpu"),
            ("cpu:burn", "cpu:burn", "cpu-burn"),
            ("cpu:onnxruntime", "cpu:onnxruntime", "cpu-onnxruntime"),
            ("vulkan:0", "vulkan", "vulkan"),
            ("vulkan:2", "vulkan:2", "vulkan-2"),
            ("vulkan:software", "vulkan:software", "vulkan-software"),
            ("vulkan:10DE:2204", "vulkan:10de:2204", "vulkan"),
            ("vulkan:0000:C1:00.0", "vulkan:0000:c1:00.0", "vulkan"),
            ("vulkan:10000:01:00.1", "vulkan:10000:01:00.1", "vulkan"),
            ("cuda", "cuda", "cuda"),
            ("cuda:1", "cuda:1", "cuda-1"),
        ] {
            let device: Device = text.parse().expect("a device");
            assert_eq!((device.to_string(), device.kind(Precision::F32)), (written.to_owned(), kind.to_owned()));
            assert_eq!(device.kind(Precision::F16), format!("{kind}-f16"));
        }
    }

    #[test]
    fn an_unknown_device_is_an_error_with_the_list_of_devices() {
        for text in [
            "",
            "gpu",
            "cpu:1",
            "cpu:flex",
            "vulkan:",
            "vulkan:-1",
            "vulkan:99999999999",
            "cuda:software",
            "CPU",
            "vulkan:10de",
            "vulkan:10de:1:2",
            "vulkan:0000:41:00",
            "vulkan:0000:141:00.0",
            "vulkan:0000:00:41:00.0",
            "vulkan:41.0",
        ] {
            assert!(text.parse::<Device>().is_err_and(|error| error.contains("vulkan:software")), "{text}");
        }
    }

    #[test]
    #[cfg(feature = "flex")]
    fn a_record_states_what_computes_on_the_processor() {
        let of = |device: Device, precision| device.identity(precision, Path::new("/proc")).expect("it exists");
        let (own, burn) = (of(Device::Cpu, Precision::F32), of(Device::CpuBurn, Precision::F32));
        assert_eq!((own.kind.as_str(), burn.kind.as_str()), ("cpu", "cpu-burn"));
        assert_eq!(own.hardware, burn.hardware);
        let processor = kernels::Processor::new();
        let start =
            if processor.is_vector() { format!("kernels ({}), ", processor.name()) } else { "burn ".to_owned() };
        assert!(own.backend.starts_with(&start), "{}", own.backend);
        assert_eq!(burn.backend, format!("burn {} (flex)", env!("MEASURE_BURN")));
        // The kernels have no 16-bit numbers: burn's operators compute, and the record says so.
        let half = of(Device::Cpu, Precision::F16).backend;
        assert!(half.starts_with("burn ") && half.ends_with("alone), 16-bit floating point"), "{half}");
    }

    #[test]
    #[cfg(not(feature = "vulkan"))]
    fn a_missing_feature_is_an_error_with_the_build_command() {
        let error = Device::Vulkan(Adapter::Software).check_built().expect_err("it was built without");
        assert!(error.to_string().contains("--features measure/vulkan"), "{error}");
        assert!(Device::Vulkan(Adapter::Software).identity(Precision::F32, Path::new("/proc")).is_err());
    }
}
