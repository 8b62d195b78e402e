//! Straight lines through points: by least squares, and as the tightest bound from above. Knows no network and no unit.

/// A line by least squares, `y = slope * x + intercept`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Units of y per unit of x.
    pub slope: f64,
    /// Units of y.
    pub intercept: f64,
    /// Share of the variance of y that the line explains, 0 to 1.
    pub r_squared: f64,
}

/// A line that no point lies above, `y = slope * x + intercept`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// Units of y per unit of x.
    pub slope: f64,
    /// Units of y.
    pub intercept: f64,
}

/// The line with the least sum of squared vertical distances.
///
/// None for fewer than three points (two always lie on a line, so nothing would be said), for points of one x or one y,
/// and for numbers so large that the sums overflow.
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
    let line = Line { slope, intercept: mean_y - slope * mean_x, r_squared: (xy / xx) * (xy / yy) };
    (line.slope.is_finite() && line.intercept.is_finite() && line.r_squared.is_finite()).then_some(line)
}

/// The line above all points with the least sum of vertical distances to them: an edge of their upper hull.
///
/// None for fewer than three points and for points of one x.
pub fn upper_bound(points: &[(f64, f64)]) -> Option<Bound> {
    if points.len() < 3 {
        return None;
    }
    let mean_x = points.iter().map(|point| point.0).sum::<f64>() / points.len() as f64;
    let mut hull: Vec<(f64, f64)> = Vec::new();
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    for point in sorted {
        // Of points with one x only the highest bounds.
        if hull.last().is_some_and(|last| last.0 == point.0) {
            hull.pop();
        }
        while let [.., a, b] = hull[..] {
            let turns_up = (b.0 - a.0) * (point.1 - a.1) - (b.1 - a.1) * (point.0 - a.0) >= 0.0;
            if !turns_up {
                break;
            }
            hull.pop();
        }
        hull.push(point);
    }
    // The sum of distances is n * (the line's height at the mean of x) less a constant, so the edge over the mean is best.
    let edge = hull.windows(2).find(|edge| edge[0].0 <= mean_x && mean_x <= edge[1].0)?;
    let slope = (edge[1].1 - edge[0].1) / (edge[1].0 - edge[0].0);
    let bound = Bound { slope, intercept: edge[0].1 - slope * edge[0].0 };
    (bound.slope.is_finite() && bound.intercept.is_finite()).then_some(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_on_a_line_give_the_line() {
        let line = least_squares(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]).expect("three points");
        assert_eq!((line.slope, line.intercept, line.r_squared), (2.0, 1.0, 1.0));
    }

    #[test]
    fn anscombes_first_set_gives_its_published_line() {
        // F. J. Anscombe, Graphs in Statistical Analysis, 1973: y = 3.00 + 0.500 x, R² = 0.667.
        let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
        let line = least_squares(&x.into_iter().zip(y).collect::<Vec<_>>()).expect("eleven points");
        assert!((line.slope - 0.5001).abs() < 1e-4, "{line:?}");
        assert!((line.intercept - 3.0001).abs() < 1e-4, "{line:?}");
        assert!((line.r_squared - 0.6665).abs() < 1e-4, "{line:?}");
    }

    #[test]
    fn points_that_say_nothing_give_no_line() {
        assert_eq!(least_squares(&[(0.0, 0.0), (1.0, 1.0)]), None);
        assert_eq!(least_squares(&[(1.0, 0.0), (1.0, 1.0), (1.0, 2.0)]), None);
        assert_eq!(least_squares(&[(0.0, 1e300), (1.0, -1e300), (2.0, 1e300)]), None);
        assert_eq!(upper_bound(&[(1.0, 0.0), (1.0, 1.0), (1.0, 2.0)]), None);
    }

    #[test]
    fn the_bound_is_the_hulls_edge_over_the_mean() {
        let points = [(0.0, 4.0), (1.0, 1.0), (2.0, 4.0), (6.0, 0.0), (3.0, 0.0)];
        assert_eq!(upper_bound(&points), Some(Bound { slope: -1.0, intercept: 6.0 }));
    }

    #[test]
    fn no_point_lies_above_the_bound() {
        let points: Vec<(f64, f64)> =
            (0..40).map(|i| (f64::from(i * 7 % 40), f64::from(i * 13 % 31) - f64::from(i * 7 % 40))).collect();
        let bound = upper_bound(&points).expect("forty points");
        assert!(points.iter().all(|&(x, y)| y <= bound.slope * x + bound.intercept + 1e-9));
    }
}
