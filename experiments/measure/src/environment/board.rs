//! The model of the board or computer according to its firmware, and its hypervisor, if any. Reads no serial number.

use std::path::Path;

use super::{Observations, field, observation, reported, text};

/// The names of the machine and of its hypervisor.
pub fn observations(procfs: &Path, sysfs: &Path) -> Observations {
    Observations::from([
        ("machine_model".to_owned(), observation(model(procfs, sysfs))),
        ("hypervisor".to_owned(), observation(hypervisor(procfs, sysfs))),
    ])
}

/// The model from the device tree, which boards have, or from the firmware's tables (DMI), which other computers have.
fn model(procfs: &Path, sysfs: &Path) -> Result<String, String> {
    let tree = text(procfs, "device-tree/model").ok().map(|name| name.trim().to_owned());
    let name = tree.filter(|name| !is_filler(name)).or_else(|| dmi(sysfs));
    name.ok_or_else(|| "neither a device tree nor the firmware's tables have a model".to_owned())
}

/// Maker and name of the computer or, if its maker did not enter them, of its board.
fn dmi(sysfs: &Path) -> Option<String> {
    let entry = |name: &str| {
        let text = text(sysfs, &format!("class/dmi/id/{name}")).ok()?;
        Some(text.trim().to_owned()).filter(|text| !is_filler(text))
    };
    let of = |vendor: &str, name: &str| {
        let name = entry(name)?;
        Some(match entry(vendor) {
            Some(vendor) if !name.starts_with(&vendor) => format!("{vendor} {name}"),
            _ => name,
        })
    };
    of("sys_vendor", "product_name").or_else(|| of("board_vendor", "board_name"))
}

/// What firmware has where its maker entered nothing: letters and digits of the whole text, in lower case.
const FILLERS: [&str; 25] = [
    "allseries",
    "baseboardproductname",
    "default",
    "empty",
    "filledbyoem",
    "invalid",
    "na",
    "none",
    "notapplicable",
    "notavailable",
    "notdefined",
    "notspecified",
    "null",
    "oem",
    "productname",
    "standard",
    "systemmanufacturer",
    "systemname",
    "systemproductname",
    "systemvendor",
    "type1productconfigid",
    "type2boardproductname1",
    "undefined",
    "unknown",
    "unknownproduct",
];
/// The starts of such texts.
const FILLER_STARTS: [&str; 4] = ["tobefilled", "defaultstring", "0123456", "1234567"];

/// Whether a text of the firmware names nothing.
fn is_filler(text: &str) -> bool {
    let text: String = text.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
    let mut letters = text.chars();
    let first = letters.next();
    // `xxxxxxx`, `0000`, `........`.
    letters.all(|letter| Some(letter) == first)
        || FILLERS.contains(&text.as_str())
        || FILLER_STARTS.iter().any(|start| text.starts_with(start))
}

/// The name of the hypervisor, `unnamed` where there is one without, or `none`.
fn hypervisor(procfs: &Path, sysfs: &Path) -> Result<String, String> {
    // A hypervisor with drivers in the kernel, or in the device tree.
    if let Ok(name) =
        reported(sysfs, "hypervisor/type", "its name").or_else(|_| text(procfs, "device-tree/hypervisor/compatible"))
    {
        return Ok(name.split('\0').next().unwrap_or_default().to_owned());
    }
    // On x86, only hypervisors set this processor flag.
    match text(procfs, "cpuinfo").ok().and_then(|text| field(&text, "flags")) {
        Some(flags) if flags.split_whitespace().any(|flag| flag == "hypervisor") => {
            Ok(dmi(sysfs).unwrap_or_else(|| "unnamed".to_owned()))
        }
        Some(_) => Ok("none".to_owned()),
        None => Err("this processor does not report whether it is virtual".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fixture;

    const VENDOR: (&str, &str) = ("class/dmi/id/sys_vendor", "QEMU\n");
    const PRODUCT: (&str, &str) = ("class/dmi/id/product_name", "Standard PC (Q35 + ICH9, 2009)\n");

    #[test]
    fn the_model_is_from_the_device_tree_or_the_firmware() {
        let of = |files: &[_]| model(fixture(files).path(), fixture(files).path());
        let both = "QEMU Standard PC (Q35 + ICH9, 2009)";
        assert_eq!(of(&[VENDOR, PRODUCT]).as_deref(), Ok(both));
        assert_eq!(of(&[("device-tree/model", "NVIDIA Jetson TX1\0"), PRODUCT]).as_deref(), Ok("NVIDIA Jetson TX1"));
        assert_eq!(of(&[VENDOR, ("class/dmi/id/product_name", "QEMU One\n")]).as_deref(), Ok("QEMU One"));
        assert!(of(&[VENDOR]).is_err());
        assert_eq!(
            of(&[("device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\n\0")]).as_deref(),
            Ok("Raspberry Pi 5 Model B Rev 1.0")
        );
    }

    #[test]
    fn fillers_of_the_firmware_name_nothing_and_the_board_has_its_own_name() {
        let of = |vendor: &str, product: &str, board: Option<(&str, &str)>| {
            let mut files = vec![("class/dmi/id/sys_vendor", vendor), ("class/dmi/id/product_name", product)];
            files.extend(board.iter().flat_map(|(vendor, name)| {
                [("class/dmi/id/board_vendor", *vendor), ("class/dmi/id/board_name", *name)]
            }));
            model(fixture(&files).path(), fixture(&files).path())
        };
        for filler in [
            "To Be Filled By O.E.M.",
            "To be filled by O.E.M. ",
            "System Product Name",
            "Default string",
            "Not Specified",
            "Not Applicable",
            "Not Defined",
            "Default",
            "Filled By O.E.M.",
            "O.E.M",
            "OEM",
            "INVALID",
            "0123456789",
            "Type1ProductConfigId",
            "All Series",
            "N/A",
            "xxxxxxxx",
            "........",
            "Unknown",
        ] {
            assert_eq!(
                of("ASRock", filler, Some(("ASRock", "B450M Pro4"))).as_deref(),
                Ok("ASRock B450M Pro4"),
                "{filler}"
            );
            assert!(of("System manufacturer", filler, None).is_err(), "{filler}");
            assert!(of("System manufacturer", filler, Some((filler, filler))).is_err(), "{filler}");
            assert_eq!(of(filler, "NUC7i5BNK", None).as_deref(), Ok("NUC7i5BNK"), "{filler}");
        }
        // A name that only resembles one.
        for name in ["20XW004AUS", "Standard PC (Q35 + ICH9, 2009)", "OEMB550"] {
            assert_eq!(of("Default string", name, None).as_deref(), Ok(name));
        }
    }

    #[test]
    fn a_virtual_machine_has_a_hypervisor() {
        let of = |files: &[_]| hypervisor(fixture(files).path(), fixture(files).path());
        let guest = ("cpuinfo", "processor : 0\nflags : fpu hypervisor lahf_lm\n");
        assert_eq!(of(&[guest]).as_deref(), Ok("unnamed"));
        assert_eq!(of(&[guest, PRODUCT]).as_deref(), Ok("Standard PC (Q35 + ICH9, 2009)"));
        assert_eq!(of(&[guest, ("hypervisor/type", "xen\n")]).as_deref(), Ok("xen"));
        assert_eq!(of(&[("device-tree/hypervisor/compatible", "linux,kvm\0xen\0")]).as_deref(), Ok("linux,kvm"));
        assert_eq!(of(&[("cpuinfo", "flags : fpu lahf_lm\n")]).as_deref(), Ok("none"));
        assert!(of(&[("cpuinfo", "Features : fp asimd\n")]).is_err());
    }
}
