//! The published measurements: files of the checkout that replace missing outputs of the store, for clones without the
//! hardware. Read-only. They may come from anyone, and count only if their digest is right.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::files::{Doing, FileError};
use crate::graph::is_plain;
use crate::key::Key;

/// The file next to the outputs with the text of their key.
pub const KEY: &str = "key.txt";
/// Maximum size of a published file.
const MAX_BYTES: u64 = 256 << 20;

/// The folder of published records: `HARDWARE/STEP/OUTPUT`.
#[derive(Clone, Debug)]
pub struct Published {
    folder: PathBuf,
}

impl Published {
    /// The published records in `folder`, which need not exist.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The path of a step's file, which need not exist.
    pub fn path(&self, hardware: &str, step: &str, file: &str) -> PathBuf {
        self.folder.join(hardware).join(step).join(file)
    }

    /// The content of an output; none when it is missing or has another digest.
    pub fn read(&self, hardware: &str, step: &str, output: &str, digest: Digest) -> Result<Option<Vec<u8>>, FileError> {
        let bytes = self.bytes(hardware, step, output)?;
        Ok(bytes.filter(|bytes| Digest::of(bytes) == digest))
    }

    /// The text of the key of a step's published outputs, if its digest is `digest`.
    pub fn key(&self, hardware: &str, step: &str, digest: Digest) -> Result<Option<Key>, FileError> {
        let text = self.bytes(hardware, step, KEY)?.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text.map(Key::of).filter(|key| key.digest == digest))
    }

    /// The content of a file, whatever its digest; none when it is missing.
    pub fn bytes(&self, hardware: &str, step: &str, file: &str) -> Result<Option<Vec<u8>>, FileError> {
        if ![hardware, step, file].into_iter().all(is_plain) {
            return Ok(None);
        }
        let path = self.path(hardware, step, file);
        let mut bytes = Vec::new();
        match fs::File::open(&path) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            file => {
                let read = file.and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes));
                read.doing("cannot read", &path)?;
                Ok(Some(bytes))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_used_only_if_its_digest_is_right() {
        let folder = tempfile::tempdir().unwrap();
        let published = Published::new(folder.path());
        let path = published.path("cpu-1", "work/a", "out");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "content").unwrap();
        fs::write(path.with_file_name(KEY), "key 1\n").unwrap();
        let read =
            |hardware: &str, content: &[u8]| published.read(hardware, "work/a", "out", Digest::of(content)).unwrap();
        assert_eq!(read("cpu-1", b"content").unwrap(), b"content");
        assert_eq!(read("cpu-1", b"other"), None);
        assert_eq!(read("cpu-2", b"content"), None);
        assert_eq!(read("..", b"content"), None);
        let key = Key::of("key 1\n".to_owned());
        assert_eq!(published.key("cpu-1", "work/a", key.digest).unwrap(), Some(key));
        assert_eq!(published.key("cpu-1", "work/a", Digest::of(b"")).unwrap(), None);
    }
}
