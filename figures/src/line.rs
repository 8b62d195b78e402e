//! Straight lines among points: fitted, or bounding them from above. Knows no canvas.

use results::fit::{Line as Fit, least_squares, upper_bound};

use crate::number::{grouped, three};
use crate::panel::Spot;
use crate::study::LEAST_NETWORKS;

/// What a line is to the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Through ours, by least squares.
    Fit,
    /// The same through those of 2016.
    FaintFit,
    /// Above ours; the side beyond is one that no network reaches.
    Bound,
}

/// A line `y = slope * x + intercept`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// See [`Kind`].
    pub kind: Kind,
    /// Units of y per unit of x.
    pub slope: f64,
    /// Units of y.
    pub intercept: f64,
    /// What a fitted line is known to.
    pub fit: Option<Fit>,
}

/// The line through points by least squares; none for too few networks.
pub fn fit(spots: &[Spot<'_>]) -> Option<Fit> {
    least_squares(&values(spots)?)
}

/// The line of the tightest upper bound; none for too few networks.
pub fn bound(spots: &[Spot<'_>]) -> Option<Line> {
    let bound = upper_bound(&values(spots)?)?;
    Some(Line { kind: Kind::Bound, slope: bound.slope, intercept: bound.intercept, fit: None })
}

fn values(spots: &[Spot<'_>]) -> Option<Vec<(f64, f64)>> {
    (spots.len() >= LEAST_NETWORKS).then(|| spots.iter().map(|spot| (spot.x, spot.y)).collect())
}

impl Line {
    /// A fitted line to draw.
    pub fn of(kind: Kind, fit: Fit) -> Self {
        Self { kind, slope: fit.slope, intercept: fit.intercept, fit: Some(fit) }
    }
}

/// `205 MB + 1.31 MB per MB (1.10 to 1.52), R² 0.95`.
pub fn words(fit: Fit, unit: &str, per: &str) -> String {
    let sign = if fit.slope < 0.0 { "\u{2212}" } else { "+" };
    let (start, slope) = (three(fit.intercept), three(fit.slope.abs()));
    let range = fit.slope_interval();
    // Of a slope below zero the range is said of its size, as the slope is.
    let (low, high) = if fit.slope < 0.0 { (-range.high, -range.low) } else { (range.low, range.high) };
    format!(
        "{start}\u{a0}{unit} {sign} {slope}\u{a0}{unit} per {per} ({} to {}), R²\u{a0}{}",
        three(low),
        three(high),
        grouped(fit.r_squared, 2)
    )
}
