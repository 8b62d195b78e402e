//! A hyperbola that rises without bound towards an asymptote, `y = scale / (asymptote - x)`, fitted to the logarithm of y: what spans
//! powers of ten is known to so many per cent and not to so many units. Knows no network and no unit.

/// Steps of the search for the asymptote, each so many times as far beyond the largest x as the one before: from a thousandth of the
/// span of x to ten thousand times it.
const STEPS: u32 = 28;
const STEP: f64 = 1.778_279_410_038_922_8;
const NEAREST: f64 = 1e-3;
/// Halvings, nearly, of the interval that the search leaves.
const REFINEMENTS: u32 = 30;
/// One less than the golden ratio, its inverse.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// A hyperbola `y = scale / (asymptote - x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hyperbola {
    /// Where y grows without bound [units of x].
    pub asymptote: f64,
    /// Units of x times y.
    pub scale: f64,
    /// Share of the variance of the logarithm of y that it explains, 0 to 1.
    pub r_squared: f64,
}

/// The hyperbola with the least sum of squared distances in the logarithm of y.
///
/// None for fewer than three points, for points of one x or one y, and where a y is not above 0. Points that do not rise have an asymptote
/// that is ten thousand times as far away as they span, and an R² near 0.
pub fn hyperbola(points: &[(f64, f64)]) -> Option<Hyperbola> {
    let (least, most) = points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), p| (a.min(p.0), b.max(p.0)));
    if points.len() < 3 || most <= least || !points.iter().all(|&(x, y)| x.is_finite() && y.is_finite() && y > 0.0) {
        return None;
    }
    let logarithms: Vec<(f64, f64)> = points.iter().map(|&(x, y)| (x, libm::log(y))).collect();
    let (_, total) = mean_and_squares(logarithms.iter().map(|point| point.1));
    if total <= 0.0 {
        return None;
    }
    // For a given asymptote the scale is the mean of the logarithms of y * (asymptote - x), and what they differ by is left over.
    let at = |beyond: f64| mean_and_squares(logarithms.iter().map(|(x, log)| log + libm::log(most + beyond - x)));
    let rest = |beyond: f64| at(beyond).1;
    let (mut nearer, mut best, mut farther) = (0.0, 0.0, 0.0);
    let (mut beyond, mut least_rest) = (NEAREST * (most - least), f64::INFINITY);
    for _ in 0..=STEPS {
        let left = rest(beyond);
        if left < least_rest {
            (nearer, best, farther, least_rest) = (beyond / STEP, beyond, beyond * STEP, left);
        }
        beyond *= STEP;
    }
    for _ in 0..REFINEMENTS {
        let (low, high) = (farther - GOLDEN * (farther - nearer), nearer + GOLDEN * (farther - nearer));
        if rest(low) < rest(high) { farther = high } else { nearer = low }
    }
    let middle = f64::midpoint(nearer, farther);
    let best = if rest(middle) < least_rest { middle } else { best };
    let (mean, left) = at(best);
    Some(Hyperbola { asymptote: most + best, scale: libm::exp(mean), r_squared: (1.0 - left / total).max(0.0) })
}

/// The mean, and the sum of the squared distances to it.
fn mean_and_squares(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let (count, sum) = values.clone().fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
    let mean = sum / count;
    (mean, values.map(|value| (value - mean) * (value - mean)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_on_a_hyperbola_give_it() {
        let points: Vec<(f64, f64)> = (50..80).map(|x| (f64::from(x), 250.0 / (82.0 - f64::from(x)))).collect();
        let found = hyperbola(&points).expect("thirty points");
        assert!((found.asymptote - 82.0).abs() < 1e-4 && (found.scale - 250.0).abs() < 1e-2, "{found:?}");
        assert!(found.r_squared > 1.0 - 1e-9, "{found:?}");
    }

    #[test]
    fn it_is_the_one_that_another_program_finds() {
        // scipy.optimize.least_squares (SciPy 1.17) on the logarithms, with bounds and tolerances of 1e-15.
        let x = [54.6, 56.6, 62.6, 68.4, 69.6, 73.3, 76.0, 77.6, 78.5];
        let y = [7.5, 8.0, 10.0, 16.0, 19.0, 35.0, 51.0, 82.0, 59.0];
        let found = hyperbola(&x.into_iter().zip(y).collect::<Vec<_>>()).expect("nine points");
        assert!((found.asymptote - 81.099_751).abs() < 1e-4, "{found:?}");
        assert!((found.scale - 215.442_4).abs() < 1e-2, "{found:?}");
        assert!((found.r_squared - 0.949_359_561).abs() < 1e-8, "{found:?}");
    }

    #[test]
    fn points_that_fall_have_none_to_speak_of() {
        let found = hyperbola(&[(1.0, 9.0), (2.0, 5.0), (3.0, 4.0), (4.0, 1.0)]).expect("four points");
        assert!(found.r_squared < 0.01 && found.asymptote > 1000.0, "{found:?}");
    }

    #[test]
    fn points_that_say_nothing_have_none() {
        assert_eq!(hyperbola(&[(1.0, 1.0), (2.0, 2.0)]), None);
        assert_eq!(hyperbola(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(hyperbola(&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)]), None);
        assert_eq!(hyperbola(&[(1.0, 1.0), (2.0, 0.0), (3.0, 1.0)]), None);
    }
}
