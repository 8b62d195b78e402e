//! The directory of a ZIP archive, as PyTorch writes it: APPNOTE.TXT 6.3, Sections 4.3 and 4.5.3. Of each entry only the place is read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::error::CheckpointError;
use super::storage::Storage;

/// A directory has about 70 bytes for each tensor.
const MAX_DIRECTORY_BYTES: u64 = 16 << 20;
/// The end of the directory: 22 bytes and a comment.
const END_BYTES: u64 = 22 + 0xffff;
/// The largest deflated entry that is read. The largest tensor of the study has 411 MB.
const MAX_INFLATED_BYTES: u64 = 1 << 30;
/// Deflate makes nothing smaller than this.
const MAX_RATIO: u64 = 1032;
/// The value of a field whose true value is in the extra field.
const IN_EXTRA: u64 = 0xffff_ffff;

/// The entries of an archive by name.
#[derive(Debug)]
pub struct Archive {
    entries: BTreeMap<String, Entry>,
    /// Offset of the directory, behind all entries.
    directory: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    method: u64,
    is_encrypted: bool,
    checksum: u32,
    packed: u64,
    bytes: u64,
    /// Offset of its local header.
    header: u64,
}

/// A little-endian number; none beyond the end.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn read_at(mut file: &File, at: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(at))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn error(part: &str, problem: impl Into<String>) -> CheckpointError {
    let part = part.escape_debug().take(100).collect();
    CheckpointError::Archive { part, problem: problem.into() }
}

impl Archive {
    /// Reads the directory at the end of a file of `length` bytes.
    pub fn open(file: &File, length: u64) -> Result<Self, CheckpointError> {
        let start = length.saturating_sub(END_BYTES);
        let tail = read_at(file, start, END_BYTES)?;
        let ends = (0..tail.len().saturating_sub(21)).rev().find(|&at| {
            tail[at..].starts_with(b"PK\x05\x06")
                && number(&tail, at + 20, 2).is_some_and(|comment| at as u64 + 22 + comment == tail.len() as u64)
        });
        let incomplete = || error("the directory", "it is not at the end of the file: the file is truncated");
        let at = ends.ok_or_else(incomplete)?;
        let end = start + at as u64;
        let short = |offset, length| number(&tail, at + offset, length).ok_or_else(incomplete);
        let (mut count, mut bytes, mut directory) = (short(10, 2)?, short(12, 4)?, short(16, 4)?);
        if let Some(large) = large(file, &tail, at)? {
            (count, bytes, directory) = large;
        }
        if directory.checked_add(bytes).is_none_or(|behind| behind > end) {
            return Err(error("the directory", "it reaches beyond the end of the file"));
        }
        if bytes > MAX_DIRECTORY_BYTES {
            return Err(error(
                "the directory",
                format!("it has {bytes} bytes; at most {MAX_DIRECTORY_BYTES} are read"),
            ));
        }
        let text = read_at(file, directory, bytes)?;
        let (mut entries, mut at) = (BTreeMap::new(), 0);
        for _ in 0..count {
            let (name, entry, next) =
                entry(&text, at).ok_or_else(|| error("the directory", format!("no entry at byte {at} of it")))?;
            if entries.contains_key(&name) {
                return Err(error(&name, "it is there twice"));
            }
            entries.insert(name, entry);
            at = next;
        }
        Ok(Self { entries, directory })
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The content of an entry, as a range of the file.
    ///
    /// # Errors
    /// There is none of this name, or its range is not in the file.
    pub fn storage(&self, file: &File, name: &str) -> Result<Storage, CheckpointError> {
        let error = |problem: String| error(name, problem);
        let Entry { method, is_encrypted, checksum, packed, bytes, header } =
            *self.entries.get(name).ok_or_else(|| error("it is missing".to_owned()))?;
        if is_encrypted {
            return Err(error("it is encrypted".to_owned()));
        }
        let deflated = match method {
            0 if packed == bytes => None,
            0 => return Err(error(format!("it has {bytes} bytes, but {packed} in the file"))),
            8 if bytes > MAX_INFLATED_BYTES || bytes / MAX_RATIO > packed => {
                return Err(error(format!(
                    "it claims {bytes} bytes compressed to {packed}; at most {MAX_INFLATED_BYTES} and {MAX_RATIO} times as many are read"
                )));
            }
            8 => Some(packed),
            other => return Err(error(format!("it is compressed by method {other}; only 0 and 8 are read"))),
        };
        let local = read_at(file, header, 30)?;
        let lengths = number(&local, 26, 2).zip(number(&local, 28, 2)).filter(|_| local.starts_with(b"PK\x03\x04"));
        let Some((name_bytes, extra_bytes)) = lengths else {
            return Err(error(format!("it has no header at byte {header} of the file")));
        };
        let begin = header + 30 + name_bytes + extra_bytes;
        if begin.checked_add(packed).is_none_or(|end| end > self.directory) {
            return Err(error(format!("its {packed} bytes at byte {begin} reach beyond the end of the entries")));
        }
        // An option of PyTorch writes 0 instead of a checksum.
        Ok(Storage::entry(begin, bytes, deflated, Some(checksum).filter(|checksum| *checksum != 0)))
    }
}

/// Number of entries, length and offset of a directory of the 64-bit format, whose end comes before the other at `at`.
fn large(file: &File, tail: &[u8], at: usize) -> Result<Option<(u64, u64, u64)>, CheckpointError> {
    let Some(locator) = at.checked_sub(20).filter(|&locator| tail[locator..].starts_with(b"PK\x06\x07")) else {
        return Ok(None);
    };
    let record = number(tail, locator + 8, 8).map(|place| read_at(file, place, 56)).transpose()?.unwrap_or_default();
    let field = |offset| number(&record, offset, 8).filter(|_| record.starts_with(b"PK\x06\x06"));
    match (field(32), field(40), field(48)) {
        (Some(count), Some(bytes), Some(directory)) => Ok(Some((count, bytes, directory))),
        _ => Err(error("the directory", "its 64-bit part is missing")),
    }
}

/// The entry at byte `at` of the directory: its name, and where the next begins.
fn entry(text: &[u8], at: usize) -> Option<(String, Entry, usize)> {
    let field = |offset, length| number(text, at + offset, length);
    if !text.get(at..)?.starts_with(b"PK\x01\x02") {
        return None;
    }
    let length = |offset| field(offset, 2).and_then(|length| usize::try_from(length).ok());
    let name_end = at + 46 + length(28)?;
    let extra_end = name_end + length(30)?;
    let name = String::from_utf8(text.get(at + 46..name_end)?.to_vec()).ok()?;
    let mut large = extra(text.get(name_end..extra_end)?).into_iter();
    // The order of the 64-bit values, each present only if its short field is full.
    let mut or_large = |short: u64| if short == IN_EXTRA { large.next() } else { Some(short) };
    let (bytes, packed, header) = (or_large(field(24, 4)?)?, or_large(field(20, 4)?)?, or_large(field(42, 4)?)?);
    // A header beyond this cannot be in a file, and its end can be computed without overflow.
    let header = Some(header).filter(|header| *header < 1 << 62)?;
    let checksum = u32::try_from(field(16, 4)?).ok()?;
    let entry = Entry { method: field(10, 2)?, is_encrypted: field(8, 2)? & 1 != 0, checksum, packed, bytes, header };
    Some((name, entry, extra_end + length(32)?))
}

/// The 64-bit values of an extra field.
fn extra(mut field: &[u8]) -> Vec<u64> {
    while let Some((kind, length)) = number(field, 0, 2).zip(number(field, 2, 2)) {
        let Some(content) = field.get(4..4 + length as usize) else { break };
        if kind == 1 {
            return content.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
        }
        field = &field[4 + length as usize..];
    }
    Vec::new()
}
