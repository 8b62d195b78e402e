//! Reads files of an input folder, with limits. A link could lead out of the folder and is refused.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// Maximum size of a file [bytes].
pub const MAX_BYTES: u64 = 32 << 20;

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// An error of the operating system.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// It is a link, a folder or something else that is not a plain file.
    #[error("{}: not a plain file\nhint: the input folder must contain copies; a link could lead out of \
        it", path.display())]
    NotAFile {
        /// Its path.
        path: PathBuf,
    },
    /// It exceeds the size limit.
    #[error("{}: larger than {MAX_BYTES} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Its content is invalid.
    #[error("{}: {problem}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

impl FileError {
    /// The error for invalid content of `path`.
    pub(crate) fn invalid(path: &Path, problem: impl Display) -> Self {
        Self::Invalid { path: path.to_owned(), problem: problem.to_string() }
    }
}

/// Whether the folder `top` has an entry called `name`.
pub fn has(top: &Path, name: &str) -> bool {
    fs::symlink_metadata(top.join(name)).is_ok()
}

/// The content of a plain file of at most [`MAX_BYTES`].
pub fn bytes(path: &Path) -> Result<Vec<u8>, FileError> {
    let io = |source| FileError::Io { path: path.to_owned(), source };
    let metadata = fs::symlink_metadata(path).map_err(io)?;
    if !metadata.is_file() {
        return Err(FileError::NotAFile { path: path.to_owned() });
    }
    if metadata.len() > MAX_BYTES {
        return Err(FileError::TooLarge { path: path.to_owned() });
    }
    fs::read(path).map_err(io)
}

/// The content of a text file.
pub fn text(path: &Path) -> Result<String, FileError> {
    String::from_utf8(bytes(path)?).map_err(|error| FileError::invalid(path, error))
}

/// The content of a JSON file.
pub fn json<T: DeserializeOwned>(path: &Path) -> Result<T, FileError> {
    let bytes = bytes(path)?;
    let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| FileError::invalid(path, format!("field `{}`: {}", error.path(), error.inner())))?;
    deserializer.end().map_err(|error| FileError::invalid(path, error))?;
    Ok(value)
}

/// The names in `folder` with one of the `endings`, sorted. A missing folder is empty.
pub fn names(folder: &Path, endings: &[&str]) -> Result<Vec<String>, FileError> {
    let mut names: Vec<String> = entries(folder)?.into_keys().collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|own| endings.iter().any(|ending| own == *ending)));
    Ok(names)
}

/// The names of the folders in `folder`, sorted.
pub fn folders(folder: &Path) -> Result<Vec<String>, FileError> {
    Ok(entries(folder)?.into_iter().filter(|(_, is_folder)| *is_folder).map(|(name, _)| name).collect())
}

/// The names of the entries of `folder`, and whether each is a folder; false for a link.
fn entries(folder: &Path) -> Result<BTreeMap<String, bool>, FileError> {
    let list = || {
        let entry = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            Ok((entry.file_name().to_string_lossy().into_owned(), entry.file_type()?.is_dir()))
        };
        fs::read_dir(folder)?.map(entry).collect::<io::Result<BTreeMap<_, _>>>()
    };
    match list() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        listed => listed.map_err(|source| FileError::Io { path: folder.to_owned(), source }),
    }
}

/// Writes `bytes` to `path`, creating its folder if necessary.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, bytes)).map_err(|source| FileError::Io { path: path.to_owned(), source })
}
