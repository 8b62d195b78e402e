//! The parts of Cargo manifests that decide a measured time: the profile, and the features of a dependency, as text
//! without comments and layout.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Why a manifest cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct ManifestError {
    path: PathBuf,
    problem: String,
}

/// How burn is built: its features change the time of a forward pass.
pub fn burn(root: &Path) -> Result<String, ManifestError> {
    table(root, "experiments/measure/Cargo.toml", &["dependencies", "burn"])
}

/// How the processor's kernels are built: the vector instructions that they are compiled for.
pub fn kernels(root: &Path) -> Result<String, ManifestError> {
    table(root, "experiments/kernels/Cargo.toml", &["dependencies"])
}

/// Prefix of the lines of [`profile`] for the processor's kernels.
pub const OF_KERNELS: &str = "dev.package.kernels.";

/// How the programs are compiled, except packages that do not run while something is timed.
pub fn profile(root: &Path) -> Result<String, ManifestError> {
    const UNTIMED: [&str; 4] =
        ["dev.package.figures.", "dev.package.offprint-plot.", "dev.package.paper.", "dev.package.sha2."];
    let all = table(root, "Cargo.toml", &["profile"])?;
    let timed = |line: &&str| !UNTIMED.iter().any(|package| line.starts_with(package));
    Ok(all.lines().filter(timed).collect::<Vec<_>>().join("\n"))
}

/// The table at `keys` of the manifest `file`, relative to `root`: one line `a.b = value` per value, sorted.
pub fn table(root: &Path, file: &str, keys: &[&str]) -> Result<String, ManifestError> {
    let path = root.join(file);
    let fail = |problem: String| ManifestError { path: path.clone(), problem };
    let text = fs::read_to_string(&path).map_err(|error| fail(error.to_string()))?;
    let top: Table = text.parse().map_err(|error: toml::de::Error| fail(error.to_string()))?;
    let mut value = Value::Table(top);
    for name in keys {
        let missing = || fail(format!("field `{}` is missing", keys.join(".")));
        value = value.get(name).cloned().ok_or_else(missing)?;
    }
    let mut lines = Vec::new();
    flatten("", &value, &mut lines);
    lines.sort();
    Ok(lines.join("\n"))
}

fn flatten(prefix: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Table(table) => {
            for (name, value) in table {
                let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten(&name, value, lines);
            }
        }
        // As JSON, which has one form for each value.
        other => lines.push(format!("{prefix} = {}", serde_json::json!(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_its_values_regardless_of_layout() {
        let folder = tempfile::tempdir().unwrap();
        let read = |text: &str, keys: &[&str]| {
            fs::write(folder.path().join("Cargo.toml"), text).unwrap();
            table(folder.path(), "Cargo.toml", keys)
        };
        let one = read("[profile.dev]\n# why\nopt-level = 3\n[profile.dev.package.a]\nopt-level = 1\n", &["profile"]);
        let two = read("[profile]\ndev = { package = { a = { opt-level = 1 } }, opt-level = 3 }\n", &["profile"]);
        assert_eq!(one.unwrap(), "dev.opt-level = 3\ndev.package.a.opt-level = 1");
        assert_eq!(two.unwrap(), "dev.opt-level = 3\ndev.package.a.opt-level = 1");
        let gone = read("[dependencies]\n", &["dependencies", "burn"]).unwrap_err().to_string();
        assert!(gone.contains("Cargo.toml: field `dependencies.burn` is missing"), "{gone}");
    }
}
