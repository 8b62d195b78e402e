//! A number as meters write it, and the unit after it.

/// A number without digit grouping.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// Its value.
    pub value: f64,
    /// Its decimal sign, a point or a comma.
    pub sign: Option<char>,
    /// Whether the sign could also separate thousands, as in `1,234`.
    pub is_groupable: bool,
}

/// Parses digits with at most one decimal sign, and an exponent. Nothing of the text is ignored.
pub fn number(text: &str) -> Option<Number> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) =
        unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(head, rest)| (head, Some(rest)));
    let sign = mantissa.chars().find(|letter| matches!(letter, '.' | ','));
    let (whole, fraction) = sign.and_then(|sign| mantissa.split_once(sign)).unwrap_or((mantissa, "0"));
    let is_whole = is_digits(whole) || (whole.is_empty() && sign.is_some());
    let is_exponent = exponent.is_none_or(|text| is_digits(text.strip_prefix(['+', '-']).unwrap_or(text)));
    let value = text.replace(',', ".").parse().ok().filter(|value: &f64| value.is_finite())?;
    let is_groupable = sign.is_some()
        && exponent.is_none()
        && fraction.len() == 3
        && (1..=3).contains(&whole.len())
        && !whole.starts_with('0');
    (is_whole && is_exponent && is_digits(fraction)).then_some(Number { value, sign, is_groupable })
}

/// The factor of a unit of power to watts. Programs write units in small letters, too; `MW` could be either.
pub fn watts(unit: &str) -> Option<f64> {
    Some(match unit {
        "W" | "w" => 1.0,
        "kW" | "kw" | "KW" => 1e3,
        "mW" | "mw" => 1e-3,
        // The micro sign and the Greek letter.
        "uW" | "uw" | "\u{b5}W" | "\u{3bc}W" => 1e-6,
        _ => match unit.to_lowercase().trim_end_matches('s') {
            "watt" => 1.0,
            "kilowatt" => 1e3,
            "milliwatt" => 1e-3,
            "microwatt" => 1e-6,
            _ => return None,
        },
    })
}

/// The unit in the name of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    /// None.
    Absent,
    /// One of power, with its factor to watts.
    Watts(f64),
    /// One of something else, or one that is not clear.
    Other,
}

/// Units of what is no power, in small letters. A single `a` outside brackets could name a phase.
const OTHER_UNITS: [&str; 20] = [
    "v", "mv", "volt", "a", "ma", "amp", "ampere", "va", "mva", "var", "wh", "mwh", "kwh", "j", "mj", "joule", "ah",
    "mah", "ws", "hz",
];

/// The unit in the name of a column, such as `P [mW]` or `power_mw`.
pub fn unit_of_column(name: &str) -> Unit {
    // A letter that is not UTF-8 may be the micro sign.
    if name.contains('\u{fffd}') {
        return Unit::Other;
    }
    let small = name.to_lowercase();
    let has = |parts: [&str; 3]| parts.iter().any(|part| small.contains(part));
    let is_named = has(["volt", "current", "energy"]) && !has(["power", "watt", "leistung"]);
    let mut found = if is_named { Unit::Other } else { Unit::Absent };
    for (index, part) in name.split(['(', '[', ')', ']']).enumerate() {
        for word in words(part) {
            let small = word.to_lowercase();
            let unscaled = small.trim_start_matches(|letter: char| letter.is_ascii_digit());
            let is_unit_of_power =
                unscaled.ends_with("watt") || unscaled.ends_with("watts") || PREFIXED.contains(&unscaled);
            let is_other = OTHER_UNITS.contains(&small.trim_end_matches('s')) || OTHER_UNITS.contains(&&*small);
            let unit = match watts(word) {
                // Tenths of a watt, for example.
                Some(_) if index % 2 == 1 && part.contains(|letter: char| letter.is_ascii_digit()) => Unit::Other,
                Some(factor) => Unit::Watts(factor),
                None if is_unit_of_power || is_other && (index % 2 == 1 || small != "a") => Unit::Other,
                None => continue,
            };
            match (found, unit) {
                (Unit::Watts(one), Unit::Watts(other)) if one != other => return Unit::Other,
                // The power of a supply of 230 V.
                (Unit::Watts(_), Unit::Other) if watts(word).is_none() && is_other => {}
                _ => found = unit,
            }
        }
    }
    found
}

/// Units of power with other factors, in small letters.
const PREFIXED: [&str; 9] = ["w", "nw", "mw", "cw", "dw", "hw", "kw", "gw", "pw"];

/// The factor of the first unit of power in a text; none for that of a rating, such as `3 kW`.
pub fn unit_of_text(text: &str) -> Option<f64> {
    let is_number = |word: &str| word.chars().all(|letter| letter.is_ascii_digit());
    let all: Vec<&str> = words(text).collect();
    let rated = |index: usize| index.checked_sub(1).is_some_and(|before| is_number(all[before]));
    (0..all.len()).filter(|index| !rated(*index)).find_map(|index| watts(all[index]))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// A number and the factor of the unit that follows it in the same field, if there is one.
pub fn with_unit(field: &str) -> Option<(Number, Option<f64>)> {
    let value = field.trim_end_matches(char::is_alphabetic);
    let factor = match &field[value.len()..] {
        "" => None,
        unit => Some(watts(unit)?),
    };
    Some((number(value.trim_end_matches([' ', '\u{a0}', '\u{202f}']))?, factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_whole_or_not_at_all() {
        for (text, value) in
            [("7", 7.0), ("+7.5", 7.5), ("-0,25", -0.25), (".5", 0.5), ("7.5E+00", 7.5), ("75e-1", 7.5)]
        {
            assert_eq!(number(text).map(|number| number.value), Some(value), "{text}");
        }
        for text in [
            "",
            ".",
            "-",
            "7.",
            "7,",
            "1,234.5",
            "1.234,5",
            "1 234",
            "1\u{a0}234,5",
            "1\u{202f}234",
            "1'234.5",
            "1,234,567",
            "nan",
            "NaN",
            "inf",
            "----",
            "7.5.1",
            "0x10",
            "7e",
            "7e1.5",
            "1e400",
            "1_000",
            "٧",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn three_digits_after_one_to_three_could_be_thousands() {
        for (text, expected) in [
            ("7,500", true),
            ("123.456", true),
            ("-1,234", true),
            ("0,500", false),
            ("7,50", false),
            ("1234,567", false),
        ] {
            assert_eq!(number(text).map(|number| number.is_groupable), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_unit_scales_its_number_and_other_units_are_refused() {
        for (text, value, factor) in [
            ("7500 mW", 7500.0, Some(1e-3)),
            ("7.5W", 7.5, Some(1.0)),
            ("0,5\u{a0}kW", 0.5, Some(1e3)),
            ("7", 7.0, None),
        ] {
            assert_eq!(with_unit(text).map(|(number, factor)| (number.value, factor)), Some((value, factor)), "{text}");
        }
        for text in ["7.5 V", "7.5 nW", "7.5 MW", "7.5VA", "7.5 Wh", "W", "7.5 W W"] {
            assert_eq!(with_unit(text), None, "{text}");
        }
    }
}
