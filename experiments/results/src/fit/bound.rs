//! Straight lines above points: the tightest that none exceeds, and the one that a share of them exceeds.

/// A line above points, `y = slope * x + intercept`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// Units of y per unit of x.
    pub slope: f64,
    /// Units of y.
    pub intercept: f64,
}

impl Bound {
    fn through(a: (f64, f64), b: (f64, f64)) -> Option<Self> {
        let slope = (b.1 - a.1) / (b.0 - a.0);
        let bound = Self { slope, intercept: a.1 - slope * a.0 };
        (bound.slope.is_finite() && bound.intercept.is_finite()).then_some(bound)
    }

    /// Its height at `x`.
    pub fn at(self, x: f64) -> f64 {
        self.slope * x + self.intercept
    }
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
    for point in sorted(points) {
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
    Bound::through(edge[0], edge[1])
}

/// The line that `share` of the points lie below: a linear quantile regression (R. Koenker and G. Bassett, Regression Quantiles,
/// Econometrica 46, 1978). A distance above it counts `share`, one below 1 - `share`.
///
/// Such a sum is least on a line through two of the points, so that trying every pair is exact; where several pairs
/// give the same sum, the one with the smaller x is taken. None for fewer than three points, for points of one x, and for a share that is
/// not between 0 and 1.
pub fn quantile_line(points: &[(f64, f64)], share: f64) -> Option<Bound> {
    if points.len() < 3 || !(share > 0.0 && share < 1.0) {
        return None;
    }
    let points = sorted(points);
    let mut best: Option<(f64, Bound)> = None;
    for (place, &first) in points.iter().enumerate() {
        for &second in points.iter().skip(place + 1) {
            let Some(bound) = Bound::through(first, second) else { continue };
            let loss = loss(&points, share, bound);
            if best.is_none_or(|(least, _)| loss < least) {
                best = Some((loss, bound));
            }
        }
    }
    best.map(|(_, bound)| bound)
}

/// What [`quantile_line`] makes least.
fn loss(points: &[(f64, f64)], share: f64, bound: Bound) -> f64 {
    let of = |&(x, y): &(f64, f64)| {
        let above = y - bound.at(x);
        if above > 0.0 { share * above } else { (share - 1.0) * above }
    };
    points.iter().map(of).sum()
}

/// By x, then by y, so that nothing depends on the order in which points come.
fn sorted(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_the_hulls_edge_over_the_mean() {
        let points = [(0.0, 4.0), (1.0, 1.0), (2.0, 4.0), (6.0, 0.0), (3.0, 0.0)];
        assert_eq!(upper_bound(&points), Some(Bound { slope: -1.0, intercept: 6.0 }));
    }

    #[test]
    fn points_of_one_x_have_no_bound() {
        let points = [(1.0, 0.0), (1.0, 1.0), (1.0, 2.0)];
        assert_eq!((upper_bound(&points), quantile_line(&points, 0.5)), (None, None));
        assert_eq!(quantile_line(&scattered(), 1.0), None);
    }

    fn scattered() -> Vec<(f64, f64)> {
        (0..40).map(|i| (f64::from(i * 7 % 40), f64::from(i * 13 % 31) - f64::from(i * 7 % 40))).collect()
    }

    #[test]
    fn no_point_lies_above_the_bound() {
        let bound = upper_bound(&scattered()).expect("forty points");
        assert!(scattered().iter().all(|&(x, y)| y <= bound.at(x) + 1e-9));
    }

    #[test]
    fn a_quantile_above_all_but_one_point_is_the_bound() {
        // Of forty points with 0.99 less than one may lie above.
        let (quantile, bound) = (quantile_line(&scattered(), 0.99), upper_bound(&scattered()));
        let (quantile, bound) = quantile.zip(bound).expect("forty points");
        assert!((quantile.slope - bound.slope).abs() < 1e-12, "{quantile:?} {bound:?}");
        assert!((quantile.intercept - bound.intercept).abs() < 1e-12, "{quantile:?} {bound:?}");
    }

    #[test]
    fn at_most_their_shares_lie_above_and_below() {
        // What makes the line a quantile: Koenker and Bassett, 1978, Section 3.
        let points = scattered();
        for share in [0.1, 0.25, 0.5, 0.77, 0.9] {
            let line = quantile_line(&points, share).expect("forty points");
            let above = points.iter().filter(|&&(x, y)| y > line.at(x) + 1e-9).count() as f64;
            let below = points.iter().filter(|&&(x, y)| y < line.at(x) - 1e-9).count() as f64;
            let count = points.len() as f64;
            assert!(above <= (1.0 - share) * count + 1e-9 && below <= share * count + 1e-9, "{share}: {above} {below}");
        }
    }

    #[test]
    fn the_lines_are_those_of_a_linear_program() {
        // The data `cars` of R (M. Ezekiel, Methods of Correlation Analysis, 1930): speed [mph] and stopping distance [ft] of 50 cars. The
        // lines are those of scipy.optimize.linprog (SciPy 1.17, HiGHS) and of statsmodels 0.15, QuantReg.
        let speed = [
            4, 4, 7, 7, 8, 9, 10, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 16, 16,
            17, 17, 17, 18, 18, 18, 18, 19, 19, 19, 20, 20, 20, 20, 20, 22, 23, 24, 24, 24, 24, 25,
        ];
        let distance = [
            2, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34, 34, 46, 26, 36, 60, 80, 20, 26, 54, 32,
            40, 32, 40, 50, 42, 56, 76, 84, 36, 46, 68, 32, 48, 52, 56, 64, 66, 54, 70, 92, 93, 120, 85,
        ];
        let cars: Vec<(f64, f64)> = speed.map(f64::from).into_iter().zip(distance.map(f64::from)).collect();
        for (share, intercept, slope) in [
            (0.1, -15.25, 2.75),
            (0.25, -19.692_307_69, 3.384_615_38),
            (0.5, -11.6, 3.4),
            (0.75, -15.6, 4.4),
            (0.9, -8.857_142_86, 4.714_285_71),
            (0.95, -12.0, 5.5),
        ] {
            let line = quantile_line(&cars, share).expect("fifty points");
            assert!(
                (line.intercept - intercept).abs() < 1e-7 && (line.slope - slope).abs() < 1e-7,
                "{share}: {line:?}"
            );
        }
    }

    #[test]
    fn the_order_of_points_changes_nothing() {
        let mut reversed = scattered();
        reversed.reverse();
        assert_eq!(quantile_line(&reversed, 0.9), quantile_line(&scattered(), 0.9));
    }
}
