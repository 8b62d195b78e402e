//! Installed programs: where they are on PATH, and what goes into a key. That is the version a program prints and the
//! digest of its executable, but not its path.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::digest::Digest;
use crate::files::{Doing, FileError};
use crate::stat_cache::{Hashing, StatCache};
use crate::tree::Digests;

/// Time limit for printing a version. A program that takes longer has none.
pub const TIME_FOR_VERSION: Duration = Duration::from_secs(5);
/// Maximum length of a version, in characters.
const MAX_VERSION: usize = 200;
/// Maximum output of a program asked for its version, in bytes.
const MAX_PRINTED: u64 = 1 << 20;

/// An installed program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its path on PATH: perhaps a link, whose name can matter to the program.
    pub path: PathBuf,
    /// Digest of the file at that path, links followed.
    pub executable: Digest,
    /// The first line of `NAME --version`; none when that fails.
    pub version: Option<String>,
}

/// The installed programs that steps name, each looked up once.
#[derive(Debug)]
pub struct InstalledPrograms {
    /// The folders of PATH.
    pub search: OsString,
    stat_cache: Arc<StatCache>,
    known: Mutex<BTreeMap<String, Option<Installed>>>,
    /// Versions of binaries by name and digest: one executable may be several programs, depending on its name.
    versions: Mutex<BTreeMap<(String, Digest), Option<String>>>,
}

impl InstalledPrograms {
    /// The programs on this process's PATH.
    pub fn on_path(stat_cache: Arc<StatCache>) -> Self {
        Self { search: search_path(), stat_cache, known: Mutex::default(), versions: Mutex::default() }
    }

    /// The program called `name`; none when it is not installed.
    pub fn get(&self, name: &str, digests: Digests) -> Result<Option<Installed>, FileError> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(name).filter(|_| digests == Digests::Cached) {
            return Ok(found.clone());
        }
        let found = match find(name, &self.search) {
            Some(path) => Some(self.identify(name, path)?),
            None => None,
        };
        if digests == Digests::Cached {
            known().insert(name.to_owned(), found.clone());
        }
        Ok(found)
    }

    fn identify(&self, name: &str, path: PathBuf) -> Result<Installed, FileError> {
        let real = path.canonicalize().doing("cannot read", &path)?;
        let executable = self.stat_cache.digest(&real, Hashing::Bytes).doing("cannot read", &real)?;
        let key = (name.to_owned(), executable);
        let versions = || self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(version) = versions().get(&key).cloned() {
            return Ok(Installed { path, executable, version });
        }
        let result = ask(&path, &self.search);
        // A script may print the version of something else, which can change without the script. So may a binary whose
        // libraries are replaced, but not during a run.
        if let Ok(version) = &result
            && is_binary(&real)
        {
            versions().insert(key, version.clone());
        }
        Ok(Installed { path, executable, version: result.unwrap_or_default() })
    }
}

/// This process's PATH, without the folders that depend on where it was started.
pub fn search_path() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    // Folders split from a list can be joined again.
    std::env::join_paths(folders).unwrap_or_default()
}

/// The first executable file called `name` in the folders of `search`.
pub fn find(name: &str, search: &OsStr) -> Option<PathBuf> {
    let is_program = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(search).map(|folder| folder.join(name)).find(is_program)
}

fn is_binary(path: &Path) -> bool {
    let mut head = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == *b"\x7fELF"
}

/// The program did not print its version in time.
struct TooLong;

/// The first line that `program --version` prints on standard output, or else on standard error; none when it fails.
fn ask(program: &Path, search: &OsStr) -> Result<Option<String>, TooLong> {
    let mut command = Command::new(program);
    command.arg("--version").env_clear().env("PATH", search).current_dir("/").process_group(0);
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else { return Ok(None) };
    let output = child.stdout.take().map(read);
    let errors = child.stderr.take().map(read);
    let Some(status) = wait(&mut child, TIME_FOR_VERSION) else { return Err(TooLong) };
    if !status.success() {
        return Ok(None);
    }
    let text = |pipe: Option<mpsc::Receiver<Vec<u8>>>| {
        let bytes = pipe.and_then(|pipe| pipe.recv_timeout(TIME_FOR_VERSION).ok()).unwrap_or_default();
        first_line(&String::from_utf8_lossy(&bytes))
    };
    Ok(text(output).or_else(|| text(errors)))
}

/// Runs `command` with a time limit and discards its output.
pub fn end(command: &mut Command, limit: Duration) -> io::Result<()> {
    let mut child =
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    wait(&mut child, limit);
    Ok(())
}

/// Waits for the leader of a process group, and then ends the group; none when that took too long.
fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let began = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(None) if began.elapsed() < limit => std::thread::sleep(Duration::from_millis(2)),
            Ok(status) => break status,
            Err(_) => break None,
        }
    };
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // The group is usually empty by now.
        let _ = kill_process_group(group, Signal::KILL);
    }
    if status.is_none() {
        let _ = child.wait();
    }
    status
}

/// The beginning of a pipe's content, read in a thread of its own so that the pipe does not fill up.
fn read(pipe: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A program that prints more is ended by the closed pipe, and has no version.
        let _ = pipe.take(MAX_PRINTED).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

fn first_line(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().filter(|letter| !letter.is_control()).take(MAX_VERSION).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat_cache::Caching;

    /// A folder of scripts, used as PATH.
    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn program(&self, name: &str, script: &str) {
            let path = self.0.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }

        fn programs(&self) -> InstalledPrograms {
            let stat_cache = Arc::new(StatCache::open(self.0.path(), &self.0.path().join("stat-cache"), Caching::On));
            let search = format!("{}:/usr/bin:/bin", self.0.path().display()).into();
            InstalledPrograms { search, ..InstalledPrograms::on_path(stat_cache) }
        }

        fn version(&self, name: &str) -> Option<String> {
            self.programs().get(name, Digests::Cached).unwrap().expect("it is installed").version
        }
    }

    #[test]
    fn the_version_is_the_first_line_printed_on_either_stream() {
        let folder = Folder::new();
        folder.program("out", "echo; echo 'out 1.2  '; echo more");
        folder.program("err", "echo 'err 3' >&2");
        folder.program("refuses", "echo usage >&2; exit 2");
        folder.program("silent", "true");
        folder.program("long", "yes 'long 4'");
        folder.program("wordy", "echo wordy 5; head -c 300000 /dev/zero; sleep 0.05; echo end");
        assert_eq!(folder.version("out").as_deref(), Some("out 1.2"));
        assert_eq!(folder.version("err").as_deref(), Some("err 3"));
        assert_eq!((folder.version("refuses"), folder.version("silent")), (None, None));
        assert_eq!(folder.version("wordy").as_deref(), Some("wordy 5"));
        // Only the beginning of an endless output is read, and a writer ended by a signal has failed.
        assert_eq!(folder.version("long"), None);
    }

    #[test]
    fn a_program_asked_for_its_version_does_not_see_the_users_environment() {
        let folder = Folder::new();
        folder.program("env", "/usr/bin/env | cut -d = -f 1 | grep -v -e _ -e PWD | tr '\\n' ' '; pwd");
        assert_eq!(folder.version("env").as_deref(), Some("PATH /"));
    }

    #[test]
    fn a_program_that_does_not_end_has_no_version_and_a_binary_is_asked_once() {
        let folder = Folder::new();
        folder.program("slow", "sleep 60");
        assert_eq!(folder.version("slow"), None);
        fs::copy("/bin/ls", folder.0.path().join("binary")).unwrap();
        let programs = folder.programs();
        let binary = programs.get("binary", Digests::Cached).unwrap().unwrap();
        assert!(binary.version.is_some());
        // If it were asked again, it would not give this version.
        let key = ("binary".to_owned(), binary.executable);
        programs.versions.lock().unwrap().insert(key, Some("remembered".to_owned()));
        let again = programs.get("binary", Digests::Current).unwrap().unwrap();
        assert_eq!(again.version.as_deref(), Some("remembered"));
        // Under another name, the same executable may be another program,
        std::os::unix::fs::symlink("binary", folder.0.path().join("other")).unwrap();
        let other = programs.get("other", Digests::Cached).unwrap().unwrap();
        assert_eq!((other.executable, &other.version), (binary.executable, &binary.version));
        // and in another run it may have other libraries.
        assert_eq!(folder.version("binary"), binary.version);
    }

    #[test]
    fn a_file_that_is_not_executable_is_not_a_program() {
        let folder = Folder::new();
        fs::write(folder.0.path().join("text"), "").unwrap();
        fs::create_dir(folder.0.path().join("folder")).unwrap();
        for name in ["text", "folder", "no-such-program"] {
            assert_eq!(folder.programs().get(name, Digests::Cached).unwrap(), None, "{name}");
        }
    }

    #[test]
    fn a_script_is_asked_in_each_run_and_a_link_has_the_digest_of_its_target() {
        let folder = Folder::new();
        fs::write(folder.0.path().join("current"), "tool 1").unwrap();
        folder.program("tool", &format!("cat '{}'", folder.0.path().join("current").display()));
        std::os::unix::fs::symlink("tool", folder.0.path().join("link")).unwrap();
        let before = folder.programs();
        let tool = before.get("tool", Digests::Cached).unwrap().unwrap();
        assert_eq!(before.get("link", Digests::Cached).unwrap().unwrap().executable, tool.executable);
        fs::write(folder.0.path().join("current"), "tool 2").unwrap();
        assert_eq!(before.get("tool", Digests::Cached).unwrap().unwrap().version.as_deref(), Some("tool 1"));
        assert_eq!(before.get("tool", Digests::Current).unwrap().unwrap().version.as_deref(), Some("tool 2"));
        let after = folder.programs().get("tool", Digests::Cached).unwrap().unwrap();
        assert_eq!((after.executable, after.version.as_deref()), (tool.executable, Some("tool 2")));
    }
}
