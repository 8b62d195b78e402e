//! Spearman's rank correlation: how consistently one quantity rises with another, whatever the shape. Independent of units.

/// The rank correlation, from -1, if y falls whenever x rises, to 1. Equal values share the mean of their ranks (C.
/// Spearman, The Proof and Measurement of Association between Two Things, American Journal of Psychology 15, 1904).
/// None for fewer than three points, and for points that all have the same x or the same y.
pub fn rank_correlation(points: &[(f64, f64)]) -> Option<f64> {
    if points.len() < 3 {
        return None;
    }
    let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    let (x, y) = (ranks(&x), ranks(&y));
    // The mean of the ranks, tied or not.
    let mean = (points.len() as f64 + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    let both = product(&x, &x) * product(&y, &y);
    (both > 0.0).then(|| product(&x, &y) / both.sqrt())
}

/// The rank of each value, from 1; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count() as f64;
        let equal = values.iter().filter(|other| *other == value).count() as f64;
        below + (equal + 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::split_mix::tests::shuffled;

    #[test]
    fn without_ties_it_is_the_closed_form() {
        // 1 - 6 Σ d² / (n (n² - 1)).
        for count in [3, 8, 14, 50] {
            let points: Vec<(f64, f64)> = (1..=count).map(f64::from).zip(shuffled(count)).collect();
            let squares: f64 = points.iter().map(|(x, y)| (x - y) * (x - y)).sum();
            let n = f64::from(count);
            let expected = 1.0 - 6.0 * squares / (n * (n * n - 1.0));
            let found = rank_correlation(&points).expect("points");
            assert!((found - expected).abs() < 1e-12, "{count}: {found} {expected}");
        }
    }

    #[test]
    fn tied_values_share_their_ranks() {
        // scipy.stats.spearmanr (SciPy 1.17).
        let points = [(1.0, 2.0), (2.0, 1.0), (2.0, 4.0), (3.0, 4.0), (5.0, 4.0), (8.0, 9.0), (8.0, 7.0)];
        let found = rank_correlation(&points).expect("seven points");
        assert!((found - 0.868_079_059_510_856_7).abs() < 1e-12, "{found}");
    }

    #[test]
    fn only_the_order_counts() {
        let points: Vec<(f64, f64)> = (1..9).map(|i| (f64::from(i), f64::from(i * i * i))).collect();
        assert_eq!(rank_correlation(&points), Some(1.0));
        let falling: Vec<(f64, f64)> = points.iter().map(|&(x, y)| (x, -y)).collect();
        assert_eq!(rank_correlation(&falling), Some(-1.0));
    }

    #[test]
    fn too_few_or_equal_points_have_no_correlation() {
        assert_eq!(rank_correlation(&[(1.0, 1.0), (2.0, 2.0)]), None);
        assert_eq!(rank_correlation(&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)]), None);
    }
}
