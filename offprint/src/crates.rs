//! Versions of crates as `Cargo.lock` has them, and where those lie that are members of the workspace. Knows no registry.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::files::{Doing, FileError};

/// The locked versions by crate.
#[derive(Debug, Default)]
pub struct Crates {
    versions: BTreeMap<String, BTreeSet<String>>,
    /// Folders of the workspace's members, relative to the top of the checkout.
    members: BTreeMap<String, PathBuf>,
}

/// What of a manifest says which packages there are.
#[derive(Default, Deserialize)]
struct Manifest {
    package: Option<Package>,
    workspace: Option<Workspace>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

#[derive(Deserialize)]
struct Workspace {
    #[serde(default)]
    members: Vec<String>,
}

impl Crates {
    /// Reads `Cargo.lock` at the top of the checkout.
    pub fn read(root: &Path) -> Result<Self, FileError> {
        let path = root.join("Cargo.lock");
        let text = fs::read_to_string(&path).doing("cannot read", &path)?;
        Ok(Self { members: members(root), ..Self::parse(&text) })
    }

    /// Cargo writes the version on the line after the name; whatever else there is does not matter here.
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
        Self { versions, members: BTreeMap::new() }
    }

    /// The versions of one crate, apart by blanks; none when it is not locked.
    pub fn version(&self, name: &str) -> Option<String> {
        Some(self.versions.get(name)?.iter().cloned().collect::<Vec<_>>().join(" "))
    }

    /// The folder of a crate that is a member of the workspace, relative to the top of the checkout; none for any other.
    pub fn folder(&self, name: &str) -> Option<&Path> {
        self.members.get(name).map(PathBuf::as_path)
    }
}

/// The members of the workspace at `root`. A manifest that cannot be read has none: Cargo says so better.
fn members(root: &Path) -> BTreeMap<String, PathBuf> {
    let manifest = |folder: &Path| {
        let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        toml::from_str::<Manifest>(&text).unwrap_or_default()
    };
    let patterns = manifest(root).workspace.map(|workspace| workspace.members).unwrap_or_default();
    let top = glob::Pattern::escape(&root.to_string_lossy());
    let folders =
        patterns.iter().filter_map(|pattern| glob::glob(&format!("{top}/{pattern}")).ok()).flatten().flatten();
    let member = |folder: PathBuf| Some((manifest(&folder).package?.name, folder.strip_prefix(root).ok()?.to_owned()));
    folders.filter_map(member).collect()
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
    fn members_of_the_workspace_are_found_by_name_also_by_a_pattern() {
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
}
