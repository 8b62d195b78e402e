//! Writes files completely or not at all.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::io::Errno;
use walkdir::WalkDir;

/// An error of the operating system for a file or folder.
#[derive(Debug, thiserror::Error)]
#[error("{}: {doing}: {source}{}", path.display(), hint(source))]
pub struct FileError {
    /// The file or folder.
    pub path: PathBuf,
    /// What failed, after "cannot".
    pub doing: &'static str,
    /// The error of the operating system.
    pub source: io::Error,
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "\nhint: make room, and run the same command again; finished steps are kept"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "\nhint: the file and its folder must be open to the user who runs this"
        }
        io::ErrorKind::AlreadyExists => {
            "\nhint: make the folder that this link leads to, or remove what has the name of the folder"
        }
        io::ErrorKind::NotADirectory => "\nhint: something on this path is a file and no folder: rename or remove it",
        io::ErrorKind::NotFound => "\nhint: correct its path, install it, or restore it from version control",
        _ => "",
    }
}

/// Adds path and intent to an error of the operating system.
pub trait Doing<T> {
    /// `doing` reads after "cannot".
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, FileError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, FileError> {
        self.map_err(|source| FileError { path: path.to_owned(), doing, source })
    }
}

/// Numbers the unfinished files of one process.
static UNFINISHED: AtomicU64 = AtomicU64::new(0);

/// Whether to flush a file to disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// The file survives a power failure.
    Yes,
    /// It may then be missing or truncated: for files that are checked on reading and can be made again.
    No,
}

/// Writes `bytes` to `path` atomically: a reader sees the old content or the new, even if this process is killed.
/// `scratch` is a folder on the same file system.
pub fn put(path: &Path, bytes: &[u8], scratch: &Path, flush: Flush) -> Result<(), FileError> {
    let unfinished = unfinished(scratch);
    let write = || {
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        if flush == Flush::Yes { synchronise(&file) } else { Ok(()) }
    };
    let done = write().doing("cannot write", &unfinished).and_then(|()| rename(&unfinished, path, flush));
    if done.is_err() {
        // A remainder stays in the scratch folder, where nothing uses it.
        let _ = fs::remove_file(&unfinished);
    }
    done
}

/// Whether the file at `path` has the text that `write` writes, which need not be in memory.
pub fn has_text(path: &Path, write: impl FnOnce(&mut Comparison) -> fmt::Result) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut comparison = Comparison { file: BufReader::new(file), buffer: Vec::new() };
    let is_same = write(&mut comparison).is_ok();
    is_same && comparison.file.read(&mut [0]).is_ok_and(|more| more == 0)
}

/// Compares what is written to it with a file; a difference is an error.
pub struct Comparison {
    file: BufReader<File>,
    buffer: Vec<u8>,
}

impl fmt::Write for Comparison {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.buffer.resize(text.len(), 0);
        let is_same = self.file.read_exact(&mut self.buffer).is_ok() && self.buffer == text.as_bytes();
        if is_same { Ok(()) } else { Err(fmt::Error) }
    }
}

/// A new name in `scratch`.
pub fn unfinished(scratch: &Path) -> PathBuf {
    scratch.join(format!("{}-{}", std::process::id(), UNFINISHED.fetch_add(1, Ordering::Relaxed)))
}

/// Renames a written file to its final name, and flushes the folder.
fn rename(from: &Path, to: &Path, flush: Flush) -> Result<(), FileError> {
    let folder = to.parent().unwrap_or(Path::new("."));
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(folder).doing("cannot make the folder", folder)?;
            fs::rename(from, to).doing("cannot write", to)?;
        }
        // The store may be on another file system.
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let unfinished = to.with_extension("unfinished");
            let copied = copy(from, &unfinished).and_then(|()| synchronise(&File::open(&unfinished)?));
            if let Err(error) = copied.and_then(|()| fs::rename(&unfinished, to)) {
                let _ = fs::remove_file(&unfinished);
                return Err(error).doing("cannot write", to);
            }
            fs::remove_file(from).doing("cannot remove", from)?;
        }
        renamed => renamed.doing("cannot write", to)?,
    }
    match flush {
        Flush::Yes => File::open(folder).and_then(|folder| synchronise(&folder)).doing("cannot flush", folder),
        Flush::No => Ok(()),
    }
}

/// Flushes a file or folder to disk, where its file system can: shares and FUSE drives may not.
fn synchronise(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if is_unsupported(&error) => Ok(()),
        done => done,
    }
}

/// Whether the file system cannot do what was asked, in contrast to having failed.
fn is_unsupported(error: &io::Error) -> bool {
    let cannot = [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::PERM, Errno::ACCESS, Errno::BADF, Errno::ISDIR];
    Errno::from_io_error(error).is_some_and(|error| cannot.contains(&error))
}

/// Copies a file, with its permissions where the file system has any. `fs::copy` fails on one that has none.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let facts = source.metadata()?;
    let mut options = File::options();
    let mut copy = options.write(true).create(true).truncate(true).mode(facts.mode() & 0o777).open(to)?;
    io::copy(&mut source, &mut copy)?;
    match copy.set_permissions(facts.permissions()) {
        Err(error) if is_unsupported(&error) => Ok(()),
        set => set,
    }
}

/// What distinguishes a file from the one that replaces it, and from itself after it was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
}

impl FileIdentity {
    /// That of a file, or of the file that a link leads to.
    pub fn of(path: &Path) -> io::Result<Self> {
        let facts = fs::metadata(path)?;
        let modified = (facts.mtime(), facts.mtime_nsec());
        Ok(Self { device: facts.dev(), inode: facts.ino(), size: facts.size(), modified })
    }
}

/// The files below `folder`, relative and with `/`, sorted. Anything that is neither file nor folder is listed as a
/// file.
pub fn list(folder: &Path) -> Result<Vec<String>, FileError> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder) {
        let entry = entry.map_err(io::Error::from).doing("cannot list", folder)?;
        if !entry.file_type().is_dir() {
            let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            files.push(relative.to_string_lossy().into_owned());
        }
    }
    files.sort();
    Ok(files)
}

/// Removes a folder with its content, if it exists.
pub fn remove_folder(folder: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).doing("cannot remove", folder),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_text_only_if_all_bytes_are_the_same() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let write =
            |out: &mut Comparison| ["one\n", "", "two\n"].iter().try_for_each(|part| fmt::Write::write_str(out, part));
        for (content, is_same) in
            [("one\ntwo\n", true), ("one\ntwo", false), ("one\ntwo\nmore", false), ("one\nTwo\n", false), ("", false)]
        {
            fs::write(file.path(), content).unwrap();
            assert_eq!(has_text(file.path(), write), is_same, "{content:?}");
        }
        assert!(!has_text(Path::new("/no such file"), |_| Ok(())));
    }
}
