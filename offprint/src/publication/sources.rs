//! The sources of a checkout according to Git: checks that everything is committed, and computes the digest of each
//! file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use crate::digest::Digest;
use crate::files::{Doing, FileError};

/// Its name in a publication.
pub const FILE: &str = "sources.sha256";

/// Why the sources cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum SourcesError {
    /// A file cannot be read, or Git cannot be started.
    #[error(transparent)]
    File(#[from] FileError),
    /// Git failed.
    #[error("git: {0}\nhint: publish from a Git repository with everything committed; `git init` makes one")]
    Git(String),
    /// Something is not committed.
    #[error(
        "not committed:\n{0}\nhint: commit it, or store it with `git stash`; a publication must be found again in a \
         commit"
    )]
    Dirty(String),
}

/// The committed files with their digests, except those that publishing itself writes. `published` is the folder of
/// published records. Refuses uncommitted changes and new files.
pub fn committed(root: &Path, published: &str) -> Result<BTreeMap<String, Digest>, SourcesError> {
    let top = git(root, &["rev-parse", "--show-toplevel"])?;
    if fs::canonicalize(root).ok() != fs::canonicalize(top.trim_end()).ok() {
        return Err(SourcesError::Git(format!("{} is not a repository of its own", root.display())));
    }
    let records = format!(":(exclude){published}");
    let ours = ["--", ".", ":(exclude)artifacts.lock", &records];
    let status = git(root, &[&["status", "--porcelain", "--untracked-files=all"][..], &ours].concat())?;
    if !status.trim().is_empty() {
        return Err(SourcesError::Dirty(few(&status)));
    }
    let mut files = BTreeMap::new();
    for path in git(root, &[&["ls-files", "-z"][..], &ours].concat())?.split('\0').filter(|path| !path.is_empty()) {
        let full = root.join(path);
        files.insert(path.to_owned(), digest(&full).doing("cannot read", &full)?);
    }
    Ok(files)
}

/// Digest of a committed file; for a link, as in Git, of its target path.
///
/// # Errors
/// The file cannot be read.
pub fn digest(path: &Path) -> io::Result<Digest> {
    if path.is_symlink() {
        return Ok(Digest::of(fs::read_link(path)?.as_os_str().as_bytes()));
    }
    Ok(Digest::of_file(path)?.0)
}

/// The day of the latest commit.
///
/// # Errors
/// Git does not give it.
pub fn day(root: &Path) -> Result<String, SourcesError> {
    Ok(git(root, &["log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%d"])?.trim().to_owned())
}

/// The first lines, and the number of others.
fn few(text: &str) -> String {
    const MAX: usize = 10;
    let lines: Vec<&str> = text.lines().collect();
    let more = lines.len().saturating_sub(MAX);
    let shown = lines[..lines.len() - more].join("\n");
    if more == 0 { shown } else { format!("{shown}\nand {more} more") }
}

fn git(root: &Path, args: &[&str]) -> Result<String, SourcesError> {
    let output = Command::new("git").args(args).current_dir(root).output();
    let output = match output {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(SourcesError::Git("it is not installed".to_owned()));
        }
        output => output.doing("cannot run", Path::new("git"))?,
    };
    if !output.status.success() {
        return Err(SourcesError::Git(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clean_checkout_has_sources() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert!(matches!(committed(root, "published"), Err(SourcesError::Git(_))));
        let write = |file: &str, text: &str| {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), text).unwrap();
        };
        write("src/a.rs", "a");
        std::os::unix::fs::symlink("src", root.join("tool")).unwrap();
        git(root, &["init", "--quiet"]).unwrap();
        assert!(committed(root, "published").unwrap_err().to_string().contains("src/a.rs"));
        git(root, &["add", "."]).unwrap();
        let own = ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "a"];
        git(root, &own).unwrap();
        let expected =
            BTreeMap::from([("src/a.rs".to_owned(), Digest::of(b"a")), ("tool".to_owned(), Digest::of(b"src"))]);
        assert_eq!(committed(root, "published").unwrap(), expected);
        write("artifacts.lock", "version 2");
        write("published/cpu-1/a", "a");
        assert_eq!(committed(root, "published").unwrap(), expected);
        let inside = committed(&root.join("src"), "published").unwrap_err().to_string();
        assert!(inside.contains("not a repository of its own"), "{inside}");
        write("src/b.rs", "b");
        assert!(committed(root, "published").unwrap_err().to_string().contains("src/b.rs"));
    }
}
