//! The spread of the samples of a point: everything reported besides the median and its interval. Independent of units: times
//! are in that of the samples.

use serde::{Deserialize, Serialize};

use super::bimodality::is_bimodal;
use super::dependence::{autocorrelation, effective_samples};
use super::drift::Drift;
use super::outliers::Outliers;
use super::quantile::{mad, p90, p99, quartiles};
use super::steady::{Steadiness, Steady};

/// The times of one process, in the order taken.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// The warm-up passes.
    pub warm_up: &'a [f64],
    /// The samples.
    pub samples: &'a [f64],
}

/// The spread of all samples of a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Number of processes with samples.
    pub processes: usize,
    /// Number of samples of all processes.
    pub samples: usize,
    /// The arithmetic mean.
    pub mean: f64,
    /// The first quartile, of type 7: see [`super::quantile::quantile`].
    pub quartile_low: f64,
    /// The third quartile.
    pub quartile_high: f64,
    /// The median absolute deviation from the median, not scaled.
    pub mad: f64,
    /// The 90th percentile.
    pub p90: f64,
    /// The 99th percentile; for fewer than a hundred samples it is close to the maximum.
    pub p99: f64,
    /// The minimum.
    pub min: f64,
    /// The maximum.
    pub max: f64,
    /// The correlation of a sample with the next of its process, -1 to 1: see [`autocorrelation`].
    pub autocorrelation: f64,
    /// The equivalent number of independent samples: see [`effective_samples`].
    pub effective_samples: f64,
    /// The steadiness of the worst process, including its warm-up passes and its drift.
    pub steadiness: Steadiness,
    /// The drift of the worst process; none if every process has too few samples: see [`Drift::of`].
    pub drift: Option<Drift>,
    /// Samples far from the others, over all processes.
    pub outliers: Outliers,
    /// Whether the samples of all processes fall into two groups: see [`is_bimodal`].
    pub bimodal: bool,
}

impl Spread {
    /// The spread of all processes of a point; processes without samples are ignored. None without samples, and if one
    /// is not finite or its square overflows.
    pub fn of(processes: &[Series<'_>]) -> Option<Self> {
        let processes: Vec<&Series<'_>> = processes.iter().filter(|series| !series.samples.is_empty()).collect();
        let series: Vec<&[f64]> = processes.iter().map(|series| series.samples).collect();
        let mut sorted = series.concat();
        let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
        let autocorrelation = autocorrelation(&series);
        if !(mean.is_finite() && autocorrelation.is_finite()) {
            return None;
        }
        sorted.sort_unstable_by(f64::total_cmp);
        let (quartile_low, quartile_high) = quartiles(&sorted)?;
        Some(Self {
            processes: processes.len(),
            samples: sorted.len(),
            mean,
            quartile_low,
            quartile_high,
            mad: mad(&sorted)?,
            p90: p90(&sorted)?,
            p99: p99(&sorted)?,
            min: *sorted.first()?,
            max: *sorted.last()?,
            autocorrelation,
            effective_samples: effective_samples(&series),
            steadiness: Steadiness::worst(processes.iter().map(|series| {
                Steady::of(series.warm_up, series.samples).class.with_drift(Drift::of(series.samples).as_ref())
            }))?,
            drift: Drift::worst(&series),
            outliers: Outliers::of(&sorted),
            bimodal: is_bimodal(&sorted),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::split_mix::tests::normals;

    #[test]
    fn small_series_have_the_numbers_computed_by_hand() {
        // Together 1 to 9. Deviations from the means 3 and 7.5: sums of squares 10 and 5, of successive products 4 and
        // 1.25.
        let processes = [
            Series { warm_up: &[], samples: &[1.0, 2.0, 3.0, 4.0, 5.0] },
            Series { warm_up: &[], samples: &[6.0, 7.0, 8.0, 9.0] },
            Series { warm_up: &[1.0; 9], samples: &[] },
        ];
        let spread = Spread::of(&processes).expect("samples");
        let expected = Spread {
            processes: 2,
            samples: 9,
            mean: 5.0,
            quartile_low: 3.0,
            quartile_high: 7.0,
            mad: 2.0,
            p90: 8.2,
            p99: 8.92,
            min: 1.0,
            max: 9.0,
            autocorrelation: 0.35,
            // 1 + 2 * 0.35, as the pair of lags 2 and 3 is below 0.
            effective_samples: 9.0 / 1.7,
            steadiness: Steadiness::Drifting,
            // A straight line from 1 to 5 around the median 3.
            drift: Some(Drift { relative: 4.0 / 3.0, low: 4.0 / 3.0, high: 4.0 / 3.0 }),
            outliers: Outliers::default(),
            bimodal: false,
        };
        assert!((spread.p90 - 8.2).abs() < 1e-12 && (spread.p99 - 8.92).abs() < 1e-12, "{spread:?}");
        assert!((spread.effective_samples - expected.effective_samples).abs() < 1e-12, "{spread:?}");
        let (p90, p99, effective_samples) = (spread.p90, spread.p99, spread.effective_samples);
        assert_eq!(spread, Spread { p90, p99, effective_samples, ..expected });
    }

    #[test]
    fn steadiness_and_drift_are_those_of_the_worst_process() {
        let around = |mean: f64, seed| normals(40, seed).into_iter().map(|x| mean + 0.01 * x).collect::<Vec<f64>>();
        let (flat, late) = (around(5.0, 1), [around(5.0, 2), around(6.0, 3)[..10].to_vec()].concat());
        let [flat, late] = [&flat, &late].map(|samples| Series { warm_up: &[], samples });
        let spread = Spread::of(&[flat, late, flat]).expect("samples");
        assert_eq!(spread.steadiness, Steadiness::NoSteadyState);
        assert_eq!(spread.drift, Drift::of(late.samples));
        assert_eq!(Spread::of(&[flat]).expect("samples").steadiness, Steadiness::Flat);
    }

    #[test]
    fn the_warm_up_affects_only_the_steadiness() {
        let samples = [5.0; 20];
        let cold = Spread::of(&[Series { warm_up: &[9.0; 5], samples: &samples }]).expect("samples");
        let warm = Spread::of(&[Series { warm_up: &[], samples: &samples }]).expect("samples");
        assert_eq!((cold.steadiness, warm.steadiness), (Steadiness::WarmUp, Steadiness::Flat));
        assert_eq!(Spread { steadiness: Steadiness::Flat, ..cold }, warm);
    }

    #[test]
    fn no_samples_and_invalid_ones_have_no_spread() {
        assert_eq!(Spread::of(&[]), None);
        for sample in [f64::NAN, f64::INFINITY, f64::MAX, 1e200] {
            assert_eq!(Spread::of(&[Series { warm_up: &[], samples: &[1.0, 2.0, sample, sample] }]), None);
        }
    }

    #[test]
    fn a_spread_is_read_as_it_was_written_and_an_unknown_field_is_refused() {
        let samples = normals(50, 1).into_iter().map(|x| 64.0 + (8.0 * x).round() / 8.0).collect::<Vec<f64>>();
        let spread = Spread::of(&[Series { warm_up: &[], samples: &samples }]).expect("samples");
        let text = serde_json::to_string(&spread).expect("json");
        assert!(text.contains(r#""steadiness":"flat""#), "{text}");
        let rounded = |mut spread: Spread| {
            spread.autocorrelation = 0.0;
            spread.effective_samples = 0.0;
            spread.drift = None;
            spread
        };
        let back: Spread = serde_json::from_str(&text).expect("a spread");
        assert_eq!(rounded(back), rounded(spread));
        let more = text.replacen('{', r#"{"unknown":1,"#, 1);
        assert!(serde_json::from_str::<Spread>(&more).is_err());
    }
}
