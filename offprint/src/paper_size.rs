//! The paper size of the report, as an argument of the step that typesets it.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The flag that names the size.
const FLAG: &str = "--paper";

/// A paper size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaperSize {
    /// 210 mm by 297 mm
    #[default]
    A4,
    /// US Letter, 8.5 in by 11 in
    Letter,
}

impl PaperSize {
    /// Its arguments: none for A4, so that the step keeps its key.
    pub fn arguments(self) -> Vec<String> {
        match self {
            Self::A4 => Vec::new(),
            Self::Letter => vec![FLAG.to_owned(), "letter".to_owned()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a4_needs_no_argument() {
        assert!(PaperSize::A4.arguments().is_empty());
        assert_eq!(PaperSize::Letter.arguments(), ["--paper", "letter"]);
    }
}
