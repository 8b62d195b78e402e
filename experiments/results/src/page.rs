//! Lines of text for a terminal, of limited width and without control characters. Independent of comparisons.

/// Maximum width of a line [characters].
pub const WIDTH: usize = 100;

/// Marks a flagged time in a table.
pub(crate) const FLAGGED: char = '†';
/// Marks an outdated time in a table.
pub(crate) const OUTDATED: char = '°';

/// The mark of a time in a table, or a space.
pub(crate) fn mark(is_flagged: bool, is_outdated: bool) -> char {
    match (is_flagged, is_outdated) {
        (true, _) => FLAGGED,
        (false, true) => OUTDATED,
        (false, false) => ' ',
    }
}

/// Lines under construction.
pub(crate) struct Page(String);

impl Page {
    pub(crate) fn new() -> Self {
        Self(String::new())
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }

    pub(crate) fn blank(&mut self) {
        self.0.push('\n');
    }

    pub(crate) fn line(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    /// Adds a text that follows `head` on the first line; further lines are indented to align with it.
    pub(crate) fn wrapped(&mut self, head: &str, text: &str) {
        let indent = head.chars().count();
        let mut line = head.to_owned();
        let mut width = indent;
        for word in clean(text).split(' ').flat_map(|word| pieces(word, WIDTH - indent)) {
            let length = word.chars().count();
            if width > indent && width + 1 + length > WIDTH {
                self.line(&line);
                line = " ".repeat(indent);
                width = indent;
            }
            if width > indent {
                line.push(' ');
                width += 1;
            }
            line.push_str(&word);
            width += length;
        }
        self.line(&line);
    }
}

/// An untrusted text without characters that control a terminal or the direction of writing.
pub(crate) fn clean(text: &str) -> String {
    let is_control = |character: char| {
        character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|character| if is_control(character) { '\u{fffd}' } else { character }).collect()
}

/// A word, split into pieces of at most `width` characters.
fn pieces(word: &str, width: usize) -> Vec<String> {
    let characters: Vec<char> = word.chars().collect();
    match characters.len() {
        0 => vec![String::new()],
        _ => characters.chunks(width).map(|piece| piece.iter().collect()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_page_and_no_word_is_lost() {
        let long = format!("first {} last", "x".repeat(250));
        let mut text = Page::new();
        text.wrapped("A  ", &long);
        assert!(text.0.lines().all(|line| line.chars().count() <= WIDTH), "{}", text.0);
        assert_eq!(text.0.matches('x').count(), 250);
        assert!(text.0.starts_with("A  first") && text.0.trim_end().ends_with("last"));
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(clean("a\u{1b}[31m\u{202e}b"), "a\u{fffd}[31m\u{fffd}b");
    }
}
