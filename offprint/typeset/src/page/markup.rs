//! Text as HTML: what comes from outside is read as text, wherever it stands. Independent of elements.

/// As the content of an element or the value of a quoted attribute. Nothing in it is read as markup.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in clean(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}

/// Without characters that would steer a terminal or turn the direction of writing.
pub fn clean(text: &str) -> String {
    text.chars()
        .map(|character| if character != '\n' && is_unprintable(character) { '\u{fffd}' } else { character })
        .collect()
}

fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(character, '\u{fdd0}'..='\u{fdef}')
        || matches!(u32::from(character) & 0xffff, 0xfffe | 0xffff)
}

/// A path of this publication as the value of `href`.
pub fn href(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A link to a file of this publication; `text` is text.
pub fn link(path: &str, text: &str) -> String {
    format!("<a href=\"{}\">{}</a>", href(path), escaped(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_in_content_and_in_attributes() {
        assert_eq!(escaped("<b a='1' c=\"2\">&amp;"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;");
        assert_eq!(escaped("a\u{0}\u{1b}\u{202e}\u{ffff}b\nc"), "a\u{fffd}\u{fffd}\u{fffd}\u{fffd}b\nc");
    }

    #[test]
    fn a_path_leads_nowhere_else() {
        assert_eq!(href("figures/fig03.svg"), "figures/fig03.svg");
        assert_eq!(href("a b\"><ü?#.svg"), "a%20b%22%3E%3C%C3%BC%3F%23.svg");
        assert_eq!(href("javascript:alert(1)"), "javascript%3Aalert%281%29");
    }
}
