//! Graphics processors as the kernel shows them, and whether Vulkan has a driver for them, without opening any: what
//! decides between a graphics processor and the processor where no device was asked for.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::device::Device;

/// Below sysfs, the nodes through which programs compute.
const NODES: &str = "class/drm";
/// Drivers of the kernel that have a node and compute on no graphics processor.
const NO_HARDWARE: [&str; 4] = ["vgem", "vkms", "virtio_gpu", "simpledrm"];
/// Where drivers of Vulkan announce themselves (Vulkan-Loader, "Driver Discovery on Linux").
const MANIFESTS: [&str; 4] =
    ["etc/vulkan/icd.d", "usr/local/etc/vulkan/icd.d", "usr/local/share/vulkan/icd.d", "usr/share/vulkan/icd.d"];
/// Of each driver of the kernel the libraries that serve it; of others any library that is no software.
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
/// Libraries that compute on the processor.
const SOFTWARE: [&str; 4] = ["lvp", "lavapipe", "llvmpipe", "swiftshader"];

/// A graphics processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The kernel's driver, for example `amdgpu`.
    pub driver: String,
    /// Vendor and device on the bus, as `10de:2204`; none of one that is on no bus.
    pub ids: Option<String>,
}

/// The cards of this machine, by their nodes. `sysfs` is `/sys`.
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

/// The models of NVIDIA's cards, in the order of the bus, by which CUDA counts when asked to
/// (`CUDA_DEVICE_ORDER=PCI_BUS_ID`). `procfs` is `/proc`.
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

/// The libraries of Vulkan's drivers that are installed below `top`, by their file names.
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

/// The best device there is, and why: the first graphics processor that Vulkan has a driver for, else the processor.
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
            let why = format!(
                "the kernel's driver {} has a graphics processor, and Vulkan a driver for it",
                described(&cards[index])
            );
            (Device::Vulkan(u32::try_from(index).unwrap_or(0)), why)
        }
        (None, Some(card)) => {
            let why = format!(
                "there is a graphics processor ({}), and no Vulkan driver for it is installed; `cargo xtask doctor` shows what is",
                described(card)
            );
            (Device::Cpu, why)
        }
        (None, None) => (Device::Cpu, "the kernel shows no graphics processor".to_owned()),
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
    fn a_card_with_a_driver_of_vulkans_is_taken_and_named() {
        let (device, why) = best_of(&[AMD], &["libvulkan_radeon.so", "libvulkan_lvp.so"]);
        assert_eq!(device, Device::Vulkan(0));
        assert!(why.contains("amdgpu (1002:73bf)"), "{why}");
        // A board whose graphics are on no bus.
        assert_eq!(best_of(&[("nvgpu", None)], &["libGLX_nvidia.so.0"]).0, Device::Vulkan(0));
        // The second one alone has a driver.
        assert_eq!(best_of(&[INTEL, AMD], &["libvulkan_radeon.so"]).0, Device::Vulkan(1));
    }

    #[test]
    fn nvidias_cards_have_the_names_that_their_driver_tells() {
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
    fn a_card_without_one_leaves_the_processor_and_says_so() {
        for libraries in [&[][..], &["libvulkan_lvp.so"], &["libvulkan_intel.so", "libvulkan_lvp.so"]] {
            let (device, why) = best_of(&[AMD], libraries);
            assert_eq!(device, Device::Cpu);
            assert!(why.contains("no Vulkan driver for it"), "{why}");
        }
    }

    #[test]
    fn software_and_what_a_hypervisor_shows_are_no_graphics_processors() {
        let libraries = ["libvulkan_lvp.so", "libvulkan_radeon.so", "libvulkan_intel.so"];
        for cards in [&[][..], &[("vgem", None)], &[("virtio_gpu", Some(("1af4", "1050")))]] {
            assert_eq!(best_of(cards, &libraries), (Device::Cpu, "the kernel shows no graphics processor".to_owned()));
        }
    }
}
