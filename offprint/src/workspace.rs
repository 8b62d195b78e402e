//! An opened checkout: its files, store, published records and lock.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::digest::Digest;
use crate::error::EngineError;
use crate::lock::Lock;
use crate::published::Published;
use crate::stat_cache::{Caching, StatCache};
use crate::store::{Found, Store};
use crate::tree::Tree;

/// The folder of the store.
pub const STORE: &str = ".store";
/// The lock of what was measured.
pub const LOCK: &str = "artifacts.lock";
/// The lock of simulated runs, which the paper never uses.
pub const SIMULATED_LOCK: &str = ".store/simulated.lock";

/// A checkout with its store and lock.
pub struct Workspace {
    /// The files.
    pub tree: Tree,
    /// Earlier results.
    pub store: Store,
    /// The published records.
    pub published: Published,
    /// The results that the paper uses.
    pub lock: Lock,
    /// The path of the lock.
    pub lock_path: PathBuf,
}

impl Workspace {
    /// Opens the checkout at `root`, and writes nothing. `published` and `lock` are paths from its top, which need not
    /// exist.
    ///
    /// # Errors
    /// A file cannot be read, or the lock is invalid.
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

    /// The text of a step's key on some hardware, if the store or the published records have it.
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
