//! `watch`: rebuilds the paper whenever one of its files is saved. Measures nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use clap::Args;
use walkdir::{DirEntry, WalkDir};

use crate::commands::reproduce::Reproduce;
use crate::error::described;
use crate::opened::{Selection, root};
use crate::paper::Paper;
use crate::progress::print_line;
use crate::repeated::Repeated;
use crate::supervisor::Supervisor;
use crate::workspace::LOCK;

mod server;
mod wake;

use wake::Wake;

/// The help after the flags.
pub const HELP: &str = "\
Runs `reproduce --no-measure` after every save of a file that the paper is made from. Only affected steps run. A \
measurement that the edit outdates stays in use and is marked. After an error, the next save tries again. Ctrl-C \
stops.\n
Viewers that reload their file (Evince, Okular, Skim, zathura) show each new PDF automatically. With --serve, browsers on this \
machine do the same with a page: open the printed address.";

/// The folder of results.
const OUTPUT: &str = "output";

/// Folders of the driver's own sources. A running driver cannot use changes there.
const DRIVER: &str = "xtask";

/// Time between two looks at the files when nothing reports a change, and where nothing can. A look takes some milliseconds.
const SELDOM: Duration = Duration::from_secs(1);
const OFTEN: Duration = Duration::from_millis(150);
/// How long nothing must change after a save.
const QUIET: Duration = Duration::from_millis(20);

/// The flags of `watch`.
#[derive(Args)]
pub struct Watch<P: Paper> {
    /// Only these steps and what they need, by name or pattern [default: all]
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
    #[command(flatten)]
    selection: Selection<P>,
    /// Serve output/ on 127.0.0.1, with pages that reload themselves, at this port or any free one
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "0")]
    serve: Option<u16>,
}

/// Modification time and size of files.
type Saved = BTreeMap<PathBuf, (SystemTime, u64)>;

impl<P: Paper> Watch<P> {
    /// Builds the paper now and after each save, until the process is ended.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let root = root()?;
        let driver = saved(&root, &[DRIVER]);
        if let Some(port) = self.serve {
            let address = server::serve(&root.join(OUTPUT), port);
            let address =
                address.with_context(|| format!("port {port} cannot be used\nhint: `--serve` finds a free one"))?;
            print_line(&format!("serving {OUTPUT}/ at http://{address}/"));
        }
        let reproduce = Reproduce::without_measuring(self.steps, self.selection);
        let here = Repeated::new(Supervisor::own());
        loop {
            // Taken before the run, so that a save during the run is noticed after it.
            let before = saved(&root, P::ABOUT.watched);
            if let Err(error) = reproduce.run_by(&here) {
                eprintln!("error: {}", described(&error));
            }
            print_line("waiting for the next save; Ctrl-C ends");
            let changed = wait(&root, P::ABOUT.watched, before);
            print_line(&format!("saved: {changed}"));
            if saved(&root, &[DRIVER]) != driver {
                print_line("the driver's own files changed, too: restart `watch` to use them");
            }
        }
    }
}

/// Waits until files differ from `before` and then until nothing more changes, since an editor may write a file in
/// several goes. Returns their names.
fn wait(root: &Path, watched: &[&str], before: Saved) -> String {
    let folders = paths(root, watched).filter(|entry| entry.file_type().is_dir()).map(DirEntry::into_path);
    let folders: Vec<PathBuf> = folders.collect();
    // The top has files that are watched one by one.
    let wake = Wake::new(folders.iter().map(PathBuf::as_path).chain([root]));
    let mut now = saved(root, watched);
    while now == before {
        wake.wait(if wake.is_complete() { SELDOM } else { OFTEN });
        now = saved(root, watched);
    }
    loop {
        sleep(QUIET);
        let later = saved(root, watched);
        if later == now {
            return changed(&before, &now);
        }
        now = later;
    }
}

/// The names of changed files; of many, the first ones and how many more.
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

/// The state of the files at `watched` below `root`. An unreadable file counts as absent.
fn saved(root: &Path, watched: &[&str]) -> Saved {
    let files = paths(root, watched).filter(|entry| entry.file_type().is_file());
    files
        .filter_map(|entry| {
            let facts: fs::Metadata = entry.metadata().ok()?;
            let name = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_owned();
            Some((name, (facts.modified().ok()?, facts.len())))
        })
        .collect()
}

/// Files and folders at `watched` below `root`, apart from those that no paper is made from.
fn paths(root: &Path, watched: &[&str]) -> impl Iterator<Item = DirEntry> {
    let all = watched.iter().flat_map(|path| WalkDir::new(root.join(path)).into_iter().filter_entry(is_source));
    all.filter_map(Result::ok)
}

fn is_source(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    // Temporary files of editors, and builds.
    let of_editors = name.starts_with('.') && name.len() > 1 || name.ends_with('~');
    let of_builds = entry.file_type().is_dir() && matches!(&*name, "target" | "output");
    // The driver writes the lock itself.
    let of_driver = entry.depth() == 1 && name == DRIVER || name == LOCK;
    // The checkout's own folder may have any name.
    entry.depth() == 0 || !of_editors && !of_builds && !of_driver
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
    fn a_saved_a_new_and_a_removed_file_are_noticed() {
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
    fn temporary_files_of_editors_and_builds_are_ignored() {
        let folder = checkout();
        let before = saved(folder.path(), &PLACES);
        for name in ["paper/text/.report.typ.swp", "paper/text/report.typ~", "figures/target/figures", "output.pdf"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        assert_eq!(saved(folder.path(), &PLACES), before);
    }
}
