//! The digest of a Rust source file as the compiler sees it: without comments, doc comments, unit tests and layout. Of
//! any other file, all bytes count.

use std::str::FromStr;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use crate::altered::with_line_feeds;
use crate::digest::Digest;

/// Digest of the tokens of `bytes`, or of the bytes if they are not Rust.
pub fn digest(bytes: &[u8]) -> Digest {
    // The compiler, too, reads `\r\n` as a line feed.
    let bytes = &with_line_feeds(bytes)[..];
    let stream = std::str::from_utf8(bytes).ok().and_then(|text| TokenStream::from_str(text).ok());
    match stream {
        Some(stream) => {
            let mut text = String::from("tokens\n");
            write(stream, Delimiter::None, &mut text);
            Digest::of(text.as_bytes())
        }
        None => Digest::of(bytes),
    }
}

/// One token per line. Identifiers and punctuation contain no line break, and a literal is preceded by its length.
fn write(stream: TokenStream, inside: Delimiter, text: &mut String) {
    let mut tokens: Vec<TokenTree> = of_the_program(stream);
    if is_layout(&tokens, inside) {
        tokens.pop();
    }
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => *text += &format!("i {ident}\n"),
            TokenTree::Literal(literal) => {
                let literal = literal.to_string();
                *text += &format!("l {} {literal}\n", literal.len());
            }
            TokenTree::Punct(punct) => {
                let joint = if punct.spacing() == Spacing::Joint { "j" } else { "p" };
                *text += &format!("{joint} {}\n", punct.as_char());
            }
            TokenTree::Group(group) => {
                *text += &format!("g {:?}\n", group.delimiter());
                write(group.stream(), group.delimiter(), text);
                *text += "e\n";
            }
        }
    }
}

/// A comma before a closing bracket depends on the layout, except in `(a,)`, where it makes a tuple.
fn is_layout(tokens: &[TokenTree], inside: Delimiter) -> bool {
    let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let commas = tokens.iter().filter(|token| comma(token)).count();
    tokens.last().is_some_and(comma) && (inside != Delimiter::Parenthesis || commas > 1)
}

/// The tokens without `#[doc …]` and `#![doc …]`, which are doc comments, and without items under `#[cfg(test)]`, which
/// are not part of the program.
pub fn of_the_program(stream: TokenStream) -> Vec<TokenTree> {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let attribute = Attribute::of(&token);
        let bang = kept.last().is_some_and(|last| is(last, '!'));
        let hash = kept.len().checked_sub(if bang { 2 } else { 1 });
        match (attribute, hash.filter(|&at| is(&kept[at], '#'))) {
            (Attribute::Doc, Some(at)) => kept.truncate(at),
            (Attribute::Test, Some(at)) if !bang => {
                kept.truncate(at);
                // An item ends with its braces or its semicolon; a semicolon may follow a list in braces.
                let ends = |token: &TokenTree| is(token, ';') || is_braces(token);
                if tokens.by_ref().find(ends).is_some_and(|last| is_braces(&last)) {
                    tokens.next_if(|token| is(token, ';'));
                }
            }
            _ => kept.push(token),
        }
    }
    kept
}

#[derive(Clone, Copy, PartialEq)]
enum Attribute {
    Doc,
    Test,
    Other,
}

impl Attribute {
    /// The content of an attribute, if the brackets are one.
    fn of(token: &TokenTree) -> Self {
        let TokenTree::Group(group) = token else { return Self::Other };
        if group.delimiter() != Delimiter::Bracket {
            return Self::Other;
        }
        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
        match &inner[..] {
            [TokenTree::Ident(name), ..] if name == "doc" => Self::Doc,
            [TokenTree::Ident(name), TokenTree::Group(condition)] if name == "cfg" => {
                if condition.stream().to_string() == "test" { Self::Test } else { Self::Other }
            }
            _ => Self::Other,
        }
    }
}

fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "fn area(a: u32) -> u32 { call(a, 2) * 'x' as u32 }";

    #[test]
    fn comments_and_layout_are_not_in_the_digest() {
        let same = [
            "// why\nfn area(a: u32) -> u32 { call(a, 2) * 'x' as u32 }",
            "//! what\n/// how\nfn area(a: u32)\n    -> u32\n{\n    call(a, /* two */ 2) * 'x' as u32\n}\n",
            "#[doc = \"how\"]\nfn area(\n    a: u32\n) -> u32 { call(\n a,\n 2,\n) * 'x' as u32 }",
        ];
        for text in same {
            assert_eq!(digest(text.as_bytes()), digest(PLAIN.as_bytes()), "{text}");
        }
    }

    #[test]
    fn unit_tests_are_not_in_the_digest() {
        let tests = [
            "#[cfg(test)]\nuse std::{fs, io};\n",
            "#[cfg(test)]\nconst A: [u8; 2] = [1, 2];\n",
            "#[cfg(test)]\n#[derive(Debug)]\nstruct Sample { a: u8 }\n",
            "#[cfg(test)]\nmod tests { #[test] fn it_works() {} }\n",
        ];
        for text in tests {
            assert_eq!(digest(format!("{text}{PLAIN}").as_bytes()), digest(PLAIN.as_bytes()), "{text}");
            assert_eq!(digest(format!("{PLAIN}\n{text}").as_bytes()), digest(PLAIN.as_bytes()), "{text}");
        }
        for text in ["#[cfg(unix)] fn more() {}", "#[cfg(not(test))] fn more() {}", "#[test] fn more() {}"] {
            assert_ne!(digest(format!("{text}{PLAIN}").as_bytes()), digest(PLAIN.as_bytes()), "{text}");
        }
    }

    #[test]
    fn every_change_of_meaning_is_in_the_digest() {
        let other = [
            "fn area(a: u32) -> u32 { call(a, 3) * 'x' as u32 }",
            "fn area(a: u32) -> u32 { call(a, 2) + 'x' as u32 }",
            "fn area(b: u32) -> u32 { call(b, 2) * 'x' as u32 }",
            "#[inline] fn area(a: u32) -> u32 { call(a, 2) * 'x' as u32 }",
            "fn area(a: u32) -> u32 { call(a, \"2) * 'x\") as u32 }",
        ];
        for text in other {
            assert_ne!(digest(text.as_bytes()), digest(PLAIN.as_bytes()), "{text}");
        }
        assert_ne!(digest(b"const A: T = (1,);"), digest(b"const A: T = (1);"));
        assert_ne!(digest(b"const A: &str = \"// a\";"), digest(b"const A: &str = \"\";"));
    }

    #[test]
    fn all_bytes_of_a_file_that_is_not_rust_count() {
        assert_eq!(digest(b"fn ("), Digest::of(b"fn ("));
        assert_eq!(digest(&[0xff, 0xfe]), Digest::of(&[0xff, 0xfe]));
    }
}
