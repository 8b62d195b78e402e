//! Safetensors files: tensors by name, each read on request. Files are not trusted: the header has a maximum size and is checked against
//! the length of the file before memory is allocated.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use safetensors::tensor::{Dtype, Metadata, TensorView};

use super::format::{self, Format, HEAD_BYTES};
use crate::weights::{Prefixed, WeightError, Weights};

/// The header of the largest network of the study takes 0.1 MB.
const MAX_HEADER_BYTES: u64 = 4 << 20;

/// Counters that PyTorch's batch normalisation keeps during training; inference does not use them.
const IGNORED_SUFFIX: &str = ".num_batches_tracked";

/// An open file of tensors.
#[derive(Debug)]
pub struct Checkpoint {
    file: BufReader<File>,
    header: Metadata,
    /// Offset of the tensors' bytes in the file.
    start: u64,
    /// Names of tensors that were not taken yet.
    remaining: BTreeSet<String>,
}

/// Why a file is not a safetensors file.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// An error of the operating system.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Another format.
    #[error("it is {}", .0.name)]
    Format(Format),
    /// Too short for the length of a header.
    #[error("its {bytes} bytes are too few for a safetensors file")]
    TooShort {
        /// Length of the file.
        bytes: u64,
    },
    /// The header is too long.
    #[error(
        "it is not a safetensors file, whose first eight bytes are the length of its header: here {claimed}; at most {MAX_HEADER_BYTES} are read"
    )]
    Header {
        /// Length of the header according to the file.
        claimed: u64,
    },
    /// The header is not a list of contiguous tensors.
    #[error("its header cannot be read: {0}")]
    Content(String),
    /// The file is too short or too long.
    #[error("it has {found} bytes, but its header describes {described}{}", if found < described { ": it is truncated" } else { "" })]
    Length {
        /// Length of the file.
        found: u64,
        /// Length according to the header.
        described: u64,
    },
}

impl CheckpointError {
    /// The remedy, if the file's content shows it.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Format(format) => Some(format.remedy),
            Self::Length { found, described } if found < described => Some("download or copy it again"),
            _ => None,
        }
    }
}

impl Checkpoint {
    /// Reads the header of `path` and checks the length of the file.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        let mut file = File::open(path)?;
        let found = file.metadata()?.len();
        let mut head = Vec::new();
        Read::by_ref(&mut file).take(HEAD_BYTES).read_to_end(&mut head)?;
        if let Some(format) = format::recognise(&head) {
            return Err(CheckpointError::Format(format));
        }
        file.rewind()?;
        let mut file = BufReader::new(file);
        let mut length = [0; 8];
        if found < 8 {
            return Err(CheckpointError::TooShort { bytes: found });
        }
        file.read_exact(&mut length)?;
        let claimed = u64::from_le_bytes(length);
        if claimed > MAX_HEADER_BYTES {
            return Err(CheckpointError::Header { claimed });
        }
        let mut text = Vec::new();
        Read::by_ref(&mut file).take(claimed).read_to_end(&mut text)?;
        if (text.len() as u64) < claimed {
            return Err(CheckpointError::Length { found, described: 8 + claimed });
        }
        // Parsing checks that the tensors are contiguous, each as long as its shape and type require.
        let header: Metadata =
            serde_json::from_slice(&text).map_err(|error| CheckpointError::Content(error.to_string()))?;
        let start = 8 + claimed;
        let described = start.saturating_add(header.data_len() as u64);
        if described != found {
            return Err(CheckpointError::Length { found, described });
        }
        let names = header.offset_keys().into_iter().filter(|name| !name.ends_with(IGNORED_SUFFIX));
        let remaining = names.collect();
        Ok(Self { file, header, start, remaining })
    }

    /// The error for a tensor that the file does not have under this name.
    fn missing(&self, name: &str) -> WeightError {
        let names = self.header.offset_keys();
        let prefixed = format::prefix(name, names.iter().map(String::as_str));
        WeightError::Missing {
            name: name.to_owned(),
            prefixed: prefixed.map(|(prefix, count)| Prefixed {
                prefix: prefix.to_owned(),
                count,
                all: names.len(),
                origin: format::origin(prefix),
            }),
        }
    }

    /// The shape of a tensor.
    pub fn shape(&self, name: &str) -> Result<&[usize], WeightError> {
        let info = self.header.info(name).ok_or_else(|| self.missing(name))?;
        Ok(&info.shape)
    }

    fn bytes(&mut self, begin: usize, end: usize) -> io::Result<Vec<u8>> {
        // Within the file: the header was checked against its length.
        let mut bytes = vec![0; end - begin];
        self.file.seek(SeekFrom::Start(self.start + begin as u64))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl Weights for Checkpoint {
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightError> {
        let name = || name.to_owned();
        let info = self.header.info(&name()).ok_or_else(|| self.missing(&name()))?;
        let (dtype, (begin, end)) = (info.dtype, info.data_offsets);
        if info.shape != shape {
            return Err(WeightError::Shape { name: name(), found: info.shape.clone(), needed: shape.to_vec() });
        }
        if dtype != Dtype::F32 {
            return Err(WeightError::Type { name: name(), found: dtype.to_string() });
        }
        let unreadable = |error: io::Error| WeightError::Unreadable { name: name(), problem: error.to_string() };
        let bytes = self.bytes(begin, end).map_err(unreadable)?;
        self.remaining.remove(&name());
        let (words, _) = bytes.as_chunks::<4>();
        Ok(words.iter().map(|word| f32::from_le_bytes(*word)).collect())
    }

    fn finish(&mut self) -> Result<(), WeightError> {
        let others = match self.remaining.len() {
            0 | 1 => String::new(),
            more => format!(", nor do {} others", more - 1),
        };
        match self.remaining.first() {
            None => Ok(()),
            Some(name) => Err(WeightError::Extra { name: name.clone(), others }),
        }
    }
}

/// Writes one tensor of f32 values in row-major order to `path`.
pub fn write(path: &Path, name: &str, shape: &[usize], values: &[f32]) -> anyhow::Result<()> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F32, shape.to_vec(), &bytes)?;
    std::fs::write(path, safetensors::serialize([(name, view)], None)?)?;
    Ok(())
}
