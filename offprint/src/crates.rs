//! Versions of crates as `Cargo.lock` has them. Knows no registry.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::files::{Doing, FileError};

/// The locked versions by crate.
#[derive(Debug, Default)]
pub struct Crates(BTreeMap<String, BTreeSet<String>>);

impl Crates {
    /// Reads `Cargo.lock` at the top of the checkout.
    pub fn read(root: &Path) -> Result<Self, FileError> {
        let path = root.join("Cargo.lock");
        fs::read_to_string(&path).doing("cannot read", &path).map(|text| Self::parse(&text))
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
        Self(versions)
    }

    /// The versions of one crate, apart by blanks; none when it is not locked.
    pub fn version(&self, name: &str) -> Option<String> {
        Some(self.0.get(name)?.iter().cloned().collect::<Vec<_>>().join(" "))
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
}
