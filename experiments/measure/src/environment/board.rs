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
    let tree = text(procfs, "device-tree/model");
    tree.or_else(|_| dmi(sysfs)).map_err(|_| "neither a device tree nor the firmware's tables have a model".to_owned())
}

/// Vendor and product.
fn dmi(sysfs: &Path) -> Result<String, String> {
    let entry = |name: &str| reported(sysfs, &format!("class/dmi/id/{name}"), "who made it");
    let (vendor, product) = (entry("sys_vendor"), entry("product_name")?);
    Ok(match vendor {
        Ok(vendor) if !product.starts_with(vendor.trim()) => format!("{} {}", vendor.trim(), product.trim()),
        _ => product.trim().to_owned(),
    })
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
            Ok(dmi(sysfs).unwrap_or_else(|_| "unnamed".to_owned()))
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
