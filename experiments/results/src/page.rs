//! Lines of text for a terminal, none wider than a page, and without anything that would steer it. Knows no comparison.

/// The widest line [letters].
pub const WIDTH: usize = 100;

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

    /// After `head` on the first line; further lines begin below the text's first letter.
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

/// A text from a record, which anyone wrote, without letters that would steer a terminal or turn its writing around.
pub(crate) fn clean(text: &str) -> String {
    let steers = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|letter| if steers(letter) { '\u{fffd}' } else { letter }).collect()
}

/// A word, or where it does not fit a line its pieces that do.
fn pieces(word: &str, room: usize) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    match letters.len() {
        0 => vec![String::new()],
        _ => letters.chunks(room).map(|piece| piece.iter().collect()).collect(),
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
    fn what_steers_a_terminal_is_replaced() {
        assert_eq!(clean("a\u{1b}[31m\u{202e}b"), "a\u{fffd}[31m\u{fffd}b");
    }
}
