//! What nothing else beats: more gain for no more cost. Knows no network and no unit.

/// The places of the points (cost, gain) that no other beats: none gains as much for less, or more for as much. By ascending cost, and so by
/// ascending gain; of equal points all. What is not finite is no point.
pub fn frontier(points: &[(f64, f64)]) -> Vec<usize> {
    let is_point = |place: &usize| points[*place].0.is_finite() && points[*place].1.is_finite();
    let mut places: Vec<usize> = (0..points.len()).filter(is_point).collect();
    places.sort_by(|&a, &b| points[a].0.total_cmp(&points[b].0).then(points[b].1.total_cmp(&points[a].1)));
    let mut best: Option<(f64, f64)> = None;
    places.retain(|&place| {
        let point = points[place];
        let stays = best.is_none_or(|best| point.1 > best.1 || point == best);
        if stays {
            best = Some(point);
        }
        stays
    });
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_more_and_gains_no_more_is_beaten() {
        let points = [(3.0, 9.0), (1.0, 5.0), (2.0, 4.0), (2.0, 7.0), (3.0, 8.0), (4.0, 9.0)];
        assert_eq!(frontier(&points), [1, 3, 0]);
    }

    #[test]
    fn equal_points_stand_together_and_what_is_no_number_stands_nowhere() {
        assert_eq!(frontier(&[(1.0, 5.0), (1.0, 5.0), (f64::NAN, 9.0), (0.5, f64::INFINITY)]), [0, 1]);
        assert!(frontier(&[]).is_empty());
    }

    #[test]
    fn no_point_is_beaten_by_any_other_and_each_that_is_not_is_there() {
        let points: Vec<(f64, f64)> = (0..60).map(|i| (f64::from(i * 7 % 11), f64::from(i * 13 % 17))).collect();
        let beaten = |a: &(f64, f64)| points.iter().any(|b| b.0 <= a.0 && b.1 >= a.1 && b != a);
        let by_definition = points.iter().filter(|point| !beaten(point)).count();
        let found = frontier(&points);
        assert!(found.iter().all(|&place| !beaten(&points[place])) && found.len() == by_definition);
    }
}
