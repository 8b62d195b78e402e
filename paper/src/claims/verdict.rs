//! Makes the verdict of a test: the finding, the deciding number, its bound, and a sentence.

use results::Estimate;
use results::verdicts::{Finding, Interval, IntervalKind, Limits, Margin, Number, Verdict};

use super::condition::{self, BoundCheck};
use crate::number::fixed;

/// A claim holds if every condition is met. The worst condition decides, and the first of several equally bad ones.
pub fn decided_by(numbers: Vec<Number>, bound: String, words: String) -> Verdict {
    if numbers.iter().any(|number| !is_finite(number)) {
        return not_tested(bound, "a number of the test is not finite".to_owned());
    }
    let checks = || numbers.iter().filter_map(|number| Some((BoundCheck::of(number)?, number)));
    let worst = checks().map(|(check, _)| check).max();
    let Some((check, decides)) = checks().find(|(check, _)| Some(*check) == worst) else {
        return not_tested(bound, "no number has a bound".to_owned());
    };
    let decides = decides.clone();
    Verdict {
        finding: if check.is_met() { Finding::Holds } else { Finding::Fails },
        margin: if check.is_marginal() { Margin::Marginal } else { Margin::Clear },
        words: [Some(words), condition::marginal_note(&decides).filter(|_| check.is_marginal())]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
        number: Some(decides),
        numbers,
        bound,
    }
}

/// The verdict if there are too few data to test the claim.
pub fn not_tested(bound: String, reason: String) -> Verdict {
    let mut letters = reason.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let words = format!("{first}{}.", letters.as_str());
    let finding = Finding::NotTested { reason };
    Verdict { finding, margin: Margin::Open, number: None, numbers: Vec::new(), bound, words }
}

fn is_finite(number: &Number) -> bool {
    let range = number.interval.map(|range| [range.low, range.high]);
    [number.value].into_iter().chain(range.into_iter().flatten()).all(f64::is_finite)
}

/// A number without a range or bound; `unit` may be empty.
pub fn number(quantity: &str, value: f64, decimals: usize, unit: &str) -> Number {
    let text = format!("{quantity} = {}", printed(value, decimals, unit));
    let (quantity, unit) = (quantity.to_owned(), unit.to_owned());
    Number { quantity, value, unit, decimals, interval: None, limits: None, bound: None, text }
}

/// A number with its range.
pub fn estimated(quantity: &str, of: Estimate, kind: IntervalKind, decimals: usize, unit: &str) -> Number {
    number(quantity, of.value, decimals, unit).within((of.low, of.high), kind)
}

/// Per cent and degrees are separated by a space too.
fn printed(value: f64, decimals: usize, unit: &str) -> String {
    let space = if unit.is_empty() { "" } else { "\u{202f}" };
    format!("{}{space}{unit}", fixed(value, decimals))
}

/// What a test adds to a number.
pub trait Decides {
    /// Adds the range.
    fn within(self, range: (f64, f64), kind: IntervalKind) -> Self;
    /// Adds the bound.
    fn against(self, limits: Limits) -> Self;
    /// Adds a remark in brackets, such as why there is no range.
    fn remarked(self, remark: &str) -> Self;
}

impl Decides for Number {
    fn within(self, (low, high): (f64, f64), kind: IntervalKind) -> Self {
        let range = format!("{}: {} to {}", kind.words(), fixed(low, self.decimals), fixed(high, self.decimals));
        Self { interval: Some(Interval { low, high, kind }), ..self.remarked(&range) }
    }

    fn against(self, limits: Limits) -> Self {
        let unit = if self.unit.is_empty() { String::new() } else { format!("\u{202f}{}", self.unit) };
        Self { limits: Some(limits), bound: Some(condition::bound(limits, self.decimals, &unit)), ..self }
    }

    fn remarked(self, remark: &str) -> Self {
        Self { text: format!("{} ({remark})", self.text), ..self }
    }
}
