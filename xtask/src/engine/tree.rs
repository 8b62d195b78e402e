//! The checkout as keys see it: digests of its files, versions of its crates, its toolchain. Knows no step.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::SystemTime;

use crate::engine::crates::Crates;
use crate::engine::digest::Digest;
use crate::engine::files::{Doing, FileError};
use crate::engine::tokens;

/// A checkout.
pub struct Tree {
    /// Its top.
    pub root: PathBuf,
    /// Versions of its crates.
    pub crates: Crates,
    /// The compiler in words, for example `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub toolchain: String,
    seen: Mutex<BTreeMap<(PathBuf, Reading), (Stamp, Digest)>>,
}

/// What of a file is digested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reading {
    /// Every byte.
    Bytes,
    /// The tokens of a Rust source, the bytes of anything else.
    Source,
}

/// What tells within one run that a file is as it was: two of a file's states that agree in all three are one.
type Stamp = (u64, Option<SystemTime>, u64);

impl Tree {
    /// Reads the lock of the crates and asks the compiler for its version.
    pub fn open(root: &Path) -> Result<Self, FileError> {
        let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(&compiler).arg("--version").current_dir(root).output();
        let output = output.doing("cannot run", Path::new(&compiler))?;
        let toolchain = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() || toolchain.is_empty() {
            let said = io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned());
            return Err(said).doing("cannot ask for its version", Path::new(&compiler));
        }
        Ok(Self { root: root.to_owned(), crates: Crates::read(root)?, toolchain, seen: Mutex::default() })
    }

    /// Digest of the file at `relative`; a file is read again only when its stamp changed.
    pub fn digest(&self, relative: &str, reading: Reading) -> Result<Digest, FileError> {
        let path = self.root.join(relative);
        let stamp = stamp(&path).doing("cannot read", &path)?;
        let key = (path, reading);
        let mut seen = self.seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((_, digest)) = seen.get(&key).filter(|(old, _)| *old == stamp) {
            return Ok(*digest);
        }
        let bytes = fs::read(&key.0).doing("cannot read", &key.0)?;
        let is_rust = reading == Reading::Source && relative.ends_with(".rs");
        let digest = if is_rust { tokens::digest(&bytes) } else { Digest::of(&bytes) };
        seen.insert(key, (stamp, digest));
        Ok(digest)
    }
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    use std::os::unix::fs::MetadataExt;
    let facts = fs::metadata(path)?;
    Ok((facts.len(), facts.modified().ok(), facts.ino()))
}

impl Tree {
    /// A tree without crates or compiler, for the tests of other modules.
    #[cfg(test)]
    pub fn bare(root: &Path, toolchain: &str) -> Self {
        Self {
            root: root.to_owned(),
            crates: Crates::default(),
            toolchain: toolchain.to_owned(),
            seen: Mutex::default(),
        }
    }
}
