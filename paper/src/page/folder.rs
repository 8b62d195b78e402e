//! The files a page is made from, taken into memory: what is not here does not exist for it. Knows no name of the page.

use std::fs;
use std::path::Path;

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
