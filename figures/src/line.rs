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
}

/// The line through points by least squares; none for too few networks.
pub fn fit(spots: &[Spot<'_>]) -> Option<Fit> {
    least_squares(&values(spots)?)
}

/// The line of the tightest upper bound; none for too few networks.
pub fn bound(spots: &[Spot<'_>]) -> Option<Line> {
    let bound = upper_bound(&values(spots)?)?;
    Some(Line { kind: Kind::Bound, slope: bound.slope, intercept: bound.intercept })
}

fn values(spots: &[Spot<'_>]) -> Option<Vec<(f64, f64)>> {
    (spots.len() >= LEAST_NETWORKS).then(|| spots.iter().map(|spot| (spot.x, spot.y)).collect())
}

impl Line {
    /// A fitted line to draw.
    pub fn of(kind: Kind, fit: Fit) -> Self {
        Self { kind, slope: fit.slope, intercept: fit.intercept }
    }
}

/// `205 MB + 1.31 MB per MB, R² 0.95`.
pub fn words(fit: Fit, unit: &str, per: &str) -> String {
    let sign = if fit.slope < 0.0 { "\u{2212}" } else { "+" };
    let (start, slope) = (three(fit.intercept), three(fit.slope.abs()));
    format!("{start}\u{a0}{unit} {sign} {slope}\u{a0}{unit} per {per}, R²\u{a0}{}", grouped(fit.r_squared, 2))
}
