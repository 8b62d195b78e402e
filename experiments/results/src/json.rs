//! JSON files, read with a size limit and always written in the same format. Files from outside are not trusted. Errors
//! name the file and the field.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::digest;

/// Far above the size of any real record, table or list.
const MAX_BYTES: u64 = 64 << 20;

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The operating system reported an error.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// Larger than any real file.
    #[error("{}: larger than {MAX_BYTES} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Not the expected JSON.
    #[error("{}: field `{field}`: {problem}", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Path of the field from the top.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// Reads `path` as a `T`.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, JsonError> {
    Ok(read_with_digest(path)?.0)
}

/// Reads `path` as a `T`, with the SHA-256 of what was read.
pub fn read_with_digest<T: DeserializeOwned>(path: &Path) -> Result<(T, String), JsonError> {
    let io = |source| JsonError::Io { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(io)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(JsonError::TooLarge { path: path.to_owned() });
    }
    let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| JsonError::Field {
        path: path.to_owned(),
        field: error.path().to_string(),
        problem: error.inner().to_string(),
    })?;
    deserializer.end().map_err(|error| JsonError::Field {
        path: path.to_owned(),
        field: ".".to_owned(),
        problem: error.to_string(),
    })?;
    Ok((value, digest::of(&bytes)))
}

/// The `.json` files of a folder, sorted so that the first error is always the same. None if there is no folder.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let list = || fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>();
    let mut paths = match list() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        listed => listed?,
    };
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    Ok(paths)
}

/// Writes `value` to `path`, indented, with a final newline.
pub fn write<T: Serialize>(path: &Path, value: &T) -> Result<(), JsonError> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| JsonError::Field {
        path: path.to_owned(),
        field: ".".to_owned(),
        problem: error.to_string(),
    })?;
    text.push('\n');
    fs::write(path, text).map_err(|source| JsonError::Io { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("numbers.json");
        // Knuth's generator; times from 1 ms to 1 s.
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            1e-3 + (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let numbers: Vec<f64> = (0..10_000).map(|_| next()).collect();
        write(&path, &numbers).unwrap();
        assert_eq!(read::<Vec<f64>>(&path).unwrap(), numbers);
    }
}
