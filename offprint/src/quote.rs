//! Quoting for the text files written here: any string becomes one token without blanks, and back.

/// Characters that need no quotes, in addition to letters and digits.
const PLAIN: &str = "_-+./:,@%*~#";

/// `text` as one token: unquoted where that is unambiguous, else in quotes with blanks and quotes escaped.
pub fn quote(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || PLAIN.contains(letter);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('#') {
        return text.to_owned();
    }
    let mut out = String::from("\"");
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
    out
}

/// The tokens of a line, separated by single blanks; none when the line is not such a list.
pub fn unquote(line: &str) -> Option<Vec<String>> {
    let mut tokens = Vec::new();
    let mut rest = line;
    loop {
        let (token, after) =
            if let Some(quoted) = rest.strip_prefix('"') { quoted_token(quoted)? } else { bare(rest)? };
        tokens.push(token);
        match after.strip_prefix(' ') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(tokens),
            None => return None,
        }
    }
}

fn bare(text: &str) -> Option<(String, &str)> {
    let end = text.find(' ').unwrap_or(text.len());
    let (token, after) = text.split_at(end);
    (!token.is_empty() && !token.contains('"')).then(|| (token.to_owned(), after))
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
