//! A line of a meter: Unix time and watts.

/// The content of a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A time [s, Unix time] and a power [W].
    Power(f64, f64),
    /// An empty line or a comment.
    Empty,
    /// Anything else, with an error that quotes the line.
    Invalid(String),
}

/// The earliest plausible time [s, Unix time]: 2001-09-09. A meter that counts from its own start cannot be aligned.
const EARLIEST: f64 = 1e9;

/// Parses two numbers separated by a blank, a tab, a comma or a semicolon. Further fields are ignored; `#` starts a
/// comment.
pub fn line(text: &str) -> Line {
    let text = text.trim();
    if text.is_empty() || text.starts_with('#') {
        return Line::Empty;
    }
    let invalid = |what: &str| Line::Invalid(format!("`{}` {what}", text.escape_default()));
    let mut fields = text.split([' ', '\t', ',', ';']).filter(|field| !field.is_empty());
    let mut number = || fields.next()?.parse::<f64>().ok().filter(|number| number.is_finite());
    match (number(), number()) {
        (Some(seconds), Some(_)) if seconds < EARLIEST => invalid("does not begin with Unix time"),
        (Some(seconds), Some(watts)) => Line::Power(seconds, watts),
        _ => invalid("is not `seconds watts`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_separators_are_read() {
        for text in ["1795560310.25 7.5", "1795560310.25,7.5", " 1795560310.25 ; 7.5;12.0;0.6", "1795560310.25\t7.5\r"]
        {
            assert_eq!(line(text), Line::Power(1_795_560_310.25, 7.5), "{text}");
        }
    }

    #[test]
    fn comments_and_empty_lines_are_empty() {
        assert_eq!([line(""), line("  "), line("# seconds watts")], [Line::Empty, Line::Empty, Line::Empty]);
    }

    #[test]
    fn an_invalid_line_is_quoted_without_its_control_characters() {
        for text in ["time,power", "1795560310.25", "1795560310.25 nan", "12.5 7.5", "1795560310.25 \u{1b}[2J"] {
            let Line::Invalid(error) = line(text) else { panic!("{text}") };
            assert!(!error.contains('\u{1b}'), "{error}");
        }
    }
}
