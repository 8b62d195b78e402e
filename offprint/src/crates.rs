//! Versions of crates from `Cargo.lock`, and the folders of those that are in the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::files::{Doing, FileError};
use crate::manifest::ManifestError;

/// The locked versions by crate.
#[derive(Debug, Default)]
pub struct Crates {
    versions: BTreeMap<String, BTreeSet<String>>,
    /// Folders of local crates, relative to the top of the checkout.
    local: BTreeMap<String, PathBuf>,
}

impl Crates {
    /// Reads `Cargo.lock` at the top of the checkout.
    pub fn read(root: &Path) -> Result<Self, FileError> {
        let path = root.join("Cargo.lock");
        let text = fs::read_to_string(&path).doing("cannot read", &path)?;
        Ok(Self { local: local(root), ..Self::parse(&text) })
    }

    /// Cargo writes the version on the line after the name; other lines do not matter here.
    fn parse(text: &str) -> Self {
        let value = |line: &str, name: &str| {
            line.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"').map(str::to_owned)
        };
        let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (first, second) in text.lines().zip(text.lines().skip(1)) {
            if let (Some(name), Some(version)) = (value(first, "name"), value(second, "version")) {
                versions.entry(name).or_default().insert(version);
            }
        }
        Self { versions, local: BTreeMap::new() }
    }

    /// The versions of one crate, separated by blanks; none when it is not locked.
    pub fn version(&self, name: &str) -> Option<String> {
        Some(self.versions.get(name)?.iter().cloned().collect::<Vec<_>>().join(" "))
    }

    /// The folder of a workspace member or path dependency, relative to the top of the checkout; none for any other
    /// crate.
    pub fn folder(&self, name: &str) -> Option<&Path> {
        self.local.get(name).map(PathBuf::as_path)
    }
}

/// The names of `package` and of all packages that it depends on, directly or not, by the `Cargo.lock` in `root`.
///
/// # Errors
/// The lock cannot be read.
pub fn used_by(root: &Path, package: &str) -> Result<BTreeSet<String>, ManifestError> {
    let path = root.join("Cargo.lock");
    let text = fs::read_to_string(&path).map_err(|error| ManifestError::new(&path, error))?;
    let mut direct: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut package_of_line = "";
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("name = \"") {
            package_of_line = name.trim_end_matches('"');
        } else if let Some(needed) = line.strip_prefix(" \"") {
            // A version follows the name where two versions are in the lock.
            direct.entry(package_of_line).or_default().extend(needed.split([' ', '"']).next());
        }
    }
    let (mut used, mut open) = (BTreeSet::new(), vec![package]);
    while let Some(package) = open.pop() {
        if used.insert(package.to_owned()) {
            open.extend(direct.get(package).into_iter().flatten());
        }
    }
    Ok(used)
}

/// The packages of the workspace at `root`, including the one at the top, and those that a `path` in their manifests
/// leads to. An unreadable manifest has none; Cargo reports it better.
fn local(root: &Path) -> BTreeMap<String, PathBuf> {
    let top = glob::Pattern::escape(&root.to_string_lossy());
    let own = manifest(root);
    let members = own.get("workspace").and_then(|workspace| workspace.get("members")).and_then(Value::as_array);
    let patterns = members.into_iter().flatten().filter_map(Value::as_str);
    let folders = patterns.filter_map(|pattern| glob::glob(&format!("{top}/{pattern}")).ok()).flatten().flatten();
    let folders = folders.filter_map(|folder| Some(folder.strip_prefix(root).ok()?.to_owned()));
    let mut open: Vec<PathBuf> = [PathBuf::new()].into_iter().chain(folders).collect();
    let (mut found, mut seen) = (BTreeMap::new(), BTreeSet::new());
    // Members first: a path may lead to one of them.
    open.reverse();
    let mut next = Vec::new();
    while let Some(folder) = open.pop().or_else(|| next.pop()) {
        let Ok(real) = root.join(&folder).canonicalize() else { continue };
        if !seen.insert(real) {
            continue;
        }
        let manifest = manifest(&root.join(&folder));
        if let Some(name) = manifest.get("package").and_then(|package| package.get("name")).and_then(Value::as_str) {
            found.entry(name.to_owned()).or_insert(folder.clone());
        }
        paths(&manifest, &mut |path| next.push(folder.join(path)));
    }
    found
}

/// The manifest of the package in `folder`; empty where there is none.
fn manifest(folder: &Path) -> Table {
    let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    toml::from_str(&text).unwrap_or_default()
}

/// Every `path` in a manifest, in any table. Those of targets lead to no manifest.
fn paths(table: &Table, see: &mut impl FnMut(&str)) {
    for (name, value) in table {
        match value {
            Value::String(path) if name == "path" => see(path),
            Value::Table(inner) => paths(inner, see),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_the_lock() {
        let text = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.2.0\"\ndependencies = [\n \"b\",\n]\n\n\
                    [[package]]\nname = \"b\"\nversion = \"2.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"0.9.1\"\n";
        let crates = Crates::parse(text);
        assert_eq!(crates.version("a").as_deref(), Some("0.9.1 1.2.0"));
        assert_eq!(crates.version("c"), None);
    }

    #[test]
    fn members_of_the_workspace_are_found_by_name_even_by_a_pattern() {
        let root = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            fs::create_dir_all(root.path().join(file).parent().unwrap()).unwrap();
            fs::write(root.path().join(file), text).unwrap();
        };
        write("Cargo.lock", "");
        write("Cargo.toml", "[workspace]\nmembers = [\"driver\", \"tools/*\"]\n");
        write("driver/Cargo.toml", "[package]\nname = \"xtask\"\n");
        write("tools/one/Cargo.toml", "[package]\nname = \"plot\"\n");
        let crates = Crates::read(root.path()).unwrap();
        assert_eq!(crates.folder("xtask"), Some(Path::new("driver")));
        assert_eq!(crates.folder("plot"), Some(Path::new("tools/one")));
        assert_eq!(crates.folder("serde"), None);
    }

    #[test]
    fn the_package_at_the_top_and_those_that_a_path_leads_to_are_local() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("paper");
        let write = |file: &str, text: &str| {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), text).unwrap();
        };
        write("Cargo.lock", "");
        write(
            "Cargo.toml",
            "[package]\nname = \"top\"\n[workspace]\n[dependencies]\nshapes = { path = \"shapes\" }\n\
             [target.'cfg(unix)'.dependencies.far]\npath = \"../far\"\n",
        );
        write("shapes/Cargo.toml", "[package]\nname = \"shapes\"\n[dev-dependencies]\ntop = { path = \"..\" }\n");
        write("../far/Cargo.toml", "[package]\nname = \"far\"\n[lib]\npath = \"lib.rs\"\n");
        let crates = Crates::read(&root).unwrap();
        assert_eq!(crates.folder("top"), Some(Path::new("")));
        assert_eq!(crates.folder("shapes"), Some(Path::new("shapes")));
        assert_eq!(crates.folder("far"), Some(Path::new("../far")));
    }
}
