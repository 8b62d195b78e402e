//! A constant floor followed by a line, which meet at a knee: `y = floor + slope * max(0, x - knee)`. Independent of networks and units.

use super::line::least_squares;

/// The curve of the module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hinge {
    /// The value below the knee [units of y].
    pub floor: f64,
    /// Where the line leaves the floor [units of x].
    pub knee: f64,
    /// The slope beyond the knee [units of y per unit of x].
    pub slope: f64,
}

impl Hinge {
    /// Its value at `x`.
    pub fn at(self, x: f64) -> f64 {
        self.floor + self.slope * (x - self.knee).max(0.0)
    }
}

/// The hinge with the minimum sum of squared vertical distances; if `floor` is given, among hinges with that floor.
///
/// If the knee is between two points, floor and line are those of the points on each side, and the knee is where they
/// meet. If they do not meet there, the best knee is at a point, and floor and slope follow by least squares. So trying
/// all gaps and points is exact (D. J. Hudson, Fitting segmented curves whose join points have to be estimated, Journal
/// of the American Statistical Association 61, 1966). Among equal sums, the smallest knee is taken. None for fewer than
/// three points, and for points that all have the same x.
pub fn hinge(points: &[(f64, f64)], floor: Option<f64>) -> Option<Hinge> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let is_finite = sorted.iter().all(|point| point.0.is_finite() && point.1.is_finite());
    if sorted.len() < 3 || !is_finite || sorted.first()?.0 == sorted.last()?.0 {
        return None;
    }
    let at_points = sorted.iter().filter_map(|&(knee, _)| with_knee(&sorted, knee, floor));
    let between = (1..sorted.len()).filter_map(|split| with_split(&sorted, split, floor));
    let all = at_points.chain(between).map(|hinge| (super::squares(&sorted, |x| hinge.at(x)), hinge));
    all.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.knee.total_cmp(&b.1.knee))).map(|(_, hinge)| hinge)
}

/// Floor and slope by least squares for a given knee; none if no point is beyond it.
fn with_knee(points: &[(f64, f64)], knee: f64, floor: Option<f64>) -> Option<Hinge> {
    let beyond: Vec<(f64, f64)> = points.iter().map(|&(x, y)| ((x - knee).max(0.0), y)).collect();
    let count = beyond.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| beyond.iter().map(of).sum::<f64>() / count;
    let (x0, y0) = floor.map_or_else(|| (mean(|point| point.0), mean(|point| point.1)), |floor| (0.0, floor));
    let xx: f64 = beyond.iter().map(|(x, _)| (x - x0) * (x - x0)).sum();
    let xy: f64 = beyond.iter().map(|(x, y)| (x - x0) * (y - y0)).sum();
    let slope = xy / xx;
    (xx > 0.0 && slope.is_finite()).then_some(Hinge { floor: y0 - slope * x0, knee, slope })
}

/// The floor of the first `split` points and the line of the others; none if they do not meet between the two.
fn with_split(points: &[(f64, f64)], split: usize, floor: Option<f64>) -> Option<Hinge> {
    let (below, beyond) = points.split_at(split);
    let floor = floor.unwrap_or_else(|| below.iter().map(|point| point.1).sum::<f64>() / below.len() as f64);
    let (slope, intercept) = match beyond {
        [a, b] => {
            let slope = (b.1 - a.1) / (b.0 - a.0);
            (slope, a.1 - slope * a.0)
        }
        _ => least_squares(beyond).map(|line| (line.slope, line.intercept))?,
    };
    let knee = (floor - intercept) / slope;
    (knee.is_finite() && below.last()?.0 <= knee && knee <= beyond.first()?.0).then_some(Hinge { floor, knee, slope })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::split_mix::tests::normals;

    fn squares(points: &[(f64, f64)], hinge: Hinge) -> f64 {
        crate::fit::squares(points, |x| hinge.at(x))
    }

    #[test]
    fn points_on_a_hinge_give_that_hinge() {
        let made = Hinge { floor: 200.0, knee: 12.5, slope: 1.5 };
        let points: Vec<(f64, f64)> = (0..30).map(|x| (f64::from(x), made.at(f64::from(x)))).collect();
        let found = hinge(&points, None).expect("thirty points");
        assert!((found.floor - 200.0).abs() < 1e-9 && (found.knee - 12.5).abs() < 1e-9, "{found:?}");
        assert!((found.slope - 1.5).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn points_on_a_line_have_their_knee_at_the_first_point() {
        let points: Vec<(f64, f64)> = (2..20).map(|x| (f64::from(x), 3.0 + 2.0 * f64::from(x))).collect();
        let found = hinge(&points, None).expect("eighteen points");
        assert!((found.knee - 2.0).abs() < 1e-9 && (found.floor - 7.0).abs() < 1e-9, "{found:?}");
        assert!((found.slope - 2.0).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn a_fine_search_finds_no_better_knee() {
        for seed in 0..40 {
            for floor in [None, Some(0.5)] {
                let noise = normals(9, seed);
                let bend = |x: f64| if seed % 2 == 0 { (x - 3.0).max(0.0) } else { x * x / 9.0 };
                let points: Vec<(f64, f64)> =
                    noise.iter().zip(0..).map(|(e, x)| (f64::from(x), bend(f64::from(x)) + 0.7 * e)).collect();
                let found = squares(&points, hinge(&points, floor).expect("nine points"));
                let searched = (0..800).filter_map(|step| with_knee(&points, f64::from(step) / 100.0, floor));
                let min = searched.map(|hinge| squares(&points, hinge)).fold(f64::INFINITY, f64::min);
                assert!(found <= min + 1e-9 && found >= min - 0.02 * min, "{seed} {floor:?}: {found} {min}");
            }
        }
    }

    #[test]
    fn a_given_floor_is_kept() {
        let points = [(0.0, 1.0), (1.0, 1.2), (2.0, 0.9), (3.0, 3.0), (4.0, 5.0)];
        let found = hinge(&points, Some(1.0)).expect("five points");
        assert_eq!(found.floor, 1.0);
        assert!((found.knee - 2.0).abs() < 1e-9 && (found.slope - 2.0).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn too_few_equal_or_invalid_points_have_no_hinge() {
        assert_eq!(hinge(&[(0.0, 1.0), (1.0, 2.0)], None), None);
        assert_eq!(hinge(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)], None), None);
        assert_eq!(hinge(&[(0.0, 1.0), (1.0, f64::NAN), (2.0, 2.0)], None), None);
    }
}
