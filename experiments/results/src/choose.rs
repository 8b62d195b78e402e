//! The most accurate network within limits: which points meet limits of time, memory, power and energy surely, perhaps
//! or not at all. Independent of files and terminals.

pub mod limit;
pub mod text;

use crate::estimates::{Estimate, Estimates, Point, PowerEstimate};
use crate::flag::Flag;
use crate::measured_accuracy::Top1;
use crate::record::Outcome;
use crate::reference::Published;

use limit::{Limit, Quantity};

/// The limits, and what is known about each point.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What the points were measured on, in words.
    pub device: String,
    /// Whether that is a model of a device.
    pub simulated: bool,
    /// At least one, and at most one per quantity.
    pub limits: Vec<Limit>,
    /// The points at the requested batches that have a time, the most accurate first.
    pub rows: Vec<Row>,
    /// The points without a time: network, batch and reason.
    pub without: Vec<(String, u32, String)>,
}

/// A point compared with the limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// For example `resnet-18`.
    pub network: String,
    /// Images in one pass.
    pub batch: u32,
    /// Top-1 accuracy of a single central crop, measured or cited; none if unknown.
    pub top1: Option<Top1>,
    /// Each quantity, in the order of [`Quantity::ALL`].
    pub known: [Known; 4],
    /// Whether it meets all limits.
    pub fits: Fits,
    /// Reasons to trust its numbers less.
    pub flags: Vec<Flag>,
    /// Whether an earlier version of the programs measured it.
    pub outdated: bool,
}

/// A quantity of a point.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// Its value with its interval, in SI units.
    Value(Estimate),
    /// Why it is unknown.
    Unknown(String),
}

/// Whether a point meets limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fits {
    /// A complete interval exceeds its limit.
    No,
    /// A limited quantity is unknown.
    Unknown,
    /// A limit is within an interval.
    Perhaps,
    /// All complete intervals are within their limits.
    Surely,
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Chosen<'a> {
    /// Some networks surely fit.
    One {
        /// The most accurate of them, by value.
        row: &'a Row,
        /// More accurate ones that perhaps fit.
        perhaps: Vec<&'a Row>,
        /// Other networks that surely fit, each once, whose accuracy [overlaps](Row::overlaps) that of the chosen one.
        close: Vec<&'a Row>,
    },
    /// None surely fits; these perhaps do.
    Perhaps(Vec<&'a Row>),
    /// None fits; the nearest to the limits and the factor by which it exceeds them, if any has all limited quantities.
    Nothing(Option<(&'a Row, f64)>),
}

impl Choice {
    /// Compares the points of these estimates at these batches, or at all if none is named, with the limits.
    pub fn of(estimates: &Estimates, published: &Published, limits: &[Limit], batches: &[u32]) -> Self {
        let requested = || estimates.points.iter().filter(|point| batches.is_empty() || batches.contains(&point.batch));
        let mut rows: Vec<Row> = requested().filter_map(|point| row(point, estimates, published, limits)).collect();
        let top1 = |row: &Row| row.top1.as_ref().map_or(f64::NEG_INFINITY, |top1| top1.percent.value);
        let time = |row: &Row| row.value(Quantity::Time).map_or(f64::INFINITY, |time| time.value);
        // The sort is stable: networks that are equal in both keep their order.
        rows.sort_by(|a, b| top1(b).total_cmp(&top1(a)).then(time(a).total_cmp(&time(b))));
        let without = requested().filter(|point| point.time.is_none());
        Self {
            device: format!("{}; {}", estimates.device.hardware, estimates.device.backend),
            simulated: estimates.device.simulated,
            limits: limits.to_vec(),
            rows,
            without: without.map(|point| (point.network.clone(), point.batch, reason(&point.outcome))).collect(),
        }
    }

    /// The choice among networks with a known accuracy.
    pub fn chosen(&self) -> Chosen<'_> {
        let known: Vec<&Row> = self.rows.iter().filter(|row| row.top1.is_some()).collect();
        let surely = known.iter().position(|row| row.fits == Fits::Surely);
        let before = |end: usize| known[..end].iter().copied().filter(|row| row.fits == Fits::Perhaps).collect();
        if let Some(index) = surely {
            let row = known[index];
            let mut close: Vec<&Row> = Vec::new();
            for other in known[index..].iter().filter(|other| other.fits == Fits::Surely && other.overlaps(row)) {
                if close.iter().all(|listed| listed.network != other.network) {
                    close.push(other);
                }
            }
            return Chosen::One { row, perhaps: before(index), close };
        }
        let perhaps: Vec<&Row> = before(known.len());
        if !perhaps.is_empty() {
            return Chosen::Perhaps(perhaps);
        }
        let beyond = known.iter().filter_map(|row| Some((*row, row.beyond(&self.limits)?)));
        Chosen::Nothing(beyond.reduce(|a, b| if b.1 < a.1 { b } else { a }))
    }

    /// Whether a row is Pareto-optimal by values: no other is at least as good in accuracy and every limited quantity,
    /// and better in one.
    pub fn is_pareto_optimal(&self, row: &Row) -> bool {
        let costs = |row: &Row| -> Option<Vec<f64>> {
            self.limits.iter().map(|limit| Some(row.value(limit.quantity)?.value)).collect()
        };
        let accuracy = |row: &Row| row.top1.as_ref().map(|top1| top1.percent.value);
        let (Some(top1), Some(own)) = (accuracy(row), costs(row)) else { return false };
        !self.rows.iter().any(|other| {
            let (Some(others), Some(costs)) = (accuracy(other), costs(other)) else { return false };
            let no_worse = others >= top1 && costs.iter().zip(&own).all(|(other, own)| other <= own);
            no_worse && (others > top1 || costs.iter().zip(&own).any(|(other, own)| other < own))
        })
    }
}

impl Row {
    /// The value of a quantity, if known.
    pub fn value(&self, quantity: Quantity) -> Option<Estimate> {
        match &self.known[quantity as usize] {
            Known::Value(estimate) => Some(*estimate),
            Known::Unknown(_) => None,
        }
    }

    /// Whether this and the other are different networks and the intervals of their accuracies overlap, so that either
    /// may be the more accurate one. False if an accuracy is unknown.
    pub fn overlaps(&self, other: &Self) -> bool {
        let both = self.top1.as_ref().zip(other.top1.as_ref());
        let is_common = |(a, b): (&Top1, &Top1)| a.percent.low <= b.percent.high && b.percent.low <= a.percent.high;
        self.network != other.network && both.is_some_and(is_common)
    }

    /// The maximum ratio of a value to its limit; none if a limited quantity is unknown.
    fn beyond(&self, limits: &[Limit]) -> Option<f64> {
        let ratios = limits.iter().map(|limit| Some(self.value(limit.quantity)?.value / limit.max));
        ratios.collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::max)
    }
}

fn row(point: &Point, estimates: &Estimates, published: &Published, limits: &[Limit]) -> Option<Row> {
    let time = match (point.time?, point.has_interval()) {
        (time, true) => time,
        // A single sample has no interval, so nothing is known of where another one would be.
        (Estimate { value, .. }, false) => Estimate { value, low: f64::NEG_INFINITY, high: f64::INFINITY },
    };
    let exactly = |value: f64| Estimate { value, low: value, high: value };
    let memory = point.memory.map(|memory| exactly(memory.net.0 as f64)).filter(|net| net.value > 0.0);
    let (power, energy) = match &point.power {
        PowerEstimate::Measured { net, energy_per_image, .. } => (Known::Value(*net), Known::Value(*energy_per_image)),
        other => {
            let why = why(other);
            (Known::Unknown(why.clone()), Known::Unknown(why))
        }
    };
    let memory = memory.map_or_else(|| Known::Unknown("no memory reading".to_owned()), Known::Value);
    let known = [Known::Value(time), memory, power, energy];
    let fits = limits.iter().map(|limit| fits(&known[limit.quantity as usize], limit)).min().unwrap_or(Fits::Surely);
    Some(Row {
        network: point.network.clone(),
        batch: point.batch,
        top1: estimates.top1(&point.network, published),
        known,
        fits,
        flags: point.flags.clone(),
        outdated: point.outdated,
    })
}

fn fits(known: &Known, limit: &Limit) -> Fits {
    match known {
        Known::Unknown(_) => Fits::Unknown,
        Known::Value(estimate) if estimate.high <= limit.max => Fits::Surely,
        Known::Value(estimate) if estimate.low > limit.max => Fits::No,
        // Also if there is no interval.
        Known::Value(_) => Fits::Perhaps,
    }
}

/// Why power is unknown.
fn why(power: &PowerEstimate) -> String {
    match power {
        PowerEstimate::Measured { .. } => "measured".to_owned(),
        PowerEstimate::BelowResolution { resolution } => {
            format!("net power is below the resolution of the sensor ({resolution:.2} W)")
        }
        PowerEstimate::Unusable { reason } => format!("the sensor's readings cannot be used: {reason}"),
        PowerEstimate::NoSensor => "the machine has no power sensor".to_owned(),
        PowerEstimate::NotReadable { remedy } => format!("the power sensor could not be read; {remedy}"),
        PowerEstimate::NotChosen { reason } => reason.clone(),
    }
}

fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Measured => "no time".to_owned(),
        Outcome::OutOfMemory { .. } => "out of memory".to_owned(),
        Outcome::OutOfTime { .. } => "out of time".to_owned(),
        Outcome::Refused { reason } => format!("refused: {reason}"),
        Outcome::Implied { .. } => "not tried, since a smaller batch failed".to_owned(),
        Outcome::Skipped { reason } => format!("skipped: {reason}"),
    }
}
