//! Facts: the numbers and phrases that a text uses by name, and the rows of its tables (`facts.json`).

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files::{self, FileError};

/// All facts of a paper. As JSON: `{ "values": { "NAME": "text" }, "tables": { "NAME": { "head": ["cell", …], "rows":
/// [["cell", …], …] } } }`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Text by name, for example `time.min.b1`: a number as printed, with its unit.
    pub values: BTreeMap<String, String>,
    /// Tables by name.
    #[serde(default)]
    pub tables: BTreeMap<String, Table>,
}

/// The cells of a table, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// One name per column.
    pub head: Vec<String>,
    /// One cell per column.
    pub rows: Vec<Vec<String>>,
}

impl Facts {
    /// The file.
    pub const FILE: &str = "facts.json";

    /// The facts of an input folder. Every row of a table must have as many cells as its head.
    pub fn read(top: &Path) -> Result<Self, FileError> {
        let path = top.join(Self::FILE);
        let facts: Self = files::json(&path)?;
        for (name, table) in &facts.tables {
            let columns = table.head.len();
            if let Some(row) = table.rows.iter().position(|row| row.len() != columns) {
                let cells = table.rows[row].len();
                let field = format!("field `tables.{name}.rows[{row}]`");
                return Err(FileError::invalid(&path, format!("{field}: {cells} cells below a head of {columns}")));
            }
        }
        Ok(facts)
    }

    /// Adds a fact, or replaces the one of that name.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.insert(name.to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Facts, String> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(Facts::FILE), text).expect("a file");
        Facts::read(folder.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn tables_are_optional() {
        let facts = read(r#"{"values": {"time": "3 ms"}}"#).expect("it parses");
        assert_eq!((facts.values["time"].as_str(), facts.tables.len()), ("3 ms", 0));
    }

    #[test]
    fn an_error_names_the_file_and_the_field() {
        for (text, expected) in [
            (
                r#"{"values": {"time": 3}}"#,
                "facts.json: field `values.time`: invalid type: integer `3`, expected a string",
            ),
            (
                r#"{"values": {}, "tables": {"t": {"head": ["a"], "rows": [["1"], ["1", "2"]]}}}"#,
                "`tables.t.rows[1]`: 2 cells",
            ),
            (r#"{"values": {}, "tabels": {}}"#, "unknown field `tabels`"),
            ("{}", "missing field `values`"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(expected), "{error}");
        }
    }
}
