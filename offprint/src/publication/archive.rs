//! Archives: packed the same to the byte each time, and unpacked with checks, since they may come from anyone.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use tar::{Archive, Builder, EntryType, Header};

use crate::graph::is_plain;

/// The top folder of an archive.
const TOP: &str = "publication";

/// Limits of an archive.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Number of files.
    pub files: usize,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files.
    pub bytes: u64,
}

/// Far above any paper, far below any disk.
pub const BOUNDS: Bounds = Bounds { files: 100_000, file_bytes: 256 << 20, bytes: 2 << 30 };

/// Why an archive is not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read as an archive.
    #[error("it cannot be read as a compressed archive: {0}")]
    Io(#[from] io::Error),
    /// Something in it cannot be part of a publication.
    #[error("it contains `{name}`, {problem}")]
    Entry {
        /// The path in the archive.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// Writes `files` as a compressed archive: sorted, without times, owners or other properties of this machine.
pub fn pack(files: &BTreeMap<String, Vec<u8>>, to: impl Write) -> io::Result<()> {
    let mut archive = Builder::new(GzBuilder::new().mtime(0).operating_system(255).write(to, Compression::best()));
    for (path, bytes) in files {
        let mut header = Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(EntryType::Regular);
        archive.append_data(&mut header, format!("{TOP}/{path}"), &bytes[..])?;
    }
    archive.into_inner()?.finish()?.flush()
}

/// Reads the archive at `path` into memory: files by path. Reads no more than the bounds allow.
pub fn unpack(path: &Path, bounds: Bounds) -> Result<BTreeMap<String, Vec<u8>>, ArchiveError> {
    // Headers and padding are limited, too.
    let max = bounds.bytes + 2048 * (bounds.files as u64 + 1);
    let mut archive = Archive::new(GzDecoder::new(File::open(path)?).take(max));
    let (mut files, mut total) = (BTreeMap::new(), 0);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let refuse = |problem| Err(ArchiveError::Entry { name: name.clone(), problem });
        if entry.header().entry_type() == EntryType::Directory {
            continue;
        }
        if entry.header().entry_type() != EntryType::Regular {
            return refuse("which is not a plain file");
        }
        let Some((_, inside)) = name.split_once('/').filter(|_| is_plain(&name)) else {
            return refuse("which would lie outside its folder");
        };
        total += entry.size();
        if entry.size() > bounds.file_bytes || total > bounds.bytes || files.len() >= bounds.files {
            return refuse("which exceeds the limits of a publication");
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        if files.insert(inside.to_owned(), bytes).is_some() {
            return refuse("twice");
        }
    }
    // To the end, where the checksum reveals a truncated archive.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn sample() -> BTreeMap<String, Vec<u8>> {
        BTreeMap::from([("report.pdf".to_owned(), b"%PDF".to_vec()), ("figures/ü.svg".to_owned(), vec![0; 3000])])
    }

    /// The result of unpacking an archive with one entry of this name, kind and content.
    fn unpacked(name: &str, kind: EntryType, bytes: &[u8], bounds: Bounds) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar.gz");
        let mut archive = Builder::new(GzBuilder::new().write(File::create(&path).unwrap(), Compression::fast()));
        let mut header = Header::new_ustar();
        // Bypasses the library's own checks, as an attacker would.
        header.as_ustar_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        archive.append(&header, bytes).unwrap();
        archive.append(&header, bytes).unwrap();
        archive.into_inner().unwrap().finish().unwrap();
        unpack(&path, bounds).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn an_archive_is_the_same_each_time_and_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let pack = || {
            let mut bytes = Vec::new();
            pack(&sample(), &mut bytes).unwrap();
            bytes
        };
        assert_eq!(pack(), pack());
        let path = folder.path().join("a.tar.gz");
        fs::write(&path, pack()).unwrap();
        assert_eq!(unpack(&path, BOUNDS).unwrap(), sample());
    }

    #[test]
    fn an_entry_outside_the_folder_is_refused() {
        for name in ["top/../../etc/passwd", "/etc/passwd", "top/./a", "top//a", "../a", "a"] {
            let printed = unpacked(name, EntryType::Regular, b"x", BOUNDS);
            assert!(printed.contains(name) && printed.contains("outside its folder"), "{name}: {printed}");
        }
        for kind in [EntryType::Symlink, EntryType::Link, EntryType::Char, EntryType::Fifo] {
            assert!(unpacked("top/a", kind, b"", BOUNDS).contains("not a plain file"), "{kind:?}");
        }
        assert!(unpacked("top/a", EntryType::Regular, b"x", BOUNDS).contains("twice"));
    }

    #[test]
    fn an_archive_beyond_its_limits_is_refused_and_not_read() {
        let few = |files, file_bytes, bytes| Bounds { files, file_bytes, bytes };
        for bounds in [few(9, 10, 10_000), few(9, 10_000, 10), few(0, 10_000, 10_000)] {
            let printed = unpacked("top/a", EntryType::Regular, &[0; 1000], bounds);
            assert!(printed.contains("exceeds the limits"), "{bounds:?}: {printed}");
        }
    }

    #[test]
    fn a_truncated_archive_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar.gz");
        let mut whole = Vec::new();
        pack(&sample(), &mut whole).unwrap();
        for at in 0..whole.len() {
            fs::write(&path, &whole[..at]).unwrap();
            assert!(unpack(&path, BOUNDS).is_err(), "cut at {at}");
        }
    }
}
