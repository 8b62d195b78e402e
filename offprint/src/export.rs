//! Copies of the store's objects under names people look for, in `output/`. Removing them loses nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::files::{self, FileError, Flush};
use crate::graph::Graph;
use crate::resolved::Outputs;
use crate::store::Store;

/// Copies `outputs`, by step and output, into `folder` where they are not there already; their paths, in order.
///
/// # Errors
/// A file cannot be read or written.
pub fn export(
    store: &Store,
    graph: &Graph,
    outputs: &BTreeMap<String, Outputs>,
    folder: &Path,
) -> Result<Vec<PathBuf>, FileError> {
    let mut paths = Vec::new();
    for (step, outputs) in outputs {
        let Some(step) = graph.find(step).map(|index| &graph.steps()[index]) else { continue };
        for (output, &digest) in outputs {
            let path = folder.join(step.export(output));
            if store.digest(&path).ok() == Some(digest) {
                paths.push(path);
                continue;
            }
            // What is corrupt or gone by now is found and made again by the next run.
            if let Some(bytes) = store.read(digest)? {
                files::put(&path, &bytes, &store.scratch(), Flush::No)?;
                paths.push(path);
            }
        }
    }
    Ok(paths)
}
