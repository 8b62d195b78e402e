//! Compares a number and its interval with a bound. Independent of claims.

use results::verdicts::{Limits, Number};

use crate::number::fixed;

/// How a number compares with its bound, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoundCheck {
    /// The number and its whole interval meet the bound.
    Met,
    /// The number meets the bound, part of its interval does not.
    MarginallyMet,
    /// The number misses the bound, part of its interval meets it.
    MarginallyMissed,
    /// The number and its whole interval miss the bound.
    Missed,
}

impl BoundCheck {
    /// Compares a number with its bound; `None` if it has none.
    pub fn of(number: &Number) -> Option<Self> {
        let limits = number.limits?;
        let met = limits.meets(number.value);
        Some(match number.interval {
            Some(range) if met && !(limits.meets(range.low) && limits.meets(range.high)) => Self::MarginallyMet,
            Some(range) if !met && limits.touches(range.low, range.high) => Self::MarginallyMissed,
            _ if met => Self::Met,
            _ => Self::Missed,
        })
    }

    /// Whether the number itself meets the bound.
    pub fn is_met(self) -> bool {
        self <= Self::MarginallyMet
    }

    /// Whether the interval includes the bound.
    pub fn is_marginal(self) -> bool {
        matches!(self, Self::MarginallyMet | Self::MarginallyMissed)
    }
}

/// A bound as printed, `at least 0.90`.
pub fn bound(limits: Limits, decimals: usize, unit: &str) -> String {
    let print = |value: f64| format!("{}{unit}", fixed(value, decimals));
    match (limits.low, limits.high) {
        (Some(low), None) => format!("at least {}", print(low)),
        (None, Some(high)) => format!("at most {}", print(high)),
        (Some(low), Some(high)) if low == -high => format!("within \u{b1}{}", print(high)),
        (Some(low), Some(high)) => format!("between {} and {}", fixed(low, decimals), print(high)),
        (None, None) => "unbounded".to_owned(),
    }
}

/// The sentence on a number whose interval includes its bound.
pub fn marginal_note(number: &Number) -> Option<String> {
    let (range, limits) = number.interval.zip(number.limits)?;
    // One more decimal, since a rounded end could seem to equal the bound.
    let print = |value: f64| fixed(value, number.decimals + 1);
    let bound = match (limits.low, limits.high) {
        (Some(one), None) | (None, Some(one)) => format!("its bound, {}", print(one)),
        (Some(low), Some(high)) => format!("an end of its bounds, {} to {}", print(low), print(high)),
        (None, None) => return None,
    };
    let (low, high) = (print(range.low), print(range.high));
    Some(format!("Marginal: the range of {}, {low} to {high}, includes {bound}.", number.quantity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::verdict::{Decides, decided_by, number};
    use results::verdicts::{Finding, IntervalKind, Margin};

    fn condition(value: f64, interval: (f64, f64), limits: Limits) -> Number {
        number("gain", value, 1, "").within(interval, IntervalKind::Confidence).against(limits)
    }

    #[test]
    fn a_number_is_marginal_if_its_interval_includes_the_bound() {
        for (value, interval, limits, check) in [
            (3.0, (2.5, 3.5), Limits::at_least(2.0), BoundCheck::Met),
            (3.0, (1.5, 3.5), Limits::at_least(2.0), BoundCheck::MarginallyMet),
            (1.9, (1.5, 2.0), Limits::at_least(2.0), BoundCheck::MarginallyMissed),
            (1.9, (1.5, 1.95), Limits::at_least(2.0), BoundCheck::Missed),
            (-1.0, (-2.0, 0.5), Limits::at_most(0.0), BoundCheck::MarginallyMet),
            (1.0, (0.1, 2.0), Limits::at_most(0.0), BoundCheck::Missed),
            (5.0, (4.5, 5.5), Limits::between(4.0, 6.0), BoundCheck::Met),
            (5.9, (5.5, 6.5), Limits::between(4.0, 6.0), BoundCheck::MarginallyMet),
            (6.1, (5.5, 6.5), Limits::between(4.0, 6.0), BoundCheck::MarginallyMissed),
            (7.0, (6.5, 7.5), Limits::between(4.0, 6.0), BoundCheck::Missed),
        ] {
            assert_eq!(
                BoundCheck::of(&condition(value, interval, limits)),
                Some(check),
                "{value} {interval:?} {limits:?}"
            );
        }
        let exact = number("ratio", 1.6, 1, "").against(Limits::at_least(1.5));
        assert_eq!(BoundCheck::of(&exact), Some(BoundCheck::Met));
    }

    #[test]
    fn the_worst_condition_decides_and_a_marginal_one_is_named() {
        let clear = || condition(9.0, (8.0, 10.0), Limits::at_least(2.0));
        let marginal = || condition(3.0, (1.5, 3.5), Limits::at_least(2.0));
        let missed = || condition(1.0, (0.5, 1.5), Limits::at_least(2.0));
        let by = |numbers: Vec<Number>| decided_by(numbers, String::new(), "Seen.".to_owned());

        let verdict = by(vec![clear(), clear()]);
        assert_eq!((verdict.finding, verdict.margin, verdict.words.as_str()), (Finding::Holds, Margin::Clear, "Seen."));

        let verdict = by(vec![clear(), marginal()]);
        assert_eq!((verdict.finding, verdict.margin), (Finding::Holds, Margin::Marginal));
        assert_eq!((verdict.number, verdict.numbers.len()), (Some(marginal()), 2));
        assert_eq!(marginal().bound.as_deref(), Some("at least 2.0"));
        assert_eq!(verdict.words, "Seen. Marginal: the range of gain, 1.50 to 3.50, includes its bound, 2.00.");

        let verdict = by(vec![marginal(), missed()]);
        assert_eq!((verdict.finding, verdict.margin), (Finding::Fails, Margin::Clear));
        assert_eq!(verdict.number, Some(missed()));

        assert!(!by(Vec::new()).finding.is_decided());
    }

    #[test]
    fn a_number_that_is_not_finite_decides_nothing() {
        for numbers in [
            vec![number("R²", f64::NAN, 2, "").against(Limits::at_least(0.9))],
            vec![condition(1.0, (f64::NEG_INFINITY, 2.0), Limits::at_least(0.5))],
        ] {
            let verdict = decided_by(numbers, String::new(), String::new());
            assert!(!verdict.finding.is_decided() && verdict.number.is_none() && verdict.numbers.is_empty());
        }
    }
}
