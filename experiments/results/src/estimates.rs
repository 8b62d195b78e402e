//! What is estimated from the records of one device, as the step `estimates` stores it (`estimates.json`). Figures,
//! claims and facts read this and never a raw sample.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::day;
use crate::environment;
use crate::flag::Flag;
use crate::power::budget::Part;
use crate::record::{Ceiling, Covers, DeviceIdentity, Observation, Outcome, Protocol, Record};
use crate::records::Records;
use crate::statistics::spread::Spread;
use crate::tf32;
use crate::units::{Bytes, Seconds};

/// All points of one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimates {
    /// What they were measured on.
    pub device: DeviceIdentity,
    /// How they were measured.
    pub protocol: Protocol,
    /// The environment of the points where all agree; a fact that differs is given as the list of its values, or in a few
    /// words where these are many: see [`crate::environment`]. What no two points share is not here.
    pub environment: BTreeMap<String, Observation>,
    /// The points, by network in the order asked for, then by batch.
    pub points: Vec<Point>,
}

/// One (network, batch).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// For example `resnet-18`.
    pub network: String,
    /// Images in one forward pass.
    pub batch: u32,
    /// How it ended; only a `Measured` point has numbers.
    pub outcome: Outcome,
    /// Samples behind the time, of all processes together.
    pub samples: usize,
    /// Time per image [s].
    pub time: Option<Estimate>,
    /// How the samples lie, as times per image [s].
    pub spread: Option<Spread>,
    /// Reasons to trust the numbers less.
    pub flags: Vec<Flag>,
    /// The first forward pass of the whole batch; of several processes the median.
    pub first_run: Option<Seconds>,
    /// The median of some passes by the device's own clock, as time per image; none where it has none.
    pub device_time: Option<Seconds>,
    /// What the device reached at most, just before.
    pub ceiling: Option<Ceiling>,
    /// Operations of one image over its time, as a share of that.
    pub share_of_ceiling: Option<f64>,
    /// Memory of the process.
    pub memory: Option<MemoryEstimate>,
    /// Net power.
    pub power: PowerEstimate,
    /// The day in UTC on which it was measured, for example `2026-11-24`; none when its record does not say.
    pub measured_on: Option<String>,
    /// True when an earlier version of the programs measured it, and the present one would measure it anew.
    pub outdated: bool,
    /// The record it is read out of; none of a point that has no record.
    pub source: Option<Source>,
}

/// The file that a point is read out of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// SHA-256 of the file.
    pub sha256: String,
    /// The commit of the programs that measured; none when the record does not say.
    pub commit: Option<String>,
    /// Whether they differed from that commit; none when the record does not say.
    pub commit_changed: Option<bool>,
}

impl Source {
    /// Of a record whose file has this digest.
    fn of(record: &Record, sha256: String) -> Self {
        let known = |fact: &str| match record.environment.get(fact) {
            Some(Observation::Known { value }) => Some(value),
            _ => None,
        };
        Self {
            sha256,
            commit: known("commit").and_then(|value| Some(value.as_str()?.to_owned())),
            commit_changed: known("commit_changed").and_then(serde_json::Value::as_bool),
        }
    }
}

/// A value with its 95 % interval, in the unit its holder names.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The median.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Memory of a point; of several processes the largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryEstimate {
    /// Peak resident set of the process.
    pub peak: Bytes,
    /// The peak less the resident set before the network was built: the paper's "net".
    pub net: Bytes,
    /// Peak resident set until weights and images were there.
    pub building: Bytes,
    /// What the peak covers.
    pub covers: Covers,
}

/// Net power of a point: load less idle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PowerEstimate {
    /// Known.
    Measured {
        /// Load less idle [W], with its uncertainty.
        net: Estimate,
        /// Power at rest [W].
        idle: f64,
        /// Net energy of one image [J].
        energy_per_image: Estimate,
        /// The sensor, its rails and its scope, in words.
        source: String,
        /// Every rail of the sensor by itself.
        rails: Vec<RailEstimate>,
        /// What its uncertainty is made of.
        parts: Vec<Part>,
    },
    /// See [`crate::Power::BelowResolution`].
    BelowResolution {
        /// What the sensor can tell apart [W].
        resolution: f64,
    },
    /// See [`crate::Power::Unusable`].
    Unusable {
        /// Source, rail, and what was wrong.
        reason: String,
    },
    /// See [`crate::Power::NoSensor`].
    NoSensor,
    /// See [`crate::Power::NotReadable`].
    NotReadable {
        /// What to do about it.
        remedy: String,
    },
    /// See [`crate::Power::NotChosen`].
    NotChosen {
        /// Why.
        reason: String,
    },
}

/// One rail of a sensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RailEstimate {
    /// As the kernel calls it.
    pub name: String,
    /// Whether it is part of the total.
    pub in_total: bool,
    /// Load less idle [W].
    pub net: f64,
    /// Power at rest [W].
    pub idle: f64,
}

/// What a device reached in the benchmarks before its points: of all of them the median, and from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peaks {
    /// Operations of a product of matrices [1/s].
    pub operations_per_second: Estimate,
    /// Bytes read and written by a copy [1/s].
    pub bytes_per_second: Estimate,
}

impl Peaks {
    /// Both medians.
    pub fn median(&self) -> Ceiling {
        Ceiling {
            operations_per_second: self.operations_per_second.value,
            bytes_per_second: self.bytes_per_second.value,
        }
    }
}

impl Estimates {
    /// What the records say together.
    pub fn of(records: &Records) -> Self {
        let environments: Vec<_> = records.points.iter().map(|record| &record.environment).collect();
        let mut environment = environment::merge(&environments);
        environment.retain(|name, _| !day::MOMENTS.contains(&name.as_str()));
        environment.extend(tf32::fact(&records.device).map(|fact| (tf32::NAME.to_owned(), fact)));
        let outdated = |record: &Record| records.outdated.contains(&(record.network.clone(), record.batch));
        let source = |record: &Record| {
            let digest = records.digests.get(&(record.network.clone(), record.batch))?;
            Some(Source::of(record, digest.clone()))
        };
        let point = |record| Point { outdated: outdated(record), source: source(record), ..Point::of(record) };
        Self {
            device: records.device.clone(),
            protocol: records.protocol.clone(),
            environment,
            points: records.points.iter().map(point).collect(),
        }
    }

    /// With points that were asked for and left out for this reason; `networks` give the order of all points.
    pub fn with_left_out(mut self, points: &[(String, u32)], reason: &str, networks: &[String]) -> Self {
        for (network, batch) in points {
            if self.point(network, *batch).is_none() {
                self.points.push(Point::left_out(network, *batch, reason));
            }
        }
        let place = |point: &Point| networks.iter().position(|network| *network == point.network);
        self.points.sort_by_key(|point| (place(point), point.batch));
        self
    }

    /// The point, or none when it was not asked for.
    pub fn point(&self, network: &str, batch: u32) -> Option<&Point> {
        self.points.iter().find(|point| point.network == network && point.batch == batch)
    }

    /// The most that any process of these points reached just before it was timed: a bound is the best that was ever seen.
    pub fn most(points: &[Point]) -> Option<Ceiling> {
        points.iter().filter_map(|point| point.ceiling).reduce(|one, other| Ceiling {
            operations_per_second: one.operations_per_second.max(other.operations_per_second),
            bytes_per_second: one.bytes_per_second.max(other.bytes_per_second),
        })
    }

    /// What the device reached before these points; none where it was not measured.
    pub fn peaks(points: &[Point]) -> Option<Peaks> {
        let of = |rate: fn(&Ceiling) -> f64| {
            let rates: Vec<f64> = points.iter().filter_map(|point| point.ceiling.as_ref()).map(rate).collect();
            let (low, high) = (rates.iter().copied().reduce(f64::min)?, rates.iter().copied().reduce(f64::max)?);
            Some(Estimate { value: crate::statistics::median(&rates)?, low, high })
        };
        Some(Peaks {
            operations_per_second: of(|ceiling| ceiling.operations_per_second)?,
            bytes_per_second: of(|ceiling| ceiling.bytes_per_second)?,
        })
    }

    /// The networks in order, each once.
    pub fn networks(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for point in &self.points {
            if !names.contains(&point.network.as_str()) {
                names.push(&point.network);
            }
        }
        names
    }

    /// The batches that occur, ascending.
    pub fn batches(&self) -> Vec<u32> {
        let set: std::collections::BTreeSet<u32> = self.points.iter().map(|point| point.batch).collect();
        set.into_iter().collect()
    }
}
