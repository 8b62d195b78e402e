//! Values of Cargo's manifests and configuration as text, without comments and layout.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use toml::Table;

/// Why a manifest cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct ManifestError {
    path: PathBuf,
    problem: String,
}

impl ManifestError {
    /// This problem of the file at `path`.
    pub fn new(path: &Path, problem: impl Display) -> Self {
        Self { path: path.to_owned(), problem: problem.to_string() }
    }
}

/// The table at `keys` of the manifest `file`, relative to `root`: one line `a.b = value` per value, sorted.
///
/// # Errors
/// It cannot be read, or has no such table.
pub fn table(root: &Path, file: &str, keys: &[&str]) -> Result<String, ManifestError> {
    let path = root.join(file);
    let text = fs::read_to_string(&path).map_err(|error| ManifestError::new(&path, error))?;
    let top: Table = text.parse().map_err(|error: toml::de::Error| ManifestError::new(&path, error))?;
    let mut value = &json!(top);
    for name in keys {
        let missing = || ManifestError::new(&path, format!("field `{}` is missing", keys.join(".")));
        value = value.get(name).ok_or_else(missing)?;
    }
    Ok(lines(value).join("\n"))
}

/// One line `a.b = value` per value, sorted.
pub fn lines(value: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    flatten("", value, &mut lines);
    lines.sort();
    lines
}

/// A text as its value: a number, a truth value, or the text in quotes.
pub fn literal(text: &str) -> String {
    match text.parse::<Value>() {
        Ok(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
        _ => json!(text).to_string(),
    }
}

fn flatten(prefix: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(table) => {
            for (name, value) in table {
                let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten(&name, value, lines);
            }
        }
        // As JSON, which has one form for each value.
        other => lines.push(format!("{prefix} = {other}")),
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
