//! Shows characters without a glyph as code points: a board may be called 联想, and its report must still be typeset.

use serde_json::Value;
use typst::text::FontBook;

/// Whether this character can be typeset, copied and read aloud: a font has it, and it is neither a control character
/// nor for private use, which PDF/A forbids.
fn is_shown(book: &FontBook, character: char) -> bool {
    let is_private = matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    // Marks that change the direction of text.
    let is_directing =
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_covered = || {
        let mut infos = book.families().flat_map(|(_, indices)| indices).filter_map(|index| book.info(index));
        infos.any(|info| info.coverage.contains(character.into()))
    };
    character == '\n' || !(character.is_control() || is_private || is_directing) && is_covered()
}

/// Replaces characters that cannot be shown by their code points, such as `U+8054`.
pub fn shown(book: &FontBook, text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_graphic() || character == ' ' || is_shown(book, character) {
            shown.push(character);
        } else {
            shown += &format!("U+{:04X}", u32::from(character));
        }
    }
    shown
}

/// The same for every text in a value, but not for names of fields.
pub fn shown_in(book: &FontBook, value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(shown(book, &text)),
        Value::Array(items) => items.into_iter().map(|item| shown_in(book, item)).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, item)| (name, shown_in(book, item))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use typst_kit::fonts::FontStore;

    fn set(text: &str) -> String {
        let mut fonts = FontStore::new();
        fonts.extend(typst_kit::fonts::embedded());
        shown(fonts.book(), text)
    }

    #[test]
    fn characters_with_glyphs_are_unchanged() {
        let text = "Jetson™ µ-board, R² ≥ 0.9, 10\u{202f}ms \u{2212}1 – Ωλ Ж é";
        assert_eq!(set(text), text);
    }

    #[test]
    fn a_character_without_glyph_becomes_its_code_point() {
        assert_eq!(set("联想 ThinkPad"), "U+8054U+60F3 ThinkPad");
        assert_eq!(set("a\u{0}b\u{7}\u{1f9ca}"), "aU+0000bU+0007U+1F9CA");
    }

    #[test]
    fn private_use_and_direction_marks_are_replaced() {
        // Libertinus has its own glyphs in the private use area.
        assert_eq!(set("\u{e000}\u{202e}x"), "U+E000U+202Ex");
    }

    #[test]
    fn texts_at_every_depth_are_replaced() {
        let mut fonts = FontStore::new();
        fonts.extend(typst_kit::fonts::embedded());
        let value = serde_json::json!({"rows": [["联", 1.5]], "none": null});
        assert_eq!(shown_in(fonts.book(), value), serde_json::json!({"rows": [["U+8054", 1.5]], "none": null}));
    }
}
