//! Quoting for the text files written here: any string becomes one token without blanks, and back.

use std::borrow::Cow;

/// Characters that need no quotes, in addition to letters and digits.
const PLAIN: &[u8] = b"_-+./:,@%*~#";

/// `text` as one token: unquoted where that is unambiguous, else in quotes with blanks and quotes escaped.
pub fn quote(text: &str) -> String {
    let mut out = String::new();
    push(&mut out, text);
    out
}

/// Appends `text` as one token.
pub fn push(out: &mut String, text: &str) {
    let plain = |letter: u8| letter.is_ascii_alphanumeric() || PLAIN.contains(&letter);
    if !text.is_empty() && text.bytes().all(plain) && !text.starts_with('#') {
        out.push_str(text);
        return;
    }
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            letter if letter.is_control() => out.push_str(&format!("\\u{{{:x}}}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
}

/// The tokens of a line, separated by single blanks; none when the line is not such a list.
pub fn unquote(line: &str) -> Option<Vec<String>> {
    Some(split(line)?.into_iter().map(Cow::into_owned).collect())
}

/// The same, without copying tokens that have no quotes.
pub fn split(line: &str) -> Option<Vec<Cow<'_, str>>> {
    let mut tokens = Vec::with_capacity(8);
    let mut rest = line;
    loop {
        let (token, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_token(quoted).map(|(token, after)| (Cow::Owned(token), after))?,
            None => bare(rest).map(|(token, after)| (Cow::Borrowed(token), after))?,
        };
        tokens.push(token);
        match after.strip_prefix(' ') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(tokens),
            None => return None,
        }
    }
}

fn bare(text: &str) -> Option<(&str, &str)> {
    let end = text.find(' ').unwrap_or(text.len());
    let (token, after) = text.split_at(end);
    (!token.is_empty() && !token.contains('"')).then_some((token, after))
}

fn quoted_token(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return Some((out, letters.as_str())),
            '\\' => match letters.next()? {
                'n' => out.push('\n'),
                'u' => {
                    let (digits, after) = letters.as_str().strip_prefix('{')?.split_once('}')?;
                    out.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                    letters = after.chars();
                }
                plain @ ('"' | '\\') => out.push(plain),
                _ => return None,
            },
            letter => out.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_read_back_unchanged() {
        let all =
            ["plain", "", "two words", "a\"b", "back\\slash", "line\nbreak", "tab\tand\u{7f}", "ü é", "#hash", "a=b"];
        let line: Vec<String> = all.iter().map(|text| quote(text)).collect();
        assert_eq!(unquote(&line.join(" ")).unwrap(), all);
        assert!(line.iter().all(|token| !token.contains('\n')));
    }

    #[test]
    fn incomplete_lines_are_refused() {
        for line in
            ["", " a", "a ", "a  b", "\"open", "\"a\"b", "\"\\x\"", "\"\\u{110000}\"", "\"\\u{é", "\"\\u⟕}\"", "a\"b\""]
        {
            assert_eq!(unquote(line), None, "{line}");
        }
    }
}
