//! The parts of the checkout that go into keys: digests of its files, versions of its crates, its toolchain.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use crate::crates::Crates;
use crate::digest::Digest;
use crate::files::{self, Doing, FileError};
use crate::installed::InstalledPrograms;
use crate::settings::{self, Settings, SettingsError};
use crate::source::{self, SourceError};
use crate::stat_cache::{Hashing, StatCache};
use crate::step::Sources;
use crate::stray::is_stray;
use crate::toolchain;

/// A checkout.
pub struct Tree {
    /// Its top.
    pub root: PathBuf,
    /// Versions of its crates.
    pub crates: Crates,
    /// The version of the compiler, for example `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub toolchain: String,
    /// Its top, links followed.
    real: PathBuf,
    /// The installed programs.
    pub installed: InstalledPrograms,
    stat_cache: Arc<StatCache>,
    /// Whether folders are in the checkout, links followed.
    inside: Mutex<HashMap<PathBuf, bool>>,
    listed: Mutex<BTreeMap<Sources, Listed>>,
    /// Digests of the sources of members of the workspace.
    members: Mutex<BTreeMap<String, Digest>>,
    /// The settings of Cargo, read when a step needs them.
    settings: Mutex<Option<Arc<Settings>>>,
}

/// Source files by path, relative to the top, with their digests.
pub type Listed = Arc<Vec<(String, Digest)>>;

/// Whether to use cached digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digests {
    /// The digests of the first look, for a plan.
    Cached,
    /// New digests, which show edits made meanwhile.
    Current,
}

impl Tree {
    /// Reads the lock of the crates and asks the compiler for its version.
    pub fn open(root: &Path, stat_cache: Arc<StatCache>) -> Result<Self, FileError> {
        let (crates, toolchain) = (Crates::read(root)?, toolchain::version(root)?);
        let installed = InstalledPrograms::on_path(stat_cache.clone());
        let real = root.canonicalize().doing("cannot read", root)?;
        Ok(Self {
            root: root.to_owned(),
            crates,
            toolchain,
            real,
            installed,
            stat_cache,
            inside: Mutex::default(),
            listed: Mutex::default(),
            members: Mutex::default(),
            settings: Mutex::default(),
        })
    }

    /// Whether the file at `relative`, a path of plain parts, is in the checkout, links followed. True for a missing
    /// file.
    pub fn has(&self, relative: &str, look: Digests) -> bool {
        let path = self.root.join(relative);
        let (Some(folder), Ok(facts)) = (path.parent(), path.symlink_metadata()) else { return true };
        if facts.is_symlink() || look == Digests::Current {
            return path.canonicalize().map_or(true, |file| file.starts_with(&self.real));
        }
        // Most files share a folder with others.
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(is_inside) = inside.get(folder) {
            return *is_inside;
        }
        let is_inside = folder.canonicalize().map_or(true, |folder| folder.starts_with(&self.real));
        inside.insert(folder.to_owned(), is_inside);
        is_inside
    }

    /// Digest of the bytes of the file at `relative`.
    pub fn digest(&self, relative: &str) -> Result<Digest, FileError> {
        let path = self.root.join(relative);
        self.stat_cache.digest(&path, Hashing::Bytes).doing("cannot read", &path)
    }

    /// The files that match `sources`, sorted.
    pub fn sources(&self, sources: &Sources, look: Digests) -> Result<Listed, SourceError> {
        let known = || self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listed) = known().get(sources).filter(|_| look == Digests::Cached) {
            return Ok(listed.clone());
        }
        let mut listed = Vec::new();
        for name in source::list(&self.root, sources)? {
            let path = self.root.join(&name);
            let digest = self.stat_cache.digest(&path, Hashing::Source).doing("cannot read", &path)?;
            listed.push((name, digest));
        }
        let listed = Arc::new(listed);
        if look == Digests::Cached {
            known().insert(sources.clone(), listed.clone());
        }
        Ok(listed)
    }

    /// Digest of the sources of a crate in the workspace, or of a path dependency: its `src`, its `build.rs`, and its
    /// manifest without comments and layout. None for any other crate. Other files that it includes at compile time are
    /// declared as sources.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn member(&self, name: &str, look: Digests) -> Result<Option<Digest>, FileError> {
        let Some(folder) = self.crates.folder(name) else { return Ok(None) };
        let known = || self.members.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(digest) = known().get(name).filter(|_| look == Digests::Cached) {
            return Ok(Some(*digest));
        }
        let folder = self.root.join(folder);
        let sources = files::list(&folder.join("src"))?.into_iter().filter(|file| !is_stray(file));
        let sources = sources.map(|file| format!("src/{file}"));
        let build = ["build.rs".to_owned()].into_iter().filter(|file| folder.join(file).exists());
        let manifest = folder.join("Cargo.toml");
        let content = fs::read_to_string(&manifest).doing("cannot read", &manifest)?;
        // A malformed manifest counts by its bytes; Cargo refuses it.
        let content = toml::from_str::<toml::Table>(&content).map_or(content, |table| json!(table).to_string());
        let mut text = format!("{}  Cargo.toml\n", Digest::of(content.as_bytes()));
        for file in sources.chain(build) {
            let path = folder.join(&file);
            let digest = self.stat_cache.digest(&path, Hashing::Source).doing("cannot read", &path)?;
            text += &format!("{digest}  {file}\n");
        }
        let digest = Digest::of(text.as_bytes());
        if look == Digests::Cached {
            known().insert(name.to_owned(), digest);
        }
        Ok(Some(digest))
    }

    /// The settings of Cargo that decide how fast its programs are.
    ///
    /// # Errors
    /// They are unknown.
    pub fn settings(&self, look: Digests) -> Result<Arc<Settings>, SettingsError> {
        let known = || self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(settings) = known().as_ref().filter(|_| look == Digests::Cached) {
            return Ok(settings.clone());
        }
        let settings = Arc::new(settings::read(&self.root, &self.crates)?);
        if look == Digests::Cached {
            *known() = Some(settings.clone());
        }
        Ok(settings)
    }

    /// A tree without crates or compiler, for the tests of other modules.
    #[cfg(test)]
    pub fn bare(root: &Path, toolchain: &str) -> Self {
        use crate::stat_cache::Caching;
        let stat_cache = Arc::new(StatCache::open(root, &root.join("stat-cache"), Caching::Off));
        Self {
            root: root.to_owned(),
            crates: Crates::default(),
            toolchain: toolchain.to_owned(),
            real: root.canonicalize().expect("a folder"),
            installed: InstalledPrograms::on_path(stat_cache.clone()),
            stat_cache,
            inside: Mutex::default(),
            listed: Mutex::default(),
            members: Mutex::default(),
            settings: Mutex::default(),
        }
    }
}
