//! `watch`: makes the paper again whenever a file that it is made from is saved. Measures nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use clap::Args;
use walkdir::{DirEntry, WalkDir};

use crate::commands::reproduce::Reproduce;
use crate::opened::{Selection, root};
use crate::paper::Paper;
use crate::progress::say;
use crate::workspace::LOCK;

/// What `--help` says last.
pub const HELP: &str = "\
Runs `reproduce --no-measure` after every save of a file that the paper is made from. Only affected steps run. A measurement that the edit \
outdates stays in use and is marked. After an error, the next save tries again. Ctrl-C stops.\n
Viewers that reload their file (Evince, Okular, Skim, zathura) show each new PDF automatically.";

/// Where those of the driver itself lie, which cannot change while it runs.
const DRIVER: &str = "xtask";

/// From one look at the files to the next: shorter than anybody waits for.
const EVERY: Duration = Duration::from_millis(150);

/// The paper on every save.
#[derive(Args)]
pub struct Watch<P: Paper> {
    /// Only these steps and what they need, by name or pattern [default: all]
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
    #[command(flatten)]
    selection: Selection<P>,
}

/// When files were written last, and how long they are.
type Saved = BTreeMap<PathBuf, (SystemTime, u64)>;

impl<P: Paper> Watch<P> {
    /// Makes the paper, and again after each save, until the process is ended.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let root = root()?;
        let driver = saved(&root, &[DRIVER]);
        let reproduce = Reproduce::without_measuring(self.steps, self.selection);
        loop {
            // Taken before the run: what is saved while it goes on is seen after it.
            let before = saved(&root, P::ABOUT.watched);
            if let Err(error) = reproduce.run() {
                eprintln!("error: {error:#}");
            }
            say("waiting for the next save; Ctrl-C ends");
            let changed = wait(&root, P::ABOUT.watched, before);
            say(&format!("saved: {changed}"));
            if saved(&root, &[DRIVER]) != driver {
                say("the driver's own files changed, too: restart `watch` to use them");
            }
        }
    }
}

/// Until files are other than `before`, and then until nothing more changes: an editor writes a file in several goes. Returns their names.
fn wait(root: &Path, watched: &[&str], before: Saved) -> String {
    let mut now = saved(root, watched);
    while now == before {
        sleep(EVERY);
        now = saved(root, watched);
    }
    loop {
        sleep(EVERY / 3);
        let later = saved(root, watched);
        if later == now {
            return changed(&before, &now);
        }
        now = later;
    }
}

/// What differs, by name; of many, the first and how many more.
fn changed(before: &Saved, now: &Saved) -> String {
    let differs = |path: &&PathBuf| before.get(*path) != now.get(*path);
    let mut paths: Vec<&PathBuf> = before.keys().chain(now.keys()).filter(differs).collect();
    paths.sort();
    paths.dedup();
    let first = paths.first().map(|path| path.display().to_string()).unwrap_or_default();
    match paths.len() {
        0 | 1 => first,
        many => format!("{first} and {} more", many - 1),
    }
}

/// The files at `paths` below `root`, with what distinguishes one state of them from another. What cannot be read is not there.
fn saved(root: &Path, paths: &[&str]) -> Saved {
    let is_source = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        // Editors keep their own files under such names; builds are no sources.
        let of_editors = name.starts_with('.') && name.len() > 1 || name.ends_with('~');
        let of_builds = entry.file_type().is_dir() && matches!(&*name, "target" | "output");
        // The driver cannot change while it runs, and writes the lock itself.
        let of_driver = entry.depth() == 1 && name == DRIVER || name == LOCK;
        // The checkout itself may have any name.
        entry.depth() == 0 || !of_editors && !of_builds && !of_driver
    };
    let files = paths.iter().flat_map(|path| WalkDir::new(root.join(path)).into_iter().filter_entry(is_source));
    let files = files.filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    files
        .filter_map(|entry| {
            let facts: fs::Metadata = entry.metadata().ok()?;
            let name = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_owned();
            Some((name, (facts.modified().ok()?, facts.len())))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: [&str; 2] = ["figures", "paper"];

    fn checkout() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["paper/text", "figures/src", "figures/target"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("paper/text/report.typ"), "one").unwrap();
        folder
    }

    #[test]
    fn a_save_a_new_file_and_one_that_went_away_are_seen() {
        let folder = checkout();
        let at = |name: &str| folder.path().join(name);
        let first = saved(folder.path(), &PLACES);
        fs::write(at("paper/text/report.typ"), "one more").unwrap();
        let second = saved(folder.path(), &PLACES);
        assert_eq!(changed(&first, &second), "paper/text/report.typ");
        fs::write(at("figures/src/fig14_new.rs"), "").unwrap();
        let third = saved(folder.path(), &PLACES);
        assert_eq!(changed(&second, &third), "figures/src/fig14_new.rs");
        fs::remove_file(at("paper/text/report.typ")).unwrap();
        assert_eq!(changed(&third, &saved(folder.path(), &PLACES)), "paper/text/report.typ");
        assert_eq!(changed(&first, &third), "figures/src/fig14_new.rs and 1 more");
    }

    #[test]
    fn what_editors_and_builds_write_is_no_save() {
        let folder = checkout();
        let before = saved(folder.path(), &PLACES);
        for name in ["paper/text/.report.typ.swp", "paper/text/report.typ~", "figures/target/figures", "output.pdf"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        assert_eq!(saved(folder.path(), &PLACES), before);
    }
}
