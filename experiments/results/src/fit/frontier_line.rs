//! The straight line through the Pareto-optimal points, which shows whether the best y at an x falls linearly. Independent of networks and units.

use super::line::{Line, least_squares};
use crate::frontier::frontier;

/// The Pareto-optimal points, and the line through them.
#[derive(Clone, Debug, PartialEq)]
pub struct FrontierLine {
    /// Indices of the Pareto-optimal points, from the largest x to the smallest.
    pub indices: Vec<usize>,
    /// Their line by least squares.
    pub line: Line,
}

/// The line through the frontier of points for which larger x and y are better. None for fewer than three points on it.
pub fn frontier_line(points: &[(f64, f64)]) -> Option<FrontierLine> {
    // The frontier minimises its first coordinate.
    let indices = frontier(&points.iter().map(|&(x, y)| (-x, y)).collect::<Vec<_>>());
    let on: Vec<(f64, f64)> = indices.iter().filter_map(|&index| points.get(index).copied()).collect();
    Some(FrontierLine { line: least_squares(&on)?, indices })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dominated_points_do_not_move_the_line() {
        let on = [(1.0, 8.0), (2.0, 6.0), (3.0, 4.0), (4.0, 2.0)];
        let points = [on[0], (0.5, 7.0), on[1], (1.5, 1.0), on[2], on[3], (4.0, 1.0)];
        let found = frontier_line(&points).expect("four on the frontier");
        assert_eq!(found.indices, [5, 4, 2, 0]);
        assert_eq!((found.line.slope, found.line.intercept, found.line.r_squared), (-2.0, 10.0, 1.0));
    }

    #[test]
    fn two_points_do_not_give_a_line() {
        assert_eq!(frontier_line(&[(1.0, 2.0), (2.0, 1.0), (0.5, 0.5)]), None);
    }
}
