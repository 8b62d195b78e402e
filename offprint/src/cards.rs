//! Graphics processors that the kernel lists, without asking any driver.

use std::fs;
use std::path::{Path, PathBuf};

use crate::processor::field;

/// The folder of render nodes below sysfs.
pub const NODES: &str = "class/drm";
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

/// The models of NVIDIA's cards in bus order, as CUDA counts them. `visible` are those that CUDA uses, by number or
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
