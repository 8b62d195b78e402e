//! NVIDIA GPUs, through the management library of their driver (NVML). The library is loaded at run time, if it is
//! installed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use nvml_wrapper::enums::device::{DeviceArchitecture, SampleValue};
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::structs::device::{CudaComputeCapability, FieldId};
use nvml_wrapper::sys_exports::field_id::NVML_FI_DEV_POWER_INSTANT;
use nvml_wrapper::{Device, Nvml};
use results::power::{Accuracy, Quantity, Scope};

use super::place::normal_address;
use super::source::{Access, Card, Locked, Rail, Reading, Readings, Source, Total};
use crate::environment::clock;

/// Values are whole milliwatts or millijoules.
const UNIT: f64 = 1e-3;

/// The maximum number of GPUs of one machine.
const MAX_GPUS: u32 = 64;

/// How the power of a GPU is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gpu {
    /// The library, where it is not the driver's own.
    library: Option<PathBuf>,
    /// Its index among the GPUs of the machine, in the order of the bus.
    index: u32,
    reads: Reads,
}

/// What the driver reports, the best first: a counter misses nothing between two readings, and a mean lags behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reads {
    /// Energy since the driver was loaded (Volta and later).
    Counter,
    /// Power at this moment.
    Instant,
    /// Power, instantaneous or a mean depending on the architecture.
    Usage,
}

impl Gpu {
    /// The quantity that is read.
    pub fn quantity(&self) -> Quantity {
        match self.reads {
            Reads::Counter => Quantity::Energy,
            Reads::Instant | Reads::Usage => Quantity::Power,
        }
    }
}

/// The GPUs that report their power, each as a source. `library` replaces the driver's own.
pub fn find(library: Option<&Path>) -> Vec<Source> {
    match init(library) {
        Ok(nvml) => {
            let count = nvml.device_count().unwrap_or(0).min(MAX_GPUS);
            (0..count).filter_map(|index| source(&nvml, library, index)).collect()
        }
        Err(error) => locked(&error).map(|locked| unread(library, 0, locked)).into_iter().collect(),
    }
}

fn init(library: Option<&Path>) -> Result<Nvml, NvmlError> {
    match library {
        Some(path) => Nvml::builder().lib_path(OsStr::new(path)).init(),
        None => Nvml::init(),
    }
}

/// Why a GPU cannot be read, or `None` where the error means that there is no GPU.
fn locked(error: &NvmlError) -> Option<Locked> {
    let remedy = match error {
        // No library, no driver, or one without this function.
        NvmlError::LibloadingError(_)
        | NvmlError::FailedToLoadSymbol(_)
        | NvmlError::LibraryNotFound
        | NvmlError::DriverNotLoaded
        | NvmlError::NotSupported
        | NvmlError::NotFound => return None,
        NvmlError::LibRmVersionMismatch => {
            "the library was updated while the older driver is loaded: restart the machine"
        }
        NvmlError::NoPermission => {
            "`ls -l /dev/nvidia*` shows who may open the GPU; to gain access, run `sudo usermod -aG video $USER` and log in \
             again, or start the container with its option for GPUs"
        }
        _ => "`nvidia-smi` shows the driver's error, and `sudo dmesg` may show why",
    };
    Some(Locked { reason: error.to_string(), remedy: remedy.to_owned() })
}

/// A GPU that cannot be read.
fn unread(library: Option<&Path>, index: u32, locked: Locked) -> Source {
    let access = Gpu { library: library.map(Path::to_owned), index, reads: Reads::Usage };
    of(access, "an NVIDIA GPU, through its driver".to_owned(), None, Some(locked))
}

/// The GPU, if it reports its power.
fn source(nvml: &Nvml, library: Option<&Path>, index: u32) -> Option<Source> {
    let device = match nvml.device_by_index(index) {
        Ok(device) => device,
        Err(error) => return locked(&error).map(|locked| unread(library, index, locked)),
    };
    let mut refused = None;
    let reads = [Reads::Counter, Reads::Instant, Reads::Usage].into_iter().find(|reads| match value(&device, *reads) {
        Ok(_) => true,
        Err(error) => {
            refused = refused.take().or_else(|| locked(&error));
            false
        }
    });
    let Some(reads) = reads else { return refused.map(|locked| unread(library, index, locked)) };
    let name = device.name().unwrap_or_else(|_| "an NVIDIA GPU".to_owned());
    let driver = nvml.sys_driver_version().unwrap_or_else(|_| "of unknown version".to_owned());
    let what = match reads {
        Reads::Counter => "its own energy counter",
        Reads::Instant => "its instantaneous power",
        Reads::Usage => "its power",
    };
    let access = Gpu { library: library.map(Path::to_owned), index, reads };
    Some(of(access, format!("{name}, {what} through driver {driver}"), Some(&device), None))
}

fn of(access: Gpu, what: String, device: Option<&Device>, locked: Option<Locked>) -> Source {
    let is_divided = device.is_some_and(|device| device.mig_mode().is_ok_and(|mode| mode.current != 0));
    let total = if is_divided {
        Total::Unknown { why: "the GPU is partitioned (MIG): this is the power of all partitions together".to_owned() }
    } else {
        Total::Rails { indices: vec![0], why: "the GPU including its memory".to_owned() }
    };
    Source {
        name: format!("nvml:{}", access.index),
        what,
        scope: Scope::Gpu,
        nominal_period: None,
        averaging: device.filter(|device| access.reads == Reads::Usage && averages(device)).map(|_| 1.0),
        rails: vec![Rail {
            name: if access.quantity() == Quantity::Energy { "energy" } else { "power" }.to_owned(),
            step: Some(UNIT),
            accuracy: device.and_then(accuracy),
            access: Access::Nvml(access),
            locked,
        }],
        total,
        unavailable: None,
        card: Some(Card { address: device.and_then(address) }),
    }
}

/// Its address on the PCI bus, as the kernel writes it.
fn address(device: &Device) -> Option<String> {
    normal_address(&device.pci_info().ok()?.bus_id)
}

/// The address of the GPU that CUDA counts as `number`, where that is certain. `visible` and `order` are the variables
/// CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER. Without an order CUDA counts the fastest first.
pub fn address_of_cuda(
    library: Option<&Path>,
    number: u32,
    visible: Option<&str>,
    order: Option<&str>,
) -> Option<String> {
    let nvml = init(library).ok()?;
    let count = nvml.device_count().ok()?.min(MAX_GPUS);
    let gpus: Vec<Device> = (0..count).filter_map(|index| nvml.device_by_index(index).ok()).collect();
    let own = number.to_string();
    let which = match visible {
        Some(visible) => visible.split(',').nth(number as usize)?.trim(),
        None => own.as_str(),
    };
    if let Ok(index) = which.parse::<usize>() {
        let is_certain = gpus.len() == 1 || order == Some("PCI_BUS_ID");
        return gpus.get(index).filter(|_| is_certain).and_then(address);
    }
    // Any start of an identifier that only one GPU has.
    let mut named = gpus.iter().filter(|gpu| gpu.uuid().is_ok_and(|uuid| uuid.starts_with(which)));
    named.next().filter(|_| which.starts_with("GPU-") && named.next().is_none()).and_then(address)
}

/// Whether its power is a mean over the last second: from Ampere on, except on the GA100 with compute capability 8.0
/// (NVML API reference, nvmlDeviceGetPowerUsage).
fn averages(device: &Device) -> bool {
    match device.cuda_compute_capability() {
        Ok(CudaComputeCapability { major, minor }) => major > 8 || (major == 8 && minor > 0),
        // An unknown device may average.
        Err(_) => true,
    }
}

/// The accuracy of a GPU's own sensor. NVIDIA states it only for Fermi and Kepler.
fn accuracy(device: &Device) -> Option<Accuracy> {
    matches!(device.architecture(), Ok(DeviceArchitecture::Kepler))
        .then(|| Accuracy { percent: 5.0, source: "NVML API reference, nvmlDeviceGetPowerUsage".to_owned() })
}

/// The present value [mJ or mW].
fn value(device: &Device, reads: Reads) -> Result<f64, NvmlError> {
    match reads {
        Reads::Counter => device.total_energy_consumption().map(|energy| energy as f64),
        Reads::Usage => device.power_usage().map(f64::from),
        Reads::Instant => {
            let values = device.field_values_for(&[FieldId(NVML_FI_DEV_POWER_INSTANT)])?;
            Ok(match values.into_iter().next().ok_or(NvmlError::NoData)??.value? {
                SampleValue::F64(value) => value,
                SampleValue::U32(value) => f64::from(value),
                SampleValue::U64(value) => value as f64,
                SampleValue::I64(value) => value as f64,
            })
        }
    }
}

/// A GPU that is being read.
struct Reader {
    nvml: Nvml,
    gpu: Gpu,
    /// The first value of a counter.
    first: Option<f64>,
}

/// Starts to read a GPU.
pub fn open(gpu: &Gpu) -> Result<Box<dyn Readings>, String> {
    let nvml = init(gpu.library.as_deref()).map_err(|error| error.to_string())?;
    Ok(Box::new(Reader { nvml, gpu: gpu.clone(), first: None }))
}

impl Readings for Reader {
    fn take(&mut self) -> Vec<Reading> {
        let Ok(before) = clock::now() else { return Vec::new() };
        let value = self.value();
        let Ok(after) = clock::now() else { return Vec::new() };
        vec![Reading { at: f64::midpoint(before, after), values: vec![value] }]
    }
}

impl Reader {
    /// In watts, or in joules since the first reading.
    fn value(&mut self) -> Result<f64, String> {
        let device = self.nvml.device_by_index(self.gpu.index);
        let value = device.and_then(|device| value(&device, self.gpu.reads)).map_err(|error| error.to_string())?;
        if self.gpu.quantity() == Quantity::Power {
            return Ok(value * UNIT);
        }
        Ok((value - *self.first.get_or_insert(value)) * UNIT)
    }
}
