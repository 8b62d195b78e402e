//! A checkout opened: its files, its store, its published records and its lock. One function opens all of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::digest::Digest;
use crate::error::EngineError;
use crate::lock::Lock;
use crate::published::Published;
use crate::stat_cache::{Caching, StatCache};
use crate::store::{Found, Store};
use crate::tree::Tree;

/// Where a checkout keeps its store.
pub const STORE: &str = ".store";
/// The lock of what was measured.
pub const LOCK: &str = "artifacts.lock";
/// The lock of simulated runs: what was never measured is nothing the paper uses.
pub const SIMULATED_LOCK: &str = ".store/simulated.lock";

/// A checkout with its store and lock.
pub struct Workspace {
    /// The files, as keys see them.
    pub tree: Tree,
    /// What was made before.
    pub store: Store,
    /// What was published before.
    pub published: Published,
    /// What the paper uses.
    pub lock: Lock,
    /// Where the lock is kept.
    pub lock_path: PathBuf,
}

impl Workspace {
    /// Opens the checkout at `root`. `published` and `lock` are paths from its top; neither has to be there. Nothing is written.
    ///
    /// # Errors
    /// A file cannot be read, or the lock is not one.
    pub fn open(root: &Path, published: &str, lock: &str, caching: Caching) -> Result<Self, EngineError> {
        let folder = root.join(STORE);
        let stat_cache = Arc::new(StatCache::open(root, &Store::stat_cache_path(&folder), caching));
        let store = Store::open(&folder, stat_cache.clone())?;
        let lock_path = root.join(lock);
        let lock = Lock::read(&lock_path)?;
        Ok(Self {
            tree: Tree::open(root, stat_cache)?,
            store,
            published: Published::new(&root.join(published)),
            lock,
            lock_path,
        })
    }

    /// The text of a key of a step on some hardware, where the store or the published records have it.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn key_text(&self, hardware: &str, step: &str, key: Digest) -> Result<Option<String>, EngineError> {
        Ok(match self.store.find(key)? {
            Found::Entry(entry) => Some(entry.key.text),
            _ => self.published.key(hardware, step, key)?.map(|key| key.text),
        })
    }

    /// The top of the checkout.
    pub fn root(&self) -> &Path {
        &self.tree.root
    }
}
