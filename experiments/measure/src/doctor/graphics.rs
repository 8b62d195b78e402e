//! The drivers of graphics processors: the files through which Vulkan's loader finds them, and whether this process may
//! open their nodes. Asks no driver; `measure devices` does.

use std::path::{Path, PathBuf};

use graphics::{Places, drivers, manifests, nodes};

use super::finding::Finding;
use super::snapshot::Snapshot;
use crate::environment::{Observations, entries, observation};

/// The loader and the libraries of the drivers.
pub fn observations(root: &Path) -> Observations {
    let drivers = manifests::libraries(root, &manifests::environment);
    let named = if drivers.is_empty() { Err("no driver is installed".to_owned()) } else { Ok(drivers.join(", ")) };
    Observations::from([
        ("vulkan_loader".to_owned(), observation(loader(root))),
        ("vulkan_drivers".to_owned(), observation(named)),
    ])
}

/// Why each graphics processor cannot be opened, with the remedy.
pub fn closed(sysfs: &Path, root: &Path) -> Vec<String> {
    let places = Places { sysfs: sysfs.to_owned(), root: root.to_owned() };
    let closed = |node: nodes::Node| {
        let reason = drivers::never(&node).or_else(|| node.check(&places).err())?;
        Some(format!("the graphics processor {node} cannot be used: {}; {}", reason.why, reason.hint))
    };
    nodes::list(sysfs).into_iter().filter_map(closed).collect()
}

/// Checks that graphics processors can be opened, and that not all drivers are software.
pub fn check(snapshot: &Snapshot) -> Vec<Finding> {
    let closed = snapshot.closed_graphics.iter();
    let mut found: Vec<Finding> =
        closed.map(|what| Finding::note(what, "points cannot be measured on it").with("cargo xtask devices")).collect();
    let is_software = |driver: &str| manifests::is_software(driver);
    let drivers = snapshot.text("vulkan_drivers").filter(|drivers| drivers.split(", ").all(is_software));
    let why = "it computes on the processor, so it is not used to measure a graphics processor";
    found.extend(drivers.map(|drivers| Finding::note(format!("the only Vulkan driver is software ({drivers})"), why)));
    found
}

/// The file name of the loader's library.
fn loader(root: &Path) -> Result<String, String> {
    const NAME: &str = "libvulkan.so.1";
    let named = manifests::environment("LD_LIBRARY_PATH").unwrap_or_default();
    let fixed = ["lib", "lib64", "usr/lib", "usr/lib64", "usr/local/lib", "run/opengl-driver/lib"];
    // Debian and its derivatives have a folder for each architecture.
    let folders = fixed.map(|folder| root.join(folder)).into_iter();
    let folders = folders.chain(entries(&root.join("usr/lib"), std::env::consts::ARCH));
    let mut folders = folders.chain(std::env::split_paths(&named).filter(|path: &PathBuf| path.is_absolute()));
    if folders.any(|folder| folder.join(NAME).exists()) {
        Ok(NAME.to_owned())
    } else {
        Err(format!("no {NAME} is installed"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Severity;
    use super::super::snapshot::of;
    use super::*;
    use crate::environment::{fixture, known};

    const SOFT: (&str, &str) = (
        "usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
        r#"{"ICD": {"api_version": "1.3.255", "library_path": "/usr/lib/libvulkan_lvp.so"}, "file_format_version": "1.0.0"}"#,
    );
    const HARD: (&str, &str) =
        ("etc/vulkan/icd.d/nvidia_icd.json", r#"{"ICD": {"library_path": "libGLX_nvidia.so.0"}}"#);

    #[test]
    fn a_driver_list_with_only_software_is_noted() {
        let found = check(&of(&[SOFT]));
        assert_eq!((found.len(), found[0].severity), (1, Severity::Note));
        assert_eq!(found[0].what, "the only Vulkan driver is software (libvulkan_lvp.so)");
        assert!(check(&of(&[SOFT, HARD])).is_empty() && check(&of(&[])).is_empty());
    }

    #[test]
    fn a_graphics_processor_whose_node_is_absent_is_noted_with_the_remedy() {
        let folder = fixture(&[("class/drm/renderD128/device/vendor", "0x1002\n"), ("bus/drivers/amdgpu/bind", "")]);
        let driver = folder.path().join("class/drm/renderD128/device/driver");
        std::os::unix::fs::symlink(folder.path().join("bus/drivers/amdgpu"), driver).expect("a link");
        let closed_graphics = closed(folder.path(), folder.path());
        let found = check(&Snapshot { closed_graphics, ..of(&[]) });
        assert_eq!(found.len(), 1);
        assert!(found[0].what.contains("amdgpu cannot be used: /dev/dri/renderD128"), "{}", found[0].what);
        assert!(found[0].what.contains("--device /dev/dri"), "{}", found[0].what);
    }

    #[test]
    fn drivers_are_named_by_their_libraries() {
        let invalid = ("etc/vulkan/icd.d/invalid.json", "{");
        let folder = fixture(&[SOFT, HARD, invalid, ("usr/lib64/libvulkan.so.1", "")]);
        let observations = observations(folder.path());
        assert_eq!(observations["vulkan_drivers"], known("libGLX_nvidia.so.0, libvulkan_lvp.so"));
        assert_eq!(observations["vulkan_loader"], known("libvulkan.so.1"));
        assert_eq!(of(&[invalid]).reason("vulkan_drivers"), Some("no driver is installed"));
    }
}
