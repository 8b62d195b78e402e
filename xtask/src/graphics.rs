//! Graphics processors listed by the kernel, and whether Vulkan can use one, which `measure` finds out: selects the device for
//! `auto`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use offprint::opened::root;
use offprint::processor::field;
use offprint::step::{Features, Program};
use offprint::subprocess;
use serde::Deserialize;

use crate::device::{Asked, Device};

/// The folder of render nodes below sysfs.
const NODES: &str = "class/drm";
/// Drivers of the kernel that have a render node without a graphics processor.
const NO_HARDWARE: [&str; 9] =
    ["vgem", "vkms", "virtio_gpu", "virtio-pci", "simpledrm", "simple-framebuffer", "bochs-drm", "qxl", "cirrus"];
/// A graphics processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The kernel's driver, for example `amdgpu`.
    pub driver: String,
    /// Vendor and device on the bus, as `10de:2204`; none when it is not on a bus.
    pub ids: Option<String>,
    /// Its address on the bus, as `0000:41:00.0`, if another card has the same `ids`.
    pub address: Option<String>,
}

/// The cards of this machine, in the order of their nodes. `sysfs` is `/sys`.
pub fn cards(sysfs: &Path) -> Vec<Card> {
    let mut nodes: Vec<PathBuf> = fs::read_dir(sysfs.join(NODES))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
        .map(|entry| entry.path())
        .collect();
    nodes.sort();
    let mut cards: Vec<Card> = nodes.iter().filter_map(|node| card(&node.join("device"))).collect();
    let all: Vec<Option<String>> = cards.iter().map(|card| card.ids.clone()).collect();
    let is_alike = |card: &Card| all.iter().filter(|ids| **ids == card.ids).count() > 1;
    cards.iter_mut().filter(|card| !is_alike(card)).for_each(|card| card.address = None);
    cards
}

fn card(device: &Path) -> Option<Card> {
    let driver = fs::read_link(device.join("driver")).ok()?.file_name()?.to_string_lossy().into_owned();
    if NO_HARDWARE.contains(&driver.as_str()) {
        return None;
    }
    let hex = |file: &str| {
        let text = fs::read_to_string(device.join(file)).ok()?;
        let digits = text.trim().strip_prefix("0x")?.to_owned();
        (digits.len() == 4 && digits.chars().all(|digit| digit.is_ascii_hexdigit())).then_some(digits)
    };
    let ids = hex("vendor").zip(hex("device")).map(|(vendor, device)| format!("{vendor}:{device}"));
    // The folder of a device has the name of its address.
    let address = fs::canonicalize(device).ok().and_then(|path| Some(path.file_name()?.to_str()?.to_owned()));
    Some(Card { driver, ids, address: address.filter(|address| address.contains(':')) })
}

/// The models of NVIDIA's cards in bus order, as steps count them. `visible` are those that CUDA uses, by number or
/// UUID (the variable `CUDA_VISIBLE_DEVICES`). `procfs` is `/proc`.
pub fn nvidia(procfs: &Path, visible: Option<&str>) -> Vec<String> {
    let folders = fs::read_dir(procfs.join("driver/nvidia/gpus")).into_iter().flatten().flatten();
    let mut cards: Vec<PathBuf> = folders.map(|entry| entry.path()).collect();
    cards.sort();
    let texts = cards.iter().filter_map(|card| fs::read_to_string(card.join("information")).ok());
    let texts: Vec<String> = texts.collect();
    let model = |text: &String| field(text, "Model");
    let Some(visible) = visible else { return texts.iter().filter_map(model).collect() };
    let chosen = |which: &str| match which.trim().parse::<usize>() {
        Ok(number) => texts.get(number),
        Err(_) => texts.iter().find(|text| {
            field(text, "GPU UUID").is_some_and(|uuid| which.starts_with("GPU-") && uuid.starts_with(which.trim()))
        }),
    };
    // Like CUDA, up to the first that does not exist. The slices of a card (MIG) are not known here.
    visible.split(',').map_while(|which| chosen(which).and_then(model)).collect()
}

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
    Program::Workspace { bin: "measure".to_owned(), features: Features::Only(Vec::new()) }
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
