//! The cache as text: one line a file, sorted, and a digest of all that.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

use ecow::EcoString;

use super::{FileStat, Known};
use crate::digest::Digest;
use crate::quote::{push, unquote};
use crate::store::{digest_in, entry_path, object_path};

const HEAD: &str = "stat-cache 2\n";
/// Starts the last line.
const WHOLE: &str = "whole ";

impl Known {
    /// `store` is the path of the store from the top of the checkout.
    pub(super) fn to_text(&self, store: &Path) -> String {
        let mut text = HEAD.to_owned();
        for (kind, files) in [("bytes", &self.bytes), ("source", &self.sources)] {
            for (name, (stat, digest)) in sorted(files) {
                line(&mut text, kind, stat, Some(digest), name);
            }
        }
        for (object, (stat, ())) in sorted(&self.objects) {
            line(&mut text, "object", stat, None, &object_path(store, *object).to_string_lossy());
        }
        for (key, (stat, result)) in sorted(&self.entries) {
            line(&mut text, "entry", stat, Some(result), &entry_path(store, *key).to_string_lossy());
        }
        let whole = Digest::of(text.as_bytes());
        text + &format!("{WHOLE}{whole}\n")
    }

    /// Reads what [`Self::to_text`] wrote; none when that is incomplete, corrupt or from another version.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = str::from_utf8(bytes).ok()?;
        let (body, whole) = text.strip_suffix('\n')?.rsplit_once('\n')?;
        let body = &text[..body.len() + 1];
        if whole.strip_prefix(WHOLE)?.parse::<Digest>().ok()? != Digest::of(body.as_bytes()) {
            return None;
        }
        let mut known = Self::default();
        for line in body.strip_prefix(HEAD)?.lines() {
            known.add(line)?;
        }
        Some(known)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let mut rest = line;
        let mut fact = || {
            let (fact, after) = rest.split_once(' ')?;
            rest = after;
            Some(fact)
        };
        let kind = fact()?;
        let stat = FileStat {
            size: fact()?.parse().ok()?,
            modified: fact()?.parse().ok()?,
            status_changed: fact()?.parse().ok()?,
            inode: fact()?.parse().ok()?,
        };
        let digest = if kind == "object" { None } else { Some(fact()?.parse().ok()?) };
        match (kind, digest) {
            ("bytes", Some(digest)) => drop(self.bytes.insert(name(rest)?, (stat, digest))),
            ("source", Some(digest)) => drop(self.sources.insert(name(rest)?, (stat, digest))),
            ("object", None) => drop(self.objects.insert(digest_in(rest)?, (stat, ()))),
            ("entry", Some(result)) => drop(self.entries.insert(digest_in(rest)?, (stat, result))),
            _ => return None,
        }
        Some(())
    }
}

fn sorted<K: Ord, V>(all: &HashMap<K, V>) -> Vec<(&K, &V)> {
    let mut all: Vec<_> = all.iter().collect();
    all.sort_unstable_by_key(|(key, _)| *key);
    all
}

fn line(text: &mut String, kind: &str, stat: &FileStat, digest: Option<&Digest>, name: &str) {
    let FileStat { size, modified, status_changed, inode } = stat;
    let _ = write!(text, "{kind} {size} {modified} {status_changed} {inode} ");
    if let Some(digest) = digest {
        let _ = write!(text, "{digest} ");
    }
    push(text, name);
    text.push('\n');
}

fn name(text: &str) -> Option<EcoString> {
    if text.starts_with('"') { unquote(text)?.pop().map(EcoString::from) } else { Some(text.into()) }
}
