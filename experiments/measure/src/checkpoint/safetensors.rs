//! Safetensors files: a header that lists contiguous tensors. It has a maximum size and is checked against the length of the file
//! before any tensor is read.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use ::safetensors::tensor::Metadata;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::element::Element;
use super::error::CheckpointError;
use super::storage::Storage;
use super::stored::{Stored, row_major};

/// The header of the largest network of the study takes 0.1 MB.
const MAX_HEADER_BYTES: u64 = 4 << 20;

/// The tensors of a file of `found` bytes, read from its beginning.
pub fn tensors(mut file: &File, found: u64) -> Result<Vec<(String, Stored)>, CheckpointError> {
    let mut length = [0; 8];
    if found < 8 {
        return Err(CheckpointError::TooShort { bytes: found });
    }
    file.read_exact(&mut length)?;
    let claimed = u64::from_le_bytes(length);
    if claimed > MAX_HEADER_BYTES {
        return Err(CheckpointError::Header { claimed, limit: MAX_HEADER_BYTES });
    }
    let mut text = Vec::new();
    file.take(claimed).read_to_end(&mut text)?;
    let length = |described| CheckpointError::Length { found, part: "header", described };
    if (text.len() as u64) < claimed {
        return Err(length(8 + claimed));
    }
    let content = |error: serde_json::Error| CheckpointError::Content(error.to_string());
    // Parsing keeps the last of two equal names.
    serde_json::Deserializer::from_slice(&text).deserialize_map(Names).map_err(content)?;
    // It checks that the tensors are contiguous, each as long as its shape and type require.
    let header: Metadata = serde_json::from_slice(&text).map_err(content)?;
    let start = 8 + claimed;
    let described = start.saturating_add(header.data_len() as u64);
    if described != found {
        return Err(length(described));
    }
    let tensors = header.tensors().into_iter().map(|(name, info)| {
        let (begin, end) = info.data_offsets;
        let storage = Arc::new(Storage::plain(start + begin as u64, (end - begin) as u64));
        let stored = row_major(&info.shape).and_then(|strides| {
            Stored::new(storage, Element::of_safetensors(info.dtype), 0, info.shape.clone(), strides)
        });
        match stored {
            Ok(stored) => Ok((name, stored)),
            Err(problem) => Err(CheckpointError::Tensor { name, problem }),
        }
    });
    tensors.collect()
}

/// The names of a header, each once.
struct Names;

impl<'de> Visitor<'de> for Names {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some((name, _)) = map.next_entry::<String, IgnoredAny>()? {
            if names.contains(&name) {
                return Err(A::Error::custom(format!("tensor `{name}` is there twice")));
            }
            names.insert(name);
        }
        Ok(())
    }
}
