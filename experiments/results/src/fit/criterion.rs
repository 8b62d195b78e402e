//! Which of several curves the points support: by Akaike's criterion, and by predictions of points that were not used
//! for the fit. Independent of curves.

/// Rounding errors as a share of the squares of y: one part in 10^9, squared.
const ROUNDING: f64 = 1e-18;

/// The sum of squared vertical distances of `points` to a curve.
pub fn squares(points: &[(f64, f64)], curve: impl Fn(f64) -> f64) -> f64 {
    points.iter().map(|&(x, y)| (y - curve(x)) * (y - curve(x))).sum()
}

/// Akaike's criterion with the correction for few points, for a curve with `parameters` parameters fitted by least
/// squares. Lower is better, and only differences between curves fitted to the same points are meaningful (C. M.
/// Hurvich and C.-L. Tsai, Regression and time series model selection in small samples, Biometrika 76, 1989). The
/// variance counts as one more parameter.
///
/// Distances caused by rounding count as one part in 10^9. None if there are too few points for the correction.
pub fn aicc(points: &[(f64, f64)], parameters: usize, curve: impl Fn(f64) -> f64) -> Option<f64> {
    let (n, k) = (points.len() as f64, parameters as f64 + 1.0);
    let freedom = n - k - 1.0;
    let residual = squares(points, curve);
    if !residual.is_finite() {
        return None;
    }
    let residual = residual.max(ROUNDING * squares(points, |_| 0.0));
    let criterion = n * libm::log(residual / n) + 2.0 * k + 2.0 * k * (k + 1.0) / freedom;
    (freedom > 0.0 && criterion.is_finite()).then_some(criterion)
}

/// For each point, the value at its x of the curve that `fit` gives for the other points. None if there is no such
/// curve.
pub fn leave_one_out<C: Fn(f64) -> f64>(
    points: &[(f64, f64)],
    fit: impl Fn(&[(f64, f64)]) -> Option<C>,
) -> Option<Vec<f64>> {
    let predicted = |(index, &(x, _)): (usize, &(f64, f64))| {
        let others = points.iter().enumerate().filter(|(other, _)| *other != index);
        let others: Vec<(f64, f64)> = others.map(|(_, point)| *point).collect();
        fit(&others).map(|curve| curve(x))
    };
    points.iter().enumerate().map(predicted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::least_squares;

    #[test]
    fn the_criterion_is_that_of_the_textbook() {
        // K. P. Burnham and D. R. Anderson, Model Selection and Multimodel Inference, 2002, Section 2.4: n ln(RSS/n) +
        // 2 K, which is 20 ln(2) + 6 here with K = 3, and the correction 2 * 3 * 4 / 16.
        let points: Vec<(f64, f64)> = (0..20).map(|x| (f64::from(x), 2.0_f64.sqrt())).collect();
        let found = aicc(&points, 2, |_| 0.0).expect("enough points");
        assert!((found - (20.0 * 2.0_f64.ln() + 6.0 + 1.5)).abs() < 1e-9, "{found}");
        assert_eq!((aicc(&points[..4], 2, |_| 0.0), aicc(&points, 2, |_| f64::NAN)), (None, None));
    }

    #[test]
    fn curves_that_differ_from_the_points_by_rounding_only_are_equal() {
        let points: Vec<(f64, f64)> = (0..20).map(|x| (f64::from(x), 0.1 * f64::from(x))).collect();
        let (exact, rounded) = (aicc(&points, 2, |x| 0.1 * x), aicc(&points, 2, |x| 0.1 * x + 1e-13));
        assert!(exact.is_some() && exact == rounded, "{exact:?} {rounded:?}");
    }

    #[test]
    fn predictions_are_those_of_the_closed_form() {
        // For a line, the leave-one-out error of a point is its residual over 1 - leverage (R. D. Cook, Detection of
        // influential observation in linear regression, Technometrics 19, 1977).
        let points = [(0.0, 1.0), (1.0, 3.5), (2.0, 3.0), (5.0, 9.0), (9.0, 15.5)];
        let line = least_squares(&points).expect("five points");
        let mean = points.iter().map(|point| point.0).sum::<f64>() / 5.0;
        let xx: f64 = points.iter().map(|(x, _)| (x - mean) * (x - mean)).sum();
        let found =
            leave_one_out(&points, |others| least_squares(others).map(|line| move |x| line.at(x))).expect("lines");
        for (&(x, y), predicted) in points.iter().zip(found) {
            let leverage = 0.2 + (x - mean) * (x - mean) / xx;
            assert!((y - predicted - (y - line.at(x)) / (1.0 - leverage)).abs() < 1e-9, "{x}");
        }
        assert_eq!(leave_one_out(&points[..3], |others| least_squares(others).map(|line| move |x| line.at(x))), None);
    }
}
