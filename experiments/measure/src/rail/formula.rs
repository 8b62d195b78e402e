//! How the value of a rail is computed from files of the kernel. Reads none of them.

use std::path::{Path, PathBuf};

/// How the value of a rail is computed from files.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// One file contains the power.
    Power {
        /// The file.
        file: PathBuf,
        /// Watts of one unit.
        unit: f64,
    },
    /// Two files contain a voltage and a current.
    Product {
        /// The file of the voltage.
        voltage: PathBuf,
        /// The file of the current.
        current: PathBuf,
        /// Watts of one unit of the voltage times one of the current.
        unit: f64,
        /// Whether the sign of the current is ignored, because it only gives the direction.
        magnitude: bool,
    },
    /// One file contains the energy since some moment; the counter wraps.
    Energy {
        /// The file.
        file: PathBuf,
        /// Joules of one unit.
        unit: f64,
        /// The file with the largest value of the counter.
        range: Option<PathBuf>,
    },
}

impl Formula {
    /// The files that are read for every value.
    pub fn files(&self) -> Vec<&Path> {
        match self {
            Self::Power { file, .. } | Self::Energy { file, .. } => vec![file],
            Self::Product { voltage, current, .. } => vec![voltage, current],
        }
    }
}
