//! The installed drivers of graphics processors, according to the files through which Vulkan's loader finds them. Opens
//! no device.

use std::path::Path;

use serde::Deserialize;

use super::finding::Finding;
use super::snapshot::Snapshot;
use crate::environment::{Observations, entries, observation, text};

/// The folders of driver manifests, relative to the root (Vulkan-Loader, "Driver Discovery on Linux").
const MANIFESTS: [&str; 4] =
    ["etc/vulkan/icd.d", "usr/local/etc/vulkan/icd.d", "usr/local/share/vulkan/icd.d", "usr/share/vulkan/icd.d"];

/// Names of libraries that compute on the processor: Mesa's lavapipe and SwiftShader.
const SOFTWARE: [&str; 4] = ["lvp", "lavapipe", "llvmpipe", "swiftshader"];

/// The loader and the libraries of the drivers.
pub fn observations(root: &Path) -> Observations {
    let drivers = drivers(root);
    let named = if drivers.is_empty() { Err("no driver is installed".to_owned()) } else { Ok(drivers.join(", ")) };
    Observations::from([
        ("vulkan_loader".to_owned(), observation(loader(root))),
        ("vulkan_drivers".to_owned(), observation(named)),
    ])
}

/// Checks that not all drivers are software.
pub fn check(snapshot: &Snapshot) -> Vec<Finding> {
    let Some(drivers) = snapshot.text("vulkan_drivers") else { return Vec::new() };
    let is_software = |driver: &str| SOFTWARE.iter().any(|name| driver.to_lowercase().contains(name));
    if !drivers.split(", ").all(is_software) {
        return Vec::new();
    }
    let why = "it computes on the processor, so it is not used to measure a graphics processor";
    vec![Finding::note(format!("the only Vulkan driver is software ({drivers})"), why)]
}

/// The file name of the loader's library.
fn loader(root: &Path) -> Result<String, String> {
    const NAME: &str = "libvulkan.so.1";
    let fixed = ["lib", "lib64", "usr/lib", "usr/lib64", "usr/local/lib"].map(|folder| root.join(folder));
    // Debian and its derivatives have a folder for each architecture.
    let folders = fixed.into_iter().chain(entries(&root.join("usr/lib"), std::env::consts::ARCH));
    let found = folders.into_iter().any(|folder| folder.join(NAME).exists());
    if found { Ok(NAME.to_owned()) } else { Err(format!("no {NAME} is installed")) }
}

/// The file names of the drivers' libraries, without duplicates.
fn drivers(root: &Path) -> Vec<String> {
    #[derive(Deserialize)]
    struct Manifest {
        #[serde(rename = "ICD")]
        icd: Icd,
    }
    #[derive(Deserialize)]
    struct Icd {
        library_path: String,
    }
    let library = |path: &Path| {
        let name = path.file_name()?.to_str().filter(|name| name.ends_with(".json"))?;
        let manifest: Manifest = serde_json::from_str(&text(path.parent()?, name).ok()?).ok()?;
        Some(manifest.icd.library_path.rsplit('/').next()?.to_owned())
    };
    let manifests = MANIFESTS.iter().flat_map(|folder| entries(&root.join(folder), ""));
    let mut names: Vec<String> = manifests.filter_map(|path| library(&path)).filter(|name| !name.is_empty()).collect();
    names.sort();
    names.dedup();
    names
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
    fn drivers_are_named_by_their_libraries() {
        let invalid = ("etc/vulkan/icd.d/invalid.json", "{");
        let folder = fixture(&[SOFT, HARD, invalid, ("usr/lib64/libvulkan.so.1", "")]);
        let observations = observations(folder.path());
        assert_eq!(observations["vulkan_drivers"], known("libGLX_nvidia.so.0, libvulkan_lvp.so"));
        assert_eq!(observations["vulkan_loader"], known("libvulkan.so.1"));
        assert_eq!(of(&[invalid]).reason("vulkan_drivers"), Some("no driver is installed"));
    }
}
