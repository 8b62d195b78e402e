//! A number held against its bound: is it met, and does the number's interval say the same? Knows no claim.

use super::verdict::Number;
use crate::number::fixed;

/// Which numbers meet a bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    /// This or more.
    AtLeast(f64),
    /// More than this.
    Above(f64),
    /// Less than this.
    Below(f64),
    /// These and what lies between.
    Between(f64, f64),
}

/// A number with the bound it has to meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The number.
    pub number: Number,
    side: Side,
    /// Of number, interval and bound as printed.
    decimals: usize,
}

/// How a number lies to its bound, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// With its whole interval, or it has none.
    Met,
    /// And not all of its interval.
    NarrowlyMet,
    /// But some of its interval would.
    NarrowlyMissed,
    /// With its whole interval, or it has none.
    Missed,
}

impl Place {
    /// Whether the number itself meets the bound.
    pub fn is_met(self) -> bool {
        self <= Self::NarrowlyMet
    }
}

impl Condition {
    /// `decimals` are those that number and bound are printed with.
    pub fn new(number: Number, side: Side, decimals: usize) -> Self {
        Self { number, side, decimals }
    }

    /// See [`Place`].
    pub fn place(&self) -> Place {
        let met = self.side.meets(self.number.value);
        match self.number.interval {
            Some((low, high)) if met && !(self.side.meets(low) && self.side.meets(high)) => Place::NarrowlyMet,
            Some((low, high)) if !met && self.side.touches(low, high) => Place::NarrowlyMissed,
            _ if met => Place::Met,
            _ => Place::Missed,
        }
    }

    /// The bound as printed, `at least 0.90`.
    pub fn bound(&self) -> String {
        let print = |value: f64| fixed(value, self.decimals);
        match self.side {
            Side::AtLeast(bound) => format!("at least {}", print(bound)),
            Side::Above(bound) => format!("above {}", print(bound)),
            Side::Below(bound) => format!("below {}", print(bound)),
            Side::Between(from, to) => format!("between {} and {}", print(from), print(to)),
        }
    }

    /// What is said of a number whose interval includes its bound.
    pub fn nearness(&self) -> String {
        // One decimal more, or an end that rounds to the bound would seem to lie on it.
        let print = |value: f64| fixed(value, self.decimals + 1);
        let Some((low, high)) = self.number.interval else { return String::new() };
        let bound = match self.side {
            Side::AtLeast(bound) | Side::Above(bound) | Side::Below(bound) => format!("its bound, {}", print(bound)),
            Side::Between(from, to) => format!("an end of its bounds, {} to {}", print(from), print(to)),
        };
        format!("Narrowly: the range of {}, {} to {}, includes {bound}.", self.number.quantity, print(low), print(high))
    }
}

impl Side {
    fn meets(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::Above(bound) => value > bound,
            Self::Below(bound) => value < bound,
            Self::Between(from, to) => from <= value && value <= to,
        }
    }

    /// Whether anything from `low` to `high` meets it.
    fn touches(self, low: f64, high: f64) -> bool {
        match self {
            Self::AtLeast(_) | Self::Above(_) => self.meets(high),
            Self::Below(_) => self.meets(low),
            Self::Between(from, to) => low <= to && from <= high,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::verdict::{Finding, Margin, Verdict};

    fn condition(value: f64, interval: (f64, f64), side: Side) -> Condition {
        Condition::new(Number::new("gain", value, 1, "").with_interval(interval, 1, "95 %:"), side, 1)
    }

    #[test]
    fn a_number_is_near_its_bound_where_its_interval_includes_it() {
        for (value, interval, side, place) in [
            (3.0, (2.5, 3.5), Side::AtLeast(2.0), Place::Met),
            (3.0, (1.5, 3.5), Side::AtLeast(2.0), Place::NarrowlyMet),
            (1.9, (1.5, 2.0), Side::AtLeast(2.0), Place::NarrowlyMissed),
            (1.9, (1.5, 2.0), Side::Above(2.0), Place::Missed),
            (-1.0, (-2.0, 0.5), Side::Below(0.0), Place::NarrowlyMet),
            (1.0, (0.1, 2.0), Side::Below(0.0), Place::Missed),
            (5.0, (4.5, 5.5), Side::Between(4.0, 6.0), Place::Met),
            (5.9, (5.5, 6.5), Side::Between(4.0, 6.0), Place::NarrowlyMet),
            (6.1, (5.5, 6.5), Side::Between(4.0, 6.0), Place::NarrowlyMissed),
            (7.0, (6.5, 7.5), Side::Between(4.0, 6.0), Place::Missed),
        ] {
            assert_eq!(condition(value, interval, side).place(), place, "{value} {interval:?} {side:?}");
        }
        let exact = Condition::new(Number::new("ratio", 1.6, 1, ""), Side::AtLeast(1.5), 1);
        assert_eq!(exact.place(), Place::Met);
    }

    #[test]
    fn the_worst_condition_decides_and_a_narrow_one_is_said() {
        let clear = || condition(9.0, (8.0, 10.0), Side::AtLeast(2.0));
        let narrow = || condition(3.0, (1.5, 3.5), Side::AtLeast(2.0));
        let missed = || condition(1.0, (0.5, 1.5), Side::AtLeast(2.0));
        let by = |conditions: &[Condition]| Verdict::by(conditions, String::new(), "Seen.".to_owned());

        let verdict = by(&[clear(), clear()]);
        assert_eq!((verdict.finding, verdict.margin, verdict.words.as_str()), (Finding::Holds, Margin::Clear, "Seen."));

        let verdict = by(&[clear(), narrow()]);
        assert_eq!((verdict.finding, verdict.margin), (Finding::Holds, Margin::Narrow));
        assert_eq!(verdict.number, Some(narrow().number.held_against("at least 2.0")));
        assert_eq!(verdict.words, "Seen. Narrowly: the range of gain, 1.50 to 3.50, includes its bound, 2.00.");

        let verdict = by(&[narrow(), missed()]);
        assert_eq!((verdict.finding, verdict.margin), (Finding::Fails, Margin::Clear));
        assert_eq!(verdict.number, Some(missed().number.held_against("at least 2.0")));

        assert!(matches!(by(&[]).finding, Finding::NotTested { .. }));
    }
}
