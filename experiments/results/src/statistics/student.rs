//! The ratio of two means from a few repetitions of each, by Student's t with Welch's degrees of freedom: for so few,
//! the interval of a bootstrap is too narrow. Independent of units.

/// Maximum factor, which means that nothing is known.
const MAX: f64 = 30.0;

/// With more degrees of freedom, the distribution is practically normal.
const MAX_FREEDOM: f64 = 200.0;

/// The factor f such that the true ratio is between ratio / f and ratio * f; the probability of missing at each end is
/// `chance`. None if one side has fewer than two repetitions or one that is not positive.
///
/// To first order, the variance of a logarithm is that of the repetitions over their squared mean. Degrees of freedom
/// are by Welch (The generalization of Student's problem, Biometrika 34, 1947) and Satterthwaite. The factor is at most
/// 30.
pub fn factor(a: &[f64], b: &[f64], chance: f64) -> Option<f64> {
    let ((variance_a, freedom_a), (variance_b, freedom_b)) = (of_mean(a)?, of_mean(b)?);
    let both = variance_a + variance_b;
    if both == 0.0 {
        return Some(1.0);
    }
    let freedom = both * both / (variance_a * variance_a / freedom_a + variance_b * variance_b / freedom_b);
    let logarithm = quantile(freedom, chance) * both.sqrt();
    // Instead of exp(x): (1 + x/2) / (1 - x/2) is never smaller, and hardly larger for small x.
    let half = logarithm / 2.0;
    Some(if half < 1.0 { ((1.0 + half) / (1.0 - half)).min(MAX) } else { MAX })
}

/// Relative variance of the mean, and its degrees of freedom.
fn of_mean(values: &[f64]) -> Option<(f64, f64)> {
    let count = values.len() as f64;
    if values.len() < 2 || !values.iter().all(|value| *value > 0.0 && value.is_finite()) {
        return None;
    }
    let mean = values.iter().map(|value| value / count).sum::<f64>();
    let squares = values.iter().map(|value| (value / mean - 1.0) * (value / mean - 1.0)).sum::<f64>();
    Some((squares / (count - 1.0) / count, count - 1.0))
}

/// The value that Student's t exceeds with probability `chance` (up to one half), or slightly more: degrees of freedom
/// are rounded down to an even number, for which the distribution needs only a square root.
pub fn quantile(freedom: f64, chance: f64) -> f64 {
    // With one degree of freedom (Cauchy), the tail beyond t is atan(1/t) / pi, less than 1 / (pi t). All others are
    // smaller.
    let cauchy = 1.0 / (std::f64::consts::PI * chance);
    let pairs = (freedom.min(MAX_FREEDOM) / 2.0).floor() as u32;
    if pairs == 0 {
        return cauchy;
    }
    let (mut low, mut high) = (0.0, cauchy);
    // Bisection until there is no number in between.
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if tail(2 * pairs, middle) > chance { low = middle } else { high = middle }
    }
    high
}

/// The probability that Student's t with an even number of degrees of freedom exceeds `t`
/// (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.4).
fn tail(freedom: u32, t: f64) -> f64 {
    let share = f64::from(freedom) / (f64::from(freedom) + t * t);
    let sine = t / (f64::from(freedom) + t * t).sqrt();
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..freedom / 2 {
        term *= share * f64::from(2 * k - 1) / f64::from(2 * k);
        sum += term;
    }
    (1.0 - sine * sum) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::split_mix::tests::normals;

    #[test]
    fn quantiles_are_those_of_the_published_table() {
        // Two-sided 95 %, 99 % and 99.9 % (Fisher and Yates, Statistical Tables, Table III).
        for (freedom, chance, expected) in [
            (2.0, 0.025, 4.303),
            (4.0, 0.005, 4.604),
            (8.0, 0.025, 2.306),
            (8.0, 0.0005, 5.041),
            (10.0, 0.0005, 4.587),
            (30.0, 0.025, 2.042),
            (120.0, 0.025, 1.980),
        ] {
            let found = quantile(freedom, chance);
            assert!((found - expected).abs() < 6e-4, "{freedom} {chance}: {found}");
        }
        // At least 12.706 for one degree of freedom; odd numbers are rounded down to even ones.
        assert!((12.706..12.74).contains(&quantile(1.9, 0.025)));
        assert_eq!(quantile(9.9, 0.025), quantile(8.0, 0.025));
    }

    #[test]
    fn equal_repetitions_have_a_factor_of_one_and_single_ones_have_none() {
        assert_eq!(factor(&[2.0; 3], &[5.0; 2], 0.025), Some(1.0));
        assert_eq!(factor(&[2.0], &[5.0, 6.0], 0.025), None);
        assert_eq!(factor(&[2.0, 0.0], &[5.0, 6.0], 0.025), None);
        assert_eq!(factor(&[1.0, 100.0], &[5.0, 6.0], 0.0001), Some(MAX));
    }

    #[test]
    fn for_small_deviations_the_factor_follows_the_textbook() {
        // Five repetitions each with a standard deviation of 1 %: 1 % * sqrt(2/5) * t(8).
        let five = [0.99, 0.99, 1.0, 1.01, 1.01].map(|value: f64| 100.0 * value);
        let found = factor(&five, &five, 0.025).expect("five");
        assert!((found - (1.0 + 0.01 * 0.4_f64.sqrt() * 2.306)).abs() < 2e-4, "{found}");
    }

    #[test]
    fn the_interval_covers_the_true_ratio_of_few_repetitions_at_its_nominal_rate() {
        for count in [2, 3, 5] {
            let covers = |&seed: &u64| {
                let drawn = |seed| normals(count, seed).iter().map(|x| 100.0 + 3.0 * x).collect::<Vec<f64>>();
                let (a, b) = (drawn(seed), drawn(seed + 10_000));
                let ratio = b.iter().sum::<f64>() / a.iter().sum::<f64>();
                let factor = factor(&a, &b, 0.025).expect("several");
                ratio / factor <= 1.0 && 1.0 <= ratio * factor
            };
            // At least 95 % of 2000 minus three standard errors of 0.5 %; a bound may cover more.
            let covered = (0..2000).filter(covers).count();
            assert!(covered >= 1870, "{count}: {covered}");
        }
    }
}
