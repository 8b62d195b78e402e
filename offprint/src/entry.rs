//! The entry of a key: its text and all its results, in a file that contains its own digest.

use std::fmt::Write;

use crate::digest::Digest;
use crate::key::Key;
use crate::quote::{push, unquote};
use crate::resolved::Outputs;
use crate::step::Class;

/// The results of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: Key,
    /// The class of its step.
    pub class: Class,
    /// Digests of its outputs for each result, the latest last. An exact step has one result.
    pub results: Vec<Outputs>,
}

const FIRST: &str = "entry 2";

impl Entry {
    /// Adds a result, or makes a known one the latest. For an exact step, it replaces the existing one.
    pub fn add(&mut self, outputs: Outputs) {
        let keep = self.class.is_nondeterministic();
        self.results.retain(|known| keep && *known != outputs);
        self.results.push(outputs);
    }

    /// The file: class, results, the key's text, and a digest of all that.
    pub fn to_text(&self) -> String {
        let mut text = format!("{FIRST}\nclass {}\n", self.class.name());
        self.results.iter().for_each(|outputs| push_result(&mut text, outputs));
        text += &format!("key {}\n{}", self.key.digest, self.key.text);
        let whole = Digest::of(text.as_bytes());
        format!("{text}whole {whole}\n")
    }

    /// Reads what [`Self::to_text`] wrote. The error names line and field.
    pub fn parse(text: &str) -> Result<Self, String> {
        let body = text.strip_suffix('\n').and_then(|text| text.rsplit_once('\n'));
        let (body, last) = body.ok_or("it is cut short")?;
        let body = &text[..body.len() + 1];
        let whole = last.strip_prefix("whole ").and_then(|digest| digest.parse::<Digest>().ok());
        if whole.ok_or("last line: field `whole` is missing")? != Digest::of(body.as_bytes()) {
            return Err("field `whole` is not the digest of the entry".to_owned());
        }
        let (head, rest) = body.split_once("\nkey ").ok_or("field `key` is missing")?;
        let (digest, text) = rest.split_once('\n').ok_or("field `key` has no text")?;
        let key = Key::of(text.to_owned());
        if digest.parse::<Digest>().ok() != Some(key.digest) {
            return Err("field `key` is not the digest of its text".to_owned());
        }
        let (mut class, mut results): (_, Vec<Outputs>) = (None, Vec::new());
        for (number, line) in head.lines().enumerate() {
            let bad = |field: &str| format!("line {}: field `{field}` is malformed", number + 1);
            let tokens = unquote(line).ok_or_else(|| bad("line"))?;
            match tokens.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["entry", "2"] if number == 0 => {}
                ["class", name] => class = Some(Class::from_name(name).ok_or_else(|| bad("class"))?),
                ["result"] => results.push(Outputs::new()),
                ["output", name, digest] => {
                    let digest = digest.parse().map_err(|_| bad("output"))?;
                    let outputs = results.last_mut().ok_or_else(|| bad("result"))?;
                    if outputs.insert(name, digest).is_some() {
                        return Err(bad("output"));
                    }
                }
                _ => return Err(bad(tokens.first().map_or("line", String::as_str))),
            }
        }
        Ok(Self { key, class: class.ok_or("field `class` is missing")?, results })
    }
}

/// The digest of one result, which identifies it among all.
pub fn digest(outputs: &Outputs) -> Digest {
    let mut text = String::new();
    push_result(&mut text, outputs);
    Digest::of(text.as_bytes())
}

fn push_result(text: &mut String, outputs: &Outputs) {
    text.push_str("result\n");
    for (output, digest) in outputs {
        text.push_str("output ");
        push(text, output);
        // Writing to a text cannot fail.
        let _ = writeln!(text, " {digest}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(content: &[u8]) -> Outputs {
        Outputs::from([("a.json", Digest::of(content)), ("deep/two words", Digest::of(b"b"))])
    }

    fn entry(class: Class) -> Entry {
        Entry { key: Key::of("key 1\nstep = a\n".to_owned()), class, results: vec![result(b"one"), result(b"two")] }
    }

    #[test]
    fn an_entry_is_read_back_unchanged() {
        assert_eq!(Entry::parse(&entry(Class::Measured).to_text()).unwrap(), entry(Class::Measured));
    }

    #[test]
    fn a_measurement_has_several_results_and_an_exact_step_one() {
        let mut measured = entry(Class::Measured);
        measured.add(result(b"three"));
        measured.add(result(b"one"));
        assert_eq!(measured.results, [result(b"two"), result(b"three"), result(b"one")]);
        let mut exact = entry(Class::Exact);
        exact.add(result(b"three"));
        assert_eq!(exact.results, [result(b"three")]);
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let text = entry(Class::Measured).to_text();
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
