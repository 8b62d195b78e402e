//! The kernel's drivers of graphics processors, and the Vulkan library of each: explains why Vulkan cannot use one.

use crate::nodes::{Node, Reason};

/// Drivers that have a node without a graphics processor, or one that a hypervisor models.
const NO_HARDWARE: [&str; 9] =
    ["vgem", "vkms", "virtio_gpu", "virtio-pci", "simpledrm", "simple-framebuffer", "bochs-drm", "qxl", "cirrus"];
/// Drivers for which no Vulkan library exists: the chips are too old, or only display.
const WITHOUT_VULKAN: [&str; 13] = [
    "armada-drm",
    "ast",
    "etnaviv",
    "etnaviv-gpu",
    "gma500_gfx",
    "hyperv_drm",
    "lima",
    "mgag200",
    "nvidiafb",
    "radeon",
    "tegra-drm",
    "vc4",
    "vmwgfx",
];
/// Vendor of `i915`'s and `xe`'s chips.
const INTEL: u32 = 0x8086;
/// Intel's graphics before Ivy Bridge, by the device number (`include/drm/intel/pciids.h` of Linux, i830 to Sandy Bridge).
const OLD_INTEL: [u32; 38] = [
    0x2562, 0x2572, 0x2582, 0x258a, 0x2592, 0x2772, 0x27a2, 0x27ae, 0x2972, 0x2982, 0x2992, 0x29a2, 0x29b2, 0x29c2,
    0x29d2, 0x2a02, 0x2a12, 0x2a42, 0x2e02, 0x2e12, 0x2e22, 0x2e32, 0x2e42, 0x2e92, 0x3577, 0x3582, 0x358e, 0xa001,
    0xa011, 0x0042, 0x0046, 0x0102, 0x0106, 0x010a, 0x0112, 0x0116, 0x0122, 0x0126,
];

/// AMD's Southern and Sea Islands by the device number, which both `radeon` and `amdgpu` can drive (the same file).
const ISLANDS: [(u32, u32); 10] = [
    (0x1304, 0x131d),
    (0x6600, 0x6631),
    (0x6640, 0x665f),
    (0x6660, 0x666f),
    (0x6780, 0x679f),
    (0x67a0, 0x67bf),
    (0x6800, 0x6819),
    (0x6820, 0x683f),
    (0x9830, 0x983f),
    (0x9850, 0x985f),
];

/// A driver of the kernel, parts of the names of its Vulkan libraries, and what the library needs.
type Served = (&'static str, &'static [&'static str], &'static str);

/// The libraries that serve each driver, most of them Mesa's.
const SERVED_BY: [Served; 16] = [
    ("amdgpu", &["radeon", "amdvlk"], MESA),
    ("apple-gpu", &["asahi"], "it needs Mesa 25.1 or later, and the kernel of Asahi Linux"),
    ("asahi", &["asahi"], "it needs Mesa 25.1 or later, and the kernel of Asahi Linux"),
    ("i915", &["intel"], MESA),
    ("msm", &["freedreno"], "it needs an Adreno 600 or later"),
    ("msm_dpu", &["freedreno"], "it needs an Adreno 600 or later"),
    ("adreno", &["freedreno"], "it needs an Adreno 600 or later"),
    (
        "nouveau",
        &["nouveau"],
        "it needs Mesa 24.1 and Linux 6.6 or later, and a Kepler card or later; NVIDIA's own driver serves most cards",
    ),
    ("nvgpu", &["nvidia", "glx"], "it is part of NVIDIA's Linux for Tegra"),
    ("nvidia", &["nvidia", "glx"], NVIDIA),
    ("nvidia-drm", &["nvidia", "glx"], NVIDIA),
    (
        "panfrost",
        &["panfrost"],
        "it needs a Bifrost chip or later, and Mesa older than 25.1 also `PAN_I_WANT_A_BROKEN_VULKAN_DRIVER=1`",
    ),
    ("panthor", &["panfrost"], "it needs Mesa 24.3 or later"),
    ("powervr", &["powervr"], "it needs `PVR_I_WANT_A_BROKEN_VULKAN_DRIVER=1`"),
    ("v3d", &["broadcom"], "it needs V3D 4.2 or later, as of a Raspberry Pi 4"),
    ("xe", &["intel"], MESA),
];

const MESA: &str = "it is in Mesa: run `sudo apt install mesa-vulkan-drivers`";
const NVIDIA: &str = "it is part of NVIDIA's driver, on Debian nvidia-vulkan-icd and on Ubuntu libnvidia-gl; a container needs NVIDIA_DRIVER_CAPABILITIES=all";
const AMDGPU: &str = "let amdgpu drive it: start the kernel with `radeon.si_support=0 radeon.cik_support=0 amdgpu.si_support=1 amdgpu.cik_support=1`";
/// The way out that always exists.
pub(crate) const PROCESSOR: &str = "measure the processor: --device cpu";

/// Whether a driver has a node without a graphics processor of its own.
pub fn has_no_hardware(driver: &str) -> bool {
    NO_HARDWARE.contains(&driver)
}

/// Why Vulkan can never use a card with the kernel's present driver, if so.
pub fn never(node: &Node) -> Option<Reason> {
    let driver = &node.driver;
    let known = format!("Vulkan has no driver for the kernel's {driver}");
    match node.ids {
        Some((INTEL, device)) if OLD_INTEL.contains(&device) => {
            Some(Reason::new("Vulkan has no driver for Intel's graphics before Ivy Bridge", PROCESSOR))
        }
        Some((_, device)) if driver == "radeon" => {
            let can_use_amdgpu = ISLANDS.iter().any(|(first, last)| (*first..=*last).contains(&device));
            Some(Reason::new(known, if can_use_amdgpu { AMDGPU } else { PROCESSOR }))
        }
        _ => WITHOUT_VULKAN.contains(&driver.as_str()).then(|| Reason::new(known, PROCESSOR)),
    }
}

/// Why Vulkan reports no adapter for a card, given the installed libraries.
pub fn missing(node: &Node, libraries: &[String]) -> Reason {
    let served = SERVED_BY.iter().find(|(driver, ..)| *driver == node.driver);
    let serves = |library: &&String| match served {
        Some((_, names, _)) => names.iter().any(|name| library.to_lowercase().contains(name)),
        None => false,
    };
    match (libraries.iter().find(serves), served) {
        (Some(library), Some((.., needs))) => Reason::new(
            format!("Vulkan reports no adapter for it, although {library} is installed"),
            format!("{needs}; `VK_LOADER_DEBUG=all vulkaninfo --summary` shows what the driver finds"),
        ),
        (None, Some((.., needs))) => Reason::new("no Vulkan driver for it is installed", *needs),
        (_, None) => Reason::new(
            format!("Vulkan reports no adapter for it (installed: {})", named(libraries)),
            "install the Vulkan driver of the card's maker; `vulkaninfo --summary` lists what Vulkan finds",
        ),
    }
}

/// Libraries in a text.
pub fn named(libraries: &[String]) -> String {
    if libraries.is_empty() { "no driver".to_owned() } else { libraries.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(device: u32) -> String {
        let node = Node {
            name: "renderD128".to_owned(),
            minor: 128,
            driver: "radeon".to_owned(),
            ids: Some((0x1002, device)),
            bus: None,
        };
        never(&node).expect("a reason").hint
    }

    #[test]
    fn a_card_that_amdgpu_can_drive_has_the_parameters_of_the_kernel_as_its_remedy() {
        // Tahiti, Pitcairn, Oland and Hawaii, then Cedar and Turks.
        for device in [0x6798, 0x6818, 0x6610, 0x67b0] {
            assert!(hint(device).contains("amdgpu.si_support=1"), "{device:x}");
        }
        for device in [0x68e4, 0x6758] {
            assert_eq!(hint(device), PROCESSOR, "{device:x}");
        }
    }
}
