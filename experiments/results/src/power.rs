//! What is known of power while a point ran: the sensor, what it read at rest and in every timed window, and how sure that is.
//! "Unknown" is never 0 W.

pub mod budget;
pub mod energy;
pub mod guard;

use serde::{Deserialize, Serialize};

use self::budget::Budget;

/// What is known of the power of a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Power {
    /// Read from a sensor around and during every timed window.
    Measured {
        /// What it read.
        watched: Box<Watched>,
    },
    /// The same, and this sensor cannot tell load from rest.
    BelowResolution {
        /// What it read.
        watched: Box<Watched>,
    },
    /// A sensor was read, and what it said cannot be used: it vanished, stalled, or told what cannot be.
    Unusable {
        /// The source, as `--power` takes it.
        source: String,
        /// Which rail, what was wrong with it, and when.
        reason: String,
    },
    /// The machine has no sensor this program knows.
    NoSensor,
    /// There is one, and it may not be read.
    NotReadable {
        /// The source, as `--power` takes it.
        source: String,
        /// What the kernel said.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
    /// There may be sensors, and none was to be read: nobody said which, or that was asked for.
    NotChosen {
        /// Why.
        reason: String,
    },
}

/// A sensor and what it read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watched {
    /// What was read.
    pub sensor: Sensor,
    /// At rest: before each process and after the last, one more than there are processes.
    pub idle: Vec<PowerInterval>,
    /// The timed window of each process.
    pub load: Vec<PowerInterval>,
    /// What follows for the total of the sensor, and how sure that is.
    pub budget: Budget,
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
    /// True when it was read from files that stand for the kernel's, or modelled: no measurement of a machine.
    pub fixture: bool,
    /// Its rails.
    pub rails: Vec<Rail>,
    /// Why those of the total are the total.
    pub total: String,
    /// How often its values are renewed [s]: as seen before the first process or in the windows, else as its driver says; none when that is
    /// not known.
    pub period_seconds: Option<f64>,
    /// How often it was read [s].
    pub interval_seconds: f64,
    /// Over which time the sensor itself takes means, where that is known [s].
    pub averaging_seconds: Option<f64>,
    /// Processor time that reading took, as a share of the time.
    pub processor_share: f64,
}

/// One rail of a sensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rail {
    /// As the kernel calls it, for example `VDD_IN`.
    pub name: String,
    /// Whether it is part of the total.
    pub in_total: bool,
    /// What is read.
    pub reads: Quantity,
    /// The least difference between two values [W or J]: from the data sheet where known, else the least one seen.
    pub step: Option<f64>,
    /// How right the sensor is; none where nobody says.
    pub accuracy: Option<Accuracy>,
    /// Why it has no readings, if so; its lists are then empty.
    pub lost: Option<String>,
}

/// What a rail tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Power [W].
    Power,
    /// Energy since some moment [J].
    Energy,
}

/// A bound of a sensor's own error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// Of the value, either way [%].
    pub percent: f64,
    /// Who says so.
    pub source: String,
}

/// What a sensor covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// What comes out of the supply: an external meter.
    Supply,
    /// A board with all it carries.
    Board,
    /// A computing module without its carrier board.
    Module,
    /// A whole machine, on the side of its battery.
    Battery,
    /// The package of a processor, with its memory controller and graphics.
    Package,
    /// A graphics card.
    Gpu,
    /// Some part that its names do not tell.
    Part,
}

/// Readings over a interval of time, with one beyond either end where there was one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PowerInterval {
    /// How long it is [s].
    pub seconds: f64,
    /// When each reading was taken, from the begin of the interval [s].
    pub at: Vec<f64>,
    /// Of each rail of the sensor the values at those times [W, or J since the first].
    pub rails: Vec<Vec<f64>>,
}

impl Power {
    /// What a sensor read, if it can be used.
    pub fn watched(&self) -> Option<&Watched> {
        match self {
            Self::Measured { watched } | Self::BelowResolution { watched } => Some(watched),
            _ => None,
        }
    }
}

impl Sensor {
    /// Source, rails of the total and scope, in words; says when it was no machine's.
    pub fn words(&self) -> String {
        let rails: Vec<&str> = self.rails.iter().filter(|rail| rail.in_total).map(|rail| rail.name.as_str()).collect();
        let fixture = if self.fixture { "fixture, not this machine: " } else { "" };
        format!("{fixture}{} {} ({})", self.source, rails.join(" + "), self.scope.words())
    }

    /// The places of the rails of the total.
    pub fn total(&self) -> impl Iterator<Item = usize> + Clone {
        self.rails.iter().enumerate().filter(|(_, rail)| rail.in_total).map(|(place, _)| place)
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
    //! Sensors as tests want them.

    use super::*;

    /// A rail of the total with a step of 0.04 W or J that is right to 1 %.
    pub fn rail(reads: Quantity) -> Rail {
        let accuracy = Some(Accuracy { percent: 1.0, source: "a test".to_owned() });
        Rail { name: "VDD_IN".to_owned(), in_total: true, reads, step: Some(0.04), accuracy, lost: None }
    }

    /// A sensor with these rails, renewed every 20 ms.
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

    /// A interval read every 20 ms, each value as the time says.
    pub fn interval(seconds: f64, value: impl Fn(f64) -> f64) -> PowerInterval {
        let count = (seconds / 0.02).ceil() as u32 + 2;
        let at: Vec<f64> = (0..count).map(|reading| (f64::from(reading) - 0.5) * 0.02).collect();
        let values = at.iter().map(|at| value(*at)).collect();
        PowerInterval { seconds, at, rails: vec![values] }
    }
}
