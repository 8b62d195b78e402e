//! The files of a publication, gathered from the store. Writes them as a folder and as one archive.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::places;
use crate::publication::{archive, metadata, sources, sums};
use offprint::digest::Digest;
use offprint::files::{self, Doing, FileError};
use offprint::lock::Lock;
use offprint::session::Session;

/// The lock of a publication: the lines of its own steps.
pub const LOCK: &str = "artifacts.lock";

/// Files by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Gathers the outputs of `chosen`, steps that are all fresh, with their keys, the lock, the digests of the sources, and what
/// describes them all. `left_out` says which points the study is made without.
pub fn gather(
    session: &Session,
    (chosen, left_out): (&BTreeSet<usize>, Option<&str>),
    sources: &BTreeMap<String, Digest>,
) -> Result<Files> {
    let mut all = Files::new();
    let mut lock = Lock { hardware: session.lock.hardware.clone(), steps: BTreeMap::new() };
    for &index in chosen {
        let (step, hardware) = (&session.graph.steps()[index], session.graph.hardware(index));
        let Some(locked) = session.lock.get(hardware, &step.name) else { continue };
        lock.put(hardware, &step.name, locked.clone());
        for (output, &digest) in &locked.outputs {
            all.insert(places::place(&step.name, output), session.output(&step.name, output, digest)?);
        }
        if let Some(key) = session.key_text(hardware, &step.name, locked.key)? {
            all.insert(key_place(&step.name), key.text.into_bytes());
        }
    }
    all.insert(LOCK.to_owned(), lock.to_text().into_bytes());
    all.insert(sources::FILE.to_owned(), sums::text(sources).into_bytes());
    let workflow = session.tree.root.join("xtask/src/steps.rs");
    all.insert(metadata::WORKFLOW.to_owned(), fs::read(&workflow).doing("cannot read", &workflow)?);
    let Some(day) = metadata::day(&all) else {
        bail!(
            "no record says when it was measured\nhint: measure anew with `cargo xtask reproduce --again 'measure/**'`"
        );
    };
    let described = metadata::text(session, (chosen, left_out), (&lock, &all), &day);
    all.insert(metadata::FILE.to_owned(), described.into_bytes());
    let digests = all.iter().map(|(path, bytes)| (path.clone(), Digest::of(bytes))).collect();
    all.insert(sums::FILE.to_owned(), sums::text(&digests).into_bytes());
    Ok(all)
}

/// Where a publication has the text of a step's key.
pub fn key_place(step: &str) -> String {
    format!("keys/{step}.txt")
}

/// Writes the files into `folder`, which holds nothing else then, and as an archive at `packed`.
pub fn write(all: &Files, folder: &Path, packed: &Path) -> Result<(), FileError> {
    files::remove_folder(folder)?;
    for (path, bytes) in all {
        let place = folder.join(path);
        let parent = place.parent().unwrap_or(folder);
        fs::create_dir_all(parent).doing("cannot make the folder", parent)?;
        fs::write(&place, bytes).doing("cannot write", &place)?;
    }
    let file = fs::File::create(packed).doing("cannot write", packed)?;
    archive::pack(all, std::io::BufWriter::new(file)).doing("cannot write", packed)
}
