//! The most accurate network within a budget: which points keep to a time, a memory, a power and an energy, surely, perhaps or
//! not at all. Knows no file and no terminal.

pub mod limit;
pub mod text;

use crate::estimates::{Estimate, Estimates, Point, PowerEstimate};
use crate::flag::Flag;
use crate::record::Outcome;
use crate::reference::Published;

use limit::{Limit, Quantity};

/// The limits, and what is known of each point.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What the points were measured on, in words.
    pub device: String,
    /// Whether that is a model of a device.
    pub simulated: bool,
    /// At least one, each quantity once.
    pub limits: Vec<Limit>,
    /// The points at the requested batches that have a time, the most accurate first.
    pub rows: Vec<Row>,
    /// The points without a time: network, batch and why.
    pub without: Vec<(String, u32, String)>,
}

/// A point against the limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// For example `resnet-18`.
    pub network: String,
    /// Images in one pass.
    pub batch: u32,
    /// Top-1 accuracy of a single central crop [%] and the source of its evaluation; none where no accuracy is known.
    pub top1: Option<(f64, String)>,
    /// What is known of each quantity, in the order of [`Quantity::ALL`].
    pub known: [Known; 4],
    /// Whether it keeps to all limits.
    pub fits: Fits,
    /// Reasons to trust its numbers less.
    pub flags: Vec<Flag>,
    /// Whether an earlier version of the programs measured it.
    pub outdated: bool,
}

/// A quantity of a point.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// With its interval, in SI units.
    Value(Estimate),
    /// Why not.
    Unknown(String),
}

/// Whether a point keeps to limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fits {
    /// It exceeds one with all of its interval.
    No,
    /// What a limit is of is not known.
    Unknown,
    /// A limit lies within an interval.
    Perhaps,
    /// It keeps to all with all of its intervals.
    Surely,
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Chosen<'a> {
    /// The most accurate of those that surely fit, and those more accurate ones that perhaps do.
    One(&'a Row, Vec<&'a Row>),
    /// None surely does, and these perhaps do.
    Perhaps(Vec<&'a Row>),
    /// None does; the one that exceeds the limits least, and by which factor, where all is known of one.
    Nothing(Option<(&'a Row, f64)>),
}

impl Choice {
    /// Of these estimates at these batches, all of them when none is named.
    pub fn of(estimates: &Estimates, published: &Published, limits: &[Limit], batches: &[u32]) -> Self {
        let requested = || estimates.points.iter().filter(|point| batches.is_empty() || batches.contains(&point.batch));
        let mut rows: Vec<Row> = requested().filter_map(|point| row(point, published, limits)).collect();
        let top1 = |row: &Row| row.top1.as_ref().map_or(f64::NEG_INFINITY, |(top1, _)| *top1);
        let time = |row: &Row| row.value(Quantity::Time).map_or(f64::INFINITY, |time| time.value);
        // Stable: networks alike in both stay in their own order.
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

    /// The choice. Only networks of a known accuracy are chosen.
    pub fn chosen(&self) -> Chosen<'_> {
        let known: Vec<&Row> = self.rows.iter().filter(|row| row.top1.is_some()).collect();
        let surely = known.iter().position(|row| row.fits == Fits::Surely);
        let before = |end: usize| known[..end].iter().copied().filter(|row| row.fits == Fits::Perhaps).collect();
        if let Some(index) = surely {
            return Chosen::One(known[index], before(index));
        }
        let perhaps: Vec<&Row> = before(known.len());
        if !perhaps.is_empty() {
            return Chosen::Perhaps(perhaps);
        }
        let beyond = known.iter().filter_map(|row| Some((*row, row.beyond(&self.limits)?)));
        Chosen::Nothing(beyond.reduce(|a, b| if b.1 < a.1 { b } else { a }))
    }

    /// Whether a row is Pareto-optimal: no other is as accurate and keeps as much below every limit, and better in one of these.
    pub fn is_pareto_optimal(&self, row: &Row) -> bool {
        let costs = |row: &Row| -> Option<Vec<f64>> {
            self.limits.iter().map(|limit| Some(row.value(limit.quantity)?.value)).collect()
        };
        let (Some((top1, _)), Some(own)) = (&row.top1, costs(row)) else { return false };
        !self.rows.iter().any(|other| {
            let (Some((others, _)), Some(costs)) = (&other.top1, costs(other)) else { return false };
            let no_worse = others >= top1 && costs.iter().zip(&own).all(|(other, own)| other <= own);
            no_worse && (others > top1 || costs.iter().zip(&own).any(|(other, own)| other < own))
        })
    }
}

impl Row {
    /// The value of a quantity, if it is known.
    pub fn value(&self, quantity: Quantity) -> Option<Estimate> {
        match &self.known[quantity as usize] {
            Known::Value(estimate) => Some(*estimate),
            Known::Unknown(_) => None,
        }
    }

    /// By which factor it exceeds the limit that it exceeds most; none where one is not known.
    fn beyond(&self, limits: &[Limit]) -> Option<f64> {
        let ratios = limits.iter().map(|limit| Some(self.value(limit.quantity)?.value / limit.max));
        ratios.collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::max)
    }
}

fn row(point: &Point, published: &Published, limits: &[Limit]) -> Option<Row> {
    let time = point.time?;
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
    let top1 = published.networks.get(&point.network);
    Some(Row {
        network: point.network.clone(),
        batch: point.batch,
        top1: top1.map(|known| (known.top1, known.accuracy_source.clone())),
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
        // Also where an end is no number.
        Known::Value(_) => Fits::Perhaps,
    }
}

/// Why power is not known.
fn why(power: &PowerEstimate) -> String {
    match power {
        PowerEstimate::Measured { .. } => "it is known".to_owned(),
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
