//! Tooltips: text that a pointer shows in a region of a figure. In the SVG, each is an invisible target with the text
//! as its title.

use std::sync::Arc;

use crate::rect::{Position, Rect, distance};

/// Minimum radius of a target (pt).
const MIN_RADIUS: f64 = 4.0;
/// Discs nearer to each other than this show the texts of both, since a pointer only reaches the upper one (pt).
const COINCIDENT: f64 = 1.0;

/// The region of the pointer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Region {
    /// A disc: its centre and radius (pt).
    Disc(Position, f64),
    /// A rectangle.
    Box(Rect),
}

/// A text and its region.
#[derive(Clone, Debug, PartialEq)]
pub struct Tooltip {
    /// Its region.
    pub region: Region,
    /// Its text.
    pub text: String,
    /// Its subject.
    pub subject: Option<Subject>,
}

/// The subject of an element of a figure, such as the `series` `merge`; see
/// [`Canvas::group`](crate::canvas::Canvas::group).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its kind: lower-case letters and hyphens.
    pub kind: &'static str,
    /// Its name.
    pub name: Arc<str>,
}

impl Subject {
    /// As an attribute of an element: ` data-KIND="NAME"`.
    pub fn attribute(&self) -> String {
        format!(" data-{}=\"{}\"", self.kind, escaped(&self.name))
    }
}

impl Region {
    /// Its middle (pt).
    pub fn middle(self) -> Position {
        match self {
            Self::Disc(centre, _) => centre,
            Self::Box(rect) => ((rect.left + rect.right) / 2.0, (rect.top + rect.bottom) / 2.0),
        }
    }

    fn area(self) -> f64 {
        match self {
            Self::Disc(_, radius) => std::f64::consts::PI * radius * radius,
            Self::Box(rect) => rect.width() * rect.height(),
        }
    }

    /// The region, enlarged to the minimum size.
    fn reachable(self) -> Self {
        match self {
            Self::Disc(centre, radius) => Self::Disc(centre, radius.max(MIN_RADIUS)),
            Self::Box(_) => self,
        }
    }

    fn coincides_with(self, other: Self) -> bool {
        match (self, other) {
            (Self::Disc(one, _), Self::Disc(two, _)) => distance(one, two) < COINCIDENT,
            _ => false,
        }
    }

    /// The start of the element, with `scale` units per point.
    fn opening(self, scale: f64, subject: Option<&Subject>) -> String {
        let of = subject.map(Subject::attribute).unwrap_or_default();
        let steps = |points: f64| format!("{:.0}", (points * scale).round().clamp(-1e6, 1e6));
        match self {
            Self::Disc((x, y), radius) => {
                format!("<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{of}>", steps(x), steps(y), steps(radius))
            }
            Self::Box(rect) => format!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{of}>",
                steps(rect.left),
                steps(rect.top),
                steps(rect.width()),
                steps(rect.height())
            ),
        }
    }

    fn closing(self) -> &'static str {
        match self {
            Self::Disc(..) => "</circle>",
            Self::Box(_) => "</rect>",
        }
    }
}

/// The class of the group of targets.
pub const CLASS: &str = "tooltip";

/// The targets of a figure, with `scale` units per point, in a group of the class [`CLASS`]. Smaller ones are on top,
/// so that a pointer reaches each.
pub fn targets(tooltips: &[Tooltip], scale: f64) -> String {
    let targets = tooltips.iter().map(|one| (one.region.reachable(), text(one, tooltips), one.subject.as_ref()));
    let mut targets: Vec<_> = targets.collect();
    targets.sort_by(|one, other| other.0.area().total_cmp(&one.0.area()));
    let lines: Vec<String> = targets
        .iter()
        .map(|(region, text, subject)| {
            format!("{}<title>{text}</title>{}\n", region.opening(scale, *subject), region.closing())
        })
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("<g class=\"{CLASS}\" fill=\"none\" pointer-events=\"all\">\n{}</g>\n", lines.concat())
}

/// The text of a tooltip, and below it those of others at the same position.
fn text(of: &Tooltip, tooltips: &[Tooltip]) -> String {
    let others = tooltips.iter().filter(|other| of.region.coincides_with(other.region) && *other != of);
    let lines: Vec<String> = std::iter::once(of).chain(others).map(|tooltip| escaped(&tooltip.text)).collect();
    lines.join("\n")
}

/// Escapes text for the content of an element or the value of an attribute, and removes characters that XML forbids.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ if letter.is_control() => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disc(centre: Position, radius: f64, text: &str) -> Tooltip {
        Tooltip { region: Region::Disc(centre, radius), text: text.to_owned(), subject: None }
    }

    #[test]
    fn a_small_target_is_above_a_large_one() {
        let text = targets(&[disc((9.0, 9.0), 1.0, "small"), disc((12.0, 9.0), 20.0, "large")], 10.0);
        let expected = "<g class=\"tooltip\" fill=\"none\" pointer-events=\"all\">\n\
                        <circle cx=\"120\" cy=\"90\" r=\"200\"><title>large</title></circle>\n\
                        <circle cx=\"90\" cy=\"90\" r=\"40\"><title>small</title></circle>\n</g>\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_subject_of_a_tooltip_is_an_attribute_for_any_name() {
        let of = Tooltip {
            subject: Some(Subject { kind: "series", name: Arc::from("a\"><b") }),
            ..disc((9.0, 9.0), 5.0, "x")
        };
        let expected = "<circle cx=\"9\" cy=\"9\" r=\"5\" data-series=\"a&quot;&gt;&lt;b\"><title>x</title></circle>";
        assert!(targets(&[of], 1.0).contains(expected));
    }

    #[test]
    fn tooltips_at_one_position_show_each_other() {
        let text = targets(&[disc((9.0, 9.0), 5.0, "ours"), disc((9.5, 9.0), 5.0, "theirs")], 10.0);
        assert!(text.contains("<title>ours\ntheirs</title>") && text.contains("<title>theirs\nours</title>"), "{text}");
    }

    #[test]
    fn hostile_text_stays_text() {
        let text = targets(&[disc((1.0, 1.0), 1.0, "</title><script>&\u{0}\u{ffff}\n")], 1.0);
        assert!(text.contains("<title>&lt;/title&gt;&lt;script&gt;&amp;\u{fffd}\u{fffd}\u{fffd}</title>"), "{text}");
    }

    #[test]
    fn without_tooltips_nothing_is_written_and_no_position_overflows() {
        assert_eq!(targets(&[], 10.0), "");
        let far = targets(&[disc((1e300, f64::NEG_INFINITY), 5.0, "far")], 10.0);
        assert!(far.contains("cx=\"1000000\" cy=\"-1000000\""), "{far}");
    }
}
