//! Copies of the store's objects under names people look for, in `output/`. Removing them loses nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::places;
use offprint::files::{self, FileError, Flush};
use offprint::resolved::Outputs;
use offprint::store::Store;

/// Copies `outputs`, by step and output, into `folder` where they are not there already; the places, in order.
pub fn show(store: &Store, outputs: &BTreeMap<String, Outputs>, folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut places = Vec::new();
    for (step, outputs) in outputs {
        for (output, &digest) in outputs {
            let place = folder.join(places::place(step, output));
            if store.digest(&place).ok() == Some(digest) {
                places.push(place);
                continue;
            }
            // What is damaged or gone by now is found and made again by the next run.
            if let Some(bytes) = store.read(digest)? {
                files::put(&place, &bytes, &store.scratch(), Flush::No)?;
                places.push(place);
            }
        }
    }
    Ok(places)
}
