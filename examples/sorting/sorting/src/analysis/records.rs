//! Reads the records of an input folder.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use crate::record::Record;

/// A record and the file it is from.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path in the input folder, for example `records/merge-1000.json`.
    pub file: String,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// Its content.
    pub record: Record,
}

/// Every record below `input`, sorted by path.
pub fn read(input: &Path) -> Result<Vec<Source>> {
    let folder = input.join("records");
    let mut sources = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        let file = format!("records/{}", path.file_name().unwrap_or_default().to_string_lossy());
        sources.push(source(&path, &file).with_context(|| file)?);
    }
    ensure!(!sources.is_empty(), "no record in {}\nhint: select at least one algorithm and one size", folder.display());
    sources.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(sources)
}

fn source(path: &Path, file: &str) -> Result<Source> {
    let bytes = fs::read(path)?;
    let record: Record = serde_json::from_slice(&bytes)?;
    let times = &record.seconds_per_sort;
    ensure!(
        times.len() == record.protocol.samples as usize,
        "has {} samples of {}",
        times.len(),
        record.protocol.samples
    );
    ensure!(times.iter().all(|time| time.is_finite() && *time > 0.0), "has a time that is not above 0");
    let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Source { file: file.to_owned(), digest, record })
}

/// Paths of records made by earlier sources, which the driver lists in the file `outdated`: one path per line.
pub fn outdated(input: &Path) -> Result<Vec<String>> {
    match fs::read_to_string(input.join("outdated")) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).context("cannot read outdated"),
    }
}
