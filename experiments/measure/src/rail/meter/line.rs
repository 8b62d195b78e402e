//! A line of a meter: seconds since 1970 and watts. Reads no file.

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// When [s, Unix time] and how much [W].
    Power(f64, f64),
    /// Nothing: it is empty or a remark.
    Nothing,
    /// Something else.
    Strange(String),
}

/// Times before this are no calendar's [s, Unix time]: 2001-09-09. A meter that counts from its own start cannot be aligned.
const EARLIEST: f64 = 1e9;

/// Two numbers with a blank, a tab, a comma or a semicolon between them, what stands behind them being no matter; `#` begins a remark.
pub fn line(text: &str) -> Line {
    let text = text.trim();
    if text.is_empty() || text.starts_with('#') {
        return Line::Nothing;
    }
    let strange = |what: &str| Line::Strange(format!("`{}` {what}", text.escape_default()));
    let mut fields = text.split([' ', '\t', ',', ';']).filter(|field| !field.is_empty());
    let mut number = || fields.next()?.parse::<f64>().ok().filter(|number| number.is_finite());
    match (number(), number()) {
        (Some(seconds), Some(_)) if seconds < EARLIEST => strange("does not begin with Unix time"),
        (Some(seconds), Some(watts)) => Line::Power(seconds, watts),
        _ => strange("is no `seconds watts`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_ways_to_part_two_numbers_are_read() {
        for text in ["1795560310.25 7.5", "1795560310.25,7.5", " 1795560310.25 ; 7.5;12.0;0.6", "1795560310.25\t7.5\r"]
        {
            assert_eq!(line(text), Line::Power(1_795_560_310.25, 7.5), "{text}");
        }
    }

    #[test]
    fn remarks_say_nothing() {
        assert_eq!([line(""), line("  "), line("# seconds watts")], [Line::Nothing, Line::Nothing, Line::Nothing]);
    }

    #[test]
    fn what_is_no_time_and_power_is_told_without_its_control_characters() {
        for text in ["time,power", "1795560310.25", "1795560310.25 nan", "12.5 7.5", "1795560310.25 \u{1b}[2J"] {
            let Line::Strange(said) = line(text) else { panic!("{text}") };
            assert!(!said.contains('\u{1b}'), "{said}");
        }
    }
}
