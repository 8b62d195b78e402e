//! The shared folder: what jobs read and what they leave.
//!
//! | path | what it is |
//! |---|---|
//! | `objects/DIGEST` | programs and input files by their SHA-256 |
//! | `jobs/KEY/DIGEST.json` | the description of a job |
//! | `jobs/KEY/JOB.log` | what Slurm and the program on the node printed |
//! | `results/KEY/JOB/output/` | the outputs of one job |
//! | `results/KEY/JOB/outcome.json` | how it ended; written last |
//! | `results/KEY/JOB/recorded.json` | the same, once the outputs are in the store of the checkout |
//!
//! Every file is written under another name, flushed and renamed, and read back only if its digest is right.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use super::outcome::{Ended, Outcome};
use crate::digest::Digest;
use crate::files::{self, Doing, FileError, Flush};

/// How long to wait for a file that another machine has written.
const VISIBLE: Duration = Duration::from_secs(60);
/// How often it is looked for.
const EVERY: Duration = Duration::from_millis(500);
/// No outcome or description of a job is larger [bytes].
const MAX_TEXT: u64 = 16 << 20;

/// The outcome of a job whose outputs are not in the store yet.
pub const OUTCOME: &str = "outcome.json";
/// The same afterwards.
pub const RECORDED: &str = "recorded.json";

/// The folder.
#[derive(Clone, Debug)]
pub struct Shared(PathBuf);

impl Shared {
    /// The folder at this path.
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Makes its subfolders, and so shows that it can be written.
    pub fn prepare(&self) -> Result<(), FileError> {
        for name in ["objects", "jobs", "results", "unfinished"] {
            let folder = self.0.join(name);
            fs::create_dir_all(&folder).doing("cannot make the folder", &folder)?;
        }
        let probe = self.0.join("unfinished/probe");
        files::put(&probe, b"", &self.unfinished(), Flush::No)?;
        fs::remove_file(&probe).doing("cannot remove", &probe)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn unfinished(&self) -> PathBuf {
        self.0.join("unfinished")
    }

    /// The path of an object.
    pub fn object(&self, digest: Digest) -> PathBuf {
        self.0.join("objects").join(digest.to_string())
    }

    /// Puts a file into the objects, unless it is there.
    pub fn put_file(&self, from: &Path) -> Result<Digest, FileError> {
        let (digest, size) = Digest::of_file(from).doing("cannot read", from)?;
        let path = self.object(digest);
        // A file that was cut off elsewhere is written again. Its digest is checked where it is read.
        if fs::metadata(&path).is_ok_and(|facts| facts.len() == size) {
            return Ok(digest);
        }
        let unfinished = self.name();
        let written = files::copy(from, &unfinished)
            .and_then(|()| fs::File::open(&unfinished)?.sync_all())
            .and_then(|()| fs::rename(&unfinished, &path));
        if let Err(error) = written {
            // What is left has a name that nothing reads.
            let _ = fs::remove_file(&unfinished);
            return Err(error).doing("cannot write", &path);
        }
        Ok(digest)
    }

    /// Puts a text into the objects, unless it is there.
    pub fn put_text(&self, text: &str) -> Result<Digest, FileError> {
        let digest = Digest::of(text.as_bytes());
        let path = self.object(digest);
        if !fs::metadata(&path).is_ok_and(|facts| facts.len() == text.len() as u64) {
            self.put(&path, text.as_bytes())?;
        }
        Ok(digest)
    }

    /// Writes a file so that other machines see all of it or nothing.
    pub fn put(&self, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        let unfinished = self.name();
        let write = || {
            let mut file = fs::File::create(&unfinished)?;
            io::Write::write_all(&mut file, bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, path)
        };
        let parent = path.parent().unwrap_or(&self.0);
        fs::create_dir_all(parent).doing("cannot make the folder", parent)?;
        let written = write().doing("cannot write", path);
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    /// A new name for an unfinished file. Nodes may have processes of one number and even one name, as containers do.
    fn name(&self) -> PathBuf {
        static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
        let own = files::unfinished(Path::new(""));
        self.unfinished().join(format!("{:016x}-{}", *PROCESS, own.display()))
    }

    /// The folder of the descriptions and logs of a key's jobs.
    pub fn jobs(&self, key: Digest) -> PathBuf {
        self.0.join("jobs").join(key.to_string())
    }

    /// The folder of what job `id` of a key leaves.
    pub fn result(&self, key: Digest, id: u64) -> PathBuf {
        self.0.join("results").join(key.to_string()).join(id.to_string())
    }

    /// The jobs of a key that left anything, with the name of the file that says how they ended, if any.
    pub fn left(&self, key: Digest) -> Result<Vec<(u64, Option<&'static str>)>, FileError> {
        let folder = self.0.join("results").join(key.to_string());
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.doing("cannot list", &folder)?,
        };
        let mut left = Vec::new();
        for entry in entries {
            let entry = entry.doing("cannot list", &folder)?;
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let file = [RECORDED, OUTCOME].into_iter().find(|name| entry.path().join(name).is_file());
            left.push((id, file));
        }
        left.sort_unstable();
        Ok(left)
    }

    /// The outcome of a job; none as long as there is none.
    pub fn outcome(&self, key: Digest, id: u64) -> Result<Option<Result<Outcome, String>>, FileError> {
        let path = self.result(key, id).join(OUTCOME);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Ok(facts) if !facts.is_file() || facts.len() > MAX_TEXT => {
                return Ok(Some(Err("it is not a plain file of a moderate size".to_owned())));
            }
            facts => facts.doing("cannot read", &path)?,
        };
        let bytes = fs::read(&path).doing("cannot read", &path)?;
        Ok(Some(Outcome::parse(&bytes, &key.to_string())))
    }

    /// Whether a job of the key has measured, other than those in `before`.
    pub fn has_measured(&self, key: Digest, before: &[u64]) -> Result<bool, FileError> {
        for (id, file) in self.left(key)?.into_iter().filter(|(id, _)| !before.contains(id)) {
            let is_finished = || -> Result<bool, FileError> {
                Ok(matches!(self.outcome(key, id)?, Some(Ok(Outcome { ended: Ended::Finished { .. }, .. }))))
            };
            if file == Some(RECORDED) || is_finished()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Marks the outcome of a job as recorded in a store, and removes its outputs.
    pub fn recorded(&self, key: Digest, id: u64) -> Result<(), FileError> {
        let folder = self.result(key, id);
        let (from, to) = (folder.join(OUTCOME), folder.join(RECORDED));
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error).doing("cannot rename", &from),
            _ => {}
        }
        files::remove_folder(&folder.join("output"))
    }
}

/// Copies a file with a known digest. It may appear late, as shared folders show what other machines wrote with a delay.
///
/// # Errors
/// It does not appear, or has other content.
pub fn fetch(from: &Path, digest: Digest, to: &Path) -> Result<(), FileError> {
    patiently(from, || copy(from, digest, to))
}

/// The content of a small file with a known digest, which may appear late.
///
/// # Errors
/// It does not appear, or has other content.
pub fn read(from: &Path, digest: Digest) -> Result<Vec<u8>, FileError> {
    patiently(from, || {
        let bytes = fs::read(from)?;
        is_right(Digest::of(&bytes), digest).map(|()| bytes)
    })
}

fn patiently<T>(from: &Path, read: impl Fn() -> io::Result<T>) -> Result<T, FileError> {
    let began = Instant::now();
    loop {
        match read() {
            Err(_) if began.elapsed() < VISIBLE => thread::sleep(EVERY),
            read => return read.doing("cannot read in the shared folder", from),
        }
    }
}

fn copy(from: &Path, digest: Digest, to: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(from)?.is_file() {
        return Err(io::Error::other("it is not a plain file"));
    }
    files::copy(from, to)?;
    is_right(Digest::of_file(to)?.0, digest)
}

fn is_right(found: Digest, wanted: Digest) -> io::Result<()> {
    if found == wanted { Ok(()) } else { Err(io::Error::other(format!("its digest is {found} instead of {wanted}"))) }
}

/// Lets a file be run.
pub fn make_executable(path: &Path) -> Result<(), FileError> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).doing("cannot make executable", path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slurm::outcome::VERSION;

    fn shared() -> (tempfile::TempDir, Shared) {
        let folder = tempfile::tempdir().unwrap();
        let shared = Shared::new(folder.path());
        shared.prepare().unwrap();
        (folder, shared)
    }

    fn leave(shared: &Shared, key: Digest, job: u64, ended: Ended) {
        let outcome = Outcome { version: VERSION, key: key.to_string(), ended, node: "n1".to_owned(), job };
        shared.put(&shared.result(key, job).join(OUTCOME), outcome.text().as_bytes()).unwrap();
    }

    #[test]
    fn a_result_counts_until_it_is_recorded_and_stops_later_copies_of_its_job_afterwards() {
        let (_folder, shared) = shared();
        let key = Digest::of(b"key");
        assert_eq!((shared.left(key).unwrap(), shared.has_measured(key, &[]).unwrap()), (Vec::new(), false));
        fs::create_dir_all(shared.result(key, 6)).unwrap();
        leave(&shared, key, 7, Ended::Busy);
        assert_eq!(shared.left(key).unwrap(), [(6, None), (7, Some(OUTCOME))]);
        assert!(!shared.has_measured(key, &[]).unwrap());
        leave(&shared, key, 8, Ended::Finished { outputs: Default::default(), seconds: 1.0, printed: None });
        assert!(shared.has_measured(key, &[]).unwrap() && !shared.has_measured(key, &[8]).unwrap());
        shared.recorded(key, 8).unwrap();
        shared.recorded(key, 8).unwrap();
        assert!(shared.has_measured(key, &[]).unwrap());
        assert_eq!(shared.outcome(key, 8).unwrap(), None);
    }

    #[test]
    fn a_torn_or_foreign_outcome_is_an_error_of_its_own_and_no_result() {
        let (_folder, shared) = shared();
        let key = Digest::of(b"key");
        shared.put(&shared.result(key, 7).join(OUTCOME), b"{\"version\": 1").unwrap();
        assert!(matches!(shared.outcome(key, 7).unwrap(), Some(Err(_))));
        assert!(!shared.has_measured(key, &[]).unwrap());
        std::os::unix::fs::symlink("/etc/hostname", shared.0.join("results").join(key.to_string()).join("link"))
            .unwrap();
        fs::create_dir_all(shared.result(key, 9)).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", shared.result(key, 9).join(OUTCOME)).unwrap();
        assert!(matches!(shared.outcome(key, 9).unwrap(), Some(Err(problem)) if problem.contains("plain file")));
    }

    #[test]
    fn an_object_that_was_cut_off_is_written_again() {
        let (folder, shared) = shared();
        let from = folder.path().join("program");
        fs::write(&from, "a program").unwrap();
        let digest = shared.put_file(&from).unwrap();
        fs::write(shared.object(digest), "a pro").unwrap();
        assert_eq!(shared.put_file(&from).unwrap(), digest);
        assert_eq!(shared.put_text("a program").unwrap(), digest);
        assert_eq!(fs::read(shared.object(digest)).unwrap(), b"a program");
        assert!(files::list(&shared.unfinished()).unwrap().is_empty());
    }

    #[test]
    fn a_file_is_taken_only_with_its_digest() {
        let (folder, _) = shared();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&from, "content").unwrap();
        copy(&from, Digest::of(b"content"), &to).unwrap();
        assert!(copy(&from, Digest::of(b"other"), &to).is_err());
        assert!(copy(Path::new("/dev/zero"), Digest::of(b"other"), &to).is_err());
    }
}
