//! Finds the files of the checkout that match patterns. Reads folders, but no file.

use std::path::Path;

use glob::{MatchOptions, Pattern};
use walkdir::WalkDir;

use crate::altered::{FULL, is_sparse};
use crate::files::{Doing, FileError};
use crate::graph::INSIDE;
use crate::step::Sources;
use crate::stray::is_stray;

/// Why patterns cannot be resolved to files.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A folder could not be listed.
    #[error(transparent)]
    File(#[from] FileError),
    /// A pattern without matches is a mistake, or its file was removed.
    #[error("no file matches `{0}`\nhint: correct the pattern where the step is declared")]
    NoMatch(String),
    /// Git has left the files out.
    #[error("no file matches `{0}`, since the working tree is sparse\nhint: {FULL}")]
    Sparse(String),
    /// An invalid pattern.
    #[error("`{0}` is not a pattern: {1}\nhint: `*` stands for any part of a name, `**` for any folders between")]
    Pattern(String, glob::PatternError),
    /// A pattern of files outside the checkout.
    #[error("`{0}` is outside the checkout\nhint: {INSIDE}")]
    Outside(String),
    /// The target of a link could change without a change of the checkout.
    #[error("{0} is a link, and its target may be outside the checkout\nhint: replace the link by the file itself")]
    Link(String),
}

/// `*` and `?` match within a name; `**` matches any folders.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

/// The files of `root` that match `sources`, relative with `/`, sorted.
pub fn list(root: &Path, sources: &Sources) -> Result<Vec<String>, SourceError> {
    let mut files = Vec::new();
    for include in &sources.include {
        let before = files.len();
        collect(root, include, &mut files)?;
        if files.len() == before {
            let error = if is_sparse(root) { SourceError::Sparse } else { SourceError::NoMatch };
            return Err(error(include.clone()));
        }
    }
    let exclude = sources.exclude.iter().map(|text| pattern(text)).collect::<Result<Vec<_>, _>>()?;
    files.retain(|file| !exclude.iter().any(|pattern| pattern.matches_with(file, OPTIONS)));
    files.sort();
    files.dedup();
    Ok(files)
}

/// Whether `name` matches the pattern `text`.
pub fn matches(text: &str, name: &str) -> Result<bool, SourceError> {
    Ok(pattern(text)?.matches_with(name, OPTIONS))
}

fn pattern(text: &str) -> Result<Pattern, SourceError> {
    Pattern::new(text).map_err(|error| SourceError::Pattern(text.to_owned(), error))
}

fn collect(root: &Path, include: &str, files: &mut Vec<String>) -> Result<(), SourceError> {
    let pattern = pattern(include)?;
    // Walk only the folder that the pattern names: the folder of builds in the checkout is large.
    let plain = include.split('/').take_while(|part| !part.contains(['*', '?', '[']));
    let mut base = root.to_owned();
    for part in plain {
        if matches!(part, "" | "." | "..") {
            return Err(SourceError::Outside(include.to_owned()));
        }
        base.push(part);
        if base.is_symlink() {
            return Err(SourceError::Link(base.strip_prefix(root).unwrap_or(&base).display().to_string()));
        }
    }
    if !base.exists() {
        return Ok(());
    }
    for entry in WalkDir::new(&base) {
        let entry = entry.map_err(std::io::Error::from).doing("cannot list", &base)?;
        let name = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_string_lossy().into_owned();
        // A file that the pattern names is wanted, whatever its name.
        let is_stray = entry.depth() > 0 && is_stray(&name);
        if is_stray || !pattern.matches_with(&name, OPTIONS) || entry.file_type().is_dir() {
            continue;
        }
        if entry.file_type().is_symlink() {
            return Err(SourceError::Link(name));
        }
        files.push(name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn checkout(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn patterns(list: &[&str]) -> Vec<String> {
        list.iter().map(|pattern| (*pattern).to_owned()).collect()
    }

    #[test]
    fn a_pattern_matches_the_expected_files() {
        for (pattern, path) in [
            ("a/*.rs", "a/b.rs"),
            ("a/**/*.rs", "a/b.rs"),
            ("a/**/*.rs", "a/x/y/b.rs"),
            ("a/fig??_*.rs", "a/fig01_time.rs"),
            ("measure/cpu/resnet-*/b16", "measure/cpu/resnet-50/b16"),
        ] {
            assert!(matches(pattern, path).unwrap(), "{pattern} {path}");
        }
        for (pattern, path) in
            [("a/*.rs", "a/x/b.rs"), ("a/*.rs", "a/b.txt"), ("a/fig??_*.rs", "a/fig1_x.rs"), ("a", "a/b")]
        {
            assert!(!matches(pattern, path).unwrap(), "{pattern} {path}");
        }
        assert!(matches("a/[", "a").is_err());
    }

    #[test]
    fn files_are_listed_once_sorted_and_without_the_excluded() {
        // A resource fork and the lock of an editor do not count.
        let folder = checkout(&["s/b.rs", "s/a.rs", "s/deep/c.rs", "s/note.txt", "other.rs", "s/._a.rs"]);
        std::os::unix::fs::symlink("me@here.1", folder.path().join("s/.#a.rs")).unwrap();
        let sources = Sources { include: patterns(&["s/**/*.rs", "s/a.rs"]), exclude: patterns(&["s/b.rs"]) };
        assert_eq!(list(folder.path(), &sources).unwrap(), ["s/a.rs", "s/deep/c.rs"]);
        for nothing in ["s/**/*.rx", "s/gone.rs", "gone/*.rs", "s"] {
            let typo = Sources { include: patterns(&[nothing]), exclude: Vec::new() };
            assert!(list(folder.path(), &typo).unwrap_err().to_string().contains(nothing));
        }
    }

    #[test]
    fn a_sparse_working_tree_is_the_cause_of_missing_files() {
        let folder = checkout(&["s/a.rs"]);
        let missing = Sources { include: patterns(&["text/*.typ"]), exclude: Vec::new() };
        for args in [&["init", "-q"][..], &["config", "core.sparseCheckout", "true"]] {
            assert!(std::process::Command::new("git").args(args).current_dir(&folder).status().unwrap().success());
        }
        let printed = list(folder.path(), &missing).unwrap_err().to_string();
        assert!(printed.contains("text/*.typ") && printed.contains("git sparse-checkout disable"), "{printed}");
    }

    #[test]
    fn a_link_among_the_sources_is_refused() {
        let folder = checkout(&["s/a.rs"]);
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("s/b.rs")).unwrap();
        let sources = Sources { include: patterns(&["s/*.rs"]), exclude: Vec::new() };
        assert!(list(folder.path(), &sources).unwrap_err().to_string().contains("s/b.rs is a link"));
        let elsewhere = checkout(&["d/a.rs"]);
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("t")).unwrap();
        for pattern in ["t/d/*.rs", "t/**/*.rs", "t/d/a.rs"] {
            let sources = Sources { include: patterns(&[pattern]), exclude: Vec::new() };
            let error = list(folder.path(), &sources).unwrap_err().to_string();
            assert!(error.starts_with("t is a link") && error.contains("\nhint: "), "{error}");
        }
    }

    #[test]
    fn a_pattern_that_leaves_the_checkout_is_refused() {
        let folder = checkout(&["s/a.rs"]);
        let absolute = folder.path().join("s/*.rs").display().to_string();
        for pattern in ["../*.rs", "s/../../*.rs", "s/./a.rs", &absolute] {
            let sources = Sources { include: patterns(&[pattern]), exclude: Vec::new() };
            let error = list(folder.path(), &sources).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{pattern}` is outside")) && error.contains("\nhint: "), "{error}");
        }
    }
}
