//! The identity of the hardware: what a measurement belongs to, as facts by name. Drivers, clocks and load are no part of it;
//! they are in the record. And how much memory there is, which decides no key.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::thread;

use crate::device::{Device, Precision};
use crate::graphics;
use offprint::identity::Identity;

/// An amount of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// All memory of this machine; none where the kernel does not tell. `procfs` is `/proc`.
pub fn memory(procfs: &Path) -> Option<Bytes> {
    let total = field(&fs::read_to_string(procfs.join("meminfo")).ok()?, "MemTotal")?;
    let kibibytes: u64 = total.strip_suffix("kB")?.trim().parse().ok()?;
    Some(Bytes(kibibytes.checked_mul(1024)?))
}

/// Vendor and device of a graphics processor on its bus, among the facts of hardware.
pub const GPU: &str = "gpu";

/// The processor of this machine, as hardware.
pub fn processor() -> Identity {
    identity(Device::Cpu, Precision::F32, Path::new(""))
}

/// The hardware of a device on this machine. `sysfs` is where the kernel tells of graphics processors.
pub fn identity(device: Device, precision: Precision, sysfs: &Path) -> Identity {
    let processor = || cpu(Path::new("/proc"), Path::new("/proc/device-tree"));
    let with = |gpu: Option<String>| {
        let device = BTreeMap::from([("device".to_owned(), device.slug())]);
        let gpu = gpu.map(|gpu| (GPU.to_owned(), gpu));
        processor().into_iter().chain(device).chain(gpu).collect()
    };
    let mut facts: BTreeMap<String, String> = match device {
        Device::Cpu => processor(),
        // The model that stands for it is the same everywhere.
        Device::Simulated => BTreeMap::from([("device".to_owned(), "simulated".to_owned())]),
        // The same processor, and a device of its own.
        Device::CpuBurn | Device::Software => with(None),
        Device::Vulkan(place) => match graphics::cards(sysfs).get(place as usize) {
            Some(card) => with(Some(card.ids.clone().unwrap_or_else(|| card.driver.clone()))),
            None => with(None),
        },
        Device::Cuda(number) => with(graphics::nvidia(Path::new("/proc")).get(number as usize).cloned()),
    };
    // Processors of different boards have one name; what computes on a board's own graphics belongs to the board.
    if matches!(device, Device::Vulkan(_) | Device::Cuda(_))
        && let Some(board) = board(Path::new("/proc/device-tree"))
    {
        facts.insert("board".to_owned(), board);
    }
    if precision != Precision::F32 {
        facts.insert("precision".to_owned(), precision.name().to_owned());
    }
    Identity { kind: device.slug() + precision.suffix(), facts }
}

/// The processor and how many cores of it this process may use. `procfs` is `/proc`, `firmware` the device tree that boards
/// without a model name in `cpuinfo` have.
fn cpu(procfs: &Path, firmware: &Path) -> BTreeMap<String, String> {
    let model = fs::read_to_string(procfs.join("cpuinfo"))
        .ok()
        .and_then(|text| field(&text, "model name"))
        .or_else(|| board(firmware))
        .filter(|model| !model.is_empty())
        .unwrap_or_else(|| format!("unknown {} processor", std::env::consts::ARCH));
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    BTreeMap::from([
        ("device".to_owned(), "cpu".to_owned()),
        ("cpu".to_owned(), model),
        ("cores".to_owned(), cores.to_string()),
    ])
}

/// The name of a board, as its firmware tells.
fn board(firmware: &Path) -> Option<String> {
    let model = fs::read_to_string(firmware.join("model")).ok()?.trim_end_matches('\0').to_owned();
    (!model.is_empty()).then_some(model)
}

/// The value of the first line `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(cpuinfo: &str, board: Option<&str>) -> String {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("cpuinfo"), cpuinfo).unwrap();
        if let Some(board) = board {
            fs::write(folder.path().join("model"), board).unwrap();
        }
        cpu(folder.path(), folder.path())["cpu"].clone()
    }

    #[test]
    fn memory_is_what_the_kernel_tells_or_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let told = |text: &str| {
            fs::write(folder.path().join("meminfo"), text).unwrap();
            memory(folder.path())
        };
        assert_eq!(told("MemTotal:        3982148 kB\nMemFree:  1 kB\n"), Some(Bytes(3_982_148 * 1024)));
        for text in ["", "MemTotal: many kB\n", "MemTotal: 5\n", "MemTotal: 18446744073709551615 kB\n"] {
            assert_eq!(told(text), None, "{text}");
        }
        assert_eq!(memory(Path::new("/nowhere")), None);
    }

    #[test]
    fn the_processor_through_burns_own_operators_is_a_device_of_its_own_with_the_same_facts() {
        let of = |device| identity(device, Precision::F32, Path::new(""));
        let (own, burn) = (of(Device::Cpu), of(Device::CpuBurn));
        assert!(own.name().starts_with("cpu-") && !own.name().starts_with("cpu-burn-"), "{}", own.name());
        assert!(burn.name().starts_with("cpu-burn-"), "{}", burn.name());
        let others = |identity: &Identity| {
            let mut facts = identity.facts.clone();
            (facts.remove("device"), facts)
        };
        assert_eq!(others(&own).0.as_deref(), Some("cpu"));
        assert_eq!(others(&burn).0.as_deref(), Some("cpu-burn"));
        assert_eq!(others(&own).1, others(&burn).1);
    }

    #[test]
    fn a_processor_is_its_model_name_or_its_board() {
        assert_eq!(model("processor\t: 0\nmodel name\t: A Processor @ 2 GHz\n", None), "A Processor @ 2 GHz");
        assert_eq!(model("processor\t: 0\nCPU part\t: 0xd07\n", Some("jetson_tx1\0")), "jetson_tx1");
        assert!(model("", None).starts_with("unknown "));
    }
}
