//! The parts of the checkout that go into keys: digests of its files, versions of its crates, its toolchain.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::json;

use crate::crates::Crates;
use crate::digest::Digest;
use crate::files::{self, Doing, FileError};
use crate::installed::InstalledPrograms;
use crate::key::source_lines;
use crate::settings::{self, Settings, SettingsError};
use crate::source::{self, SourceError};
use crate::stat_cache::{FileStat, Hashing, StatCache};
use crate::step::Sources;
use crate::stray::is_stray;
use crate::toolchain;

/// A checkout.
pub struct Tree {
    /// Its top.
    pub root: PathBuf,
    /// Versions of its crates.
    pub crates: Crates,
    /// The version of the compiler, asked for when a step needs it. See [`Tree::toolchain`].
    pub toolchain: OnceLock<String>,
    /// Its top, links followed.
    real: PathBuf,
    /// The installed programs.
    pub installed: InstalledPrograms,
    stat_cache: Arc<StatCache>,
    /// Whether folders, named from the top, are in the checkout, links followed.
    inside: Mutex<HashMap<String, bool>>,
    listed: Mutex<BTreeMap<Sources, Arc<Listed>>>,
    /// Digests of the sources of members of the workspace.
    members: Mutex<BTreeMap<String, Digest>>,
    /// The settings of Cargo, read when a step needs them.
    settings: Mutex<Option<Arc<Settings>>>,
}

/// The files that a pattern of sources matches.
#[derive(Debug)]
pub struct Listed {
    /// By path, relative to the top, sorted.
    pub files: Vec<(String, Digest)>,
    /// Their lines in the text of a key. Many steps have the same sources.
    pub lines: String,
}

/// Whether to use cached digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digests {
    /// The digests of the first look, for a plan.
    Cached,
    /// New digests, which show edits made meanwhile.
    Current,
}

impl Tree {
    /// Reads the lock of the crates.
    pub fn open(root: &Path, stat_cache: Arc<StatCache>) -> Result<Self, FileError> {
        let crates = Crates::read(root)?;
        let installed = InstalledPrograms::on_path(stat_cache.clone());
        let real = root.canonicalize().doing("cannot read", root)?;
        Ok(Self {
            root: root.to_owned(),
            crates,
            toolchain: OnceLock::new(),
            real,
            installed,
            stat_cache,
            inside: Mutex::default(),
            listed: Mutex::default(),
            members: Mutex::default(),
            settings: Mutex::default(),
        })
    }

    /// The version of the compiler, for example `rustc 1.95.0 (59807616e 2026-04-14)`.
    ///
    /// # Errors
    /// It cannot be asked.
    pub fn toolchain(&self) -> Result<&str, FileError> {
        match self.toolchain.get() {
            Some(known) => Ok(known),
            None => {
                let version = toolchain::version(&self.root)?;
                Ok(self.toolchain.get_or_init(|| version))
            }
        }
    }

    /// Digest of the bytes of the file at `relative`, a path of plain parts; none if it leads out of the checkout, links followed.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn digest_inside(&self, relative: &str, look: Digests) -> Result<Option<Digest>, FileError> {
        let path = self.root.join(relative);
        let facts = path.symlink_metadata().doing("cannot read", &path)?;
        if facts.is_symlink() || look == Digests::Current {
            let real = path.canonicalize().doing("cannot read", &path)?;
            return if real.starts_with(&self.real) { self.digest(relative).map(Some) } else { Ok(None) };
        }
        if !self.has_folder(relative.rsplit_once('/').map_or("", |(folder, _)| folder)) {
            return Ok(None);
        }
        let digest = self.stat_cache.digest_with(&path, FileStat::from(&facts), Hashing::Bytes);
        digest.map(Some).doing("cannot read", &path)
    }

    /// Whether a folder is in the checkout, links followed.
    fn has_folder(&self, relative: &str) -> bool {
        // Most files share a folder with others.
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(is_inside) = inside.get(relative) {
            return *is_inside;
        }
        let folder = self.root.join(relative).canonicalize();
        let is_inside = folder.map_or(true, |folder| folder.starts_with(&self.real));
        inside.insert(relative.to_owned(), is_inside);
        is_inside
    }

    /// Digest of the bytes of the file at `relative`.
    pub fn digest(&self, relative: &str) -> Result<Digest, FileError> {
        let path = self.root.join(relative);
        self.stat_cache.digest(&path, Hashing::Bytes).doing("cannot read", &path)
    }

    /// The files that match `sources`, sorted.
    pub fn sources(&self, sources: &Sources, look: Digests) -> Result<Arc<Listed>, SourceError> {
        let known = || self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listed) = known().get(sources).filter(|_| look == Digests::Cached) {
            return Ok(listed.clone());
        }
        let mut files = Vec::new();
        for name in source::list(&self.root, sources)? {
            let path = self.root.join(&name);
            let digest = self.stat_cache.digest(&path, Hashing::Source).doing("cannot read", &path)?;
            files.push((name, digest));
        }
        let listed = Arc::new(Listed { lines: source_lines(&files), files });
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
            toolchain: toolchain.to_owned().into(),
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
