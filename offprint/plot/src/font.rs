//! The typeface of figures and paper, and the width of its text.

use std::borrow::Cow;
use std::sync::LazyLock;

use ttf_parser::{Face, name_id};

/// The family name, as used in the SVG and by typst.
pub const FAMILY: &str = "Libertinus Serif";

/// Half the height of a capital, from the middle of a line to its baseline (em).
pub const HALF_CAPITAL: f64 = 0.33;

/// Weight of the strokes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Text.
    Regular,
    /// Titles.
    Bold,
}

static REGULAR: LazyLock<Option<Face<'static>>> = LazyLock::new(|| find(Weight::Regular));
static BOLD: LazyLock<Option<Face<'static>>> = LazyLock::new(|| find(Weight::Bold));

/// The family's upright face of this weight among the fonts of typst.
fn find(weight: Weight) -> Option<Face<'static>> {
    typst_assets::fonts().filter_map(|bytes| Face::parse(bytes, 0).ok()).find(|face| {
        let in_family = face
            .names()
            .into_iter()
            .any(|name| name.name_id == name_id::FAMILY && name.to_string().as_deref() == Some(FAMILY));
        in_family && !face.is_italic() && face.is_bold() == (weight == Weight::Bold)
    })
}

/// The faces of all families that typst embeds, which supply glyphs that [`FAMILY`] lacks.
static ALL: LazyLock<Vec<Face<'static>>> =
    LazyLock::new(|| typst_assets::fonts().filter_map(|bytes| Face::parse(bytes, 0).ok()).collect());

/// Replaces characters that cannot be printed by their code points, such as `U+8054`: those that no embedded font has,
/// and control characters, which XML forbids.
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Cow::Borrowed(text);
    }
    let has = |letter: char| ALL.iter().any(|face| face.glyph_index(letter).is_some());
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_graphic() || letter == ' ' || (!letter.is_control() && has(letter)) {
            out.push(letter);
        } else {
            out.push_str(&format!("U+{:04X}", u32::from(letter)));
        }
    }
    Cow::Owned(out)
}

/// Width of a line of text, in the unit of `size` (the em). Kerning, which would narrow the line slightly, is not
/// applied.
pub fn width(text: &str, size: f64, weight: Weight) -> f64 {
    // If the fonts of typst ever lack the family, half an em per character is the usual estimate.
    const USUAL: f64 = 0.5;
    let face = match weight {
        Weight::Regular => &REGULAR,
        Weight::Bold => &BOLD,
    };
    let Some(face) = face.as_ref() else { return text.chars().count() as f64 * USUAL * size };
    let advance = |letter| face.glyph_index(letter).and_then(|glyph| face.glyph_hor_advance(glyph));
    let ems: f64 = printable(text)
        .chars()
        .map(|letter| advance(letter).map_or(USUAL, |units| f64::from(units) / f64::from(face.units_per_em())))
        .sum();
    ems * size
}

/// Breaks text at spaces into lines no wider than `room` (pt); a word wider than that is broken, too.
pub fn wrap(text: &str, size: f64, weight: Weight, room: f64) -> Vec<String> {
    let fits = |line: &str| width(line, size, weight) <= room;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if fits(&format!("{line} {word}")) => {
                line.push(' ');
                line.push_str(word);
            }
            _ if fits(word) => lines.push(word.to_owned()),
            _ => {
                let mut line = String::new();
                for letter in word.chars() {
                    if !line.is_empty() && !fits(&format!("{line}{letter}")) {
                        lines.push(std::mem::take(&mut line));
                    }
                    line.push(letter);
                }
                lines.push(line);
            }
        }
    }
    lines
}

const ELLIPSIS: &str = "\u{2026}";

/// The text, truncated with an ellipsis if it does not fit into `room` (pt).
pub fn truncated(text: &str, size: f64, weight: Weight, room: f64) -> String {
    if width(text, size, weight) <= room {
        return text.to_owned();
    }
    let room = room - width(ELLIPSIS, size, weight);
    if room < 0.0 {
        return String::new();
    }
    let (mut kept, mut used) = (String::new(), 0.0);
    for letter in printable(text).chars() {
        used += width(letter.encode_utf8(&mut [0; 4]), size, weight);
        if used > room {
            break;
        }
        kept.push(letter);
    }
    kept + ELLIPSIS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_weights_are_found() {
        assert!(REGULAR.is_some() && BOLD.is_some());
        assert!(width("ResNet", 8.0, Weight::Bold) > width("ResNet", 8.0, Weight::Regular));
    }

    #[test]
    fn a_character_without_glyph_is_shown_as_its_code_point() {
        assert_eq!(printable("a 联\u{0}想 1"), "a U+8054U+0000U+60F3 1");
        assert_eq!(printable("R² 2\u{a0}µs \u{2212}1\u{2009}000 Äß"), "R² 2\u{a0}µs \u{2212}1\u{2009}000 Äß");
        assert!(width("联", 8.0, Weight::Regular) > 4.0 * width("a", 8.0, Weight::Regular));
    }

    #[test]
    fn width_grows_with_the_size_and_the_text() {
        assert_eq!(width("VGG", 16.0, Weight::Regular), 2.0 * width("VGG", 8.0, Weight::Regular));
        assert!(width("VGG-16", 8.0, Weight::Regular) > width("VGG", 8.0, Weight::Regular));
    }

    #[test]
    fn wrapped_lines_fit_and_keep_every_word() {
        let text = "a point that does not fit in the memory has no point";
        let lines = wrap(text, 8.0, Weight::Regular, 60.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| width(line, 8.0, Weight::Regular) <= 60.0));
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn a_word_wider_than_the_line_is_broken() {
        let lines = wrap("a Donaudampfschifffahrtsgesellschaft", 8.0, Weight::Regular, 40.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| width(line, 8.0, Weight::Regular) <= 40.0));
        assert_eq!(lines.concat(), "aDonaudampfschifffahrtsgesellschaft");
    }

    #[test]
    fn a_long_name_is_truncated_to_fit() {
        let name = truncated("Inception-ResNet-v2", 8.0, Weight::Regular, 40.0);
        assert!(name.starts_with("Incep") && name.ends_with('\u{2026}'));
        assert_eq!(truncated("ENet", 8.0, Weight::Regular, 40.0), "ENet");
    }
}
