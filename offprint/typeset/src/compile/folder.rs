//! The files that a report may read, loaded into memory before typesetting. Other files do not exist for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use crate::compile::CompileError;
use crate::facts::Facts;
use crate::files::{self, FileError};
use crate::page::citation::{self, Citation};

/// The claims of a paper.
const CLAIMS: &str = "claims.json";
/// Numbers, titles and captions of the figures.
const INDEX: &str = "figures/index.json";
/// Maximum depth of folders below `text/`: sections, and one further level.
const MAX_DEPTH: usize = 3;

/// The declared files of an input folder.
pub struct Folder {
    /// Bytes by path from the top, with `/`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// `facts.json`.
    pub facts: Facts,
    /// The names in `claims.json`; empty where there are no claims.
    pub claims: BTreeSet<String>,
    /// The title in `CITATION.cff`.
    pub title: Option<String>,
}

/// The name of a claim. Its other fields are read only by the text.
#[derive(Deserialize)]
struct Claim {
    id: String,
}

impl Folder {
    /// Reads the declared files of `top`, which must include `main`.
    pub fn read(top: &Path, main: &str) -> Result<Self, CompileError> {
        let facts = Facts::read(top)?;
        let mut files = BTreeMap::new();
        walk(top, "text", MAX_DEPTH, &mut files)?;
        if !files.contains_key(main) || !main.ends_with(".typ") {
            return Err(CompileError::NoMain { path: top.join(main) });
        }
        take_all(top, "", &["json", "csv"], &mut files)?;
        take_all(top, "figures", &["svg"], &mut files)?;
        for name in [INDEX, citation::FILE] {
            if files::has(top, name) {
                take(top, name, &mut files)?;
            }
        }
        let claims: Vec<Claim> = if files.contains_key(CLAIMS) { files::json(&top.join(CLAIMS))? } else { Vec::new() };
        let has_title = files.contains_key(citation::FILE);
        let title = has_title.then(|| Citation::of(top)).transpose()?.map(|citation| citation.title);
        Ok(Self { files, facts, claims: claims.into_iter().map(|claim| claim.id).collect(), title })
    }

    /// The sources of the text: path and content.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let text = |path: &&String| path.ends_with(".typ");
        self.files.keys().filter(text).filter_map(|path| Some((path.as_str(), self.files.get(path)?.as_slice())))
    }
}

/// Reads the texts below `folder`. A missing folder is empty.
fn walk(top: &Path, folder: &str, depth: usize, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), FileError> {
    let path = top.join(folder);
    if depth == 0 || !path.is_dir() {
        return Ok(());
    }
    take_all(top, folder, &["typ", "yml"], files)?;
    for name in files::folders(&path)? {
        walk(top, &format!("{folder}/{name}"), depth - 1, files)?;
    }
    Ok(())
}

/// Reads the files of `folder` with one of the `endings`. A missing folder is empty, since the text that uses it gives a
/// better error.
fn take_all(
    top: &Path,
    folder: &str,
    endings: &[&str],
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), FileError> {
    for name in files::names(&top.join(folder), endings)? {
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        take(top, &path, files)?;
    }
    Ok(())
}

fn take(top: &Path, path: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), FileError> {
    files.insert(path.to_owned(), files::bytes(&top.join(path))?);
    Ok(())
}
