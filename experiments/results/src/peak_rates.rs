//! Peak rates of a device, from the benchmarks of its records: the best, and quantiles of all repetitions. Knows
//! nothing else of a record.

use serde::{Deserialize, Serialize};

use crate::record::Benchmark;
use crate::statistics::median;
use crate::statistics::quantile::quantile;

/// Peak rates of a device.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeakRates {
    /// As [`Benchmark::operations_per_second`].
    pub operations_per_second: f64,
    /// As [`Benchmark::bytes_per_second`].
    pub bytes_per_second: f64,
    /// Quantiles of the repetitions of the matrix product [1/s]; none if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gemm: Option<Repetitions>,
    /// Quantiles of the repetitions of the bandwidth benchmark [bytes/s]; none if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<Repetitions>,
}

/// Quantiles of the repetitions of a benchmark, as rates in the unit of the best. They are of type 7, see [`quantile`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repetitions {
    /// Number of repetitions.
    pub count: u32,
    /// The first quartile.
    pub lower_quartile_per_second: f64,
    /// The median.
    pub median_per_second: f64,
    /// The third quartile.
    pub upper_quartile_per_second: f64,
}

impl PeakRates {
    /// Rates whose repetitions are unknown.
    pub const fn best(operations_per_second: f64, bytes_per_second: f64) -> Self {
        Self { operations_per_second, bytes_per_second, gemm: None, bandwidth: None }
    }

    /// The peak rates of one record.
    pub fn of(benchmark: &Benchmark) -> Self {
        Self {
            gemm: Repetitions::of(&benchmark.gemm),
            bandwidth: Repetitions::of(&benchmark.bandwidth),
            ..Self::best(benchmark.operations_per_second, benchmark.bytes_per_second)
        }
    }

    /// The peak rates of several sessions: the median of each rate and of each quantile; none without sessions.
    pub fn over<'a>(sessions: impl Iterator<Item = &'a Benchmark>) -> Option<Self> {
        let all: Vec<Self> = sessions.map(Self::of).collect();
        Some(Self {
            operations_per_second: median_of(&all, |one| one.operations_per_second)?,
            bytes_per_second: median_of(&all, |one| one.bytes_per_second)?,
            gemm: Repetitions::over(all.iter().map(|one| one.gemm)),
            bandwidth: Repetitions::over(all.iter().map(|one| one.bandwidth)),
        })
    }
}

impl Repetitions {
    /// The quantiles of these rates; none without rates.
    pub fn of(rates: &[f64]) -> Option<Self> {
        let mut sorted = rates.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        Some(Self {
            count: u32::try_from(sorted.len()).ok()?,
            lower_quartile_per_second: quantile(&sorted, 0.25)?,
            median_per_second: quantile(&sorted, 0.5)?,
            upper_quartile_per_second: quantile(&sorted, 0.75)?,
        })
    }

    /// The total number, and the median of each quantile; none if a session does not record its repetitions.
    fn over(sessions: impl Iterator<Item = Option<Self>>) -> Option<Self> {
        let all: Vec<Self> = sessions.collect::<Option<_>>()?;
        Some(Self {
            count: all.iter().fold(0, |sum, one| sum.saturating_add(one.count)),
            lower_quartile_per_second: median_of(&all, |one| one.lower_quartile_per_second)?,
            median_per_second: median_of(&all, |one| one.median_per_second)?,
            upper_quartile_per_second: median_of(&all, |one| one.upper_quartile_per_second)?,
        })
    }
}

/// The median of one number of all items.
fn median_of<T>(items: &[T], number: fn(&T) -> f64) -> Option<f64> {
    median(&items.iter().map(number).collect::<Vec<f64>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn benchmark(best: f64, gemm: &[f64]) -> Benchmark {
        Benchmark { operations_per_second: best, bytes_per_second: 2.0, gemm: gemm.to_vec(), bandwidth: vec![] }
    }

    #[test]
    fn sessions_give_the_median_of_each_rate_and_quantile() {
        let (one, two) = (benchmark(9.0, &[1.0, 9.0, 5.0]), benchmark(5.0, &[5.0]));
        let peak_rates = PeakRates::over([&one, &two].into_iter()).expect("there are some");
        assert_eq!(
            (peak_rates.operations_per_second, peak_rates.bytes_per_second, peak_rates.bandwidth),
            (7.0, 2.0, None)
        );
        let of = |count, [lower_quartile_per_second, median_per_second, upper_quartile_per_second]: [f64; 3]| {
            Some(Repetitions { count, lower_quartile_per_second, median_per_second, upper_quartile_per_second })
        };
        assert_eq!(PeakRates::of(&one).gemm, of(3, [3.0, 5.0, 7.0]));
        assert_eq!(peak_rates.gemm, of(4, [4.0, 5.0, 6.0]));
    }

    #[test]
    fn records_of_earlier_versions_lack_repetitions() {
        let old: Benchmark =
            serde_json::from_str(r#"{"operations_per_second": 4.0, "bytes_per_second": 2.0}"#).expect("it parses");
        assert_eq!(PeakRates::of(&old), PeakRates::best(4.0, 2.0));
        // Quantiles of some sessions are not those of all.
        assert_eq!(PeakRates::over([&old, &benchmark(9.0, &[9.0])].into_iter()).map(|all| all.gemm), Some(None));
        assert_eq!(PeakRates::over([].into_iter()), None);
        let written = serde_json::to_string(&old).expect("it prints");
        assert_eq!(written, r#"{"operations_per_second":4.0,"bytes_per_second":2.0}"#);
    }
}
