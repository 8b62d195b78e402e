//! The Pareto frontier: more gain for no more cost. Independent of networks and units.

/// The indices of the Pareto-optimal points (cost, gain): no other has at least the gain at no higher cost and is
/// better in one. Sorted by ascending cost, and thus ascending gain. Of equal points, all are included. Points that are
/// not finite are ignored.
pub fn frontier(points: &[(f64, f64)]) -> Vec<usize> {
    let is_point = |index: &usize| points[*index].0.is_finite() && points[*index].1.is_finite();
    let mut indices: Vec<usize> = (0..points.len()).filter(is_point).collect();
    indices.sort_by(|&a, &b| points[a].0.total_cmp(&points[b].0).then(points[b].1.total_cmp(&points[a].1)));
    let mut best: Option<(f64, f64)> = None;
    indices.retain(|&index| {
        let point = points[index];
        let stays = best.is_none_or(|best| point.1 > best.1 || point == best);
        if stays {
            best = Some(point);
        }
        stays
    });
    indices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_with_a_higher_cost_and_no_higher_gain_is_dominated() {
        let points = [(3.0, 9.0), (1.0, 5.0), (2.0, 4.0), (2.0, 7.0), (3.0, 8.0), (4.0, 9.0)];
        assert_eq!(frontier(&points), [1, 3, 0]);
    }

    #[test]
    fn equal_points_are_all_included_and_invalid_ones_ignored() {
        assert_eq!(frontier(&[(1.0, 5.0), (1.0, 5.0), (f64::NAN, 9.0), (0.5, f64::INFINITY)]), [0, 1]);
        assert!(frontier(&[]).is_empty());
    }

    #[test]
    fn the_frontier_has_all_points_that_are_not_dominated_and_no_others() {
        let points: Vec<(f64, f64)> = (0..60).map(|i| (f64::from(i * 7 % 11), f64::from(i * 13 % 17))).collect();
        let dominated = |a: &(f64, f64)| points.iter().any(|b| b.0 <= a.0 && b.1 >= a.1 && b != a);
        let by_definition = points.iter().filter(|point| !dominated(point)).count();
        let found = frontier(&points);
        assert!(found.iter().all(|&index| !dominated(&points[index])) && found.len() == by_definition);
    }
}
