//! How a rail follows from files of the kernel. Reads none.

use std::path::{Path, PathBuf};

/// How a rail follows from files.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// One file holds the power.
    Power {
        /// The file.
        file: PathBuf,
        /// Watts of one unit.
        unit: f64,
    },
    /// Two files hold a voltage and a current.
    Product {
        /// The one.
        voltage: PathBuf,
        /// The other.
        current: PathBuf,
        /// Watts of one unit of the voltage times one of the current.
        unit: f64,
        /// Whether the sign of the current says only in which direction it flows.
        magnitude: bool,
    },
    /// One file holds energy since some moment; it starts again when it is full.
    Energy {
        /// The file.
        file: PathBuf,
        /// Joules of one unit.
        unit: f64,
        /// The file with the largest value it may have.
        range: Option<PathBuf>,
    },
}

impl Formula {
    /// What is read for every value.
    pub fn files(&self) -> Vec<&Path> {
        match self {
            Self::Power { file, .. } | Self::Energy { file, .. } => vec![file],
            Self::Product { voltage, current, .. } => vec![voltage, current],
        }
    }
}
