//! Files of a checkout whose bytes were changed on the way: by the conversion of line endings, by an editor, or because
//! they are only pointers. One cause is reported once, for all its files.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::digest::Digest;
use crate::files::{Doing, FileError};
use crate::plan::Planned;
use crate::published::KEY;
use crate::quote::unquote;
use crate::reason::Reason;
use crate::session::Session;
use crate::state::State;
use crate::step::Origin;
use crate::workspace::{LOCK, Workspace};

/// Why the bytes of a file are not those that were published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Lines end in two characters.
    LineEndings,
    /// Three bytes come before the text.
    ByteOrderMark,
    /// Two bytes per character.
    Utf16,
    /// A line break at the end was added or removed.
    LastLine,
    /// A pointer of Git LFS, git-annex or a similar program.
    Pointer,
    /// The file is encrypted.
    Encrypted,
    /// Nothing is in it.
    Empty,
    /// It is not in the working tree.
    Sparse,
    /// Git has merged two versions of it and left both.
    Conflict,
}

/// Files with one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Altered {
    /// The cause.
    pub cause: Cause,
    /// The number of files.
    pub count: usize,
    /// The first one.
    pub first: String,
}

const MARK: &[u8] = b"\xef\xbb\xbf";
const AGAIN: &str = "commit or stash your own changes; then `git config core.autocrlf false` and `git rm -r --cached -q . \
                     && git reset -q --hard` check all files out again; without Git, unpack the archive again and keep its bytes";
/// What gets the files that a sparse working tree lacks.
pub const FULL: &str = "`git sparse-checkout disable` gets all files";
const RESTORE: &str = "restore them from version control, for example with `git restore FILE`";

impl Cause {
    /// The cause for a file that should have the digest `expected`; none when the content itself differs.
    pub fn of(bytes: &[u8], expected: Digest) -> Option<Self> {
        let is = |bytes: &[u8]| Digest::of(bytes) == expected;
        if let Some(cause @ (Self::Pointer | Self::Encrypted)) = Self::of_text(bytes) {
            return Some(cause);
        }
        if bytes.is_empty() {
            return (!is(bytes)).then_some(Self::Empty);
        }
        let ends = |bytes: &[u8]| is(&with_line_feeds(bytes));
        if ends(bytes) {
            return Some(Self::LineEndings);
        }
        if bytes.strip_prefix(MARK).is_some_and(ends) {
            return Some(Self::ByteOrderMark);
        }
        if utf16(bytes).is_some_and(|text| ends(text.as_bytes())) {
            return Some(Self::Utf16);
        }
        let text = with_line_feeds(bytes);
        let last = text.strip_suffix(b"\n").is_some_and(is) || is(&[&text, &b"\n"[..]].concat());
        last.then_some(Self::LastLine)
    }

    /// The cause for a text that is to be read and has no known digest; none when the bytes do not show it.
    pub fn of_text(bytes: &[u8]) -> Option<Self> {
        const POINTERS: [&str; 4] =
            ["version https://git-lfs", "version https://hawser", "/annex/objects/", "../.git/annex/"];
        match bytes {
            _ if POINTERS.iter().any(|start| bytes.starts_with(start.as_bytes())) => Some(Self::Pointer),
            _ if bytes.starts_with(b"\0GITCRYPT\0") => Some(Self::Encrypted),
            _ if bytes.starts_with(MARK) => Some(Self::ByteOrderMark),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(Self::Utf16),
            _ if bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"<<<<<<< ")) => Some(Self::Conflict),
            _ => None,
        }
    }

    /// What it is called.
    pub fn what(self) -> &'static str {
        match self {
            Self::LineEndings => "with other line endings (CR LF), as core.autocrlf of Git makes them",
            Self::ByteOrderMark => "with a byte order mark, as some editors write it",
            Self::Utf16 => "in UTF-16, as some editors and shells write it",
            Self::LastLine => "with another last line break, as some editors write it",
            Self::Pointer => "only pointers to files of Git LFS or git-annex",
            Self::Encrypted => "encrypted by git-crypt",
            Self::Empty => "empty",
            Self::Sparse => "not in the working tree, which is sparse",
            Self::Conflict => "with both sides of a merge that had conflicts",
        }
    }

    /// What restores the files.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::LineEndings => AGAIN,
            Self::ByteOrderMark | Self::Utf16 | Self::LastLine | Self::Empty => RESTORE,
            Self::Pointer => "get the files themselves: `git lfs pull`, or `git annex get .`",
            Self::Encrypted => "`git-crypt unlock` decrypts them",
            Self::Sparse => FULL,
            Self::Conflict => {
                "take one side, for example with `git checkout --ours FILE`; then `cargo xtask reproduce` adds to it"
            }
        }
    }
}

impl fmt::Display for Altered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cause, count, first } = self;
        let (what, remedy) = (cause.what(), cause.remedy());
        match count {
            1 => write!(out, "{first} is not as it was published: {what}\nhint: {remedy}"),
            _ => write!(
                out,
                "{count} files are not as they were published: {what}; the first is {first}\nhint: {remedy}"
            ),
        }
    }
}

impl std::error::Error for Altered {}

/// `\r\n` becomes `\n`.
pub fn with_line_feeds(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.windows(2).any(|two| two == b"\r\n") {
        return Cow::Borrowed(bytes);
    }
    let next = bytes[1..].iter().map(Some).chain([None]);
    let kept = bytes.iter().zip(next).filter(|(byte, next)| **byte != b'\r' || *next != Some(&b'\n'));
    kept.map(|(byte, _)| *byte).collect()
}

fn utf16(bytes: &[u8]) -> Option<String> {
    let pairs = |bytes: &[u8], of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|two| of([two[0], two[1]])).collect();
        String::from_utf16(&units).ok()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => pairs(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => pairs(rest, u16::from_be_bytes),
        _ => None,
    }
}

/// The most frequent cause, with all its files. `all` has each file's path and cause.
pub fn most(all: impl IntoIterator<Item = (String, Cause)>) -> Option<Altered> {
    let mut files: BTreeMap<Cause, BTreeSet<String>> = BTreeMap::new();
    for (path, cause) in all {
        files.entry(cause).or_default().insert(path);
    }
    let (cause, files) = files.into_iter().max_by_key(|(cause, files)| (files.len(), std::cmp::Reverse(*cause)))?;
    Some(Altered { cause, count: files.len(), first: files.first()?.clone() })
}

/// Why the lock or published records of a checkout are not as they were published. Files that a sparse working tree
/// lacks are not needed for measuring.
///
/// # Errors
/// A file cannot be read.
pub fn records(workspace: &Workspace) -> Result<Option<Altered>, FileError> {
    let (root, published) = (workspace.root(), &workspace.published);
    let mut all = Vec::new();
    if fs::read(&workspace.lock_path).is_ok_and(|bytes| with_line_feeds(&bytes).len() < bytes.len()) {
        all.push((LOCK.to_owned(), Cause::LineEndings));
    }
    let mut missing = Vec::new();
    let measured = workspace.lock.steps.iter().filter(|(_, locked)| locked.class.is_nondeterministic());
    for ((hardware, step), locked) in measured {
        let files = locked.outputs.iter().map(|(output, digest)| (output, *digest)).chain([(KEY, locked.key)]);
        for (file, digest) in files {
            let path = published.path(hardware, step, file);
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            match workspace.store.digest(&path) {
                Ok(found) if found == digest => {}
                Ok(_) => {
                    let bytes = published.bytes(hardware, step, file)?.unwrap_or_default();
                    all.extend(Cause::of(&bytes, digest).map(|cause| (name, cause)));
                }
                // The link of a file that git-annex has not got yet.
                Err(_) if path.is_symlink() => all.push((name, Cause::Pointer)),
                Err(_) => missing.push((name, Cause::Sparse)),
            }
        }
    }
    if all.is_empty() && !missing.is_empty() && is_sparse(root) {
        return Ok(most(missing));
    }
    Ok(most(all))
}

/// Why sources and inputs of the steps in a plan are not as they were when the steps last ran.
///
/// # Errors
/// A file cannot be read.
pub fn sources(session: &Session, plan: &[Planned]) -> Result<Option<Altered>, FileError> {
    let mut changed = BTreeSet::new();
    for planned in plan {
        let (State::Stale { reasons, .. } | State::Waiting { reasons, .. } | State::Outdated { reasons, .. }) =
            &planned.state
        else {
            continue;
        };
        for reason in reasons {
            // A removed file has no bytes to look at.
            let Reason::Changed { field, old: Some(old), new: Some(_) } = reason else { continue };
            let Ok(old) = old.parse::<Digest>() else { continue };
            let path = match unquote(field).as_deref() {
                Some([kind, path]) if kind == "source" || kind == "lockfile" => path.clone(),
                Some([kind, path]) if kind == "input" => match origin(session, &planned.step, path) {
                    Some(path) => path,
                    None => continue,
                },
                _ => continue,
            };
            changed.insert((path, old));
        }
    }
    let mut all = converted(&session.tree.root);
    for (path, old) in changed {
        let file = session.tree.root.join(&path);
        let bytes = fs::read(&file).doing("cannot read", &file)?;
        all.extend(Cause::of(&bytes, old).map(|cause| (path, cause)));
    }
    Ok(most(all))
}

/// The file of the checkout that is an input of a step.
fn origin(session: &Session, step: &str, path: &str) -> Option<String> {
    let step = &session.graph.steps()[session.graph.find(step)?];
    let input = step.inputs.iter().find(|input| input.path == path)?;
    match &input.origin {
        Origin::File(path) => Some(path.to_string()),
        Origin::Step { .. } => None,
    }
}

/// The files that have other line endings than in Git's index. Those of Rust sources count in no key.
pub fn converted(root: &Path) -> Vec<(String, Cause)> {
    let listed = Command::new("git").args(["ls-files", "--eol", "-z"]).current_dir(root).output();
    let listed = listed.map(|listed| String::from_utf8_lossy(&listed.stdout).into_owned()).unwrap_or_default();
    let is_converted = |line: &str| {
        let (facts, path) = line.split_once('\t')?;
        let facts: Vec<&str> = facts.split_whitespace().collect();
        let found = facts.contains(&"i/lf") && (facts.contains(&"w/crlf") || facts.contains(&"w/mixed"));
        (found && !path.ends_with(".rs")).then(|| (path.to_owned(), Cause::LineEndings))
    };
    listed.split('\0').filter_map(is_converted).collect()
}

/// Whether Git omits files from the working tree.
pub fn is_sparse(root: &Path) -> bool {
    let asked = Command::new("git").args(["config", "--type=bool", "core.sparseCheckout"]).current_dir(root).output();
    asked.is_ok_and(|asked| asked.stdout.starts_with(b"true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_found_from_the_digest_of_the_published_bytes() {
        let published = "{\n  \"time\": 1,\n  \"unit\": \"µs\"\n}\n";
        let expected = Digest::of(published.as_bytes());
        let cr = published.replace('\n', "\r\n");
        let utf16: Vec<u8> = "\u{feff}".encode_utf16().chain(cr.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for (bytes, cause) in [
            (cr.as_bytes(), Some(Cause::LineEndings)),
            (format!("\u{feff}{published}").as_bytes(), Some(Cause::ByteOrderMark)),
            (format!("\u{feff}{cr}").as_bytes(), Some(Cause::ByteOrderMark)),
            (&utf16, Some(Cause::Utf16)),
            (published.trim_end().as_bytes(), Some(Cause::LastLine)),
            (format!("{published}\n").as_bytes(), Some(Cause::LastLine)),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 9\n", Some(Cause::Pointer)),
            (b"/annex/objects/SHA256E-s9--ab.json\n", Some(Cause::Pointer)),
            (b"\0GITCRYPT\0abc", Some(Cause::Encrypted)),
            (b"", Some(Cause::Empty)),
            (published.replace('1', "2").as_bytes(), None),
            (cr.replace('1', "2").as_bytes(), None),
        ] {
            assert_eq!(Cause::of(bytes, expected), cause, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn the_sides_of_a_merge_with_conflicts_are_a_cause() {
        let merged = b"version 3\n<<<<<<< HEAD\nstep a\n=======\nstep b\n>>>>>>> other\n";
        assert_eq!(Cause::of_text(merged), Some(Cause::Conflict));
        assert_eq!(Cause::of_text(b"version 3\nstep a\n"), None);
    }

    #[test]
    fn only_pairs_of_carriage_return_and_line_feed_are_replaced() {
        for (bytes, expected) in
            [("a\r\nb\r\n", "a\nb\n"), ("\r\r\n\r", "\r\n\r"), ("a\rb\n\r", "a\rb\n\r"), ("", ""), ("\r", "\r")]
        {
            assert_eq!(with_line_feeds(bytes.as_bytes()), expected.as_bytes(), "{bytes:?}");
        }
    }

    #[test]
    fn the_cause_of_most_files_is_reported_once_with_the_remedy_last() {
        let file = |path: &str, cause| (path.to_owned(), cause);
        let all = [file("b", Cause::LineEndings), file("a", Cause::LineEndings), file("c", Cause::Empty)];
        let text = most(all).unwrap().to_string();
        assert!(text.starts_with("2 files are") && text.contains("the first is a\nhint: "), "{text}");
        assert_eq!(most([]), None);
    }
}
