//! What is known about power while a point ran: the sensor, its readings at idle and in each timed window, and their
//! uncertainty. "Unknown" is never 0 W.

pub mod budget;
pub mod energy;
pub mod guard;

use serde::{Deserialize, Serialize};

use self::budget::UncertaintyBudget;

/// What is known about the power of a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Power {
    /// Read from a sensor around and during every timed window.
    Measured {
        /// What it read.
        watched: Box<Watched>,
    },
    /// The same, but the sensor cannot distinguish load from idle.
    BelowResolution {
        /// What it read.
        watched: Box<Watched>,
    },
    /// A sensor was read, but its readings cannot be used: it vanished, stalled or returned impossible values.
    Unusable {
        /// The source, as `--power` takes it.
        source: String,
        /// Which rail, what was wrong with it, and when.
        reason: String,
    },
    /// The machine has no sensor that this program supports.
    NoSensor,
    /// There is a sensor, but it may not be read.
    NotReadable {
        /// The source, as `--power` takes it.
        source: String,
        /// The kernel's error.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
    /// No sensor was read: none was selected, or `--power none` was given.
    NotChosen {
        /// Why.
        reason: String,
    },
}

/// A sensor and what it read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watched {
    /// The sensor.
    pub sensor: Sensor,
    /// At idle: before each process and after the last, one more than there are processes.
    pub idle: Vec<PowerInterval>,
    /// The timed window of each process.
    pub load: Vec<PowerInterval>,
    /// The resulting power of the sensor's total, with its uncertainty.
    pub budget: UncertaintyBudget,
}

/// A power source as it was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sensor {
    /// As `--power` takes it, for example `ina3221`.
    pub source: String,
    /// What that is, in words.
    pub what: String,
    /// What it covers.
    pub scope: Scope,
    /// True when it was read from files that replace the kernel's, or modelled: not a measurement of a machine.
    pub fixture: bool,
    /// Its rails.
    pub rails: Vec<Rail>,
    /// Why these rails make up the total.
    pub total: String,
    /// Update period of its values [s]: as seen before the first process or in the windows, else as its driver states;
    /// none when unknown.
    pub period_seconds: Option<f64>,
    /// Time between two readings [s].
    pub interval_seconds: f64,
    /// Time over which the sensor itself averages, where known [s].
    pub averaging_seconds: Option<f64>,
    /// Processor time used for reading, as a share of the time.
    pub processor_share: f64,
}

/// One rail of a sensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rail {
    /// The kernel's name, for example `VDD_IN`.
    pub name: String,
    /// Whether it is part of the total.
    pub in_total: bool,
    /// What is read.
    pub reads: Quantity,
    /// The smallest difference between two values [W or J]: from the data sheet where known, else as seen.
    pub step: Option<f64>,
    /// The sensor's accuracy; none where it is not specified.
    pub accuracy: Option<Accuracy>,
    /// Why it has no readings, if so; its lists are then empty.
    pub lost: Option<String>,
}

/// What a rail measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Power [W].
    Power,
    /// Energy since an arbitrary start [J].
    Energy,
}

/// A bound on a sensor's own error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// In either direction, as a share of the value [%].
    pub percent: f64,
    /// Where that is specified.
    pub source: String,
}

/// What a sensor covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The output of the power supply, by an external meter.
    Supply,
    /// A board with everything on it.
    Board,
    /// A computing module without its carrier board.
    Module,
    /// A whole machine, measured at its battery.
    Battery,
    /// The package of a processor, with its memory controller and graphics.
    Package,
    /// A graphics card.
    Gpu,
    /// A part that the rail names do not identify.
    Part,
}

/// Readings over an interval of time, with one beyond each end where there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PowerInterval {
    /// Its duration [s].
    pub seconds: f64,
    /// The time of each reading since the start of the interval [s].
    pub at: Vec<f64>,
    /// The values of each rail of the sensor at those times [W, or J since the first].
    pub rails: Vec<Vec<f64>>,
}

impl Power {
    /// The readings of a sensor, if they can be used.
    pub fn watched(&self) -> Option<&Watched> {
        match self {
            Self::Measured { watched } | Self::BelowResolution { watched } => Some(watched),
            _ => None,
        }
    }
}

impl Sensor {
    /// Source, rails of the total and scope, in words; a fixture is marked.
    pub fn words(&self) -> String {
        let rails: Vec<&str> = self.rails.iter().filter(|rail| rail.in_total).map(|rail| rail.name.as_str()).collect();
        let fixture = if self.fixture { "fixture, not this machine: " } else { "" };
        format!("{fixture}{} {} ({})", self.source, rails.join(" + "), self.scope.words())
    }

    /// The indices of the rails of the total.
    pub fn total(&self) -> impl Iterator<Item = usize> + Clone {
        self.rails.iter().enumerate().filter(|(_, rail)| rail.in_total).map(|(index, _)| index)
    }
}

impl Scope {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Supply => "supply",
            Self::Board => "board",
            Self::Module => "module",
            Self::Battery => "whole machine, from its battery",
            Self::Package => "processor package",
            Self::Gpu => "graphics card",
            Self::Part => "some part of the machine",
        }
    }
}

#[cfg(test)]
pub(crate) mod sample {
    //! Sensors for tests.

    use super::*;

    /// A rail of the total with a step of 0.04 W or J and an accuracy of 1 %.
    pub fn rail(reads: Quantity) -> Rail {
        let accuracy = Some(Accuracy { percent: 1.0, source: "a test".to_owned() });
        Rail { name: "VDD_IN".to_owned(), in_total: true, reads, step: Some(0.04), accuracy, lost: None }
    }

    /// A sensor with these rails, updated every 20 ms.
    pub fn sensor(rails: &[Rail]) -> Sensor {
        Sensor {
            source: "test".to_owned(),
            what: "a test".to_owned(),
            scope: Scope::Board,
            fixture: false,
            rails: rails.to_vec(),
            total: "a test".to_owned(),
            period_seconds: Some(0.02),
            interval_seconds: 0.01,
            averaging_seconds: None,
            processor_share: 0.0,
        }
    }

    /// An interval read every 20 ms, each value a function of its time.
    pub fn interval(seconds: f64, value: impl Fn(f64) -> f64) -> PowerInterval {
        let count = (seconds / 0.02).ceil() as u32 + 2;
        let at: Vec<f64> = (0..count).map(|reading| (f64::from(reading) - 0.5) * 0.02).collect();
        let values = at.iter().map(|at| value(*at)).collect();
        PowerInterval { seconds, at, rails: vec![values] }
    }
}
