//! Facts as a step stores them and others read them. Knows none by name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What stands where a number would, had it been measured.
pub const NOT_MEASURED: &str = "not measured";

/// All facts, as the step `facts` stores them (`facts.json`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Text by name, for example `time.least.b1`.
    pub values: BTreeMap<String, String>,
    /// Tables by name.
    pub tables: BTreeMap<String, Table>,
}

/// The cells of a table, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// One name a column.
    pub head: Vec<String>,
    /// As many cells a row.
    pub rows: Vec<Vec<String>>,
}

impl Facts {
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.insert(name.to_owned(), value.into());
    }

    /// A fact that may not be known.
    pub(super) fn set_known(&mut self, name: &str, value: Option<String>) {
        self.set(name, value.unwrap_or_else(|| NOT_MEASURED.to_owned()));
    }
}
