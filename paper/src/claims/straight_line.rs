//! A straight line through networks, which several claims fit by least squares: its slope and intercept with intervals, its R² with the
//! influence of single networks, and the network farthest from it. Independent of claims.
//!
//! The errors of slope and intercept allow a different variance for each network, since expensive networks scatter more (see
//! [`results::fit::Line`]). The networks are not a random sample, so R² has no confidence interval: its range shows the influence of single
//! networks, by resampling them.

use results::Estimate;
use results::fit::{Line, least_squares};
use results::statistics::resampling::resampled;
use results::verdicts::{IntervalKind, Number};

use super::verdict::estimated;
use crate::network_data::MIN_NETWORKS;
use crate::number::{fixed, three};

/// The seed of every resampling, so the same points give the same range in every claim.
pub const SEED: u64 = 2016;

/// Decimals of an R².
pub const DECIMALS: usize = 2;

/// A network at its two values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetworkPoint<'a> {
    /// As printed.
    pub title: &'a str,
    /// The independent variable.
    pub x: f64,
    /// The dependent variable.
    pub y: f64,
}

/// The values of each network as a pair.
pub fn coordinates(points: &[NetworkPoint<'_>]) -> Vec<(f64, f64)> {
    points.iter().map(|point| (point.x, point.y)).collect()
}

/// The line with the statistics that describe it.
#[derive(Clone, Debug, PartialEq)]
pub struct StraightLine<'a> {
    /// The fit.
    pub line: Line,
    /// The variance of y that it explains, with the influence of single networks.
    pub r_squared: Estimate,
    /// The points it was fitted to.
    points: Vec<NetworkPoint<'a>>,
}

impl<'a> StraightLine<'a> {
    /// Fits a line; `None` for too few networks, or if no line can be fitted.
    pub fn through(points: &[NetworkPoint<'a>]) -> Option<Self> {
        if points.len() < MIN_NETWORKS {
            return None;
        }
        let pairs = coordinates(points);
        Some(Self {
            line: least_squares(&pairs)?,
            r_squared: resampled(&pairs, SEED, |points| Some(least_squares(points)?.r_squared))?,
            points: points.to_vec(),
        })
    }

    /// Its R² as the number of a verdict; `of` names it, and may be empty.
    pub fn number(&self, of: &str) -> Number {
        estimated(&format!("R²{of}"), self.r_squared, IntervalKind::Influence, DECIMALS, "")
    }

    /// The network that lies farthest from it in units of y, `AlexNet lies 4.9 points below`.
    pub fn farthest(&self, decimals: usize, unit: &str) -> String {
        let (title, above) = self.worst(|point| point.y - self.line.at(point.x));
        format!("{title} lies {} {unit} {}", fixed(above.abs(), decimals), direction(above))
    }

    /// The network that lies farthest from it in per cent of the line, `BN-NIN lies 39 % below`.
    pub fn farthest_in_percent(&self) -> String {
        let (title, above) = self.worst(|point| 100.0 * (point.y / self.line.at(point.x) - 1.0));
        format!("{title} lies {} % {}", fixed(above.abs(), 0), direction(above))
    }

    fn worst(&self, residual: impl Fn(&NetworkPoint<'a>) -> f64) -> (&'a str, f64) {
        let all = self.points.iter().map(|point| (point.title, residual(point)));
        all.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).unwrap_or(("none", 0.0))
    }

    /// `5.00 ms per G-Op (3.53 to 6.47) plus 16.3 ms (3.75 to 28.9)`.
    pub fn sum(&self, unit: &str, per: &str) -> String {
        let (slope, intercept) = (self.line.slope_interval(), self.line.intercept_interval());
        let (sign, intercept) = if intercept.value < 0.0 { ("less", negative(intercept)) } else { ("plus", intercept) };
        format!(
            "{} {unit} per {per} ({} to {}) {sign} {} {unit} ({} to {})",
            three(slope.value),
            three(slope.low),
            three(slope.high),
            three(intercept.value),
            three(intercept.low),
            three(intercept.high)
        )
    }

    /// `79.9 % (78.6 to 81.2) less 0.183 points (0.164 to 0.202)`: the line of accuracies.
    pub fn accuracy(&self) -> String {
        let slope = self.line.slope_interval();
        let (sign, slope) = if slope.value < 0.0 { ("less", negative(slope)) } else { ("plus", slope) };
        let percent = |value: f64| fixed(value, 1);
        let intercept = self.line.intercept_interval();
        format!(
            "{} % ({} to {}) {sign} {} points ({} to {})",
            percent(intercept.value),
            percent(intercept.low),
            percent(intercept.high),
            three(slope.value),
            three(slope.low),
            three(slope.high)
        )
    }
}

fn direction(above: f64) -> &'static str {
    if above < 0.0 { "below" } else { "above" }
}

fn negative(of: Estimate) -> Estimate {
    Estimate { value: -of.value, low: -of.high, high: -of.low }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network_points(y: impl Fn(f64) -> f64) -> Vec<NetworkPoint<'static>> {
        let titles = ["A", "B", "C", "D", "E", "F"];
        titles
            .into_iter()
            .zip(1..)
            .map(|(title, x)| NetworkPoint { title, x: f64::from(x), y: y(f64::from(x)) })
            .collect()
    }

    #[test]
    fn a_line_is_printed_with_its_sign_and_its_farthest_network() {
        // About 10 x - 5, with D a fifth below.
        let line =
            StraightLine::through(&network_points(|x| if x == 4.0 { 28.0 } else { 10.0 * x - 5.0 })).expect("six");
        assert!(line.sum("ms", "G-Op").contains(" ms per G-Op ("), "{}", line.sum("ms", "G-Op"));
        assert!(line.sum("ms", "G-Op").contains(") less "), "{}", line.sum("ms", "G-Op"));
        assert_eq!(line.farthest_in_percent(), "D lies 17 % below");
    }

    #[test]
    fn the_farthest_network_is_ranked_in_the_unit_that_it_is_printed_in() {
        // The line is 10.67 x - 4.1 (polyfit of NumPy): D lies 9.4 units above it, which is 24 %, and A 2.6 units below, which is 39 %.
        let line = StraightLine::through(&network_points(|x| [4.0, 16.0, 29.0, 48.0, 45.0, 57.5][x as usize - 1]))
            .expect("six");
        assert!(line.farthest(1, "ms").starts_with("D lies "), "{}", line.farthest(1, "ms"));
        assert!(line.farthest_in_percent().starts_with("A lies "), "{}", line.farthest_in_percent());
    }

    #[test]
    fn a_negative_slope_is_printed_as_less() {
        let line = StraightLine::through(&network_points(|x| 80.0 - 0.2 * x)).expect("six");
        assert_eq!(line.accuracy(), "80.0 % (80.0 to 80.0) less 0.200 points (0.200 to 0.200)");
    }

    #[test]
    fn the_r_squared_lies_in_its_range_and_four_networks_are_too_few() {
        let points = network_points(|x| (x * 7.0) % 4.0 + x);
        let line = StraightLine::through(&points).expect("six");
        assert!(line.r_squared.low <= line.r_squared.value && line.r_squared.value <= line.r_squared.high);
        assert!(line.r_squared.low < line.r_squared.high);
        assert_eq!(StraightLine::through(&points[..4]), None);
    }
}
