//! The paper size.

use std::fmt;

use clap::ValueEnum;

/// A paper size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PaperSize {
    /// 210 mm by 297 mm (ISO 216).
    #[default]
    A4,
    /// US Letter: 8.5 in by 11 in (ANSI/ASME Y14.1, size A).
    Letter,
}

impl fmt::Display for PaperSize {
    /// Its name on the command line.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::A4 => "a4",
            Self::Letter => "letter",
        })
    }
}
