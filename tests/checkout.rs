//! A copy of this checkout, in which tests call the program as a user does.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use walkdir::WalkDir;

/// A copy of this checkout in a folder of its own, which a test may edit. All tests share it: in another folder,
/// everything would be compiled again.
pub struct Checkout {
    /// Its top.
    pub root: PathBuf,
}

static ONE_AT_A_TIME: LazyLock<Mutex<Checkout>> = LazyLock::new(|| {
    let root = target().join("tmp").join("a checkout");
    Mutex::new(Checkout { root })
});

/// The copy, equal to the checkout and without any results.
pub fn fresh() -> MutexGuard<'static, Checkout> {
    let checkout = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for made in [".store", "output", ".git", "target", "experiments/published/records"] {
        let _ = fs::remove_dir_all(checkout.root.join(made));
    }
    let _ = fs::remove_file(checkout.root.join("artifacts.lock"));
    checkout.restore();
    checkout
}

impl Checkout {
    /// Undoes every edit. An unchanged file keeps its time, so that Cargo does not compile it again.
    pub fn restore(&self) {
        let from = crate::root();
        for entry in WalkDir::new(&self.root).into_iter().flatten().filter(|entry| entry.file_type().is_file()) {
            if !from.join(entry.path().strip_prefix(&self.root).expect("a path in the checkout")).exists() {
                fs::remove_file(entry.path()).expect("a file");
            }
        }
        let is_ignored =
            |name: &str| matches!(name, "target" | ".git" | ".store" | "output" | "artifacts.lock" | "records");
        let entries = WalkDir::new(&from).into_iter();
        for entry in entries.filter_entry(|entry| !is_ignored(&entry.file_name().to_string_lossy())) {
            let entry = entry.expect("a readable folder");
            let target = self.root.join(entry.path().strip_prefix(&from).expect("a path in the checkout"));
            if entry.file_type().is_dir() {
                fs::create_dir_all(target).expect("a folder");
            } else if entry.path_is_symlink() {
                if !target.is_symlink() {
                    symlink(fs::read_link(entry.path()).expect("a link"), target).expect("a link");
                }
            } else {
                let bytes = fs::read(entry.path()).expect("a file");
                if fs::read(&target).ok().as_ref() != Some(&bytes) {
                    // Keeps the permission to execute, which `.cargo/rustc` needs.
                    fs::copy(entry.path(), target).expect("a copy");
                }
            }
        }
    }

    /// A call of the program with these arguments.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command.arg("xtask").args(arguments).current_dir(&self.root).env("CARGO_TARGET_DIR", target());
        command
    }

    /// The output of the program.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().expect("cargo runs")
    }

    /// Standard output of a call that must succeed.
    #[track_caller]
    pub fn stdout(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Standard output of `reproduce` on the simulated device, and the steps that ran.
    #[track_caller]
    pub fn reproduce(&self, arguments: &[&str]) -> (String, Vec<String>) {
        let output = self.run(&[&["reproduce", "--device", "simulated"], arguments].concat());
        let progress = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{progress}");
        let lines = progress.lines().filter(|line| line.starts_with('['));
        let mut ran: Vec<String> = lines.filter_map(|line| line.split(' ').nth(1)).map(str::to_owned).collect();
        ran.sort();
        (String::from_utf8_lossy(&output.stdout).into_owned(), ran)
    }

    /// Standard error of a call that must fail.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Makes the copy a repository with everything committed.
    pub fn commit(&self) {
        let own = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        for arguments in
            [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--allow-empty", "--message", "a"]]
        {
            let done = Command::new("git").args(own).args(arguments).current_dir(&self.root).status();
            assert!(done.expect("git runs").success(), "git {arguments:?}");
        }
    }

    /// Replaces the first `old` in a file, which must contain it.
    #[track_caller]
    pub fn edit(&self, file: &str, old: &str, new: &str) {
        let path = self.root.join(file);
        let text = fs::read_to_string(&path).expect("a source");
        assert!(text.contains(old), "{file} has no `{old}`");
        fs::write(path, text.replacen(old, new, 1)).expect("a file");
    }

    /// The exported path of a result of the simulated device.
    pub fn output(&self, file: &str) -> PathBuf {
        self.root.join("output/simulated").join(file)
    }

    /// The report of the simulated device.
    pub fn report(&self) -> Vec<u8> {
        fs::read(self.output("report.pdf")).expect("a report")
    }
}

/// The folder of builds that this test was built into: the programs of the copy share its compiled crates.
pub fn target() -> PathBuf {
    let own = std::env::current_exe().expect("a path");
    own.ancestors().nth(3).expect("target/PROFILE/deps/TEST").to_owned()
}

/// The command lines of all processes that name a path below `folder`.
pub fn programs_below(folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let processes = fs::read_dir("/proc").expect("the processes").flatten();
    let lines = processes.filter_map(|process| fs::read_to_string(process.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(&folder)).collect()
}

/// The command lines of all processes of the program `name` that work in `folder` or below it.
pub fn programs_in(folder: &Path, name: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").expect("the processes").flatten().map(|process| process.path());
    let works = processes.filter(|process| fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder)));
    let lines = works.filter_map(|process| fs::read_to_string(process.join("cmdline")).ok());
    let is_named =
        |line: &String| line.split('\0').next().is_some_and(|program| program.ends_with(&format!("/{name}")));
    lines.filter(is_named).map(|line| line.replace('\0', " ")).collect()
}
