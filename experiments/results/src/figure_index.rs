//! The title, caption and data of each figure (`figures/index.json`), as the figure's file declares them, for report,
//! page and pictures.

use serde::{Deserialize, Serialize};

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The original has a figure of the same quantities under the same number.
    Original,
    /// The original has no such figure.
    New,
}

/// One figure; the list of them is in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureEntry {
    /// Its number.
    pub number: u32,
    /// Its file without the ending, for example `fig03`.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// The meaning of its marks and lines, in plain text.
    pub caption: String,
    /// The tables and JSON files with its numbers, the main one first.
    pub data: Vec<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// A warning about its numbers: that they are simulated, or how many are outdated.
    pub remark: Option<String>,
    /// False if there was nothing to draw; its file then contains one sentence with the reason.
    pub drawn: bool,
    /// False for an optional figure that this run does not have. It then has no number, and the next one takes it.
    #[serde(default = "exists", skip_serializing_if = "is_true")]
    pub exists: bool,
}

fn exists() -> bool {
    true
}

fn is_true(value: &bool) -> bool {
    *value
}
