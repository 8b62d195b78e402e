//! Lines among points: fitted, or bounding them from above, each only as far as the points go. Knows no canvas.

use results::fit::{Bound, Line as Fit, least_squares, quantile_line};

use crate::number::{grouped, three};
use crate::panel::Spot;
use crate::study::LEAST_NETWORKS;

/// Straight lines are curves on logarithmic axes, drawn in so many pieces.
const PIECES: u32 = 40;

/// The share of networks that lie below the bound of accuracy and throughput (C5), or on it.
const BOUND: f64 = 0.9;

/// What a line is to the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Through ours, by least squares.
    Fit,
    /// The same through those of 2016.
    FaintFit,
    /// Above ours.
    Bound,
    /// A scale across the frame, which no point decides.
    Scale,
}

/// A line through values of the two axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// See [`Kind`].
    pub kind: Kind,
    /// Its places by ascending x.
    pub places: Vec<(f64, f64)>,
    /// Where it may run, as x, low and high; empty of what is not fitted.
    pub band: Vec<(f64, f64, f64)>,
    /// Written on it.
    pub label: String,
}

/// The straight line through points by least squares; none for too few networks.
pub fn fit(spots: &[Spot<'_>]) -> Option<Fit> {
    least_squares(&values(spots)?)
}

/// The line through the logarithms of both values, whose slope is the exponent of a power law; none for too few networks.
pub fn power_law(spots: &[Spot<'_>]) -> Option<Fit> {
    let log = |(x, y): (f64, f64)| (libm::log(x), libm::log(y));
    least_squares(&values(spots)?.into_iter().map(log).collect::<Vec<_>>())
}

/// The line that bounds most of the points from above, that of C5; none for too few networks.
pub fn bound(spots: &[Spot<'_>]) -> Option<Bound> {
    quantile_line(&values(spots)?, BOUND)
}

fn values(spots: &[Spot<'_>]) -> Option<Vec<(f64, f64)>> {
    (spots.len() >= LEAST_NETWORKS).then(|| spots.iter().map(|spot| (spot.x, spot.y)).collect())
}

/// From the least x to the greatest, at equal ratios; nothing where an x is not positive.
fn along(spots: &[Spot<'_>]) -> Vec<f64> {
    let low = spots.iter().map(|spot| spot.x).fold(f64::INFINITY, f64::min);
    let high = spots.iter().map(|spot| spot.x).fold(0.0, f64::max);
    if !(low > 0.0 && high.is_finite()) {
        return Vec::new();
    }
    let (low_log, span) = (libm::log(low), libm::log(high / low));
    (0..=PIECES).map(|piece| libm::exp(low_log + span * f64::from(piece) / f64::from(PIECES))).collect()
}

impl Line {
    /// A straight line with its band, as far as the points go that it was fitted to.
    pub fn of(kind: Kind, fit: Fit, spots: &[Spot<'_>]) -> Self {
        let xs = along(spots);
        Self {
            kind,
            places: xs.iter().map(|&x| (x, fit.at(x))).collect(),
            band: xs.iter().map(|&x| (x, fit.band(x).0, fit.band(x).1)).collect(),
            label: String::new(),
        }
    }

    /// The same of a power law.
    pub fn of_power_law(fit: Fit, spots: &[Spot<'_>]) -> Self {
        let at = |x: f64| {
            let (low, high) = fit.band(libm::log(x));
            (x, libm::exp(low), libm::exp(high))
        };
        let xs = along(spots);
        Self {
            kind: Kind::Fit,
            places: xs.iter().map(|&x| (x, libm::exp(fit.at(libm::log(x))))).collect(),
            band: xs.iter().map(|&x| at(x)).collect(),
            label: String::new(),
        }
    }

    /// A bound, between the points.
    pub fn of_bound(bound: Bound, spots: &[Spot<'_>]) -> Self {
        let places = along(spots).into_iter().map(|x| (x, bound.at(x))).collect();
        Self { kind: Kind::Bound, places, band: Vec::new(), label: String::new() }
    }

    /// `y = factor * x`, from beyond one end of a logarithmic axis to beyond the other.
    pub fn proportion(factor: f64, (low, high): (f64, f64), label: String) -> Self {
        Self { kind: Kind::Scale, places: [0.5 * low, 2.0 * high].map(|x| (x, factor * x)).to_vec(), band: Vec::new(), label }
    }
}

/// `205 MB + 1.31 MB per MB (1.10 to 1.52), R² 0.95`.
pub fn words(fit: Fit, unit: &str, per: &str) -> String {
    let sign = if fit.slope < 0.0 { "\u{2212}" } else { "+" };
    let (start, slope) = (three(fit.intercept), three(fit.slope.abs()));
    let range = fit.slope_interval();
    // Of a slope below zero the range is that of its size, as the slope is.
    let (low, high) = if fit.slope < 0.0 { (-range.high, -range.low) } else { (range.low, range.high) };
    format!(
        "{start}\u{a0}{unit} {sign} {slope}\u{a0}{unit} per {per} ({} to {}), R²\u{a0}{}",
        three(low),
        three(high),
        grouped(fit.r_squared, 2)
    )
}
