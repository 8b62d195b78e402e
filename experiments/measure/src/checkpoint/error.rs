//! Why a checkpoint cannot be opened.

use std::io;

use super::format::{CONVERT, Format};

/// An error of the file. Errors of single tensors are [`crate::weights::WeightError`].
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
    #[error("its header claims {claimed} bytes; at most {limit} are read")]
    Header {
        /// Length of the header according to the file.
        claimed: u64,
        /// The maximum.
        limit: u64,
    },
    /// The header is not a list of contiguous tensors.
    #[error("its header cannot be read: {0}")]
    Content(String),
    /// The file is too short or too long.
    #[error("it has {found} bytes, but its {part} describes {described}{}", if found < described { ": it is truncated" } else { "" })]
    Length {
        /// Length of the file.
        found: u64,
        /// What describes another length.
        part: &'static str,
        /// That length.
        described: u64,
    },
    /// The ZIP archive is not one that PyTorch writes.
    #[error("{part} of its ZIP archive: {problem}")]
    Archive {
        /// The entry, or the directory.
        part: String,
        /// What is wrong.
        problem: String,
    },
    /// The pickle is not one that PyTorch writes.
    #[error("byte {byte} of its pickle: {problem}")]
    Pickle {
        /// Offset in the pickle; in the legacy format, in the file.
        byte: usize,
        /// What is wrong.
        problem: String,
    },
    /// The pickle needs a function or class of Python that no state dict needs.
    #[error("byte {byte} of its pickle refers to `{name}` of Python, which no state dict needs; nothing was executed")]
    Refused {
        /// Offset of the reference.
        byte: usize,
        /// Module and name.
        name: String,
    },
    /// Pickled objects other than a state dict.
    #[error("it has no state dict: {0}")]
    NoStateDict(String),
    /// Two tensors have the same name.
    #[error("tensor `{0}` is there twice")]
    Duplicate(String),
    /// A tensor contradicts the rest of the file.
    #[error("tensor `{name}`: {problem}")]
    Tensor {
        /// The tensor.
        name: String,
        /// What is wrong.
        problem: String,
    },
}

impl CheckpointError {
    /// The remedy, if the file's content shows it.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Format(format) => Some(format.remedy),
            Self::Length { found, described, .. } if found < described => Some("download or copy it again"),
            Self::Refused { .. } | Self::NoStateDict(_) => Some(CONVERT),
            _ => None,
        }
    }
}
