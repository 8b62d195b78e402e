//! The description of a power source: its rails, what they cover, how each is read, and whether it is readable.

use results::power::{Accuracy, Quantity, Scope};

use super::formula::Formula;
use super::meter::Meter;
#[cfg(any(target_os = "linux", windows))]
use super::nvml::Gpu;

/// A power source of a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// As in `--power`: `ina3221`, `rapl`, `battery:BAT0`, `hwmon:amdgpu`, `nvml:0`, `meter:power.csv`. Two chips of one
    /// name have their places in it, as in `hwmon:amdgpu@0000:03:00.0`; where nothing distinguishes them, equal names.
    pub name: String,
    /// A description.
    pub what: String,
    /// The part of the machine that it covers.
    pub scope: Scope,
    /// In the order in which they are shown.
    pub rails: Vec<Rail>,
    /// The rails that make up the total.
    pub total: Total,
    /// Why it cannot be used now although it is readable, for example a battery that is not discharging.
    pub unavailable: Option<Locked>,
    /// The update period according to the driver or a data sheet [s].
    pub nominal_period: Option<f64>,
    /// The time over which the sensor itself averages, where known [s].
    pub averaging: Option<f64>,
    /// The graphics processor whose sensor it is, if it is one's own.
    pub card: Option<Card>,
}

/// A graphics processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its address on the PCI bus as the kernel writes it, for example `0000:03:00.0`, where it is known.
    pub address: Option<String>,
}

/// One rail.
#[derive(Clone, Debug, PartialEq)]
pub struct Rail {
    /// The kernel's name for it.
    pub name: String,
    /// How it is read.
    pub access: Access,
    /// The smallest difference between two values, where it is known in advance [W or J].
    pub step: Option<f64>,
    /// Its accuracy, where a data sheet or the user states one.
    pub accuracy: Option<Accuracy>,
    /// Why it cannot be read, if so.
    pub locked: Option<Locked>,
}

/// How a rail is read.
#[derive(Clone, Debug, PartialEq)]
pub enum Access {
    /// From files of the kernel.
    Files(Formula),
    /// From the driver of an NVIDIA GPU.
    #[cfg(any(target_os = "linux", windows))]
    Nvml(Gpu),
    /// From the lines that an external meter pushes.
    Meter(Meter),
}

/// Why a source or rail that exists cannot be read or used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// The kernel's reason.
    pub reason: String,
    /// How to fix it.
    pub remedy: String,
}

/// The rails that make up the total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Total {
    /// The sum of these rails.
    Rails {
        /// Indices into the rails of the source.
        indices: Vec<usize>,
        /// Why these.
        why: String,
    },
    /// No known set of rails.
    Unknown {
        /// Why it is not known.
        why: String,
    },
}

/// Values of all rails at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Monotonic time [s].
    pub at: f64,
    /// One for each rail [W or J], or why the read failed.
    pub values: Vec<Result<f64, String>>,
}

impl Reading {
    /// The value of the rail with this index, if it was read.
    pub fn value(&self, index: usize) -> Option<f64> {
        self.values.get(index)?.as_ref().ok().copied()
    }
}

/// A source that is being read.
pub trait Readings: Send {
    /// The readings since the last call: exactly one where the source is polled, any number where it pushes.
    fn take(&mut self) -> Vec<Reading>;
}

impl Source {
    /// Whether it pushes its values, each with its time, instead of being polled.
    pub fn pushes(&self) -> bool {
        self.rails.iter().any(|rail| matches!(rail.access, Access::Meter(_)))
    }
}

impl Access {
    /// The quantity that is read.
    pub fn quantity(&self) -> Quantity {
        match self {
            Self::Files(Formula::Energy { .. }) => Quantity::Energy,
            #[cfg(any(target_os = "linux", windows))]
            Self::Nvml(gpu) => gpu.quantity(),
            Self::Files(_) | Self::Meter(_) => Quantity::Power,
        }
    }
}
