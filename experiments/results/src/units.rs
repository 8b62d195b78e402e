//! Quantities with their units, so that a time is never mistaken for a power. Stored as plain numbers in SI units.

use serde::{Deserialize, Serialize};

/// A duration.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub f64);

/// An amount of memory. Figures and tables use MB of 10^6 bytes unless they are marked MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl Seconds {
    /// In milliseconds.
    pub fn millis(self) -> f64 {
        self.0 * 1e3
    }
}

impl Bytes {
    /// In MB of 10^6 bytes.
    pub fn megabytes(self) -> f64 {
        self.0 as f64 / 1e6
    }
}
