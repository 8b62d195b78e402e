//! `new`: writes a working paper to start your own from.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use offprint::files::Doing;

/// Path, content and whether it is executable, of every file of a new paper.
const TEMPLATE: &[(&str, &[u8], bool)] = include!(concat!(env!("OUT_DIR"), "/template.rs"));

/// The help after the flags.
pub const HELP: &str = "\
The paper times four sorting algorithms, draws two figures, tests a claim and typesets a report of one page. It \
includes the tool, so it does not need this checkout. docs/your-own-paper.md explains how to turn it into a paper of \
your own.";

/// The flags of `new`.
#[derive(Args)]
pub struct New {
    /// Folder of the paper; it must be empty or not exist
    folder: PathBuf,
}

impl New {
    /// Writes the paper and prints what comes next.
    pub fn run(&self) -> Result<()> {
        write(&self.folder)?;
        println!("wrote a paper into {}", self.folder.display());
        println!("next:\n    cd {}\n    cargo xtask reproduce", quoted(&self.folder));
        Ok(())
    }
}

/// Writes the whole paper next to `folder` and renames it, so that `folder` is complete or unchanged.
fn write(folder: &Path) -> Result<()> {
    let (parent, name) = parent_and_name(folder)?;
    refuse_what_is_there(folder)?;
    let unfinished = parent.join(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    let written =
        fs::create_dir_all(parent).and_then(|()| fill(&unfinished)).and_then(|()| fs::rename(&unfinished, folder));
    written.map_err(|error| {
        // Clean up; the first error is the one to report.
        let _ = fs::remove_dir_all(&unfinished);
        anyhow!(
            "cannot write a paper into {}: {error}\nhint: the parent folder must be writable and have free space",
            folder.display()
        )
    })
}

fn parent_and_name(folder: &Path) -> Result<(&Path, &OsStr)> {
    let name = folder
        .file_name()
        .with_context(|| format!("{} has no name of its own\nhint: name a new folder", folder.display()))?;
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    Ok((parent.unwrap_or(Path::new(".")), name))
}

fn refuse_what_is_there(folder: &Path) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            bail!("{} is a file\nhint: name a folder that is empty or does not exist", folder.display())
        }
        entries => entries.doing("cannot list", folder)?,
    };
    match entries.count() {
        0 => Ok(()),
        _ => bail!("{} is not empty\nhint: name a folder that is empty or does not exist", folder.display()),
    }
}

/// Writes every file below `top`, which must not exist.
fn fill(top: &Path) -> io::Result<()> {
    fs::create_dir(top)?;
    for (path, content, executable) in TEMPLATE {
        let path = top.join(path);
        fs::create_dir_all(path.parent().unwrap_or(top))?;
        fs::write(&path, content)?;
        if *executable {
            fs::set_permissions(&path, Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}

/// Quotes a path for a shell.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = text.chars().all(|c| c.is_alphanumeric() || "/._-+".contains(c));
    if plain { text.into_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(folder: &Path) -> String {
        write(folder).expect_err("nothing to write into").to_string()
    }

    /// Names in a folder, hidden ones too.
    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_paper_has_declaration_text_and_tool_but_no_files_of_a_run() {
        let top = tempfile::tempdir().unwrap();
        let paper = top.path().join("paper");
        write(&paper).unwrap();
        assert_eq!(names(top.path()), ["paper"]);
        for file in
            ["Cargo.toml", "Cargo.lock", "README.md", "CITATION.cff", ".gitattributes", ".gitignore", "text/report.typ"]
        {
            assert!(paper.join(file).is_file(), "{file}");
        }
        for file in ["xtask/src/main.rs", "offprint/src/lib.rs", "offprint/Cargo.toml", "offprint/LICENSE-MIT"] {
            assert!(paper.join(file).is_file(), "{file}");
        }
        for left in ["target", ".store", "output", "published", "artifacts.lock", "offprint/tests", ".git"] {
            assert!(!paper.join(left).exists(), "{left}");
        }
        let mode = |file: &str| fs::metadata(paper.join(file)).unwrap().permissions().mode() & 0o111;
        assert_eq!((mode(".ci/run"), mode(".cargo/rustc"), mode("README.md")), (0o111, 0o111, 0));
    }

    #[test]
    fn every_committed_file_of_the_second_paper_is_in_a_new_one() {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let listed =
            std::process::Command::new("git").args(["ls-files", "examples/sorting"]).current_dir(&top).output();
        let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
        let files = listed.lines().map(|path| path.trim_start_matches("examples/sorting/"));
        for file in files.filter(|file| *file != "offprint") {
            assert!(TEMPLATE.iter().any(|(path, ..)| *path == file), "{file}");
        }
    }

    #[test]
    fn an_empty_folder_becomes_a_paper() {
        let top = tempfile::tempdir().unwrap();
        write(top.path()).unwrap();
        assert!(top.path().join("README.md").is_file());
    }

    #[test]
    fn a_folder_that_is_not_empty_is_refused_and_unchanged() {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("thesis");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(".hidden"), "mine").unwrap();
        assert!(error(&folder).contains("thesis is not empty\nhint: "), "{}", error(&folder));
        assert_eq!((names(&folder), names(top.path())), (vec![".hidden".to_owned()], vec!["thesis".to_owned()]));
    }

    #[test]
    fn a_file_and_an_impossible_folder_are_refused_without_remains() {
        let top = tempfile::tempdir().unwrap();
        let file = top.path().join("file");
        fs::write(&file, "mine").unwrap();
        assert!(error(&file).contains("file is a file\nhint: "));
        for folder in [file.join("paper"), "/proc/paper".into(), "/".into()] {
            let text = error(&folder);
            assert!(text.contains(&*folder.to_string_lossy()) && text.contains("\nhint: "), "{text}");
        }
        assert_eq!(names(top.path()), ["file"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }

    #[test]
    fn a_path_is_quoted_for_a_shell() {
        assert_eq!(quoted(Path::new("a/b-1.0")), "a/b-1.0");
        assert_eq!(quoted(Path::new("it's mine")), "'it'\\''s mine'");
    }
}
