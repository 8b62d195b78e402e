//! The interval of a ratio or a difference of two independent estimates, from their intervals. Independent of units.
//!
//! Combining the worst ends would be too wide, since both intervals rarely miss at once. Instead, the half widths are
//! added in quadrature, each on the relevant side, so intervals may be asymmetric and no distribution is assumed: the
//! method of variance estimates recovery (G. Y. Zou and A. Donner, Construction of confidence limits about effect
//! measures, Statistics in Medicine 27, 2008; for ratios A. Donner and G. Y. Zou, Closed-form confidence intervals for
//! functions of the normal mean and standard deviation, Statistical Methods in Medical Research 21, 2012). If two
//! estimates are positively correlated, such as accuracies on the same images, the interval of their ratio or
//! difference is wider than necessary.

use crate::estimates::Estimate;

/// `a` - `b`.
pub fn difference(a: Estimate, b: Estimate) -> Estimate {
    let value = a.value - b.value;
    let low = value - both(a.value - a.low, b.high - b.value);
    let high = value + both(a.high - a.value, b.value - b.low);
    Estimate { value, low, high }
}

/// `a` / `b`. None if an end of one is not above 0. If an upper end is at least twice the estimate, quadrature is no
/// longer valid, so the worst ends are combined.
pub fn ratio(a: Estimate, b: Estimate) -> Option<Estimate> {
    if !(a.low > 0.0 && b.low > 0.0 && a.high.is_finite() && b.high.is_finite()) {
        return None;
    }
    if a.high >= 2.0 * a.value || b.high >= 2.0 * b.value {
        return Some(Estimate { value: a.value / b.value, low: a.low / b.high, high: a.high / b.low });
    }
    // At an end r, a - r b is as far from 0 as its own half width by `difference`: a quadratic equation in r.
    let product = a.value * b.value;
    let root = |end_a: f64, end_b: f64| {
        let square = product * product - end_a * end_b * (2.0 * a.value - end_a) * (2.0 * b.value - end_b);
        square.max(0.0).sqrt()
    };
    let low = (product - root(a.low, b.high)) / (b.high * (2.0 * b.value - b.high));
    let high = (product + root(a.high, b.low)) / (b.low * (2.0 * b.value - b.low));
    let value = a.value / b.value;
    Some(Estimate { value, low: low.min(value), high: high.max(value) })
}

/// An exact value.
pub fn exact(value: f64) -> Estimate {
    Estimate { value, low: value, high: value }
}

/// The estimate in another unit; `factor` must be above 0.
pub fn scaled(of: Estimate, factor: f64) -> Estimate {
    Estimate { value: of.value * factor, low: of.low * factor, high: of.high * factor }
}

/// Sum in quadrature.
fn both(a: f64, b: f64) -> f64 {
    (a * a + b * b).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::proportion::proportion;
    use crate::statistics::split_mix::tests::normals;

    fn estimate(value: f64, low: f64, high: f64) -> Estimate {
        Estimate { value, low, high }
    }

    #[track_caller]
    fn near(found: Estimate, low: f64, high: f64, digits: f64) {
        assert!((found.low - low).abs() < digits && (found.high - high).abs() < digits, "{found:?}");
    }

    #[test]
    fn differences_of_shares_are_those_published_by_newcombe() {
        // R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in
        // Medicine 17, 1998, Table II, method 10: Wilson's intervals combined in this way.
        for (a, b, low, high) in [
            ((56.0, 70.0), (48.0, 80.0), 0.0524, 0.3339),
            ((9.0, 10.0), (3.0, 10.0), 0.1705, 0.8090),
            ((5.0, 56.0), (0.0, 29.0), -0.0381, 0.1926),
        ] {
            let of = |(count, trials): (f64, f64)| proportion(count / trials, trials).expect("a share");
            near(difference(of(a), of(b)), low, high, 5e-5);
        }
    }

    #[test]
    fn ratios_of_symmetric_intervals_are_fiellers() {
        // E. C. Fieller, Some Problems in Interval Estimation, Journal of the Royal Statistical Society B 16, 1954, for
        // independent estimates: (a b ± sqrt((a b)² - (a² - A²) (b² - B²))) / (b² - B²) with half widths A and B.
        let ((a, half_a), (b, half_b)) = ((12.0_f64, 1.5_f64), (5.0_f64, 0.8_f64));
        let root = ((a * b) * (a * b) - (a * a - half_a * half_a) * (b * b - half_b * half_b)).sqrt();
        let below = b * b - half_b * half_b;
        let found = ratio(estimate(a, a - half_a, a + half_a), estimate(b, b - half_b, b + half_b)).expect("above 0");
        near(found, (a * b - root) / below, (a * b + root) / below, 1e-12);
    }

    #[test]
    fn small_half_widths_add_in_quadrature_as_shares() {
        // 0.03 % and 0.04 % of two estimates are 0.05 % of their ratio.
        let found = ratio(estimate(2.0, 1.9994, 2.0006), estimate(1.0, 0.9996, 1.0004)).expect("above 0");
        near(found, 2.0 * (1.0 - 0.0005), 2.0 * (1.0 + 0.0005), 1e-6);
    }

    #[test]
    fn an_exact_value_adds_no_width() {
        let found = ratio(estimate(6.0, 5.0, 9.0), exact(2.0)).expect("above 0");
        near(found, 2.5, 4.5, 1e-12);
        assert_eq!(difference(exact(3.0), exact(1.0)), exact(2.0));
        assert_eq!(scaled(estimate(6.0, 5.0, 9.0), 0.5), estimate(3.0, 2.5, 4.5));
    }

    #[test]
    fn an_estimate_that_may_be_zero_gives_no_ratio_and_a_very_uncertain_one_the_worst_ends() {
        assert_eq!(ratio(exact(1.0), estimate(1.0, 0.0, 1.5)), None);
        assert_eq!(ratio(estimate(1.0, -0.1, 1.5), exact(1.0)), None);
        assert_eq!(ratio(exact(3.0), estimate(1.0, 0.5, 2.0)), Some(estimate(3.0, 1.5, 6.0)));
    }

    #[test]
    fn the_interval_covers_the_true_ratio_at_its_nominal_rate() {
        let around = |value: f64, error: f64| estimate(value, value - 1.96 * error, value + 1.96 * error);
        let drawn = normals(4000, 3);
        let covers = |pair: &&[f64]| {
            let found = ratio(around(30.0 + 2.0 * pair[0], 2.0), around(10.0 + 0.5 * pair[1], 0.5)).expect("above 0");
            found.low <= 3.0 && 3.0 <= found.high
        };
        // 95 % of 2000, within three standard errors of 0.5 %.
        let covered = drawn.chunks_exact(2).filter(covers).count();
        assert!((1870..=1930).contains(&covered), "{covered}");
    }
}
