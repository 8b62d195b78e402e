//! What a place of a sheet tells whoever points at it, and how that stands in SVG: as a target that draws nothing and has the words
//! as its title. Knows no mark and no quantity.

use std::sync::Arc;

use crate::rect::{Place, Rect, distance};

/// Nobody can point at less [pt].
const LEAST: f64 = 4.0;
/// Of marks nearer to each other than this only the upper one can be pointed at, so that both tell both [pt].
const ONE_PLACE: f64 = 1.0;

/// Where one has to point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reach {
    /// At a disc: its centre and radius [pt].
    Disc(Place, f64),
    /// At a rectangle.
    Box(Rect),
}

/// What is told there.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Where.
    pub reach: Reach,
    /// In words.
    pub words: String,
    /// The network it is about, by name.
    pub network: Option<Arc<str>>,
}

impl Reach {
    /// Its middle [pt].
    pub fn middle(self) -> Place {
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

    /// Large enough to be pointed at.
    fn reachable(self) -> Self {
        match self {
            Self::Disc(centre, radius) => Self::Disc(centre, radius.max(LEAST)),
            Self::Box(_) => self,
        }
    }

    fn shares_its_place_with(self, other: Self) -> bool {
        match (self, other) {
            (Self::Disc(one, _), Self::Disc(two, _)) => distance(one, two) < ONE_PLACE,
            _ => false,
        }
    }

    /// The element up to its content, `scale` steps a point.
    fn opening(self, scale: f64, network: Option<&str>) -> String {
        let of = network.map(attribute).unwrap_or_default();
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

/// The targets of a sheet, `scale` steps a point, in a group of the class `told`; smaller ones lie on larger ones, so that each
/// can be pointed at.
pub fn targets(told: &[Told], scale: f64) -> String {
    let target = |one: &Told| (one.reach.reachable(), words(one, told), one.network.clone());
    let mut targets: Vec<_> = told.iter().map(target).collect();
    targets.sort_by(|one, other| other.0.area().total_cmp(&one.0.area()));
    let lines: Vec<String> = targets
        .iter()
        .map(|(reach, words, network)| {
            format!("{}<title>{words}</title>{}\n", reach.opening(scale, network.as_deref()), reach.closing())
        })
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("<g class=\"told\" fill=\"none\" pointer-events=\"all\">\n{}</g>\n", lines.concat())
}

/// The words of one, and below them those of the others at the same place.
fn words(of: &Told, told: &[Told]) -> String {
    let others = told.iter().filter(|other| of.reach.shares_its_place_with(other.reach) && *other != of);
    let lines: Vec<String> = std::iter::once(of).chain(others).map(|told| escaped(&told.words)).collect();
    lines.join("\n")
}

/// The attribute that names the network an element is about, so that a page can highlight one network in all figures.
pub fn attribute(network: &str) -> String {
    format!(" data-network=\"{}\"", escaped(network))
}

/// As the content of an element or the value of an attribute: nothing in it is read as markup, and nothing that XML forbids is left.
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

    fn disc(place: Place, radius: f64, words: &str) -> Told {
        Told { reach: Reach::Disc(place, radius), words: words.to_owned(), network: None }
    }

    #[test]
    fn a_small_mark_lies_on_a_large_one_and_can_be_pointed_at() {
        let text = targets(&[disc((9.0, 9.0), 1.0, "small"), disc((12.0, 9.0), 20.0, "large")], 10.0);
        let expected = "<g class=\"told\" fill=\"none\" pointer-events=\"all\">\n\
                        <circle cx=\"120\" cy=\"90\" r=\"200\"><title>large</title></circle>\n\
                        <circle cx=\"90\" cy=\"90\" r=\"40\"><title>small</title></circle>\n</g>\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_network_of_a_mark_is_an_attribute_whatever_it_is_called() {
        let of = Told { network: Some(Arc::from("a\"><b")), ..disc((9.0, 9.0), 5.0, "x") };
        let expected = "<circle cx=\"9\" cy=\"9\" r=\"5\" data-network=\"a&quot;&gt;&lt;b\"><title>x</title></circle>";
        assert!(targets(&[of], 1.0).contains(expected));
    }

    #[test]
    fn marks_in_one_place_tell_of_each_other() {
        let text = targets(&[disc((9.0, 9.0), 5.0, "ours"), disc((9.5, 9.0), 5.0, "theirs")], 10.0);
        assert!(text.contains("<title>ours\ntheirs</title>") && text.contains("<title>theirs\nours</title>"), "{text}");
    }

    #[test]
    fn hostile_words_stay_words() {
        let text = targets(&[disc((1.0, 1.0), 1.0, "</title><script>&\u{0}\u{ffff}\n")], 1.0);
        assert!(text.contains("<title>&lt;/title&gt;&lt;script&gt;&amp;\u{fffd}\u{fffd}\u{fffd}</title>"), "{text}");
    }

    #[test]
    fn nothing_told_is_nothing_written_and_no_place_overflows() {
        assert_eq!(targets(&[], 10.0), "");
        let far = targets(&[disc((1e300, f64::NEG_INFINITY), 5.0, "far")], 10.0);
        assert!(far.contains("cx=\"1000000\" cy=\"-1000000\""), "{far}");
    }
}
