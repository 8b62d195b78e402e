//! Lines through points, each over the range of its points. Independent of canvases.

use offprint_plot::number::{grouped, three};
use results::fit::{self, Hinge, Line as FittedLine, aicc, frontier_line, hinge, least_squares};

use crate::figure_data::MIN_NETWORKS;
use crate::panel::DataPoint;

/// Number of pieces of a curve: straight lines are curved on logarithmic axes.
const PIECES: u32 = 40;

/// How a line relates to the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Through the measured points, by least squares.
    Fitted,
    /// The same through those of 2016.
    FaintFitted,
    /// Through the Pareto-optimal measured points.
    Frontier,
    /// A scale across the frame, independent of the points.
    Scale,
}

/// A line through values of the two axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// See [`Kind`].
    pub kind: Kind,
    /// Its points by ascending x.
    pub points: Vec<(f64, f64)>,
    /// Its confidence band as x, low and high; empty for lines that are not fitted.
    pub band: Vec<(f64, f64, f64)>,
    /// Written on it.
    pub label: String,
}

/// The line through the logarithms of both values, whose slope is the exponent of a power law; `None` for too few networks.
pub fn power_law(points: &[DataPoint<'_>]) -> Option<FittedLine> {
    fit::power_law(&values(points)?)
}

/// The line through the Pareto-optimal points, as in C5, and these points; `None` for too few points.
pub fn frontier<'a>(points: &[DataPoint<'a>]) -> Option<(FittedLine, Vec<DataPoint<'a>>)> {
    let found = frontier_line(&values(points)?)?;
    let on: Vec<DataPoint<'a>> = found.indices.iter().filter_map(|&index| points.get(index).copied()).collect();
    (on.len() >= MIN_NETWORKS).then_some((found.line, on))
}

/// The trend of memory: a line, or a floor and then a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trend {
    /// The line.
    Straight(FittedLine),
    /// The floor and the line.
    Bent(Hinge),
}

/// The trend that Akaike's criterion prefers; `None` for too few networks.
pub fn trend(points: &[DataPoint<'_>]) -> Option<Trend> {
    let points = values(points)?;
    let (straight, bent) = (least_squares(&points)?, hinge(&points, None)?);
    let prefers_bent = aicc(&points, 3, |x| bent.at(x))? < aicc(&points, 2, |x| straight.at(x))?;
    Some(if prefers_bent { Trend::Bent(bent) } else { Trend::Straight(straight) })
}

fn values(points: &[DataPoint<'_>]) -> Option<Vec<(f64, f64)>> {
    (points.len() >= MIN_NETWORKS).then(|| points.iter().map(|point| (point.x, point.y)).collect())
}

/// From the minimum x to the maximum, at equal ratios; empty if an x is not positive.
fn along(points: &[DataPoint<'_>]) -> Vec<f64> {
    let low = points.iter().map(|point| point.x).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|point| point.x).fold(0.0, f64::max);
    if !(low > 0.0 && high.is_finite()) {
        return Vec::new();
    }
    let (low_log, span) = (libm::log(low), libm::log(high / low));
    (0..=PIECES).map(|piece| libm::exp(low_log + span * f64::from(piece) / f64::from(PIECES))).collect()
}

impl Line {
    /// A straight line with its band, over the range of the points that it was fitted to.
    pub fn of(kind: Kind, fit: FittedLine, points: &[DataPoint<'_>]) -> Self {
        let xs = along(points);
        Self {
            kind,
            points: xs.iter().map(|&x| (x, fit.at(x))).collect(),
            band: xs.iter().map(|&x| (x, fit.band(x).0, fit.band(x).1)).collect(),
            label: String::new(),
        }
    }

    /// The same of a power law.
    pub fn of_power_law(fit: FittedLine, points: &[DataPoint<'_>]) -> Self {
        let at = |x: f64| {
            let (low, high) = fit.band(libm::log(x));
            (x, libm::exp(low), libm::exp(high))
        };
        let xs = along(points);
        Self {
            kind: Kind::Fitted,
            points: xs.iter().map(|&x| (x, libm::exp(fit.at(libm::log(x))))).collect(),
            band: xs.iter().map(|&x| at(x)).collect(),
            label: String::new(),
        }
    }

    /// A line or a hinge, over the range of the points.
    pub fn of_trend(kind: Kind, trend: Trend, points: &[DataPoint<'_>]) -> Self {
        match trend {
            Trend::Straight(fit) => Self::of(kind, fit, points),
            Trend::Bent(hinge) => {
                let mut xs = along(points);
                let inside =
                    xs.first().zip(xs.last()).is_some_and(|(first, last)| (*first..*last).contains(&hinge.knee));
                xs.extend(inside.then_some(hinge.knee));
                xs.sort_by(f64::total_cmp);
                let points = xs.into_iter().map(|x| (x, hinge.at(x))).collect();
                Self { kind, points, band: Vec::new(), label: String::new() }
            }
        }
    }

    /// `y = factor * x`, from beyond one end of a logarithmic axis to beyond the other.
    pub fn proportion(factor: f64, (low, high): (f64, f64), label: String) -> Self {
        Self {
            kind: Kind::Scale,
            points: [0.5 * low, 2.0 * high].map(|x| (x, factor * x)).to_vec(),
            band: Vec::new(),
            label,
        }
    }
}

impl Trend {
    /// `23 MB + 1.07 MB per MB (1.04 to 1.11), R² 0.99`, or `216 MB up to 133 MB, then 1.60 MB per MB`.
    pub fn formula(self, unit: &str, per: &str) -> String {
        match self {
            Self::Straight(fit) => formula(fit, unit, per),
            Self::Bent(Hinge { floor, knee, slope }) => {
                let [floor, knee, slope] = [floor, knee, slope].map(three);
                format!("{floor}\u{a0}{unit} up to {knee}\u{a0}{per}, then {slope}\u{a0}{unit} per {per}")
            }
        }
    }
}

/// `205 MB + 1.31 MB per MB (1.10 to 1.52), R² 0.95`.
fn formula(fit: FittedLine, unit: &str, per: &str) -> String {
    let sign = if fit.slope < 0.0 { "\u{2212}" } else { "+" };
    let (start, slope) = (three(fit.intercept), three(fit.slope.abs()));
    let range = fit.slope_interval();
    // The sign of a negative slope stands before it, so its range is that of the absolute value.
    let (low, high) = if fit.slope < 0.0 { (-range.high, -range.low) } else { (range.low, range.high) };
    format!(
        "{start}\u{a0}{unit} {sign} {slope}\u{a0}{unit} per {per} ({} to {}), R²\u{a0}{}",
        three(low),
        three(high),
        r_squared(fit.r_squared)
    )
}

/// With enough digits to differ from 1.
fn r_squared(value: f64) -> String {
    grouped(value, if value > 0.995 { 3 } else { 2 })
}
