//! Two measurements of the same hardware, published and made here, for a paper to compare.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use crate::digest::Digest;
use crate::lock::Lock;

/// Reads an output by its digest; none when nobody has it.
pub type Read<'a> = Box<dyn Fn(&str, Digest) -> Result<Option<Vec<u8>>> + 'a>;

/// A lock on one machine, and its outputs.
pub struct Measured<'a> {
    /// What was made.
    pub lock: &'a Lock,
    /// The outputs, by where they stand for people and by digest.
    pub read: Read<'a>,
}

/// Two of them.
pub struct Comparison<'a> {
    /// The top of the checkout.
    pub root: &'a Path,
    /// A folder for whatever a comparison needs.
    pub scratch: &'a Path,
    /// The machine that both measured on.
    pub hardware: &'a str,
    /// What was published.
    pub published: Measured<'a>,
    /// What was measured here.
    pub here: Measured<'a>,
}

impl Measured<'_> {
    /// An output of a step on some hardware; none when the lock does not name it or nobody has it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn output(&self, hardware: &str, step: &str, output: &str) -> Result<Option<Vec<u8>>> {
        let outputs = self.lock.get(hardware, step).map(|locked| &locked.outputs);
        match outputs.and_then(|outputs: &BTreeMap<String, Digest>| outputs.get(output)) {
            Some(&digest) => (self.read)(step, digest),
            None => Ok(None),
        }
    }
}
