//! Published weights as they are: files of safetensors and of PyTorch, each tensor read on request. Files are not trusted. What they claim
//! is checked before memory is allocated, and nothing in them is executed.

mod archive;
mod element;
mod error;
mod format;
pub mod listing;
mod names;
mod pickle;
mod pytorch;
mod safetensors;
mod state_dict;
mod storage;
mod stored;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use self::format::{Container, HEAD_BYTES};
use self::stored::Stored;
use crate::weights::{WeightError, Weights};

pub use self::error::CheckpointError;

/// An open file of tensors.
#[derive(Debug)]
pub struct Checkpoint {
    file: File,
    /// By the names of networks.
    tensors: BTreeMap<String, Stored>,
    /// Names of tensors that were not taken yet.
    remaining: BTreeSet<String>,
    remarks: Vec<String>,
}

impl Checkpoint {
    /// Reads names and places of all tensors in `path`, and checks them against the length of the file.
    ///
    /// # Errors
    /// It is no file of safetensors or PyTorch, or it contradicts itself.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut head = Vec::new();
        Read::by_ref(&mut file).take(HEAD_BYTES).read_to_end(&mut head)?;
        file.seek(SeekFrom::Start(0))?;
        let (tensors, mut remarks) = match format::recognise(&head).map_err(CheckpointError::Format)? {
            Container::Safetensors => (safetensors::tensors(&file, length)?, Vec::new()),
            Container::Archive => pytorch::archived(&file, length)?,
            Container::Legacy => pytorch::legacy(&file, length)?,
        };
        let tensors = names::resolve(tensors, &mut remarks)?;
        let remaining = tensors.keys().filter(|name| !names::is_ignored(name)).cloned().collect();
        Ok(Self { file, tensors, remaining, remarks })
    }

    /// What was changed or passed over to find the tensors, one sentence each.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Name, type and shape of each tensor, also of those that inference does without.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &str, &[usize])> {
        self.tensors.iter().map(|(name, stored)| (name.as_str(), stored.element().name(), stored.shape()))
    }

    /// The shape of a tensor.
    ///
    /// # Errors
    /// It is missing.
    pub fn shape(&self, name: &str) -> Result<&[usize], WeightError> {
        self.stored(name).map(Stored::shape)
    }

    fn stored(&self, name: &str) -> Result<&Stored, WeightError> {
        self.tensors.get(name).ok_or_else(|| {
            let prefixed = names::prefixed(name, self.tensors.keys().map(String::as_str));
            WeightError::Missing { name: name.to_owned(), prefixed }
        })
    }
}

impl Weights for Checkpoint {
    /// The values as f32; 64-bit floats are rounded.
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightError> {
        let (stored, name) = (self.stored(name)?, || name.to_owned());
        if stored.shape() != shape {
            return Err(WeightError::Shape { name: name(), found: stored.shape().to_vec(), needed: shape.to_vec() });
        }
        if !stored.element().is_float() {
            return Err(WeightError::Type { name: name(), found: stored.element().name().to_owned() });
        }
        let values = stored.values(&self.file).map_err(|problem| WeightError::Unreadable { name: name(), problem })?;
        if let Some((element, value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(WeightError::NotFinite { name: name(), element, value: *value });
        }
        self.remaining.remove(&name());
        Ok(values)
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
