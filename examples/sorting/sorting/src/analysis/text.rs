//! Formats numbers: the same digits wherever a number is printed.

/// A whole number in groups of three digits: `30,000`.
pub fn whole(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three significant digits for numbers of at least 0.1; no decimals for numbers of at least 100.
pub fn three(number: f64) -> String {
    // The rounded value decides: 9.999 becomes 10.0.
    let decimals = match number.abs() {
        size if size < 0.9995 => 3,
        size if size < 9.995 => 2,
        size if size < 99.95 => 1,
        _ => 0,
    };
    format!("{number:.decimals$}")
}

/// A time and its bounds [s] in the unit that suits the time: `1.50 ms (1.45 to 1.58)`.
pub fn time(seconds: f64, bounds: Option<(f64, f64)>) -> String {
    let (unit, name) = match seconds {
        size if size < 999.5e-9 => (1e-9, "ns"),
        size if size < 999.5e-6 => (1e-6, "µs"),
        size if size < 999.5e-3 => (1e-3, "ms"),
        _ => (1.0, "s"),
    };
    let bounds = bounds.map(|(low, high)| format!(" ({} to {})", three(low / unit), three(high / unit)));
    format!("{} {name}{}", three(seconds / unit), bounds.unwrap_or_default())
}

/// Items as a sentence lists them: `a, b and c`, or `none`.
pub fn list(items: &[String]) -> String {
    match items {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_a_unit_that_suits_them() {
        assert_eq!((whole(999), whole(1_000), whole(1_234_567)), ("999".into(), "1,000".into(), "1,234,567".into()));
        let printed = [0.9994, 0.9996, 9.994, 9.996, 99.94, 99.96, 1234.4].map(three);
        assert_eq!(printed, ["0.999", "1.00", "9.99", "10.0", "99.9", "100", "1234"]);
        assert_eq!(time(1.5e-3, Some((1.45e-3, 1.58e-3))), "1.50 ms (1.45 to 1.58)");
        assert_eq!(
            (time(20e-9, None), time(999.6e-6, None), time(2.0, None)),
            ("20.0 ns".into(), "1.00 ms".into(), "2.00 s".into())
        );
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        let of = |items: &[&str]| list(&items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>());
        assert_eq!((of(&[]), of(&["a"]), of(&["a", "b", "c"])), ("none".into(), "a".into(), "a, b and c".into()));
    }
}
