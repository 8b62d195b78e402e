//! The files a page is made from, taken into memory: what is not here does not exist for it. Knows no name of the page.

use std::fs;
use std::path::{Path, PathBuf};

use super::PageError;

/// No skeleton, figure or table of ours comes near this.
const MOST_BYTES: u64 = 32 << 20;

/// The text of a file of the input folder.
pub fn text(top: &Path, name: &str) -> Result<String, PageError> {
    let path = top.join(name);
    let io = |source| PageError::Io { path: path.clone(), source };
    let facts = fs::symlink_metadata(&path).map_err(io)?;
    if !facts.is_file() || facts.len() > MOST_BYTES {
        return Err(PageError::of(name, format!("not a plain file of at most {MOST_BYTES} bytes")));
    }
    fs::read_to_string(&path).map_err(|error| PageError::of(name, error))
}

/// The names of the figures, in order: `fig01` for `figures/fig01.svg`.
pub fn figures(top: &Path) -> Result<Vec<String>, PageError> {
    let folder = top.join("figures");
    let io = |source| PageError::Io { path: folder.clone(), source };
    let entries = fs::read_dir(&folder).map_err(io)?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>, _>>().map_err(io)?;
    let drawings = paths.iter().filter(|path| path.extension().is_some_and(|own| own == "svg"));
    let mut names: Vec<String> = drawings.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    Ok(names)
}
