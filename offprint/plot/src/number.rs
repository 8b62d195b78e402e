//! Numbers as text: digits in groups, powers of ten, three significant digits.

/// A number with this many decimals, and thin spaces between groups of three digits.
pub fn grouped(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) if rest.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0') => ("\u{2212}", rest),
        Some(rest) => ("", rest),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut out = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        // Four digits are more readable without a space.
        if whole.len() > 4 && index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// Three significant digits, for example 0.0123, 1.23, 123, 12 300; with a power of ten outside 0.0001 to 1 000 000.
pub fn three(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return grouped(0.0, 0);
    }
    let exponent = decade(value);
    if !(-4..6).contains(&exponent) {
        return scientific(value, 2);
    }
    // Rounding can carry into the next decade: 9.999 becomes 10.0.
    let rounded = round_to(value, exponent - 2);
    grouped(rounded, (2 - decade(rounded)).max(0) as usize)
}

/// A share as a percentage: 0.3 %, 9.7 %, 12 %.
pub fn percent(share: f64) -> String {
    let value = 100.0 * share;
    format!("{}\u{a0}%", grouped(value, usize::from(value.abs() < 9.95)))
}

/// A mantissa with this many decimals times a power of ten; a mantissa of 1 is omitted.
pub fn scientific(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return grouped(0.0, 0);
    }
    let exponent = decade(round_to(value, decade(value) - digits as i32));
    let mantissa = grouped(value / power(exponent), digits);
    if mantissa.trim_end_matches(['0', '.']) == "1" {
        return format!("10{}", raised(exponent));
    }
    format!("{mantissa}\u{b7}10{}", raised(exponent))
}

/// A power of ten, exact where a float can be.
pub fn power(exponent: i32) -> f64 {
    libm::pow(10.0, f64::from(exponent))
}

/// The power of ten of a value's first digit.
fn decade(value: f64) -> i32 {
    // The logarithm of a power of ten may be slightly too low.
    libm::floor(libm::log10(value.abs()) + 1e-12) as i32
}

fn round_to(value: f64, exponent: i32) -> f64 {
    let unit = power(exponent);
    if unit > 0.0 && unit.is_finite() { (value / unit).round() * unit } else { value }
}

fn raised(exponent: i32) -> String {
    let up = |digit: char| match digit {
        '-' => '\u{207b}',
        '1' => '\u{b9}',
        '2' => '\u{b2}',
        '3' => '\u{b3}',
        _ => char::from_u32(0x2070 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
    };
    exponent.to_string().chars().map(up).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thin_spaces() {
        assert_eq!(grouped(1234.0, 0), "1234");
        assert_eq!(grouped(12345.6, 1), "12\u{2009}345.6");
        assert_eq!(grouped(-2.0, 0), "\u{2212}2");
        assert_eq!(grouped(-0.001, 1), "0.0");
    }

    #[test]
    fn three_digits_are_significant_at_any_size() {
        assert_eq!(
            [0.0123, 1.234, 9.999, 123.4, 12_345.0, -5.0].map(three),
            ["0.0123", "1.23", "10.0", "123", "12\u{2009}300", "\u{2212}5.00"]
        );
        assert_eq!(three(1.5e9), "1.50\u{b7}10\u{2079}");
        assert_eq!(three(0.0), "0");
    }

    #[test]
    fn small_shares_have_a_decimal() {
        assert_eq!(
            [0.0031, 0.0999, 0.123, -0.02].map(percent),
            ["0.3\u{a0}%", "10\u{a0}%", "12\u{a0}%", "\u{2212}2.0\u{a0}%"]
        );
    }

    #[test]
    fn powers_of_ten_are_raised() {
        assert_eq!(scientific(1e7, 0), "10\u{2077}");
        assert_eq!(scientific(2e-12, 0), "2\u{b7}10\u{207b}\u{b9}\u{b2}");
        assert_eq!(scientific(1e300, 0), "10\u{b3}\u{2070}\u{2070}");
    }
}
