//! The programs that Cargo has built for this process, and whether it would build them again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::files::FileIdentity;
use crate::step::Program;

/// Files that Cargo reads in the folders of a package's sources, and in those above.
const SETTINGS: [&str; 6] =
    ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"];
/// The program that runs before a package is built. Only Cargo knows when it runs again.
const SCRIPT: &str = "build.rs";
/// Coarsest time of a file system.
const COARSEST: Duration = Duration::from_secs(2);

/// The programs that Cargo has built for this process.
#[derive(Debug, Default)]
pub struct Builds(Mutex<BTreeMap<Program, Built>>);

#[derive(Debug)]
struct Built {
    /// The folder of Cargo's builds.
    target: PathBuf,
    executable: PathBuf,
    /// The executable and all that it was built from; none for a file that does not exist.
    files: Vec<(PathBuf, Option<FileIdentity>)>,
}

impl Builds {
    /// The folder of builds and the executable of a program, if Cargo would not build it again.
    pub fn current(&self, program: &Program) -> Option<(PathBuf, PathBuf)> {
        let builds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let built = builds.get(program)?;
        let is_current = built.files.iter().all(|(path, known)| FileIdentity::of(path).ok() == *known);
        is_current.then(|| (built.target.clone(), built.executable.clone()))
    }

    /// Keeps the result of a build that was started at `started`, unless a file has changed since.
    pub fn keep(&self, program: &Program, target: &Path, executable: &Path, started: SystemTime) {
        let mut builds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        builds.remove(program);
        if let Some(files) = files(executable, started) {
            let built = Built { target: target.to_owned(), executable: executable.to_owned(), files };
            builds.insert(program.clone(), built);
        }
    }
}

/// The files that decide a build: those that Cargo lists next to the executable, and the settings above them. None where
/// this list is not complete, or a file has changed since `started`.
fn files(executable: &Path, started: SystemTime) -> Option<Vec<(PathBuf, Option<FileIdentity>)>> {
    let sources = listed(&fs::read_to_string(executable.with_extension("d")).ok()?)?;
    if sources.iter().any(|path| !path.is_absolute() || path.ends_with(SCRIPT)) {
        return None;
    }
    let folders: BTreeSet<&Path> = sources.iter().flat_map(|path| path.ancestors().skip(1)).collect();
    let settings = folders.iter().flat_map(|folder| SETTINGS.map(|name| folder.join(name)));
    let with_identity = |path: PathBuf| (path.clone(), FileIdentity::of(&path).ok());
    let mut files: Vec<_> = sources.iter().cloned().chain(settings).map(with_identity).collect();
    // Afterwards, so that a change in between is noticed here or by the next comparison.
    let before = started.checked_sub(COARSEST)?.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let is_older = |path: &Path| fs::metadata(path).map_or(true, |facts| facts.ctime().unsigned_abs() < before);
    if !files.iter().all(|(path, _)| is_older(path)) {
        return None;
    }
    files.push(with_identity(executable.to_owned()));
    Some(files)
}

/// The paths after the first colon of Cargo's list, `PROGRAM: PATH PATH`, in which blanks of paths are escaped.
fn listed(text: &str) -> Option<Vec<PathBuf>> {
    let (_, paths) = text.lines().next()?.split_once(": ")?;
    let paths = paths.replace("\\ ", "\0");
    Some(paths.split(' ').map(|path| PathBuf::from(path.replace('\0', " "))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::Features;

    /// A program with one source, as Cargo leaves it, built a minute after all was written.
    fn built() -> (tempfile::TempDir, Program, Builds, SystemTime) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("a paper/src")).unwrap();
        for name in ["a paper/src/main.rs", "a paper/Cargo.toml", "work"] {
            fs::write(at(name), "").unwrap();
        }
        let top = folder.path().display();
        fs::write(at("work.d"), format!("{top}/work: {top}/a\\ paper/src/main.rs\n")).unwrap();
        let program = Program::Workspace { bin: "work".into(), features: Features::Default };
        (folder, program, Builds::default(), SystemTime::now() + Duration::from_secs(60))
    }

    #[test]
    fn a_program_is_current_until_its_source_a_manifest_or_itself_changes() {
        for (name, is_current) in [
            ("a paper/src/main.rs", false),
            ("a paper/Cargo.toml", false),
            ("a paper/.cargo/config.toml", false),
            ("Cargo.lock", false),
            ("work", false),
            ("a paper/src/text.typ", true),
        ] {
            let (folder, program, builds, started) = built();
            assert_eq!(builds.current(&program), None);
            builds.keep(&program, folder.path(), &folder.path().join("work"), started);
            assert!(builds.current(&program).is_some());
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "changed").unwrap();
            assert_eq!(builds.current(&program).is_some(), is_current, "{name}");
        }
    }

    #[test]
    fn a_program_is_not_kept_when_a_source_changed_meanwhile_or_cargo_runs_a_script_before() {
        let (folder, program, builds, _) = built();
        let executable = folder.path().join("work");
        builds.keep(&program, folder.path(), &executable, SystemTime::now());
        assert_eq!(builds.current(&program), None);
        let (folder, program, builds, started) = built();
        let executable = folder.path().join("work");
        fs::write(folder.path().join("build.rs"), "").unwrap();
        let list = fs::read_to_string(folder.path().join("work.d")).unwrap();
        fs::write(folder.path().join("work.d"), format!("{} {}/build.rs\n", list.trim_end(), folder.path().display()))
            .unwrap();
        builds.keep(&program, folder.path(), &executable, started);
        assert_eq!(builds.current(&program), None);
    }
}
