//! The files of a publication, gathered from the store. Writes them as a folder and as one archive.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::digest::Digest;
use crate::files::{self, Doing, FileError};
use crate::identity;
use crate::lock::Lock;
use crate::paper::About;
use crate::publication::{archive, metadata, sources, sums};
use crate::session::Session;

/// The lock of a publication: the lines of its own steps.
pub const LOCK: &str = "artifacts.lock";

/// A publication's own files: no output of a step may have one of these paths, nor one below [`KEYS`].
pub const RESERVED: [&str; 5] = [LOCK, sources::FILE, metadata::WORKFLOW, metadata::FILE, sums::FILE];
/// The folder of the texts of keys.
pub const KEYS: &str = "keys";

/// Files by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What is published.
pub struct Contents<'a> {
    /// The description of the paper.
    pub about: &'a About,
    /// The steps, all fresh.
    pub chosen: &'a BTreeSet<usize>,
    /// The machine that measured.
    pub hardware: &'a str,
    /// A description of what was skipped.
    pub skipped: Option<&'a str>,
    /// The committed files and their digests.
    pub sources: &'a BTreeMap<String, Digest>,
    /// The day of publication where nothing was measured; none for the day of the latest commit.
    pub day: Option<&'a str>,
    /// Reads from an output when its measurement started.
    pub measured_at: fn(&[u8]) -> Option<String>,
}

/// Gathers the outputs of steps, their keys, the lock, the digests of the sources, and the metadata.
///
/// # Errors
/// A file cannot be read, or Git does not give the day of the commit.
pub fn gather(session: &Session, contents: &Contents) -> Result<Files> {
    let mut all = Files::new();
    let mut lock = Lock::default();
    let request = session.lock.requests.get_key_value(contents.hardware);
    lock.requests.extend(request.map(|(name, request)| (name.clone(), request.clone())));
    for &index in contents.chosen {
        let (step, hardware) = (&session.graph.steps()[index], session.graph.hardware(index));
        let Some(locked) = session.lock.get(hardware, &step.name) else { continue };
        lock.put(hardware, &step.name, locked.clone());
        for (output, &digest) in &locked.outputs {
            all.insert(step.export(output), session.output(&step.name, output, digest)?);
        }
        if let Some(key) = session.key_text(hardware, &step.name, locked.key)? {
            all.insert(key_path(&step.name), key.text.into_bytes());
        }
    }
    let used: BTreeSet<&str> =
        lock.steps.keys().flat_map(|(name, _)| identity::apart(name)).chain([contents.hardware]).collect();
    let known = session.lock.hardware.iter().filter(|(name, _)| used.contains(name.as_str()));
    lock.hardware = known.map(|(name, facts)| (name.clone(), facts.clone())).collect();
    all.insert(LOCK.to_owned(), lock.to_text().into_bytes());
    all.insert(sources::FILE.to_owned(), sums::text(contents.sources).into_bytes());
    let workflow = session.tree.root.join(contents.about.declared_in);
    all.insert(metadata::WORKFLOW.to_owned(), fs::read(&workflow).doing("cannot read", &workflow)?);
    let described = metadata::text(session, contents, (&lock, &all))?;
    all.insert(metadata::FILE.to_owned(), described.into_bytes());
    let digests = all.iter().map(|(path, bytes)| (path.clone(), Digest::of(bytes))).collect();
    all.insert(sums::FILE.to_owned(), sums::text(&digests).into_bytes());
    Ok(all)
}

/// The path of the text of a step's key in a publication.
pub fn key_path(step: &str) -> String {
    format!("{KEYS}/{step}.txt")
}

/// Writes the files into `folder`, replacing its content, and as an archive at `packed`.
pub fn write(all: &Files, folder: &Path, packed: &Path) -> Result<(), FileError> {
    files::remove_folder(folder)?;
    for (path, bytes) in all {
        let file = folder.join(path);
        let parent = file.parent().unwrap_or(folder);
        fs::create_dir_all(parent).doing("cannot make the folder", parent)?;
        fs::write(&file, bytes).doing("cannot write", &file)?;
    }
    let file = fs::File::create(packed).doing("cannot write", packed)?;
    archive::pack(all, std::io::BufWriter::new(file)).doing("cannot write", packed)
}
