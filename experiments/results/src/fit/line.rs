//! A straight line by least squares, with intervals of its slope, its intercept and its value at any x.
//!
//! The usual standard errors assume the same scatter about the line everywhere. But larger costs scatter more, and then
//! a nominal 95 % interval of the slope covers only 75 % (for the operations of fourteen networks, two of them far from
//! the others, and a scatter proportional to y). The errors here allow each point its own scatter, and are also valid
//! if it is equal: HC3 of J. G. MacKinnon and H. White, Some heteroskedasticity-consistent covariance matrix estimators
//! with improved finite sample properties, Journal of Econometrics 29, 1985. J. S. Long and L. H. Ervin, Using
//! heteroscedasticity consistent standard errors in the linear regression model, The American Statistician 54, 2000,
//! find it best for few points. The intervals use Student's t.

use crate::estimates::Estimate;
use crate::statistics::student;

/// Probability that a 95 % interval misses at each end.
const CHANCE: f64 = 0.025;

/// A line by least squares, `y = slope * x + intercept`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The slope [units of y per unit of x].
    pub slope: f64,
    /// The value at 0 [units of y].
    pub intercept: f64,
    /// Share of the variance of y that the line explains, 0 to 1.
    pub r_squared: f64,
    /// Number of points it was fitted to.
    pub count: usize,
    mean_x: f64,
    /// Covariance matrix of the value at the mean of x and the slope: variance, covariance, variance.
    errors: [f64; 3],
}

/// The line with the minimum sum of squared vertical distances.
///
/// None for fewer than three points (two are always on a line, so the fit would show nothing), for points that all have
/// the same x or the same y, and for numbers so large that the sums overflow.
pub fn least_squares(points: &[(f64, f64)]) -> Option<Line> {
    if points.len() < 3 {
        return None;
    }
    let n = points.len() as f64;
    let mean_x = points.iter().map(|point| point.0).sum::<f64>() / n;
    let mean_y = points.iter().map(|point| point.1).sum::<f64>() / n;
    // Sums of products of the distances to the means: raw moments would cancel for large, close values.
    let sum = |product: &dyn Fn(f64, f64) -> f64| -> f64 {
        points.iter().map(|&(x, y)| product(x - mean_x, y - mean_y)).sum()
    };
    let (xx, xy, yy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
    if xx <= 0.0 || yy <= 0.0 || !xx.is_finite() || !yy.is_finite() {
        return None;
    }
    let slope = xy / xx;
    let line = Line {
        slope,
        intercept: mean_y - slope * mean_x,
        r_squared: (xy / xx) * (xy / yy),
        count: points.len(),
        mean_x,
        errors: errors(points, (mean_x, mean_y), slope, xx),
    };
    let numbers = [line.slope, line.intercept, line.r_squared].into_iter().chain(line.errors);
    numbers.into_iter().all(f64::is_finite).then_some(line)
}

/// The line through the logarithms of both coordinates; its slope is the exponent of x. None also if a coordinate is
/// not above 0.
pub fn power_law(points: &[(f64, f64)]) -> Option<Line> {
    let is_positive = points.iter().all(|&(x, y)| x > 0.0 && y > 0.0);
    let logarithms: Vec<(f64, f64)> = points.iter().map(|&(x, y)| (libm::log(x), libm::log(y))).collect();
    least_squares(&logarithms).filter(|_| is_positive)
}

/// HC3: the square of each point's distance to the line estimates its variance, corrected for the point's own pull on
/// the line (its leverage).
fn errors(points: &[(f64, f64)], (mean_x, mean_y): (f64, f64), slope: f64, xx: f64) -> [f64; 3] {
    let share = 1.0 / points.len() as f64;
    let mut sums = [0.0; 3];
    for &(x, y) in points {
        let x = x - mean_x;
        let leverage = share + x * x / xx;
        // If all other points have the same x, the line always goes through this one: its scatter is unknown.
        let complement = 1.0 - leverage;
        let distance = if complement > 1e-9 { (y - mean_y - slope * x) / complement } else { 0.0 };
        let (to_value, to_slope) = (distance * share, distance * x / xx);
        for (sum, product) in sums.iter_mut().zip([to_value * to_value, to_value * to_slope, to_slope * to_slope]) {
            *sum += product;
        }
    }
    sums
}

impl Line {
    /// Its value at `x`.
    pub fn at(self, x: f64) -> f64 {
        self.slope * x + self.intercept
    }

    /// Standard error of the slope.
    pub fn slope_error(self) -> f64 {
        self.errors[2].sqrt()
    }

    /// Standard error of the line's value at `x`; at 0 that of the intercept.
    pub fn error_at(self, x: f64) -> f64 {
        let ([value, both, slope], x) = (self.errors, x - self.mean_x);
        (value + 2.0 * x * both + x * x * slope).max(0.0).sqrt()
    }

    /// The slope with its 95 % interval.
    pub fn slope_interval(self) -> Estimate {
        around(self.slope, self.coverage() * self.slope_error())
    }

    /// The intercept with its 95 % interval.
    pub fn intercept_interval(self) -> Estimate {
        around(self.intercept, self.coverage() * self.error_at(0.0))
    }

    /// The 95 % interval of the line's value at `x`: of the line itself, not of another point. It is pointwise, valid
    /// for each x by itself.
    pub fn band(self, x: f64) -> (f64, f64) {
        let Estimate { low, high, .. } = around(self.at(x), self.coverage() * self.error_at(x));
        (low, high)
    }

    /// Half width of a 95 % interval in standard errors.
    fn coverage(self) -> f64 {
        student::quantile(self.count as f64 - 2.0, CHANCE)
    }
}

fn around(value: f64, half: f64) -> Estimate {
    Estimate { value, low: value - half, high: value + half }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::split_mix::tests::normals;

    #[track_caller]
    fn near(value: f64, expected: f64, digits: f64) {
        assert!((value / expected - 1.0).abs() < digits, "{value}, expected {expected}");
    }

    fn anscombe() -> Vec<(f64, f64)> {
        let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
        x.into_iter().zip(y).collect()
    }

    #[test]
    fn points_on_a_line_give_the_line() {
        let line = least_squares(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]).expect("three points");
        assert_eq!((line.slope, line.intercept, line.r_squared), (2.0, 1.0, 1.0));
        assert_eq!((line.band(7.0), line.at(7.0)), ((15.0, 15.0), 15.0));
    }

    #[test]
    fn anscombes_first_set_gives_its_published_line() {
        // F. J. Anscombe, Graphs in Statistical Analysis, 1973: y = 3.00 + 0.500 x, R² = 0.667.
        let line = least_squares(&anscombe()).expect("eleven points");
        assert!((line.slope - 0.5001).abs() < 1e-4, "{line:?}");
        assert!((line.intercept - 3.0001).abs() < 1e-4, "{line:?}");
        assert!((line.r_squared - 0.6665).abs() < 1e-4, "{line:?}");
        // y(13) = 7.58, and the line is at 9.50 there.
        assert!((7.58 - line.at(13.0) + 1.921).abs() < 1e-3, "{line:?}");
    }

    #[test]
    fn the_exponent_of_a_power_law_is_its_slope() {
        let points: Vec<(f64, f64)> = (1..8).map(f64::from).map(|x| (x, 3.0 * x * x.sqrt())).collect();
        let line = power_law(&points).expect("seven points");
        assert!((line.slope - 1.5).abs() < 1e-12 && (line.intercept - 3.0_f64.ln()).abs() < 1e-12, "{line:?}");
        assert_eq!(power_law(&[(1.0, 1.0), (2.0, 0.0), (3.0, 5.0)]), None);
    }

    #[test]
    fn norris_gives_the_values_certified_by_nist() {
        // NIST Statistical Reference Datasets, Linear Regression, Norris (lower difficulty),
        // https://www.itl.nist.gov/div898/strd/: readings of ozone monitors, 36 pairs (y, x).
        let y = [
            0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3, 0.1, 778.1, 668.8, 339.3,
            448.9, 10.8, 557.7, 228.3, 998.0, 888.8, 119.6, 0.3, 0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2, 117.6,
            228.9, 668.4, 449.2, 0.2,
        ];
        let x = [
            0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4, 0.6, 775.5, 666.9, 338.0,
            447.5, 11.6, 556.0, 228.1, 995.8, 887.6, 120.2, 0.3, 0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1, 118.3,
            229.2, 669.1, 448.9, 0.5,
        ];
        let line = least_squares(&x.into_iter().zip(y).collect::<Vec<_>>()).expect("36 points");
        near(line.slope, 1.002_116_818_020_45, 1e-12);
        near(line.intercept, -0.262_323_073_774_029, 1e-9);
        near(line.r_squared, 0.999_993_745_883_712, 1e-12);
        // The certified errors are the usual ones; these are HC3_se of statsmodels 0.15.
        near(line.slope_error(), 0.000_523_14, 1e-5);
        near(line.error_at(0.0), 0.168_564_75, 1e-7);
    }

    #[test]
    fn errors_are_those_of_another_program() {
        // statsmodels 0.15, OLS with HC3, of Anscombe's first set: HC3_se, and se_mean of its prediction at 4, 9 and
        // 20.
        let line = least_squares(&anscombe()).expect("eleven points");
        near(line.slope_error(), 0.132_178_17, 1e-7);
        for (x, expected) in [(0.0, 1.134_989_87), (4.0, 0.664_707_41), (9.0, 0.412_403_30), (20.0, 1.626_995_38)] {
            near(line.error_at(x), expected, 1e-7);
        }
    }

    #[test]
    fn intervals_and_band_are_those_of_the_closed_form() {
        // x = -2 … 2 and y = 0, 1, 1, 3, 5: slope 12/10, mean 2, distances 0.4, 0.2, -1, -0.2, 0.6, divided by 0.4,
        // 0.7, 0.8, 0.7, 0.4: 1, 2/7, -5/4, -2/7, 3/2. The value at x is the sum of (1/5 + x x[i] / 10) y[i]. For three
        // degrees of freedom, the larger quantile of two is used, 4.303.
        let x = [-2.0, -1.0, 0.0, 1.0, 2.0];
        let line = least_squares(&x.into_iter().zip([0.0, 1.0, 1.0, 3.0, 5.0]).collect::<Vec<_>>()).expect("five");
        let scatter = [1.0, 2.0 / 7.0, -1.25, -2.0 / 7.0, 1.5];
        let half = |weight: &dyn Fn(f64) -> f64| {
            let squares = x.iter().zip(scatter).map(|(x, scatter)| (weight(*x) * scatter) * (weight(*x) * scatter));
            4.3027 * squares.sum::<f64>().sqrt()
        };
        let (slope, intercept) = (line.slope_interval(), line.intercept_interval());
        near(slope.value, 1.2, 1e-12);
        near((slope.high - slope.low) / 2.0, half(&|x| x / 10.0), 1e-4);
        near((intercept.high - intercept.low) / 2.0, half(&|_| 0.2), 1e-4);
        for at in [-2.0, 0.0, 1.5, 10.0] {
            let (low, high) = line.band(at);
            near(f64::midpoint(low, high), 2.0 + 1.2 * at, 1e-9);
            near((high - low) / 2.0, half(&|x| 0.2 + at * x / 10.0), 1e-4);
        }
    }

    /// How many of 1000 intervals of the slope contain 5, for the operations of the fourteen networks [G-Ops] and a
    /// standard deviation that is a function of the line's value.
    fn covered(scatter: impl Fn(f64) -> f64) -> usize {
        let x = [1.3, 1.57, 2.26, 2.52, 3.0, 3.63, 7.34, 8.21, 11.45, 15.65, 18.44, 23.1, 30.97, 39.29];
        let covers = |seed: &u64| {
            let noise = normals(x.len(), *seed);
            let point = |(x, noise): (&f64, f64)| (*x, 16.0 + 5.0 * x + scatter(16.0 + 5.0 * x) * noise);
            let line = least_squares(&x.iter().zip(noise).map(point).collect::<Vec<_>>()).expect("fourteen");
            let slope = line.slope_interval();
            slope.low <= 5.0 && 5.0 <= slope.high
        };
        (0..1000).filter(covers).count()
    }

    #[test]
    fn intervals_cover_the_slope_at_about_their_nominal_rate_whether_or_not_the_scatter_is_equal() {
        // 95 % within three standard errors of 0.7 %, and 89 % within three of 1 %, by a simulation with NumPy.
        let (equal, proportional) = (covered(|_| 12.0), covered(|value| 0.2 * value));
        assert!((929..=971).contains(&equal), "{equal}");
        assert!((858..=930).contains(&proportional), "{proportional}");
    }

    #[test]
    fn at_zero_the_band_is_the_intercepts_interval() {
        let line = least_squares(&[(1.0, 2.0), (2.0, 3.5), (4.0, 6.0), (9.0, 19.0)]).expect("four points");
        let at_zero = line.intercept_interval();
        assert_eq!(line.band(0.0), (at_zero.low, at_zero.high));
    }

    #[test]
    fn too_few_equal_or_huge_points_give_no_line() {
        assert_eq!(least_squares(&[(0.0, 0.0), (1.0, 1.0)]), None);
        assert_eq!(least_squares(&[(1.0, 0.0), (1.0, 1.0), (1.0, 2.0)]), None);
        assert_eq!(least_squares(&[(0.0, 1e300), (1.0, -1e300), (2.0, 1e300)]), None);
    }
}
