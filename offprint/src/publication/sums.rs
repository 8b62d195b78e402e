//! `SHA256SUMS`, as `sha256sum --check` reads it: the digest of each file, two blanks, its path.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::graph::is_plain;

/// Its name.
pub const FILE: &str = "SHA256SUMS";

/// One line per file, sorted by path.
pub fn text(files: &BTreeMap<String, Digest>) -> String {
    files.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect()
}

/// Reads what [`text`] writes. The error names line and field.
pub fn parse(text: &str) -> Result<BTreeMap<String, Digest>, String> {
    let mut files = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let bad = |field: &str, problem: &str| format!("line {}: field `{field}`: {problem}", number + 1);
        let (digest, path) =
            line.split_once("  ").ok_or_else(|| bad("line", "expected a digest, two blanks and a path"))?;
        let digest = digest.parse().map_err(|_| bad("digest", "a digest has 64 hexadecimal digits in lower case"))?;
        if !is_plain(path) {
            return Err(bad("path", "it leaves its folder"));
        }
        if files.insert(path.to_owned(), digest).is_some() {
            return Err(bad("path", "it is given twice"));
        }
    }
    if text.is_empty() || !text.ends_with('\n') {
        return Err("it is cut short".to_owned());
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_back_unchanged() {
        let files = BTreeMap::from([("a b.txt".to_owned(), Digest::of(b"a")), ("x/y".to_owned(), Digest::of(b"b"))]);
        assert_eq!(parse(&text(&files)).unwrap(), files);
    }

    #[test]
    fn an_invalid_line_is_named() {
        let digest = Digest::of(b"a");
        for (text, printed) in [
            ("".to_owned(), "cut short"),
            (format!("{digest}  a"), "cut short"),
            (format!("{digest} a\n"), "line 1: field `line`"),
            (format!("{digest}  a\nabc  b\n"), "line 2: field `digest`"),
            (format!("{digest}  ../a\n"), "field `path`: it leaves"),
            (format!("{digest}  /a\n"), "field `path`: it leaves"),
            (format!("{digest}  a\n{digest}  a\n"), "line 2: field `path`: it is given twice"),
        ] {
            assert!(parse(&text).is_err_and(|error| error.contains(printed)), "{text}");
        }
    }
}
