//! What a step whose results may differ from run to run takes from the environment of the user.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{Step, extend};
use crate::settings::paths::file_names;

/// Starts of variables that decide nothing or may contain a password, and that are in no record.
const PRIVATE: [&str; 3] = ["GIT_", "HOME", "XDG_RUNTIME_DIR"];
/// Starts of numbers by which a device is known all over the world.
const UNIQUE: [&str; 2] = ["GPU-", "MIG-"];

impl Step {
    /// Its program sees these variables of the user's environment: exact names, or the start of names before a `*`.
    /// They are in no key, so they may decide which library, driver or device computes, but not how. Refused for an
    /// exact step.
    ///
    /// The program finds them again in the variable [`PASSED`](crate::run::PASSED), as text without paths for its
    /// record. With `HOME`, caches still stay in the step's own folder, so that no run uses those of an earlier one.
    pub fn environment<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        extend(&mut self.environment, names.into_iter().map(T::into));
        self
    }

    /// Whether its program sees the variable `name` of the user's environment.
    pub fn sees(&self, name: &OsStr) -> bool {
        self.environment.iter().any(|declared| match declared.strip_suffix('*') {
            Some(start) => name.as_bytes().starts_with(start.as_bytes()),
            None => name == declared.as_str(),
        })
    }

    /// The declared variables among `all`, sorted. Paths that start in the current folder become absolute, since the
    /// program starts in another one.
    pub(crate) fn passed(&self, all: impl Iterator<Item = (OsString, OsString)>) -> Vec<(OsString, OsString)> {
        let here = std::env::current_dir().unwrap_or_default();
        let value = |name: &OsStr, value: OsString| match name == "LD_LIBRARY_PATH" {
            true => without_own(&value, &here),
            false => absolute(&value, &here),
        };
        let passed = all.filter(|(name, _)| self.sees(name)).map(|(name, text)| (value(&name, text), name));
        let mut passed: Vec<_> =
            passed.filter(|(value, _)| !value.is_empty()).map(|(value, name)| (name, value)).collect();
        passed.sort();
        passed
    }
}

/// `NAME=VALUE` of the variables that decide what computes, without paths and serial numbers; `none` when there are
/// none.
pub(crate) fn text(passed: &[(OsString, OsString)]) -> String {
    let anonymous = |part: &str| match UNIQUE.iter().find(|start| part.starts_with(**start)) {
        Some(start) => format!("{start}*"),
        None => file_names(part),
    };
    let all = passed.iter().map(|(name, value)| (name.to_string_lossy(), value.to_string_lossy()));
    let deciding = all.filter(|(name, _)| !PRIVATE.iter().any(|start| name.starts_with(start)));
    let value = |value: &str| value.split(',').map(anonymous).collect::<Vec<_>>().join(",");
    let texts: Vec<String> = deciding.map(|(name, text)| format!("{name}={}", value(&text))).collect();
    if texts.is_empty() { "none".to_owned() } else { texts.join("; ") }
}

/// A list of paths in which those below `here` are absolute; any other value as it is.
fn absolute(value: &OsStr, here: &Path) -> OsString {
    let one = |path: PathBuf| match path.is_relative() && path.components().count() > 1 && here.join(&path).exists() {
        true => here.join(path),
        false => path,
    };
    // Paths split from a list can be joined again.
    std::env::join_paths(std::env::split_paths(value).map(one)).unwrap_or_else(|_| value.to_owned())
}

/// The folders of libraries of the user. `cargo run` adds those of the compiler and of its builds.
fn without_own(value: &OsStr, here: &Path) -> OsString {
    let compiler = std::env::var_os("CARGO").map(PathBuf::from);
    let compiler = compiler.as_deref().and_then(Path::parent).and_then(Path::parent).map(|folder| folder.join("lib"));
    let builds = std::env::current_exe().ok();
    let builds = builds.as_deref().and_then(Path::parent);
    let is_own = |folder: &PathBuf| {
        // A compiler of the distribution shares its folder with other libraries, such as those of a driver.
        let is_compilers = |lib: &PathBuf| folder == lib || folder.starts_with(lib.join("rustlib"));
        builds.is_some_and(|builds| folder.starts_with(builds)) || compiler.as_ref().is_some_and(is_compilers)
    };
    let folders = std::env::split_paths(value).filter(|folder| !folder.as_os_str().is_empty() && !is_own(folder));
    std::env::join_paths(folders.map(|folder| here.join(folder))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(names: &[&str], all: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        let all = all.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Step::measured("a", "b").environment(names.iter().copied()).passed(all)
    }

    #[test]
    fn only_declared_variables_are_passed_by_name_or_start_of_name() {
        let all = [
            ("VK_LOADER_DEBUG", "all"),
            ("VK", "x"),
            ("CUDA_VISIBLE_DEVICES", "1"),
            ("RAYON_NUM_THREADS", "1"),
            ("EMPTY", ""),
        ];
        let found = passed(&["VK_LOADER_*", "CUDA_VISIBLE_DEVICES", "EMPTY"], &all);
        assert_eq!(text(&found), "CUDA_VISIBLE_DEVICES=1; VK_LOADER_DEBUG=all");
        assert_eq!(text(&passed(&[], &all)), "none");
    }

    #[test]
    fn the_text_has_neither_paths_nor_places_of_the_user() {
        let all = [
            ("HOME", "/home/me"),
            ("VK_DRIVER_FILES", "/home/me/a.json:/usr/share/b.json"),
            ("XDG_DATA_HOME", "/home/me"),
        ];
        let found = passed(&["HOME", "VK_DRIVER_FILES", "XDG_*"], &all);
        assert!(found.contains(&("HOME".into(), "/home/me".into())));
        assert_eq!(text(&found), "VK_DRIVER_FILES=a.json:b.json; XDG_DATA_HOME=~");
    }

    #[test]
    fn the_text_has_neither_passwords_nor_serial_numbers() {
        let all = [
            ("CUDA_VISIBLE_DEVICES", "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6,1"),
            ("GIT_CONFIG_VALUE_0", "AUTHORIZATION: basic secret"),
            ("NVIDIA_VISIBLE_DEVICES", "MIG-GPU-8932f937-d72c-4106-c12f-20bd9faed9f6/1/0"),
        ];
        let found = passed(&["CUDA_*", "GIT_CONFIG_*", "NVIDIA_*"], &all);
        assert_eq!(found.len(), 3);
        assert_eq!(text(&found), "CUDA_VISIBLE_DEVICES=GPU-*,1; NVIDIA_VISIBLE_DEVICES=MIG-*");
    }

    #[test]
    fn paths_below_the_current_folder_become_absolute_and_numbers_do_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("lib")).unwrap();
        for file in ["0", "lib/a.json"] {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        let of = |value: &str| absolute(OsStr::new(value), folder.path()).into_string().unwrap();
        let a = folder.path().join("lib/a.json").display().to_string();
        assert_eq!(of("lib/a.json:/b.json"), format!("{a}:/b.json"));
        for same in ["0", "0,1", "GPU-1", "no/such.json", "10de:2330", "", ":"] {
            assert_eq!(of(same), same);
        }
        let libraries = without_own(OsStr::new("lib::/opt/cuda/lib64"), folder.path());
        assert_eq!(libraries, OsString::from(format!("{}/lib:/opt/cuda/lib64", folder.path().display())));
    }

    #[test]
    fn folders_that_cargo_adds_are_no_folders_of_the_user() {
        let builds = std::env::current_exe().unwrap();
        let builds = builds.parent().unwrap().display();
        let value = format!("{builds}/deps:{builds}:/opt/lib");
        assert_eq!(without_own(OsStr::new(&value), Path::new("/")), OsString::from("/opt/lib"));
        let cargo = PathBuf::from(env!("CARGO"));
        let lib = cargo.parent().and_then(Path::parent).unwrap().join("lib").display().to_string();
        let value = format!("{lib}/rustlib/x86_64-unknown-linux-gnu/lib:{lib}:{lib}/nvidia");
        assert_eq!(without_own(OsStr::new(&value), Path::new("/")), OsString::from(format!("{lib}/nvidia")));
    }
}
