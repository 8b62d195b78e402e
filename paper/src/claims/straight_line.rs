//! A straight line through networks, as several claims fit it and word it: by least squares, with the intervals of its slope and height,
//! and its R² with that of a resampling of networks. Knows no claim.
//!
//! Slope and height have errors that let each network scatter by its own, since what costs more also scatters more (see
//! [`results::fit::Line`]). R², which decides, has no such error: its interval is what R² would be of other networks, drawn from these.

use results::Estimate;
use results::fit::{Line, least_squares};
use results::statistics::resampling::resampled;
use results::statistics::{median, rank_correlation};

use super::verdict::Number;
use crate::evidence::LEAST_NETWORKS;
use crate::number::{estimate, fixed, three};

/// Of every resampling, so that the same points give the same interval in whatever claim.
pub const SEED: u64 = 2016;

/// Decimals of an R².
pub const DECIMALS: usize = 2;

/// A network at its two values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot<'a> {
    /// As printed.
    pub title: &'a str,
    /// What is taken as given.
    pub x: f64,
    /// What the line explains.
    pub y: f64,
}

/// The line with what is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StraightLine {
    /// The fit.
    pub line: Line,
    /// The variance of y that it explains, with its 95 % interval.
    pub r_squared: Estimate,
    /// Spearman's, -1 to 1.
    pub rank_correlation: f64,
    /// Title of the network farthest from it.
    pub farthest: String,
    /// How far above it that is [units of y].
    pub above: f64,
    /// The same as a share of the line's height there.
    pub above_share: f64,
    /// What half of the networks are not farther from it than, as a share of its height.
    pub half_within: f64,
}

impl StraightLine {
    /// None for too few networks, and where no line can be fitted.
    pub fn through(spots: &[Spot<'_>]) -> Option<Self> {
        if spots.len() < LEAST_NETWORKS {
            return None;
        }
        let points: Vec<(f64, f64)> = spots.iter().map(|spot| (spot.x, spot.y)).collect();
        let line = least_squares(&points)?;
        let (place, above) = line.farthest(&points)?;
        let farthest = spots.get(place)?;
        let shares: Vec<f64> = points.iter().map(|&(x, y)| (y / line.at(x) - 1.0).abs()).collect();
        Some(Self {
            line,
            half_within: median(&shares)?,
            r_squared: resampled(&points, SEED, |points| Some(least_squares(points)?.r_squared))?,
            rank_correlation: rank_correlation(&points)?,
            farthest: farthest.title.to_owned(),
            above,
            above_share: above / line.at(farthest.x),
        })
    }

    /// Its R² as the number of a verdict; `of` says which, and may be empty.
    pub fn number(&self, of: &str) -> Number {
        Number::estimated(&format!("R²{of}"), self.r_squared, DECIMALS, "")
    }

    /// `R² 0.94 (0.89 to 0.99), rank correlation 0.94; half of the networks lie within 12 % of it, and farthest from it is Inception-v4, 36 %
    /// above`: distances in per cent of the line.
    pub fn quality(&self) -> String {
        let percent = |share: f64| fixed(share.abs() * 100.0, 0);
        self.quality_with(
            &format!("half of the networks lie within {} % of it, and ", percent(self.half_within)),
            &format!("{} % {}", percent(self.above_share), direction(self.above)),
        )
    }

    /// The same, with the distance in points.
    pub fn quality_in_points(&self) -> String {
        self.quality_with("", &format!("{} points {}", fixed(self.above.abs(), 1), direction(self.above)))
    }

    fn quality_with(&self, near: &str, far: &str) -> String {
        format!(
            "R² {}, rank correlation {}; {near}farthest from it is {}, {far}",
            r_squared(self.r_squared),
            fixed(self.rank_correlation, 2),
            self.farthest
        )
    }

    /// `5.00 ms per G-Op (4.19 to 5.81) plus 16.3 ms (2.83 to 29.9)`.
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

    /// `79.9 % (78.6 to 81.2) less 0.183 points (0.164 to 0.202)`: of accuracies.
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

/// `0.94 (0.89 to 0.99)`.
pub fn r_squared(value: Estimate) -> String {
    estimate(value, |share| fixed(share, DECIMALS))
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

    fn spots(y: impl Fn(f64) -> f64) -> Vec<Spot<'static>> {
        let titles = ["A", "B", "C", "D", "E", "F"];
        titles.into_iter().zip(1..).map(|(title, x)| Spot { title, x: f64::from(x), y: y(f64::from(x)) }).collect()
    }

    #[test]
    fn a_line_is_worded_with_its_sign_and_its_farthest_network() {
        // About 10 x - 5, with D a fifth below.
        let line = StraightLine::through(&spots(|x| if x == 4.0 { 28.0 } else { 10.0 * x - 5.0 })).expect("six");
        assert_eq!((line.farthest.as_str(), line.above < 0.0), ("D", true));
        assert!(line.sum("ms", "G-Op").contains(" ms per G-Op ("), "{}", line.sum("ms", "G-Op"));
        assert!(line.sum("ms", "G-Op").contains(") less "), "{}", line.sum("ms", "G-Op"));
        assert!(line.quality().ends_with("and farthest from it is D, 17 % below"), "{}", line.quality());
    }

    #[test]
    fn accuracies_that_fall_are_worded_as_less() {
        let line = StraightLine::through(&spots(|x| 80.0 - 0.2 * x)).expect("six");
        assert_eq!(line.accuracy(), "80.0 % (80.0 to 80.0) less 0.200 points (0.200 to 0.200)");
    }

    #[test]
    fn the_r_squared_lies_in_its_interval_and_four_networks_are_too_few() {
        let spots = spots(|x| (x * 7.0) % 4.0 + x);
        let line = StraightLine::through(&spots).expect("six");
        assert!(line.r_squared.low <= line.r_squared.value && line.r_squared.value <= line.r_squared.high);
        assert!(line.r_squared.low < line.r_squared.high);
        assert_eq!(StraightLine::through(&spots[..4]), None);
    }
}
