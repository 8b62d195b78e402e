//! A time limit for measuring, as people write it: `20m`, `90s`, `1h30m`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Units with their seconds, in the order in which they are printed.
const UNITS: [(char, u64); 3] = [('h', 3600), ('m', 60), ('s', 1)];

/// A time for measuring, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(Duration);

/// Text that is not such a time.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("expected hours, minutes and seconds, each with its letter, for example 20m, 90s, 2h or 1h30m")]
pub struct NotABudget;

impl Budget {
    /// How long it is.
    pub fn time(self) -> Duration {
        self.0
    }
}

impl FromStr for Budget {
    type Err = NotABudget;

    fn from_str(text: &str) -> Result<Self, NotABudget> {
        let (mut rest, mut seconds) = (text, Some(0_u64));
        for (unit, of) in UNITS {
            let Some((number, after)) = rest.split_once(unit) else { continue };
            // `parse` would accept a sign.
            if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(NotABudget);
            }
            let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(of));
            seconds = seconds.zip(part).and_then(|(seconds, part)| seconds.checked_add(part));
            rest = after;
        }
        match seconds {
            Some(seconds) if rest.is_empty() && !text.is_empty() => Ok(Self(Duration::from_secs(seconds))),
            _ => Err(NotABudget),
        }
    }
}

/// One form for each time, however it was written.
impl fmt::Display for Budget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_secs();
        if rest == 0 {
            return write!(out, "0s");
        }
        for (unit, of) in UNITS {
            let number = rest / of;
            rest %= of;
            if number > 0 {
                write!(out, "{number}{unit}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_several_forms_and_is_printed_in_one() {
        for (text, seconds, printed) in [
            ("20m", 1200, "20m"),
            ("90s", 90, "1m30s"),
            ("2h", 7200, "2h"),
            ("1h30m", 5400, "1h30m"),
            ("90m", 5400, "1h30m"),
            ("1h0m5s", 3605, "1h5s"),
            ("0s", 0, "0s"),
        ] {
            let budget: Budget = text.parse().unwrap();
            assert_eq!((budget.time(), budget.to_string().as_str()), (Duration::from_secs(seconds), printed), "{text}");
            assert_eq!(budget.to_string().parse(), Ok(budget));
        }
    }

    #[test]
    fn text_that_is_not_a_time_is_refused_with_examples() {
        for text in [
            "",
            "20",
            "m",
            "20 m",
            "-5m",
            "+5m",
            "1.5h",
            "30m1h",
            "1m1m",
            "5d",
            "20M",
            "1h30",
            "ü5m",
            "99999999999999999999s",
            "9999999999999999h",
            "18446744073709551615s1h",
        ] {
            assert_eq!(text.parse::<Budget>(), Err(NotABudget), "{text}");
        }
        assert!(NotABudget.to_string().contains("1h30m"));
    }
}
