//! What a power source is before anything is measured with it: its rails, what they cover, how each is read and whether it may
//! be. Knows no source of its own.

use results::power::{Accuracy, Quantity, Scope};

use super::formula::Formula;
use super::meter::Meter;
#[cfg(any(target_os = "linux", windows))]
use super::nvml::Gpu;

/// A power source of a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// As `--power` takes it: `ina3221`, `rapl`, `battery:BAT0`, `hwmon:amdgpu`, `nvml:0`, `meter:power.csv`.
    pub name: String,
    /// What it is, in words.
    pub what: String,
    /// What it covers.
    pub scope: Scope,
    /// In the order in which they are shown.
    pub rails: Vec<Rail>,
    /// Which of them make up the whole.
    pub total: Total,
    /// Why it cannot be used now though it may be read, for example a battery that is not discharging.
    pub not_now: Option<Locked>,
    /// How often values are renewed, where the driver or a data sheet says so [s].
    pub nominal_period: Option<f64>,
    /// Over which time it takes means itself, where known [s].
    pub averaging: Option<f64>,
}

/// One rail.
#[derive(Clone, Debug, PartialEq)]
pub struct Rail {
    /// As the kernel calls it.
    pub name: String,
    /// How it is read.
    pub access: Access,
    /// The least difference between two values, where it is known beforehand [W or J].
    pub step: Option<f64>,
    /// How right it is, where somebody says so.
    pub accuracy: Option<Accuracy>,
    /// Why it may not be read, if so.
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
    /// From the lines of an external meter, which come by themselves.
    Meter(Meter),
}

/// There, and not to be read or not to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// What the kernel said.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// Which rails make up the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Total {
    /// These, by their indices among the rails; they are added.
    Rails {
        /// The indices.
        indices: Vec<usize>,
        /// Why these.
        why: String,
    },
    /// Nobody knows.
    Unknown {
        /// Why not.
        why: String,
    },
}

/// Values of all rails at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// By the kernel's clock that nobody sets [s].
    pub at: f64,
    /// One a rail [W or J], or what was wrong with it.
    pub values: Vec<Result<f64, String>>,
}

impl Reading {
    /// The value of a rail, if it has one.
    pub fn value(&self, index: usize) -> Option<f64> {
        self.values.get(index)?.as_ref().ok().copied()
    }
}

/// A source that is being read.
pub trait Readings: Send {
    /// What is new since it was last asked: one reading of what is asked for its value, as many as there were of what tells by
    /// itself.
    fn take(&mut self) -> Vec<Reading>;
}

impl Source {
    /// Whether it tells by itself, each value with its time, and is not asked.
    pub fn pushes(&self) -> bool {
        self.rails.iter().any(|rail| matches!(rail.access, Access::Meter(_)))
    }
}

impl Access {
    /// What it tells.
    pub fn quantity(&self) -> Quantity {
        match self {
            Self::Files(Formula::Energy { .. }) => Quantity::Energy,
            #[cfg(any(target_os = "linux", windows))]
            Self::Nvml(gpu) => gpu.quantity(),
            Self::Files(_) | Self::Meter(_) => Quantity::Power,
        }
    }
}
