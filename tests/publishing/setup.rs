//! A copy of the checkout that measured one point, its publication, and calls on another machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::checkout::{Checkout, fresh};
use walkdir::WalkDir;

/// One point of the smallest network, measured in a second.
const ONE: [&str; 4] = ["--networks", "enet", "--batches", "1"];

/// A change of a publication's folder.
pub type Edit = Box<dyn Fn(&Path)>;

pub fn with<'a>(command: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    // Even on a machine with a graphics processor.
    let device: &[&str] = if more.contains(&"--device") { &[] } else { &["--device", "cpu"] };
    [command, &ONE, device, more].concat()
}

/// Exit code and standard output of `verify`.
pub fn verify(checkout: &Checkout, what: &[&str]) -> (i32, String) {
    let output = checkout.run(&[&["verify"], what].concat());
    let printed = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&printed).into_owned())
}

/// All files below `folder`.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = WalkDir::new(folder).into_iter().map(|entry| entry.expect("a readable folder"));
    let files = entries.filter(|entry| entry.file_type().is_file());
    let read = |path: &Path| (path.strip_prefix(folder).expect("below").to_owned(), fs::read(path).expect("a file"));
    files.map(|entry| read(entry.path())).collect()
}

/// The publication with one file changed by `edit`, as a folder.
pub fn edited(checkout: &Checkout, edit: impl Fn(&Path)) -> PathBuf {
    let (from, to) = (checkout.root.join("target/publish"), checkout.root.join("target/edited"));
    let _ = fs::remove_dir_all(&to);
    for (path, bytes) in files(&from) {
        fs::create_dir_all(to.join(&path).parent().expect("a parent")).expect("a folder");
        fs::write(to.join(path), bytes).expect("a file");
    }
    edit(&to);
    to
}

/// Whether this machine has only one core, so that it cannot act as another one.
pub fn has_one_core() -> bool {
    let one_core = std::thread::available_parallelism().is_ok_and(|cores| cores.get() == 1);
    if one_core {
        eprintln!("skipped: a machine with one core cannot act as another one");
    }
    one_core
}

/// A call on one core, which makes this another machine than the one that measured.
pub fn elsewhere(checkout: &Checkout, arguments: &[&str]) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "0"]).arg(env!("CARGO")).arg("xtask").args(arguments);
    command.current_dir(&checkout.root).env("CARGO_TARGET_DIR", tests::checkout::target());
    command
}

/// A copy that measured one point and published it.
pub fn published() -> std::sync::MutexGuard<'static, Checkout> {
    let checkout = fresh();
    checkout.stdout(&with(&["reproduce"], &[]));
    checkout.commit();
    checkout.stdout(&with(&["publish"], &[]));
    checkout
}
