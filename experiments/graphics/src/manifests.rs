//! The manifests of Vulkan's drivers, searched where the loader searches (Vulkan-Loader, `LoaderDriverInterface.md`).

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The value of an environment variable. A function, so that tests need not change their own environment.
pub type Variable<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Fixed folders, relative to the root: those built into the loaders of distributions, and the last is NixOS's.
const FIXED: [&str; 3] = ["usr/local/etc", "etc", "run/opengl-driver/share"];
/// The defaults of two variables.
const CONFIG_DIRS: &str = "etc/xdg";
const DATA_DIRS: [&str; 2] = ["usr/local/share", "usr/share"];
/// Libraries that compute on the processor: Mesa's lavapipe and SwiftShader.
const SOFTWARE: [&str; 4] = ["lvp", "lavapipe", "llvmpipe", "swiftshader"];
/// Larger files are no manifests.
const MAX_BYTES: u64 = 1 << 20;

/// The present environment.
pub fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether a library computes on the processor.
pub fn is_software(library: &str) -> bool {
    SOFTWARE.iter().any(|name| library.to_lowercase().contains(name))
}

/// The file names of the drivers' libraries that the loader would open, sorted and without duplicates.
pub fn libraries(root: &Path, variable: Variable) -> Vec<String> {
    let names: BTreeSet<String> = files(root, variable).iter().filter_map(|file| library(file)).collect();
    names.into_iter().collect()
}

/// All manifests.
fn files(root: &Path, variable: Variable) -> Vec<PathBuf> {
    let listed = |name: &str| Some(split(&variable(name)?).flat_map(|path| expand(&path)).collect::<Vec<_>>());
    // Either of these replaces the search; the second is the older name of the first.
    if let Some(only) = listed("VK_DRIVER_FILES").or_else(|| listed("VK_ICD_FILENAMES")) {
        return only;
    }
    let added = listed("VK_ADD_DRIVER_FILES").unwrap_or_default();
    let found = folders(root, variable).into_iter().flat_map(|folder| expand(&folder.join("vulkan/icd.d")));
    added.into_iter().chain(found).collect()
}

/// The folders in which the loader looks for `vulkan/icd.d`.
fn folders(root: &Path, variable: Variable) -> Vec<PathBuf> {
    let home = |own: &str, below: &str| {
        let own = variable(own).map(PathBuf::from);
        own.or_else(|| Some(Path::new(&variable("HOME")?).join(below)))
    };
    let all = |name: &str, default: &[&str]| match variable(name) {
        Some(value) => split(&value).collect(),
        None => default.iter().map(|folder| root.join(folder)).collect::<Vec<_>>(),
    };
    let mut folders: Vec<PathBuf> = home("XDG_CONFIG_HOME", ".config").into_iter().collect();
    folders.extend(all("XDG_CONFIG_DIRS", &[CONFIG_DIRS]));
    folders.extend(FIXED.map(|folder| root.join(folder)));
    folders.extend(home("XDG_DATA_HOME", ".local/share"));
    folders.extend(all("XDG_DATA_DIRS", &DATA_DIRS));
    // Flatpak merges the drivers of its extensions here. Snap and Guix set the variables.
    folders.push(root.join(format!("usr/lib/{}-linux-gnu/GL", std::env::consts::ARCH)));
    folders
}

/// The paths in a variable, which the loader separates by colons.
fn split(value: &OsString) -> impl Iterator<Item = PathBuf> + use<> {
    std::env::split_paths(value).filter(|path| path.is_absolute()).collect::<Vec<_>>().into_iter()
}

/// A manifest, or the manifests of a folder.
fn expand(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else { return vec![path.to_owned()] };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
    paths.sort();
    paths
}

/// The file name of a manifest's library. A manifest that the loader could not use has none.
fn library(path: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Manifest {
        #[serde(rename = "ICD")]
        icd: Icd,
    }
    #[derive(Deserialize)]
    struct Icd {
        library_path: String,
    }
    let is_small = fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() <= MAX_BYTES);
    let manifest: Manifest = serde_json::from_str(&fs::read_to_string(path).ok().filter(|_| is_small)?).ok()?;
    manifest.icd.library_path.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A manifest for `library` at `place`.
    fn install(top: &Path, place: &str, library: &str) {
        let path = top.join(place);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, format!(r#"{{"ICD": {{"library_path": "/opt/lib/{library}"}}}}"#)).expect("a file");
    }

    fn found(top: &Path, variables: &[(&str, &str)]) -> Vec<String> {
        let value = |name: &str| {
            let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
            Some(OsString::from(value.replace("TOP", &top.display().to_string())))
        };
        libraries(top, &value)
    }

    #[test]
    fn each_place_in_which_the_loader_looks_is_searched() {
        let gl = format!("usr/lib/{}-linux-gnu/GL", std::env::consts::ARCH);
        let places: [(&str, &[(&str, &str)]); 14] = [
            ("etc", &[]),
            ("etc/xdg", &[]),
            ("usr/local/etc", &[]),
            ("usr/share", &[]),
            ("usr/local/share", &[]),
            ("run/opengl-driver/share", &[]),
            (&gl, &[]),
            ("home/.config", &[("HOME", "TOP/home")]),
            ("home/.local/share", &[("HOME", "TOP/home")]),
            ("own", &[("XDG_CONFIG_HOME", "TOP/own")]),
            ("own", &[("XDG_DATA_HOME", "TOP/own"), ("HOME", "TOP/home")]),
            ("b", &[("XDG_DATA_DIRS", "TOP/a:TOP/b")]),
            ("b", &[("XDG_CONFIG_DIRS", "TOP/b:TOP/a")]),
            ("gnu/store/share", &[("XDG_DATA_DIRS", "TOP/gnu/store/share/")]),
        ];
        for (place, variables) in places {
            let top = tempfile::tempdir().expect("a folder");
            install(top.path(), &format!("{place}/vulkan/icd.d/radeon_icd.json"), "libvulkan_radeon.so");
            assert_eq!(found(top.path(), variables), ["libvulkan_radeon.so"], "{place}");
        }
    }

    #[test]
    fn variables_replace_the_search_or_add_to_it_as_the_loader_documents() {
        let top = tempfile::tempdir().expect("a folder");
        install(top.path(), "usr/share/vulkan/icd.d/lvp_icd.json", "libvulkan_lvp.so");
        install(top.path(), "new/amd.json", "libvulkan_radeon.so");
        install(top.path(), "old/intel.json", "libvulkan_intel.so");
        let found = |variables: &[(&str, &str)]| found(top.path(), variables);
        let (new, old) = (("VK_DRIVER_FILES", "TOP/new/amd.json"), ("VK_ICD_FILENAMES", "TOP/none.json:TOP/old"));
        assert_eq!(found(&[old]), ["libvulkan_intel.so"]);
        assert_eq!(found(&[new, old]), ["libvulkan_radeon.so"]);
        let add = ("VK_ADD_DRIVER_FILES", "TOP/new/amd.json");
        assert_eq!(found(&[add]), ["libvulkan_lvp.so", "libvulkan_radeon.so"]);
        assert_eq!(found(&[add, old]), ["libvulkan_intel.so"]);
        // Another folder in the place of the default one, and a relative one, which counts for nothing.
        assert!(found(&[("XDG_DATA_DIRS", "share:TOP/empty")]).is_empty());
    }

    #[test]
    fn what_is_no_manifest_names_no_library() {
        let top = tempfile::tempdir().expect("a folder");
        let folder = top.path().join("etc/vulkan/icd.d");
        fs::create_dir_all(folder.join("folder.json")).expect("a folder");
        for (name, text) in [
            ("broken.json", "{"),
            ("layer.json", r#"{"layer": {"library_path": "libVkLayer.so"}}"#),
            ("none.json", r#"{"ICD": {"library_path": "lib/"}}"#),
            ("note.txt", r#"{"ICD": {"library_path": "libvulkan_radeon.so"}}"#),
            ("bytes.json", "\u{0}"),
        ] {
            fs::write(folder.join(name), text).expect("a file");
        }
        assert!(found(top.path(), &[]).is_empty());
        assert!(is_software("libvulkan_lvp.so") && !is_software("libvulkan_radeon.so"));
    }
}
