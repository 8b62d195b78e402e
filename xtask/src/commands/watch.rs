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

use crate::choice::{self, Choice};
use crate::commands::reproduce::Reproduce;
use offprint::progress::say;

/// What `--help` says last.
pub const HELP: &str = "\
It is `reproduce --no-measure` after every save below experiments/, figures/ and paper/: what a save does not touch stays as it is, and a \
measurement that it outdates stays in use and is marked. An error is printed, and the next save tries again. Ctrl-C ends it.\n
A viewer that loads its file again (Evince, Okular, Skim, zathura) shows each new PDF by itself.";

/// Where the files lie that the paper is made from.
const PLACES: [&str; 5] = ["Cargo.lock", "Cargo.toml", "experiments", "figures", "paper"];

/// Where those of the driver itself lie, which cannot change while it runs.
const DRIVER: &str = "xtask";

/// From one look at the files to the next: shorter than anybody waits for.
const EVERY: Duration = Duration::from_millis(150);

/// The paper on every save.
#[derive(Args)]
pub struct Watch {
    /// Only these steps and what they need, by name or pattern; all of them when none is given
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
    #[command(flatten)]
    choice: Choice,
}

/// When files were written last, and how long they are.
type Saved = BTreeMap<PathBuf, (SystemTime, u64)>;

impl Watch {
    /// Makes the paper, and again after each save, until the process is ended.
    pub fn run(self) -> Result<ExitCode> {
        let root = choice::root()?;
        let driver = saved(&root, &[DRIVER]);
        let reproduce = Reproduce::without_measuring(self.steps, self.choice);
        loop {
            // Taken before the run: what is saved while it goes on is seen after it.
            let before = saved(&root, &PLACES);
            if let Err(error) = reproduce.run() {
                eprintln!("error: {error:#}");
            }
            say("waiting for the next save; Ctrl-C ends");
            let changed = wait(&root, before);
            say(&format!("saved: {changed}"));
            if saved(&root, &[DRIVER]) != driver {
                say("the driver's own files changed as well: end this and call it again to use them");
            }
        }
    }
}

/// Until files are other than `before`, and then until nothing more changes: an editor writes a file in several goes. Returns their names.
fn wait(root: &Path, before: Saved) -> String {
    let mut now = saved(root, &PLACES);
    while now == before {
        sleep(EVERY);
        now = saved(root, &PLACES);
    }
    loop {
        sleep(EVERY / 3);
        let later = saved(root, &PLACES);
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

/// The files at `places` below `root`, with what tells one state of them from another. What cannot be read is not there.
fn saved(root: &Path, places: &[&str]) -> Saved {
    let is_source = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        // Editors keep their own files under such names; builds are no sources.
        let of_editors = name.starts_with('.') || name.ends_with('~');
        let of_builds = entry.file_type().is_dir() && name == "target";
        !of_editors && !of_builds
    };
    let files = places.iter().flat_map(|place| WalkDir::new(root.join(place)).into_iter().filter_entry(is_source));
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
