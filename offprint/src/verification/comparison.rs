//! Measurements of the same hardware, published and made here, for a paper to compare.

use std::path::Path;

use anyhow::Result;

use crate::digest::Digest;
use crate::lock::Lock;

/// Reads an output by its digest; none when it is missing.
pub type Read<'a> = Box<dyn Fn(&str, Digest) -> Result<Option<Vec<u8>>> + 'a>;

/// The results of one machine, and their outputs.
pub struct MachineResults<'a> {
    /// The results.
    pub lock: &'a Lock,
    /// Reads outputs, by export path and digest.
    pub read: Read<'a>,
}

/// The two sets of results.
pub struct Comparison<'a> {
    /// The top of the checkout.
    pub root: &'a Path,
    /// A scratch folder.
    pub scratch: &'a Path,
    /// The machine of both.
    pub hardware: &'a str,
    /// The published results.
    pub published: MachineResults<'a>,
    /// The results made here.
    pub here: MachineResults<'a>,
}

impl MachineResults<'_> {
    /// An output of a step on some hardware; none when the lock does not name it or it is missing.
    ///
    /// # Errors
    /// The output cannot be read.
    pub fn output(&self, hardware: &str, step: &str, output: &str) -> Result<Option<Vec<u8>>> {
        let outputs = self.lock.get(hardware, step).map(|locked| &locked.outputs);
        match outputs.and_then(|outputs| outputs.get(output)) {
            Some(&digest) => (self.read)(step, digest),
            None => Ok(None),
        }
    }
}
