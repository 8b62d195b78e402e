//! The title, caption and data of each figure (`figures/index.json`), as its own file declares it: report, page and pictures read it here.

use serde::{Deserialize, Serialize};

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The original has one of the same quantities under the same number.
    Original,
    /// The original has none.
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
    /// What its marks and lines are, in plain text.
    pub caption: String,
    /// The tables and JSON files that have its numbers, most of them first.
    pub data: Vec<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// What must not be overlooked of its numbers: that they are simulated, or how many are outdated.
    pub remark: Option<String>,
    /// False where there was nothing to draw, and its file holds one sentence with the reason.
    pub drawn: bool,
}
