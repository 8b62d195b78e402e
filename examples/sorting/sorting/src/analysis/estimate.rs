//! The median time of an algorithm for a size, with its interval.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::algorithms;
use crate::analysis::records::Source;
use crate::median::median;
use crate::rank_interval::rank_interval;

/// One point in `estimates.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// Name of the algorithm.
    pub algorithm: String,
    /// Numbers sorted.
    pub size: u64,
    /// Median time of a sort [s].
    pub median: f64,
    /// Lower end of its 95 % interval [s].
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Samples behind it.
    pub samples: u64,
    /// Whether earlier versions of the programs measured it.
    pub outdated: bool,
}

impl Estimate {
    /// From the samples of a record.
    fn of(source: &Source, outdated: bool) -> Result<Self> {
        let record = &source.record;
        let times = &record.seconds_per_sort;
        let known = median(times).zip(rank_interval(times));
        let (median, (low, high)) =
            known.with_context(|| format!("{}: no interval of {} samples", source.file, times.len()))?;
        let samples = times.len() as u64;
        Ok(Self { algorithm: record.algorithm.clone(), size: record.size, median, low, high, samples, outdated })
    }
}

/// Estimates in the order of the algorithms and sizes. `outdated` names the files of outdated records.
pub fn all(sources: &[Source], outdated: &[String]) -> Result<Vec<Estimate>> {
    let estimate = |source: &Source| Estimate::of(source, outdated.contains(&source.file));
    let mut estimates = sources.iter().map(estimate).collect::<Result<Vec<_>>>()?;
    let order = |name: &str| algorithms::ALL.iter().position(|(known, _)| *known == name);
    estimates.sort_by_key(|estimate| (order(&estimate.algorithm), estimate.size));
    Ok(estimates)
}

/// The ratio of two medians with bounds: the smallest over the largest value, and the largest over the smallest.
///
/// If both intervals cover their medians, these bounds cover the ratio.
pub fn ratio(numerator: &Estimate, denominator: &Estimate) -> (f64, f64, f64) {
    let Estimate { median, low, high, .. } = denominator;
    (numerator.median / median, numerator.low / high, numerator.high / low)
}
