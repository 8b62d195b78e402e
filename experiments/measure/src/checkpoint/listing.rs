//! The command `tensors`: lists a file of weights as it is read, to find out why it is not the one for a network.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};

use super::Checkpoint;
use crate::weights::{WeightError, Weights};

/// Printed after the flags of `--help`.
pub const HELP: &str = "\
Each line has the name, type and shape of a tensor, and the SHA-256 of its values as little-endian f32, row-major. In Python:
    hashlib.sha256(tensor.detach().float().contiguous().numpy().tobytes()).hexdigest()";

/// A file of weights.
#[derive(clap::Args, Clone, Debug)]
pub struct Tensors {
    /// A safetensors or PyTorch file
    pub file: PathBuf,
}

impl Tensors {
    /// Prints the tensors.
    ///
    /// # Errors
    /// The file is none of weights, or cannot be read.
    pub fn run(&self) -> Result<()> {
        let unreadable =
            |error: &dyn Display, hint| anyhow!("cannot read {}: {error}\nhint: {hint}", self.file.display());
        let mut file = Checkpoint::open(&self.file).map_err(|error| {
            unreadable(&error, error.remedy().unwrap_or("give a file that `torch.save` or safetensors wrote"))
        })?;
        let mut out = io::stdout().lock();
        let unwritten = "cannot write to standard output";
        for remark in file.remarks() {
            writeln!(out, "# {remark}").context(unwritten)?;
        }
        let own =
            |(name, element, shape): (&str, &str, &[usize])| (name.to_owned(), element.to_owned(), shape.to_vec());
        for (name, element, shape) in file.tensors().map(own).collect::<Vec<_>>() {
            let digest = match file.take(&name, &shape) {
                Ok(values) => {
                    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                    results::digest::of(&bytes)
                }
                Err(WeightError::Type { .. }) => "-".to_owned(),
                Err(error @ WeightError::NotFinite { .. }) => error.to_string(),
                Err(error) => return Err(unreadable(&error, "download or copy it again")),
            };
            writeln!(out, "{name} {element} {shape:?} {digest}").context(unwritten)?;
        }
        Ok(())
    }
}
