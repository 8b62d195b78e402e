//! Formats numbers as text: fixed digits, a true minus sign, no locale.

use results::Estimate;

/// A number with that many decimals and a true minus sign.
pub fn fixed(value: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", value.abs());
    let zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let digits = grouped(&digits);
    if value < 0.0 && !zero { format!("\u{2212}{digits}") } else { digits }
}

/// A number with at least three significant digits, and no decimals from 100 on.
pub fn three(value: f64) -> String {
    // The rounded value decides, so that 9.999 is 10.0 and not 10.00.
    let decimals = match value.abs() {
        size if size < 0.09995 => 4,
        size if size < 0.9995 => 3,
        size if size < 9.995 => 2,
        size if size < 99.95 => 1,
        _ => 0,
    };
    fixed(value, decimals)
}

/// A value with its interval, `0.94 (0.89 to 0.99)`.
pub fn estimate(of: Estimate, print: impl Fn(f64) -> String) -> String {
    format!("{} ({} to {})", print(of.value), print(of.low), print(of.high))
}

/// A value and its unit, joined by a narrow no-break space.
pub fn with_unit(value: &str, unit: &str) -> String {
    format!("{value}\u{202f}{unit}")
}

/// A count, in words up to twelve.
pub fn count(value: usize) -> String {
    const WORDS: [&str; 13] =
        ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    WORDS.get(value).map_or_else(|| fixed(value as f64, 0), |word| (*word).to_owned())
}

/// Items as a sentence lists them.
pub fn list(items: &[String]) -> String {
    match items {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Groups of three digits from 10 000 on, separated by narrow spaces.
fn grouped(digits: &str) -> String {
    let (integer, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    if integer.len() < 5 {
        return digits.to_owned();
    }
    let mut text = String::new();
    for (index, digit) in integer.chars().enumerate() {
        if index > 0 && (integer.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_follow_the_rounded_size() {
        let expected = [(0.05, "0.0500"), (0.1234, "0.123"), (5.003, "5.00"), (9.999, "10.0"), (99.97, "100")];
        for (value, text) in expected {
            assert_eq!(three(value), text);
        }
        assert_eq!(three(12345.6), "12\u{202f}346");
    }

    #[test]
    fn zero_has_no_minus_sign() {
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(-1.0, 1), "\u{2212}1.0");
    }

    #[test]
    fn lists_read_as_sentences() {
        let items = |count: usize| (1..=count).map(|item| item.to_string()).collect::<Vec<_>>();
        assert_eq!(list(&items(1)), "1");
        assert_eq!(list(&items(3)), "1, 2 and 3");
    }
}
