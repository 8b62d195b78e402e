//! The view of the checkout that a paper has while it declares its steps.

use std::path::Path;

use crate::identity::Identity;
use crate::lock::Lock;
use crate::published::Published;
use crate::slurm::{Slurm, SlurmError};
use crate::source::{self, SourceError};
use crate::step::Sources;
use crate::store::Store;
use crate::tree::Tree;
use crate::workspace::Workspace;

/// A checkout, the machine whose measurements are used, and earlier results.
#[derive(Clone, Copy)]
pub struct Checkout<'a> {
    /// The files.
    pub tree: &'a Tree,
    /// Earlier results.
    pub store: &'a Store,
    /// The published records.
    pub published: &'a Published,
    /// The results that the paper uses.
    pub lock: &'a Lock,
    /// The hardware whose measurements are used.
    pub hardware: &'a Identity,
    /// Whether this machine may measure.
    pub is_here: bool,
    /// Whether the request is from the lock, which must not change.
    pub is_locked: bool,
    /// Patterns of the steps to run again.
    pub again: &'a [String],
    /// The cluster that measures; none when this machine does.
    pub slurm: Option<&'a Slurm>,
}

impl<'a> Checkout<'a> {
    /// An opened workspace on this machine.
    pub fn new(workspace: &'a Workspace, hardware: &'a Identity) -> Self {
        Self {
            tree: &workspace.tree,
            store: &workspace.store,
            published: &workspace.published,
            lock: &workspace.lock,
            hardware,
            is_here: true,
            is_locked: false,
            again: &[],
            slurm: None,
        }
    }

    /// Its top.
    pub fn root(&self) -> &Path {
        &self.tree.root
    }

    /// The hardware whose measurements are used, for [`Step::hardware`](crate::Step::hardware).
    pub fn hardware(&self) -> Identity {
        self.hardware.clone()
    }

    /// The hardware of a node with everything in `needs`, by the names of `cluster.toml`, for a paper that measures on
    /// several machines in one run. Without a cluster it is that of this machine.
    ///
    /// # Errors
    /// No such node is described, or its hardware cannot be found.
    pub fn hardware_of(&self, needs: &[String]) -> Result<Identity, SlurmError> {
        self.slurm.map_or_else(|| Ok(self.hardware()), |slurm| slurm.hardware(needs))
    }

    /// The files that match a pattern, as paths from the top, sorted.
    ///
    /// # Errors
    /// No file matches, or a folder cannot be read.
    pub fn files(&self, pattern: &str) -> Result<Vec<String>, SourceError> {
        source::list(self.root(), &Sources { include: vec![pattern.to_owned()], exclude: Vec::new() })
    }
}
