//! The list of devices: what a point can be measured on. A new one is a file beside this, a feature and a line here.

#[cfg(feature = "flex")]
pub mod ceiling;
#[cfg(feature = "flex")]
pub mod flex;

pub mod board;
mod rails;
pub mod simulated;

use std::path::Path;

use results::DeviceIdentity;

use crate::environment::machine;

/// A device by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Device {
    /// The processor, through burn's flex backend.
    Cpu,
    /// A model of a board: quick, the same everywhere, and not a measurement.
    Simulated,
}

impl Device {
    /// For records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Simulated => "simulated",
        }
    }

    /// What a record belongs to. `procfs` is where the kernel tells of the processor.
    pub fn identity(self, procfs: &Path) -> DeviceIdentity {
        let (hardware, backend) = match self {
            Self::Cpu => (machine::hardware(procfs), format!("burn {} (flex)", env!("MEASURE_BURN"))),
            Self::Simulated => (board::TX1.description.to_owned(), "roofline model".to_owned()),
        };
        DeviceIdentity { kind: self.name().to_owned(), hardware, backend, simulated: self == Self::Simulated }
    }
}
