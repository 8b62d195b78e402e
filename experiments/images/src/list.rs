//! The pictures of a data set and their classes: `images.toml` names a folder, and labels if the folders are not named by classes.
//!
//! ```toml
//! name = "ImageNet, validation set of 2012"
//! folder = "/data/imagenet/val"   # relative paths begin at the folder of this file
//! labels = "val.csv"              # lines FILE,CLASS; without it, folders are named by WordNet ids
//!
//! [preprocessing]                 # for weights that are not published files, by network
//! resnet-50 = "torchvision/resnet50/IMAGENET1K_V2"
//! ```

mod classes;
mod folders;
mod labels;
mod validation;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

pub use classes::{CLASSES, class};

/// Pictures with their classes, sorted by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Name of the data set, for people.
    pub name: String,
    /// The folder of the pictures.
    pub folder: PathBuf,
    /// The pictures; at least one.
    pub entries: Vec<Entry>,
    /// Names of preprocessing by network.
    pub preprocessing: BTreeMap<String, String>,
}

/// A picture and its class.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its path below the folder, with `/`.
    pub path: String,
    /// Its class, 0 to 999: the place of its WordNet id among the sorted ids.
    pub class: u16,
}

/// Why a list cannot be used: the file or folder, what is wrong, and the remedy.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}\nhint: {hint}", path.display())]
pub struct ListError {
    /// The file or folder.
    path: PathBuf,
    /// What is wrong, with the line if there is one.
    problem: String,
    /// The remedy.
    hint: String,
}

impl ListError {
    fn new(path: &Path, problem: impl ToString, hint: impl ToString) -> Self {
        Self { path: path.to_owned(), problem: problem.to_string(), hint: hint.to_string() }
    }
}

/// The content of `images.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declaration {
    name: String,
    folder: PathBuf,
    labels: Option<PathBuf>,
    #[serde(default)]
    preprocessing: BTreeMap<String, String>,
}

/// Most pictures of a data set.
const MAX_ENTRIES: usize = 4_000_000;

/// Largest `images.toml`, and largest list of labels.
const MAX_BYTES: (u64, u64) = (1 << 16, 1 << 28);

/// The text of a file of at most `limit` bytes.
fn text(path: &Path, limit: u64) -> Result<String, ListError> {
    let unreadable = |error: io::Error| ListError::new(path, error, "give a text file that can be read");
    let mut text = String::new();
    std::fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_string(&mut text)).map_err(unreadable)?;
    match text.len() as u64 > limit {
        true => Err(ListError::new(path, format!("it has more than {limit} bytes"), "give a smaller file")),
        false => Ok(text),
    }
}

impl Images {
    /// Reads `images.toml` at `path`, and the labels or folders that it names. Opens no picture.
    ///
    /// # Errors
    /// What cannot be read or understood, and labels that are known to be of another numbering.
    pub fn read(path: &Path) -> Result<Self, ListError> {
        let of_file = "it needs lines such as name = \"ImageNet\", folder = \"val\" and, for pictures without folders by \
                       class, labels = \"val.csv\"";
        let declared: Declaration = toml::from_str(&text(path, MAX_BYTES.0)?)
            .map_err(|error| ListError::new(path, error.message().trim(), of_file))?;
        let base = path.parent().unwrap_or(Path::new(""));
        let folder = base.join(&declared.folder);
        if !folder.is_dir() {
            let problem = format!("there is no folder {}", folder.display());
            return Err(ListError::new(path, problem, "relative paths begin at the folder of this file"));
        }
        let (mut entries, origin) = match &declared.labels {
            Some(labels) => (labels::read(&base.join(labels))?, base.join(labels)),
            None => (folders::read(&folder)?, folder.clone()),
        };
        entries.sort();
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].path == pair[1].path) {
            return Err(ListError::new(&origin, format!("`{}` has two lines", pair[0].path), "keep one of them"));
        }
        if entries.is_empty() {
            return Err(ListError::new(&origin, "there are no pictures", "name the folder that has them"));
        }
        validation::check(&entries).map_err(|(problem, hint)| ListError::new(&origin, problem, hint))?;
        Ok(Self { name: declared.name, folder, entries, preprocessing: declared.preprocessing })
    }

    /// The file of a picture.
    pub fn file(&self, entry: &Entry) -> PathBuf {
        self.folder.join(&entry.path)
    }
}

/// Identifies pictures and classes by content: the SHA-256 of lines `DIGEST CLASS PATH`, in order. DIGEST is that of a file.
#[derive(Clone, Debug, Default)]
pub struct Identity(Sha256);

impl Identity {
    /// Adds the next picture of a list, with the digest of its file as hexadecimal digits.
    pub fn add(&mut self, digest: &str, entry: &Entry) {
        self.0.update(format!("{digest} {} {}\n", entry.class, entry.path));
    }

    /// The identity, as hexadecimal digits.
    pub fn finish(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

/// The SHA-256 of the content of a file, as hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The SHA-256 of a file, as hexadecimal digits. Needs little memory, however long the file is.
///
/// # Errors
/// It cannot be read.
pub fn digest_of_file(path: &Path) -> io::Result<String> {
    let (mut file, mut hasher, mut buffer) = (std::fs::File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hexadecimal(&hasher.finalize())),
            length => hasher.update(&buffer[..length]),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
