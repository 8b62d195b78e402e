//! Whether Vulkan can use a graphics processor, which `measure` finds out: selects the device for `auto`.

use std::path::Path;

use anyhow::{Context, Result, bail};
use offprint::cards::cards;
use offprint::opened::root;
use offprint::step::{Features, Program};
use offprint::subprocess;
use serde::Deserialize;

use crate::device::{Asked, Device};

/// The best available device, and the reason: the first graphics processor that Vulkan can use, else the processor.
///
/// # Errors
/// The program that asks Vulkan cannot be built or run.
pub fn best(sysfs: &Path) -> Result<(Device, String)> {
    match cards(sysfs).is_empty() {
        true => Ok((Device::Cpu, "the kernel lists no graphics processor".to_owned())),
        false => usable("auto", sysfs),
    }
}

/// The device that a name stands for if it can be used, and the reason.
///
/// # Errors
/// Why it cannot be used.
pub fn usable(name: &str, sysfs: &Path) -> Result<(Device, String)> {
    let sysfs = sysfs.display().to_string();
    let args = ["devices", "--usable", name, "--sysfs", &sysfs].map(str::to_owned);
    answer(&subprocess::ask(&root()?, &program(), &args)?)
}

/// `measure` without any device, which builds in seconds.
pub fn program() -> Program {
    Program::Workspace { bin: "measure".into(), features: Features::Only(Vec::new()) }
}

fn answer(text: &str) -> Result<(Device, String)> {
    #[derive(Deserialize)]
    struct Answer {
        device: Asked,
        why: String,
    }
    let Answer { device, why } = serde_json::from_str(text).context("`measure devices` printed another answer")?;
    match device {
        Asked::This(device) => Ok((device, why)),
        Asked::Auto => bail!("`measure devices` names no device"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use offprint::cards::{NODES, nvidia};

    use super::*;

    #[test]
    fn without_a_graphics_processor_the_processor_is_selected_and_nothing_is_built() {
        let (device, why) = best(Path::new("/nowhere")).unwrap();
        assert_eq!((device, why.as_str()), (Device::Cpu, "the kernel lists no graphics processor"));
    }

    #[test]
    fn the_program_that_asks_vulkan_counts_the_same_cards_in_the_same_order() {
        let top = tempfile::tempdir().unwrap();
        let drivers =
            ["virtio_gpu", "amdgpu", "vgem", "lima", "radeon", "simpledrm", "virtio-pci", "qxl", "future-gpu"];
        for (number, driver) in drivers.iter().enumerate() {
            let device = top.path().join(NODES).join(format!("renderD{}", 128 + number)).join("device");
            fs::create_dir_all(&device).unwrap();
            std::os::unix::fs::symlink(top.path().join("bus/drivers").join(driver), device.join("driver")).unwrap();
        }
        fs::create_dir_all(top.path().join(NODES).join("card0/device")).unwrap();
        let own: Vec<String> = cards(top.path()).into_iter().map(|card| card.driver).collect();
        let other: Vec<String> = ::graphics::nodes::list(top.path()).into_iter().map(|node| node.driver).collect();
        assert_eq!(own, ["amdgpu", "lima", "radeon", "future-gpu"]);
        assert_eq!(own, other);
    }

    #[test]
    fn an_answer_is_a_device_with_the_reason() {
        let (device, why) = answer(r#"{"device": "vulkan:1", "why": "Vulkan can use it"}"#).unwrap();
        assert_eq!((device, why.as_str()), (Device::Vulkan(1), "Vulkan can use it"));
        for text in ["", "warning", r#"{"device": "auto", "why": ""}"#, r#"{"device": "gpu", "why": ""}"#] {
            assert!(answer(text).is_err(), "{text}");
        }
    }

    #[test]
    fn cards_of_one_model_are_distinguished_by_their_place_on_the_bus() {
        let top = tempfile::tempdir().unwrap();
        let card = |node: &str, address: &str, id: &str| {
            let device = top.path().join("devices/pci0000:00").join(address);
            fs::create_dir_all(&device).unwrap();
            fs::create_dir_all(top.path().join("bus/drivers/amdgpu")).unwrap();
            std::os::unix::fs::symlink(top.path().join("bus/drivers/amdgpu"), device.join("driver")).unwrap();
            fs::write(device.join("vendor"), "0x1002\n").unwrap();
            fs::write(device.join("device"), format!("0x{id}\n")).unwrap();
            fs::create_dir_all(top.path().join(NODES).join(node)).unwrap();
            std::os::unix::fs::symlink(device, top.path().join(NODES).join(node).join("device")).unwrap();
        };
        card("renderD128", "0000:41:00.0", "73bf");
        card("renderD129", "0000:03:00.0", "73bf");
        card("renderD130", "0000:07:00.0", "1638");
        let addresses: Vec<Option<String>> = cards(top.path()).into_iter().map(|card| card.address).collect();
        assert_eq!(addresses, [Some("0000:41:00.0".to_owned()), Some("0000:03:00.0".to_owned()), None]);
        // Each is hardware of its own, by its address: the kernel may number them in another order at the next start.
        let of = |number| {
            let identity = crate::hardware::identity(
                Device::Vulkan(number),
                crate::device::Precision::F32,
                Path::new("/nowhere"),
                top.path(),
            );
            identity.facts.get(crate::hardware::PCI_ADDRESS).cloned()
        };
        assert_eq!([0, 1, 2].map(of), [addresses[0].clone(), addresses[1].clone(), None]);
    }

    #[test]
    fn nvidia_cards_have_the_names_that_their_driver_reports() {
        let top = tempfile::tempdir().unwrap();
        for (bus, model) in [("0000:41:00.0", "NVIDIA Two"), ("0000:01:00.0", "NVIDIA One")] {
            let folder = top.path().join("driver/nvidia/gpus").join(bus);
            fs::create_dir_all(&folder).unwrap();
            let uuid = format!("GPU-{}0000000-0000", &bus[5..7]);
            let text = format!("Model: \t\t {model}\nIRQ:   \t\t 16\nGPU UUID: \t {uuid}\n");
            fs::write(folder.join("information"), text).unwrap();
        }
        assert_eq!(nvidia(top.path(), None), ["NVIDIA One", "NVIDIA Two"]);
        assert!(nvidia(Path::new("/nowhere"), None).is_empty());
        // Only these, in this order.
        assert_eq!(nvidia(top.path(), Some("1")), ["NVIDIA Two"]);
        assert_eq!(nvidia(top.path(), Some("GPU-41, 0")), ["NVIDIA Two", "NVIDIA One"]);
        assert_eq!(nvidia(top.path(), Some("0,7,1")), ["NVIDIA One"]);
        for none in ["", "-1", "MIG-41000000-0000"] {
            assert!(nvidia(top.path(), Some(none)).is_empty(), "{none}");
        }
    }
}
