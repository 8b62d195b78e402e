//! The entry of a key: its text and the outputs it has, as a text that proves itself whole. Knows no folder.

use std::collections::BTreeMap;

use crate::engine::digest::Digest;
use crate::engine::key::Key;
use crate::engine::step::Class;
use crate::engine::word::{word, words};

/// What a finished step left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: Key,
    /// What its outputs are worth.
    pub class: Class,
    /// Digests of its outputs.
    pub outputs: BTreeMap<String, Digest>,
}

const FIRST: &str = "entry 1";

impl Entry {
    /// As stored: class, outputs, the key's text, and last the digest of all that.
    pub fn to_text(&self) -> String {
        let mut text = format!("{FIRST}\nclass {}\n", self.class.name());
        for (output, digest) in &self.outputs {
            text += &format!("output {} {digest}\n", word(output));
        }
        text += &format!("key {}\n{}", self.key.digest, self.key.text);
        let whole = Digest::of(text.as_bytes());
        format!("{text}whole {whole}\n")
    }

    /// Reads what [`Self::to_text`] wrote; the error says what is wrong with it, line and field.
    pub fn parse(text: &str) -> Result<Self, String> {
        let body = text.strip_suffix('\n').and_then(|text| text.rsplit_once('\n'));
        let (body, last) = body.ok_or("it is cut short")?;
        let body = format!("{body}\n");
        let whole = last.strip_prefix("whole ").and_then(|digest| digest.parse::<Digest>().ok());
        if whole.ok_or("last line: field `whole` is missing")? != Digest::of(body.as_bytes()) {
            return Err("field `whole` does not fit the rest".to_owned());
        }
        let (head, rest) = body.split_once("\nkey ").ok_or("field `key` is missing")?;
        let (digest, text) = rest.split_once('\n').ok_or("field `key` has no text")?;
        let key = Key::of(text.to_owned());
        if digest.parse::<Digest>().ok() != Some(key.digest) {
            return Err("field `key` does not fit its text".to_owned());
        }
        let (mut class, mut outputs) = (None, BTreeMap::new());
        for (number, line) in head.lines().enumerate() {
            let bad = |field: &str| format!("line {}: field `{field}` is malformed", number + 1);
            let words = words(line).ok_or_else(|| bad("line"))?;
            match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["entry", "1"] if number == 0 => {}
                ["class", name] => class = Some(Class::from_name(name).ok_or_else(|| bad("class"))?),
                ["output", name, digest] => {
                    let digest = digest.parse().map_err(|_| bad("output"))?;
                    if outputs.insert(name.to_owned(), digest).is_some() {
                        return Err(bad("output"));
                    }
                }
                _ => return Err(bad(words.first().map_or("line", String::as_str))),
            }
        }
        Ok(Self { key, class: class.ok_or("field `class` is missing")?, outputs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let outputs =
            BTreeMap::from([("a.json".to_owned(), Digest::of(b"a")), ("deep/two words".to_owned(), Digest::of(b"b"))]);
        Entry { key: Key::of("key 1\nstep = a\n".to_owned()), class: Class::Measured, outputs }
    }

    #[test]
    fn an_entry_reads_back_as_itself() {
        assert_eq!(Entry::parse(&entry().to_text()).unwrap(), entry());
    }

    #[test]
    fn no_changed_byte_goes_unnoticed() {
        let text = entry().to_text();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            assert!(String::from_utf8(bytes).is_ok_and(|text| Entry::parse(&text).is_err()), "byte {at}");
        }
        for end in 0..text.len() {
            assert!(Entry::parse(&text[..end]).is_err(), "cut at {end}");
        }
    }
}
