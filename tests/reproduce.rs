//! The program as a user calls it, on a copy of the checkout and the simulated device: what is made, what runs again after
//! which edit, and what is said of bad input.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use walkdir::WalkDir;

/// Two networks at two batches: every stage, and little to compute.
const SMALL: [&str; 4] = ["--networks", "alexnet,enet", "--batches", "1,16"];

/// A copy of this checkout at a place of its own, so that a test may edit it. One for all tests: at another place all would
/// have to be compiled again.
struct Checkout {
    root: PathBuf,
}

static ONE_AT_A_TIME: LazyLock<Mutex<Checkout>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("a checkout");
    Mutex::new(Checkout { root })
});

/// The copy, as the checkout is and with nothing made yet.
fn fresh() -> MutexGuard<'static, Checkout> {
    let checkout = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for made in [".store", "output"] {
        let _ = fs::remove_dir_all(checkout.root.join(made));
    }
    let _ = fs::remove_file(checkout.root.join("artifacts.lock"));
    checkout.restore();
    checkout
}

impl Checkout {
    /// Undoes every edit; a file that is as it should be keeps its time, so that Cargo compiles no more than it must.
    fn restore(&self) {
        let from = tests::root();
        let not_ours = |name: &str| matches!(name, "target" | ".git" | ".store" | "output" | "artifacts.lock");
        let entries = WalkDir::new(&from).into_iter();
        for entry in entries.filter_entry(|entry| !not_ours(&entry.file_name().to_string_lossy())) {
            let entry = entry.expect("a readable folder");
            let place = self.root.join(entry.path().strip_prefix(&from).expect("below the top"));
            if entry.file_type().is_dir() {
                fs::create_dir_all(place).expect("a folder");
            } else {
                let bytes = as_copied(entry.path(), fs::read(entry.path()).expect("a file"));
                if fs::read(&place).ok().as_ref() != Some(&bytes) {
                    fs::write(place, bytes).expect("a file");
                }
            }
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command.arg("xtask").args(arguments).current_dir(&self.root).env("CARGO_TARGET_DIR", target());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().expect("cargo runs")
    }

    /// Standard output of a call that must succeed.
    #[track_caller]
    fn answer(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What `reproduce` says on the simulated device, and the steps that ran.
    #[track_caller]
    fn reproduce(&self, arguments: &[&str]) -> (String, Vec<String>) {
        let output = self.run(&[&["reproduce", "--device", "simulated"], arguments].concat());
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        let lines = told.lines().filter(|line| line.starts_with('['));
        let mut ran: Vec<String> = lines.filter_map(|line| line.split(' ').nth(1)).map(str::to_owned).collect();
        ran.sort();
        (String::from_utf8_lossy(&output.stdout).into_owned(), ran)
    }

    /// What a call that must fail says.
    #[track_caller]
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    #[track_caller]
    fn edit(&self, file: &str, old: &str, new: &str) {
        let path = self.root.join(file);
        let text = fs::read_to_string(&path).expect("a source");
        assert!(text.contains(old), "{file} has no `{old}`");
        fs::write(path, text.replacen(old, new, 1)).expect("a file");
    }

    fn output(&self, file: &str) -> PathBuf {
        self.root.join("output/simulated").join(file)
    }

    fn report(&self) -> Vec<u8> {
        fs::read(self.output("report.pdf")).expect("a report")
    }
}

/// Under its own version Cargo takes the copy's packages for others than the checkout's. Else a program compiled from an
/// edited copy would pass for that of the checkout, whose sources are older.
fn as_copied(path: &Path, bytes: Vec<u8>) -> Vec<u8> {
    let own = concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"");
    let copied = "version = \"0.0.0-copy\"";
    let text = || String::from_utf8(bytes.clone()).expect("a text");
    if path == tests::root().join("Cargo.toml") {
        assert!(text().contains(own), "the workspace gives no version");
        return text().replacen(own, copied, 1).into_bytes();
    }
    if path == tests::root().join("Cargo.lock") {
        let members = ["xtask", "networks", "results", "measure", "figures", "paper", "tests"];
        let of = |name: &str, version: &str| format!("name = \"{name}\"\n{version}\n");
        return members.iter().fold(text(), |text, name| text.replace(&of(name, own), &of(name, copied))).into_bytes();
    }
    bytes
}

/// The folder of builds that this test was built into: the programs of the copy share its compiled crates.
fn target() -> PathBuf {
    let own = std::env::current_exe().expect("a path");
    own.ancestors().nth(3).expect("target/PROFILE/deps/TEST").to_owned()
}

/// The command lines of all processes that name a place below `folder`.
fn programs_below(folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let processes = fs::read_dir("/proc").expect("the processes").flatten();
    let lines = processes.filter_map(|process| fs::read_to_string(process.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(&folder)).collect()
}

#[test]
fn the_whole_paper_is_made_once_and_the_same_to_the_byte_when_made_anew() {
    let checkout = fresh();
    let (said, ran) = checkout.reproduce(&[]);
    assert_eq!(ran.len(), 1 + 14 * 5 + 1 + 10 + 2 + 2 + 1);
    assert!(said.contains("report: output/simulated/report.pdf"), "{said}");
    assert!(said.contains("nothing here is a measurement"), "{said}");
    let report = checkout.report();
    assert!(report.starts_with(b"%PDF-"));

    let (said, ran) = checkout.reproduce(&[]);
    assert!(ran.is_empty() && said.contains("nothing had to run"), "{said}");

    // Invariant 4: no artefact names the place it was made at, nor the machine.
    let here = checkout.root.display().to_string();
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    for entry in WalkDir::new(checkout.output("")).into_iter().flatten().filter(|entry| entry.file_type().is_file()) {
        let bytes = fs::read(entry.path()).expect("a file");
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&here), "{}", entry.path().display());
        assert!(name.trim().len() < 4 || !text.contains(name.trim()), "{}", entry.path().display());
    }

    fs::remove_dir_all(checkout.root.join(".store")).expect("a store");
    checkout.reproduce(&[]);
    assert!(checkout.report() == report, "the report is not the same to the byte");
    assert!(!checkout.root.join("artifacts.lock").exists(), "simulated numbers entered the lock");
}

#[test]
fn a_changed_kernel_size_reruns_only_its_network_and_what_follows() {
    let checkout = fresh();
    checkout.reproduce(&SMALL);
    checkout.edit(
        "experiments/networks/src/alexnet.rs",
        "conv(\"conv3\", 256, 384, 3)",
        "conv(\"conv3\", 256, 384, 5)",
    );
    let explained = checkout.answer(&["explain", "measure/simulated/alexnet/b1", "--device", "simulated"]);
    assert!(explained.contains("text network: ") && explained.contains(" → "), "{explained}");
    let (_, ran) = checkout.reproduce(&SMALL);
    assert!(!ran.iter().any(|step| step.contains("/enet/")), "{ran:?}");
    for step in
        ["counts", "measure/simulated/alexnet/b1", "measure/simulated/alexnet/b16", "estimates", "facts", "report"]
    {
        assert!(ran.iter().any(|name| name == step), "{step} is not in {ran:?}");
    }
}

#[test]
fn a_changed_comment_reruns_nothing() {
    let checkout = fresh();
    checkout.reproduce(&SMALL);
    for file in [
        "experiments/networks/src/alexnet.rs",
        "experiments/measure/src/model.rs",
        "experiments/results/src/estimates.rs",
        "figures/src/style.rs",
        "paper/src/facts.rs",
    ] {
        let path = checkout.root.join(file);
        let text = fs::read_to_string(&path).expect("a source");
        fs::write(path, format!("{text}// Nothing more.\n")).expect("a file");
    }
    let (said, ran) = checkout.reproduce(&SMALL);
    assert!(ran.is_empty() && said.contains("nothing had to run"), "{said} {ran:?}");
}

#[test]
fn a_changed_figure_is_redrawn_alone_and_the_report_with_it() {
    let checkout = fresh();
    checkout.reproduce(&SMALL);
    let before = fs::read(checkout.output("figures/fig03.svg")).expect("a figure");
    checkout.edit("figures/src/fig03_time.rs", "Forward time per image", "Time of an image");
    let (_, ran) = checkout.reproduce(&SMALL);
    assert_eq!(ran, ["figures/fig03", "pictures", "report"]);
    assert!(fs::read(checkout.output("figures/fig03.svg")).expect("a figure") != before);
}

#[test]
fn a_removed_output_comes_back() {
    let checkout = fresh();
    checkout.reproduce(&SMALL);
    let report = checkout.report();
    fs::remove_dir_all(checkout.root.join("output")).expect("a folder");
    let (said, ran) = checkout.reproduce(&SMALL);
    assert!(ran.is_empty() && said.contains("nothing had to run"), "{said}");
    assert!(checkout.report() == report);
}

#[test]
fn a_killed_driver_leaves_no_program_and_loses_no_finished_step() {
    let checkout = fresh();
    // Builds all programs, so that the driver is killed while steps run.
    checkout.reproduce(&[]);
    let report = checkout.report();
    fs::remove_dir_all(checkout.root.join(".store")).expect("a store");

    let driver = target().join("debug/xtask");
    let mut driver = Command::new(driver)
        .args(["reproduce", "--device", "simulated"])
        .current_dir(&checkout.root)
        .env("CARGO_TARGET_DIR", target())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the driver starts");
    let told = BufReader::new(driver.stderr.take().expect("a pipe"));
    let finished =
        told.lines().map_while(Result::ok).filter(|line| line.starts_with('[')).nth(20).expect("twenty steps");
    driver.kill().expect("it runs");
    driver.wait().expect("it ends");
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(programs_below(&checkout.root.join(".store")), Vec::<String>::new());

    let (_, ran) = checkout.reproduce(&[]);
    assert!(ran.len() <= 87 - 20, "{finished}, and then {} ran", ran.len());
    assert!(checkout.report() == report, "the report is not the same to the byte");
}

#[test]
fn what_does_not_exist_is_answered_with_what_does() {
    let checkout = fresh();
    for (arguments, asked, known) in [
        (&["plan", "--networks", "lenet"][..], "network `lenet`", "alexnet, bn-alexnet"),
        (&["plan", "--batches", "3"], "batch `3`", "1, 2, 4, 8, 16, 32, 64"),
        (&["plan", "--protocol", "slow"], "protocol `slow`", "paper, quick"),
        (&["plan", "--device", "tpu"], "tpu", "cpu, simulated"),
        (&["reproduce", "figures/fig11"], "step `figures/fig11`", "figures/fig10"),
        (&["explain", "nothing"], "step `nothing`", "counts, "),
    ] {
        let said = checkout.refused(arguments);
        assert!(said.contains(asked) && said.contains(known), "{said}");
    }
}

#[test]
fn a_plan_names_every_step_and_runs_nothing() {
    let checkout = fresh();
    let plan = checkout.answer(&["reproduce", "figures/*", "--dry-run", "--device", "simulated", "--batches", "1"]);
    assert_eq!(plan.lines().filter(|line| line.starts_with("wait      figures/")).count(), 10, "{plan}");
    assert_eq!(plan.lines().filter(|line| line.starts_with("run       measure/simulated/")).count(), 14, "{plan}");
    assert!(!plan.contains("report"), "{plan}");
    assert!(!checkout.root.join("output").exists());
}
