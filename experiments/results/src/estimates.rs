//! Estimates from the records of one device, as the step `estimates` stores them (`estimates.json`). Figures, claims
//! and facts read these and no raw samples.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::day;
use crate::environment;
use crate::flag::Flag;
use crate::measured_accuracy::MeasuredAccuracies;
use crate::peak_rates::PeakRates;
use crate::power::budget::Part;
use crate::record::{Covers, DeviceIdentity, Observation, Outcome, Protocol};
use crate::records::{Records, Session};
use crate::replication::Replication;
use crate::statistics;
use crate::statistics::sessions::{BetweenSessions, OverSessions};
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
    /// Sessions per point that the protocol requests.
    pub sessions_asked: u32,
    /// Variation of times between sessions; none if no point has several sessions.
    pub between_sessions: Option<BetweenSessions>,
    /// The same for net memory.
    pub memory_between_sessions: Option<BetweenSessions>,
    /// The environment of all points, merged as [`crate::environment`] describes. Facts of a single moment are omitted.
    pub environment: BTreeMap<String, Observation>,
    /// The points, sorted by network in the requested order, then by batch.
    pub points: Vec<Point>,
    /// The accuracies that were measured.
    #[serde(default, skip_serializing_if = "MeasuredAccuracies::is_empty")]
    pub accuracies: MeasuredAccuracies,
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
    /// Number of samples behind the time, over all processes of all sessions.
    pub samples: usize,
    /// Time per image [s]: the median of one session, or the mean of the medians of several. `replication` states the
    /// kind of its interval.
    pub time: Option<Estimate>,
    /// What was repeated; none without a time.
    pub replication: Option<Replication>,
    /// The spread of the samples, as times per image [s].
    pub spread: Option<Spread>,
    /// Reasons to trust the numbers less.
    pub flags: Vec<Flag>,
    /// The first forward pass of a batch; the median over all processes.
    pub first_run: Option<Seconds>,
    /// The median time per image by the device's own clock; none if it has none.
    pub device_time: Option<Seconds>,
    /// The device's peak rates, measured just before; of several sessions the median of each rate.
    pub peak_rates: Option<PeakRates>,
    /// Operations of one image over its time, as a share of the peak.
    pub share_of_peak: Option<f64>,
    /// Memory of the process.
    pub memory: Option<MemoryEstimate>,
    /// Net power.
    pub power: PowerEstimate,
    /// The day in UTC on which its latest session was measured, for example `2026-11-24`; none if no record has it.
    pub measured_on: Option<String>,
    /// True if an earlier version of the programs measured one of its sessions, so that it would be measured again.
    pub outdated: bool,
    /// Its records, one per session; none if it was skipped.
    pub sources: Vec<Source>,
}

/// The file of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Number of the session, from 1.
    pub session: u32,
    /// The day in UTC on which it was measured; none if the record lacks it.
    pub measured_on: Option<String>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The commit of the programs that measured; none if the record lacks it.
    pub commit: Option<String>,
    /// Whether the programs differed from that commit; none if the record lacks it.
    pub commit_changed: Option<bool>,
}

impl Source {
    /// The file of a session.
    pub(crate) fn of(session: &Session) -> Self {
        let known = |fact: &str| match session.record.environment.get(fact) {
            Some(Observation::Known { value }) => Some(value),
            _ => None,
        };
        Self {
            session: session.number,
            measured_on: day::of(&session.record.environment).ok().flatten(),
            sha256: session.sha256.clone(),
            commit: known("commit").and_then(|value| Some(value.as_str()?.to_owned())),
            commit_changed: known("commit_changed").and_then(serde_json::Value::as_bool),
        }
    }
}

/// A value with an interval. The field that has it documents the unit and the kind of interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Memory of a point: the maximum over its processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryEstimate {
    /// Peak resident set of the process.
    pub peak: Bytes,
    /// The peak minus the resident set before the network was built: net memory in the paper.
    pub net: Bytes,
    /// Peak resident set until weights and images were on the device.
    pub building: Bytes,
    /// What the peak covers.
    pub covers: Covers,
}

/// Net power of a point: load minus idle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PowerEstimate {
    /// Known.
    Measured {
        /// Load minus idle [W], with its uncertainty.
        net: Estimate,
        /// Idle power [W].
        idle: f64,
        /// Net energy of one image [J].
        energy_per_image: Estimate,
        /// The sensor, its rails and its scope, in words.
        source: String,
        /// Each rail of the sensor.
        rails: Vec<RailEstimate>,
        /// The components of the uncertainty.
        parts: Vec<Part>,
    },
    /// See [`crate::Power::BelowResolution`].
    BelowResolution {
        /// The resolution of the sensor [W].
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
    /// The kernel's name for it.
    pub name: String,
    /// Whether it is part of the total.
    pub in_total: bool,
    /// Load minus idle [W].
    pub net: f64,
    /// Idle power [W].
    pub idle: f64,
}

/// Peak rates of a device over all its points: the median, with the minimum and maximum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peaks {
    /// Operations of a matrix product (GEMM) [1/s].
    pub operations_per_second: Estimate,
    /// Memory bandwidth: bytes read and written by a copy [bytes/s].
    pub bytes_per_second: Estimate,
}

impl Peaks {
    /// Both medians.
    pub fn median(&self) -> PeakRates {
        PeakRates::best(self.operations_per_second.value, self.bytes_per_second.value)
    }
}

impl Estimates {
    /// The estimates of all records, for a protocol that requests `sessions_asked` sessions per point.
    pub fn of(records: &Records, sessions_asked: u32) -> Self {
        let environments: Vec<_> = records.sessions.iter().map(|session| &session.record.environment).collect();
        let mut environment = environment::merge(&environments);
        environment.retain(|name, _| !day::TIMESTAMPS.contains(&name.as_str()));
        environment.extend(tf32::fact(&records.device).map(|fact| (tf32::NAME.to_owned(), fact)));
        let times: Vec<_> = records.points().map(Point::times).collect();
        let between = BetweenSessions::of(&times);
        let memory: Vec<_> = records.points().map(Point::memories).collect();
        Self {
            device: records.device.clone(),
            protocol: records.protocol.clone(),
            sessions_asked,
            between_sessions: between,
            memory_between_sessions: BetweenSessions::of(&memory),
            environment,
            points: records.points().map(|sessions| Point::over(sessions, between.as_ref())).collect(),
            accuracies: MeasuredAccuracies::default(),
        }
    }

    /// The time of one of these points with an interval over sessions; none if the variation between them is unknown.
    pub fn time_over_sessions(&self, point: &Point) -> Option<Estimate> {
        self.over_sessions(point).map(OverSessions::estimate)
    }

    pub(crate) fn over_sessions(&self, point: &Point) -> Option<OverSessions> {
        let (time, between) = (point.time.filter(|_| point.has_interval())?, self.between_sessions?);
        if point.replication?.sessions > 1 { between.again(time) } else { between.over(&[time]) }
    }

    /// How many points with a time have fewer sessions than the protocol requests.
    pub fn short_of_sessions(&self) -> usize {
        let sessions = self.points.iter().filter_map(|point| point.replication).map(|replication| replication.sessions);
        sessions.filter(|sessions| *sessions < self.sessions_asked).count()
    }

    /// Adds points that were skipped for this reason; `networks` determines the order of all points.
    pub fn with_skipped(mut self, points: &[(String, u32)], reason: &str, networks: &[String]) -> Self {
        for (network, batch) in points {
            if self.point(network, *batch).is_none() {
                self.points.push(Point::skipped(network, *batch, reason));
            }
        }
        let index = |point: &Point| networks.iter().position(|network| *network == point.network);
        self.points.sort_by_key(|point| (index(point), point.batch));
        self
    }

    /// The point, or none if it was not requested.
    pub fn point(&self, network: &str, batch: u32) -> Option<&Point> {
        self.points.iter().find(|point| point.network == network && point.batch == batch)
    }

    /// The device's peak rates over these points; none if they were not measured.
    pub fn peaks(points: &[Point]) -> Option<Peaks> {
        let of = |rate: fn(&PeakRates) -> f64| {
            let rates: Vec<f64> = points.iter().filter_map(|point| point.peak_rates.as_ref()).map(rate).collect();
            let (low, high) = (rates.iter().copied().reduce(f64::min)?, rates.iter().copied().reduce(f64::max)?);
            Some(Estimate { value: statistics::median(&rates)?, low, high })
        };
        Some(Peaks {
            operations_per_second: of(|peak_rates| peak_rates.operations_per_second)?,
            bytes_per_second: of(|peak_rates| peak_rates.bytes_per_second)?,
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
