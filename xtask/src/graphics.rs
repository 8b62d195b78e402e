//! Graphics processors listed by the kernel, and whether Vulkan has a driver for them: selects the device for `auto`.

use std::fs;
use std::path::{Path, PathBuf};

use offprint::processor::field;
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
    /// Its place on the bus, as `0000:41:00.0`, if another card has the same `ids`.
    pub place: Option<String>,
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
    cards.iter_mut().filter(|card| !is_alike(card)).for_each(|card| card.place = None);
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
    // The folder of a device has the name of its place.
    let place = fs::canonicalize(device).ok().and_then(|path| Some(path.file_name()?.to_str()?.to_owned()));
    Some(Card { driver, ids, place: place.filter(|place| place.contains(':')) })
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
    fn cards_of_one_model_are_distinguished_by_their_place_on_the_bus() {
        let top = tempfile::tempdir().unwrap();
        let card = |node: &str, place: &str, id: &str| {
            let device = top.path().join("devices/pci0000:00").join(place);
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
        let places: Vec<Option<String>> = cards(top.path()).into_iter().map(|card| card.place).collect();
        assert_eq!(places, [Some("0000:41:00.0".to_owned()), Some("0000:03:00.0".to_owned()), None]);
        // Each is hardware of its own, by its place: the kernel may number them in another order at the next start.
        let of = |number| {
            let identity = crate::hardware::identity(
                Device::Vulkan(number),
                crate::device::Precision::F32,
                Path::new("/nowhere"),
                top.path(),
            );
            identity.facts.get(crate::hardware::PLACE).cloned()
        };
        assert_eq!([0, 1, 2].map(of), [places[0].clone(), places[1].clone(), None]);
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
