//! The identity of the hardware that a measurement belongs to. Drivers, clocks and load are not part of it; they are in
//! the record. Also the size of the memory, which is in no key.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use offprint::digest::Digest;
use offprint::processor::{self, field};
use offprint::{Identity, cards};

use crate::device::{Device, Precision};
use crate::graphics;

/// An amount of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// The total memory of this machine; none when the kernel does not report it. `procfs` is `/proc`.
pub fn memory(procfs: &Path) -> Option<Bytes> {
    let total = field(&fs::read_to_string(procfs.join("meminfo")).ok()?, "MemTotal")?;
    let kibibytes: u64 = total.strip_suffix("kB")?.trim().parse().ok()?;
    Some(Bytes(kibibytes.checked_mul(1024)?))
}

/// The fact for vendor and device of a graphics processor on its bus.
pub const GPU: &str = "gpu";
/// The fact for its address on the bus, where several are alike.
pub const PCI_ADDRESS: &str = "gpu_pci_address";

/// The hardware of a device on this machine. `procfs` is `/proc`, `sysfs` is `/sys`.
pub fn identity(device: Device, precision: Precision, procfs: &Path, sysfs: &Path) -> Identity {
    let processor = || processor::facts(procfs, sysfs);
    let with = |gpu: Option<String>| {
        let device = BTreeMap::from([("device".to_owned(), device.slug())]);
        let gpu = gpu.map(|gpu| (GPU.to_owned(), gpu));
        processor().into_iter().chain(device).chain(gpu).collect()
    };
    let mut facts: BTreeMap<String, String> = match device {
        Device::Cpu => processor(),
        // The model is the same everywhere.
        Device::Simulated => BTreeMap::from([("device".to_owned(), "simulated".to_owned())]),
        // The same processor, but a device of its own.
        Device::CpuBurn | Device::Software => with(None),
        // Its versions belong to the machine: no program of ours is built with it.
        Device::CpuOnnxruntime => {
            let versions =
                graphics::usable(&device.to_string(), sysfs).map_or("not installed".to_owned(), |(_, all)| all);
            with(None).into_iter().chain([("onnxruntime".to_owned(), versions)]).collect()
        }
        Device::Vulkan(index) => match cards::cards(sysfs).get(index as usize) {
            Some(card) => {
                let address = card.address.clone().map(|address| (PCI_ADDRESS.to_owned(), address));
                with(Some(card.ids.clone().unwrap_or_else(|| card.driver.clone()))).into_iter().chain(address).collect()
            }
            None => with(None),
        },
        Device::Cuda(number) => {
            let visible = std::env::var("CUDA_VISIBLE_DEVICES").ok();
            let known = cards::nvidia(procfs, visible.as_deref()).get(number as usize).cloned();
            // What is chosen by a number that only CUDA knows is hardware of its own.
            with(known.or_else(|| visible.map(|which| Digest::of(which.as_bytes()).to_string())))
        }
    };
    // Processors of different boards share a name, so a graphics processor of a board is identified by the board.
    if matches!(device, Device::Vulkan(_) | Device::Cuda(_))
        && let Some(board) = processor::board(procfs)
    {
        facts.insert("board".to_owned(), board);
    }
    if precision != Precision::F32 {
        facts.insert("precision".to_owned(), precision.name().to_owned());
    }
    Identity { kind: device.slug() + precision.suffix(), facts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_reported_by_the_kernel_or_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let total = |text: &str| {
            fs::write(folder.path().join("meminfo"), text).unwrap();
            memory(folder.path())
        };
        assert_eq!(total("MemTotal:        3982148 kB\nMemFree:  1 kB\n"), Some(Bytes(3_982_148 * 1024)));
        for text in ["", "MemTotal: many kB\n", "MemTotal: 5\n", "MemTotal: 18446744073709551615 kB\n"] {
            assert_eq!(total(text), None, "{text}");
        }
        assert_eq!(memory(Path::new("/nowhere")), None);
    }

    #[test]
    fn the_processor_through_burns_own_operators_is_a_device_of_its_own_with_the_same_facts() {
        let of = |device| identity(device, Precision::F32, Path::new("/proc"), Path::new("/sys"));
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
}
