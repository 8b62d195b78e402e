//! Graphics processors listed by the kernel, and whether Vulkan has a driver for them: selects the device for `auto`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::device::Device;

/// The folder of render nodes below sysfs.
const NODES: &str = "class/drm";
/// Drivers of the kernel that have a render node without a graphics processor.
const NO_HARDWARE: [&str; 4] = ["vgem", "vkms", "virtio_gpu", "simpledrm"];
/// Folders in which Vulkan drivers are registered (Vulkan-Loader, "Driver Discovery on Linux").
const MANIFESTS: [&str; 4] =
    ["etc/vulkan/icd.d", "usr/local/etc/vulkan/icd.d", "usr/local/share/vulkan/icd.d", "usr/share/vulkan/icd.d"];
/// The libraries that serve each driver of the kernel. Others are served by any library that is not software.
const SERVED_BY: [(&str, &[&str]); 8] = [
    ("amdgpu", &["radeon", "amdvlk"]),
    ("i915", &["intel"]),
    ("xe", &["intel"]),
    ("nvidia", &["nvidia", "glx"]),
    ("nvidia-drm", &["nvidia", "glx"]),
    ("nvgpu", &["nvidia"]),
    ("nouveau", &["nouveau"]),
    ("tegra", &["nvidia"]),
];
/// Libraries that compute in software, on the processor.
const SOFTWARE: [&str; 4] = ["lvp", "lavapipe", "llvmpipe", "swiftshader"];

/// A graphics processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The kernel's driver, for example `amdgpu`.
    pub driver: String,
    /// Vendor and device on the bus, as `10de:2204`; none when it is not on a bus.
    pub ids: Option<String>,
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
    nodes.iter().filter_map(|node| card(&node.join("device"))).collect()
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
    Some(Card { driver, ids })
}

/// The models of NVIDIA's cards in bus order, as CUDA counts with `CUDA_DEVICE_ORDER=PCI_BUS_ID`. `procfs` is `/proc`.
pub fn nvidia(procfs: &Path) -> Vec<String> {
    let mut cards: Vec<PathBuf> = fs::read_dir(procfs.join("driver/nvidia/gpus"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    cards.sort();
    let model = |card: &PathBuf| {
        let text = fs::read_to_string(card.join("information")).ok()?;
        Some(text.lines().find_map(|line| line.strip_prefix("Model:"))?.trim().to_owned())
    };
    cards.iter().filter_map(model).collect()
}

/// The file names of the Vulkan drivers' libraries installed below `top`.
fn libraries(top: &Path) -> Vec<String> {
    #[derive(Deserialize)]
    struct Manifest {
        #[serde(rename = "ICD")]
        icd: Icd,
    }
    #[derive(Deserialize)]
    struct Icd {
        library_path: String,
    }
    let folders = MANIFESTS.iter().flat_map(|folder| fs::read_dir(top.join(folder)).into_iter().flatten().flatten());
    let library = |path: PathBuf| {
        let manifest: Manifest = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
        Some(manifest.icd.library_path.rsplit('/').next()?.to_lowercase())
    };
    folders.filter_map(|entry| library(entry.path())).collect()
}

fn serves(library: &str, driver: &str) -> bool {
    let known = SERVED_BY.iter().find(|(known, _)| *known == driver);
    match known {
        Some((_, names)) => names.iter().any(|name| library.contains(name)),
        None => !SOFTWARE.iter().any(|name| library.contains(name)),
    }
}

/// The best available device, and the reason: the first graphics processor with a Vulkan driver, else the processor.
/// `top` is `/`.
pub fn best(sysfs: &Path, top: &Path) -> (Device, String) {
    let (cards, libraries) = (cards(sysfs), libraries(top));
    let served = cards.iter().position(|card| libraries.iter().any(|library| serves(library, &card.driver)));
    let described = |card: &Card| match &card.ids {
        Some(ids) => format!("{} ({ids})", card.driver),
        None => card.driver.clone(),
    };
    match (served, cards.first()) {
        (Some(index), _) => {
            let why =
                format!("the kernel lists a graphics processor ({}) with a Vulkan driver", described(&cards[index]));
            (Device::Vulkan(u32::try_from(index).unwrap_or(0)), why)
        }
        (None, Some(card)) => {
            let why = format!(
                "the kernel lists a graphics processor ({}), but no Vulkan driver for it is installed; `cargo xtask doctor` lists those installed",
                described(card)
            );
            (Device::Cpu, why)
        }
        (None, None) => (Device::Cpu, "the kernel lists no graphics processor".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine with cards by driver and ids, and the libraries of Vulkan's drivers.
    fn machine(cards: &[(&str, Option<(&str, &str)>)], libraries: &[&str]) -> tempfile::TempDir {
        let top = tempfile::tempdir().unwrap();
        for (number, (driver, ids)) in cards.iter().enumerate() {
            let device = top.path().join(NODES).join(format!("renderD{}", 128 + number)).join("device");
            fs::create_dir_all(&device).unwrap();
            let drivers = top.path().join("bus/drivers").join(driver);
            fs::create_dir_all(&drivers).unwrap();
            std::os::unix::fs::symlink(drivers, device.join("driver")).unwrap();
            if let Some((vendor, id)) = ids {
                fs::write(device.join("vendor"), format!("0x{vendor}\n")).unwrap();
                fs::write(device.join("device"), format!("0x{id}\n")).unwrap();
            }
        }
        let folder = top.path().join(MANIFESTS[3]);
        fs::create_dir_all(&folder).unwrap();
        for library in libraries {
            let text = format!(r#"{{"ICD": {{"library_path": "/usr/lib/{library}"}}}}"#);
            fs::write(folder.join(format!("{library}.json")), text).unwrap();
        }
        top
    }

    fn best_of(cards: &[(&str, Option<(&str, &str)>)], libraries: &[&str]) -> (Device, String) {
        let top = machine(cards, libraries);
        best(top.path(), top.path())
    }

    const AMD: (&str, Option<(&str, &str)>) = ("amdgpu", Some(("1002", "73bf")));
    const INTEL: (&str, Option<(&str, &str)>) = ("i915", Some(("8086", "9a49")));

    #[test]
    fn a_card_with_a_vulkan_driver_is_selected_and_named() {
        let (device, why) = best_of(&[AMD], &["libvulkan_radeon.so", "libvulkan_lvp.so"]);
        assert_eq!(device, Device::Vulkan(0));
        assert!(why.contains("amdgpu (1002:73bf)"), "{why}");
        // A board whose graphics processor is not on a bus.
        assert_eq!(best_of(&[("nvgpu", None)], &["libGLX_nvidia.so.0"]).0, Device::Vulkan(0));
        // Only the second one has a driver.
        assert_eq!(best_of(&[INTEL, AMD], &["libvulkan_radeon.so"]).0, Device::Vulkan(1));
    }

    #[test]
    fn nvidia_cards_have_the_names_that_their_driver_reports() {
        let top = tempfile::tempdir().unwrap();
        for (bus, model) in [("0000:41:00.0", "NVIDIA Two"), ("0000:01:00.0", "NVIDIA One")] {
            let folder = top.path().join("driver/nvidia/gpus").join(bus);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("information"), format!("Model: \t\t {model}\nIRQ:   \t\t 16\n")).unwrap();
        }
        assert_eq!(nvidia(top.path()), ["NVIDIA One", "NVIDIA Two"]);
        assert!(nvidia(Path::new("/nowhere")).is_empty());
    }

    #[test]
    fn without_a_driver_the_processor_is_selected_and_the_reason_given() {
        for libraries in [&[][..], &["libvulkan_lvp.so"], &["libvulkan_intel.so", "libvulkan_lvp.so"]] {
            let (device, why) = best_of(&[AMD], libraries);
            assert_eq!(device, Device::Cpu);
            assert!(why.contains("no Vulkan driver for it"), "{why}");
        }
    }

    #[test]
    fn software_and_virtual_displays_are_not_graphics_processors() {
        let libraries = ["libvulkan_lvp.so", "libvulkan_radeon.so", "libvulkan_intel.so"];
        for cards in [&[][..], &[("vgem", None)], &[("virtio_gpu", Some(("1af4", "1050")))]] {
            assert_eq!(best_of(cards, &libraries), (Device::Cpu, "the kernel lists no graphics processor".to_owned()));
        }
    }
}
