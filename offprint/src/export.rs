//! Copies the store's objects to `output/`, under readable names. Removing them loses nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ecow::EcoString;

use crate::files::{self, FileError, Flush};
use crate::graph::Graph;
use crate::resolved::Outputs;
use crate::store::Store;

/// Copies `outputs`, by step and output, into `folder` unless they are already there. Returns their paths, in order.
///
/// # Errors
/// A file cannot be read or written.
pub fn export(
    store: &Store,
    graph: &Graph,
    outputs: &BTreeMap<EcoString, Outputs>,
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
            // The next run finds corrupt or missing objects and makes them again.
            if let Some(bytes) = store.read(digest)? {
                files::put(&path, &bytes, &store.scratch(), Flush::No)?;
                paths.push(path);
            }
        }
    }
    Ok(paths)
}
