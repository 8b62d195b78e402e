//! The files a report may read, taken into memory before typesetting: what is not here does not exist for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use results::verdicts::{self, Judged};

use crate::compile::CompileError;
use crate::compile::world::MAIN;
use crate::facts::Facts;

/// No text, figure or table of ours comes near this.
const MOST_BYTES: u64 = 32 << 20;
/// Numbers, titles and captions of the figures.
const INDEX: &str = "figures/index.json";
/// Folders below `text/`: the sections, and one level for a fork's own order.
const DEEPEST: usize = 3;

/// The declared files of an input folder.
pub struct Folder {
    /// Bytes by path from the top, with `/`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// `facts.json`.
    pub facts: Facts,
    /// `claims.json`.
    pub claims: Vec<Judged>,
}

impl Folder {
    /// Reads the declared files of `top`.
    pub fn read(top: &Path) -> Result<Self, CompileError> {
        let mut files = BTreeMap::new();
        for name in ["facts.json", verdicts::FILE, INDEX, "CITATION.cff", MAIN] {
            take(top, name, &mut files)?;
        }
        walk(top, "text", &["typ", "yml"], DEEPEST, &mut files)?;
        walk(top, "figures", &["svg"], 1, &mut files)?;
        let facts = results::json::read(&top.join("facts.json"))?;
        let claims = results::json::read(&top.join(verdicts::FILE))?;
        Ok(Self { files, facts, claims })
    }

    /// The sources of the text: path and content.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let text = |path: &&String| path.ends_with(".typ");
        self.files.keys().filter(text).filter_map(|path| Some((path.as_str(), self.files.get(path)?.as_slice())))
    }
}

/// Takes the files below `folder` with one of the `endings`. A folder that is missing is empty: the text that names a file of
/// it says so better.
fn walk(
    top: &Path,
    folder: &str,
    endings: &[&str],
    depth: usize,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), CompileError> {
    let path = top.join(folder);
    if depth == 0 || !path.is_dir() {
        return Ok(());
    }
    let io = |source| CompileError::Io { path: path.clone(), source };
    for entry in fs::read_dir(&path).map_err(io)? {
        let entry = entry.map_err(io)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let relative = format!("{folder}/{name}");
        if entry.file_type().map_err(io)?.is_dir() {
            walk(top, &relative, endings, depth - 1, files)?;
        } else if Path::new(&name).extension().is_some_and(|own| endings.iter().any(|ending| own == *ending)) {
            take(top, &relative, files)?;
        }
    }
    Ok(())
}

/// Takes one file; a link might lead out of the folder and is refused.
fn take(top: &Path, relative: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), CompileError> {
    let path = top.join(relative);
    let io = |source| CompileError::Io { path: path.clone(), source };
    let facts = fs::symlink_metadata(&path).map_err(io)?;
    if !facts.is_file() {
        return Err(CompileError::NotAFile { path });
    }
    if facts.len() > MOST_BYTES {
        return Err(CompileError::TooLarge { path, most: MOST_BYTES });
    }
    files.insert(relative.to_owned(), fs::read(&path).map_err(io)?);
    Ok(())
}
