//! One point on both sides: its two times, their ratio with the corrected interval, memory, flags, verdict. Knows no other
//! point but how many there are.

use serde::{Deserialize, Serialize};

use crate::compare::rule::{Rule, Verdict};
use crate::estimates::{Estimate, Point};
use crate::flag::Flag;
use crate::point::{samples, seed};
use crate::record::Record;
use crate::records::Records;
use crate::statistics::{median, ratio, student};
use crate::units::Bytes;

/// Of fewer samples the bootstrap hardly leaves their range, and all of B lie above all of A by chance as often as once in
/// 3432 (seven and seven), which is too often for a hundred rows.
pub(crate) const FEW: usize = 8;

/// One (network, batch) with a time on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// For example `resnet-18`.
    pub network: String,
    /// Images in one forward pass.
    pub batch: u32,
    /// What A has.
    pub a: Half,
    /// What B has.
    pub b: Half,
    /// Median time of B over that of A; its interval is as wide as [`Rule`] says.
    pub ratio: Estimate,
    /// Net memory of B over that of A, where both are known and not nothing. Two numbers as read: no interval.
    pub memory_ratio: Option<f64>,
    /// True when both sides have the same samples: one measurement, whose ratio is 1 and beyond doubt.
    pub same: bool,
    /// What may be said.
    pub verdict: Verdict,
}

/// One side of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Half {
    /// Time per image [s], with the 95 % interval that estimates give it.
    pub time: Estimate,
    /// Samples behind it, of all processes together.
    pub samples: usize,
    /// The peak less what the process held before the network was built.
    pub net_memory: Option<Bytes>,
    /// Reasons to trust it less.
    pub flags: Vec<Flag>,
    /// True when an earlier version of the programs measured it.
    pub outdated: bool,
}

impl Row {
    /// Of two measured records of one point.
    pub(crate) fn of(a: (&Record, &Records), b: (&Record, &Records), rule: &Rule) -> Self {
        let (samples_a, samples_b) = (samples(a.0), samples(b.0));
        let same = samples_a == samples_b;
        let ratio = if same { exactly(1.0) } else { between(&samples_a, &samples_b, a.0, rule) };
        let (half_a, half_b) = (Half::of(a), Half::of(b));
        let known = |half: &Half| half.net_memory.map(|net| net.0).filter(|net| *net > 0);
        Self {
            network: a.0.network.clone(),
            batch: a.0.batch,
            memory_ratio: known(&half_a).zip(known(&half_b)).map(|(a, b)| b as f64 / a as f64),
            a: half_a,
            b: half_b,
            ratio,
            same,
            verdict: if same { Verdict::Alike } else { rule.verdict(&ratio) },
        }
    }
}

impl Half {
    fn of((record, records): (&Record, &Records)) -> Self {
        let point = Point::of(record);
        Self {
            // A measured record has samples.
            time: point.time.unwrap_or(exactly(f64::NAN)),
            samples: point.samples,
            net_memory: point.memory.map(|memory| memory.net),
            flags: point.flags,
            outdated: records.outdated.contains(&(record.network.clone(), record.batch)),
        }
    }
}

/// The ratio of the medians. Its interval is the bootstrap's, and no narrower than Student's over whatever varies
/// independently where there is little of that: over the medians of the processes, or over a few samples of a single one.
fn between(a: &[Vec<f64>], b: &[Vec<f64>], record: &Record, rule: &Rule) -> Estimate {
    let (low, high) = ratio(&lists(a), &lists(b), seed(&record.network, record.batch), rule.ends);
    let middle = |side: &[Vec<f64>]| median(&side.concat()).unwrap_or(f64::NAN);
    let value = middle(b) / middle(a);
    let factor = independent(a).zip(independent(b)).and_then(|(a, b)| student::factor(&a, &b, rule.ends.chance()));
    match factor {
        Some(factor) => Estimate { value, low: low.min(value / factor), high: high.max(value * factor) },
        None => Estimate { value, low, high },
    }
}

fn lists(side: &[Vec<f64>]) -> Vec<&[f64]> {
    side.iter().map(Vec::as_slice).collect()
}

/// The medians of several processes, or the samples of one, if there are few of them.
fn independent(side: &[Vec<f64>]) -> Option<Vec<f64>> {
    match side {
        [only] => (only.len() < FEW).then(|| only.clone()),
        several => several.iter().map(|samples| median(samples)).collect(),
    }
}

/// A number that nothing moves.
pub(crate) fn exactly(value: f64) -> Estimate {
    Estimate { value, low: value, high: value }
}
