//! A full disk, a store that cannot be written, files with strange times, programs that misbehave: each is an error
//! that names the location and a remedy, and without its cause the same paper succeeds.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tests::in_mount_namespace;
use tests::small_paper::{SmallPaper, overwrite};

/// More bytes than a small disk has.
const TOO_MUCH: &str = "1000000";
/// The user ID of `nobody`.
const NOBODY: u32 = 65534;

/// The driver, to be called on a paper.
fn driver(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driver"));
    command.arg(root);
    command
}

fn error(output: &Output) -> String {
    let (error, printed) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(!output.status.success(), "it succeeded: {printed}{error}");
    error.into_owned()
}

/// Runs it once more, checks all results, and returns the number of steps that ran.
#[track_caller]
fn ends_well(paper: &SmallPaper) -> usize {
    let output = driver(paper.root()).output().expect("it runs");
    let (error, printed) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{error}");
    paper.assert_right();
    assert!(paper.ran().is_empty());
    printed
        .lines()
        .last()
        .and_then(|line| line.strip_prefix("ran ")?.parse().ok())
        .unwrap_or_else(|| panic!("{printed}"))
}

#[test]
fn a_program_that_exceeds_the_size_limit_is_named_and_measurements_are_kept() {
    let paper = SmallPaper::long();
    paper.write("size.txt", TOO_MUCH);
    let few = "ulimit -f 64; trap '' XFSZ; exec \"$0\" \"$1\"";
    let output = Command::new("sh").args(["-c", few, env!("CARGO_BIN_EXE_driver")]).arg(paper.root()).output();
    let error = error(&output.expect("it runs"));
    assert!(error.starts_with("error: step swell: sh ended with exit code 1\n"), "{error}");
    assert!(error.contains("File too large") && error.contains("\nhint: "), "{error}");
    assert!(paper.lock_text().contains("step any read key"), "{}", paper.lock_text());
    assert!(!paper.lock_text().contains("swell"), "{}", paper.lock_text());
    assert!(ends_well(&paper) < paper.steps.len());
}

#[test]
fn a_full_disk_is_reported_and_nothing_is_lost() {
    let paper = SmallPaper::long();
    paper.write("size.txt", TOO_MUCH);
    // The disk of the store is full at first, then has too little space, then enough.
    let script = "
        cd \"$1\" && mkdir -p .store && mount -t tmpfs -o size=4m tmpfs .store || exit 9
        head -c 9000000 /dev/zero > .store/filler 2> /dev/null
        \"$0\" \"$1\" > full.out 2> full.err && exit 8
        head -c 3300000 /dev/zero > .store/filler
        \"$0\" \"$1\" > small.out 2> small.err && exit 8
        rm .store/filler
        \"$0\" \"$1\" > large.out 2> large.err || exit 7
        cp -a .store kept || exit 6";
    let driver = Path::new(env!("CARGO_BIN_EXE_driver"));
    let mounted = in_mount_namespace(script, &[driver, paper.root()], paper.root());
    // The place of the mount.
    let _ = fs::remove_dir(paper.root().join(".store"));
    let Some(output) = mounted else {
        // Bypass the test harness, which hides the output of tests that pass.
        let skipped = "SKIPPED: a_full_disk_is_reported_and_nothing_is_lost: this user may not mount file systems here";
        writeln!(std::io::stderr(), "{skipped}").expect("standard error");
        return;
    };
    let read = |name: &str| fs::read_to_string(paper.root().join(name)).expect("a file");
    let outputs = || format!("{output:?}\n{}\n{}\n{}", read("full.err"), read("small.err"), read("large.err"));
    assert!(output.status.success(), "{}", outputs());
    assert!(read("full.err").contains("No space left on device"), "{}", outputs());
    assert!(read("full.err").contains("/.store/") && read("full.err").contains("hint: "), "{}", outputs());
    // The step that writes too much, or one running in parallel.
    assert!(read("small.err").starts_with("error: step "), "{}", outputs());
    assert!(read("small.err").contains("No space left on device"), "{}", outputs());
    assert!(read("small.err").contains("hint: "), "{}", outputs());
    // Finished steps are not run again.
    let finished: Vec<String> = read("small.out").lines().map(str::to_owned).collect();
    assert!(finished.contains(&"finished read".to_owned()), "{finished:?}");
    assert!(finished.iter().all(|line| !read("large.out").contains(&format!("{line}\n"))), "{}", read("large.out"));
    fs::rename(paper.root().join("kept"), paper.root().join(".store")).expect("a store");
    assert_eq!(ends_well(&paper), 0);
}

#[test]
fn a_store_that_cannot_be_written_is_named() {
    let paper = SmallPaper::long();
    ends_well(&paper);
    let lock = paper.lock_text();
    // Another user cannot use this user's programs and compiler.
    let own = paper.root().join("driver");
    fs::copy(env!("CARGO_BIN_EXE_driver"), &own).expect("a copy");
    let rustc = paper.root().join("rustc");
    fs::write(&rustc, "#!/bin/sh\necho rustc 1\n").expect("a script");
    let rights = |path: &Path, mode: u32| fs::set_permissions(path, Permissions::from_mode(mode)).expect("permission");
    [&own, &rustc, &paper.root().to_owned()].into_iter().for_each(|path| rights(path, 0o755));
    let store = paper.root().join(".store");
    let is_root = fs::metadata(&store).expect("a store").uid() == 0;
    let refused = || {
        let mut command = Command::new(&own);
        command.arg(paper.root()).env("RUSTC", &rustc).current_dir("/");
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        let error = error(&command.output().expect("it runs"));
        assert!(error.contains("/.store") && error.contains("Permission denied"), "{error}");
        assert!(error.contains("\nhint: "), "{error}");
    };
    rights(&store.join("lock"), 0o444);
    refused();
    rights(&store.join("lock"), 0o666);
    rights(&store, 0o555);
    refused();
    rights(&store, 0o755);
    assert_eq!((ends_well(&paper), paper.lock_text()), (0, lock));
}

#[test]
fn files_with_times_in_the_future_or_in_1970_work() {
    let paper = SmallPaper::measured();
    let century = Duration::from_secs(100 * 365 * 24 * 3600);
    let times = [UNIX_EPOCH, SystemTime::now() + century, UNIX_EPOCH + Duration::from_secs(1)];
    for (number, time) in times.into_iter().enumerate() {
        let date = || {
            for entry in walkdir::WalkDir::new(paper.root()).into_iter().flatten() {
                let file = File::open(entry.path()).expect("a file");
                file.set_modified(time).expect("permission");
            }
        };
        date();
        paper.run().unwrap_or_else(|error| panic!("{error}"));
        paper.assert_right();
        date();
        assert!(paper.ran().is_empty());
        // With the same size and time.
        paper.write("data.txt", &format!("on{number}\ntwo\n"));
        date();
        assert!(paper.plan().iter().any(|planned| planned.step == "read" && planned.state.summary().0 != "fresh"));
        overwrite(&paper.object("count", "lines"), b"3\n");
        date();
        assert_eq!(paper.ran(), ["count"]);
        paper.assert_right();
    }
}

#[test]
fn a_misbehaving_program_is_named_and_the_paper_succeeds_once_it_is_fixed() {
    let wrong_files = "step count: sh wrote other files than declared; ";
    let cases = [
        ("sleep 30", "step count: sh was ended after its limit of 1 s".to_owned()),
        ("true", format!("{wrong_files}missing: lines\n")),
        ("echo 2 > \"$3/lines\"; echo > \"$3/more\"", format!("{wrong_files}not declared: more\n")),
        ("mkdir \"$3/lines\"", format!("{wrong_files}missing: lines\n")),
        ("mkdir \"$3/lines\"; echo > \"$3/lines/2\"", format!("{wrong_files}missing: lines; not declared: lines/2\n")),
        ("ln -s \"$1/copy\" \"$3/lines\"", format!("{wrong_files}missing: lines\n")),
        ("mkfifo \"$3/lines\"", format!("{wrong_files}missing: lines\n")),
        ("rmdir \"$3\"", "step count: ".to_owned()),
        ("kill -9 $$", "step count: sh was killed (signal 9)".to_owned()),
        (
            "printf '\\377\\033[2Jno' >&2; exit 3",
            "step count: sh ended with exit code 3\n  | \u{fffd}[2Jno\n".to_owned(),
        ),
    ];
    for (script, expected) in cases {
        let mut paper = SmallPaper::measured();
        let right = std::mem::replace(&mut paper.step("count").args[1], script.to_owned());
        paper.step("count").limit = Duration::from_secs(1);
        let error = paper.refused();
        assert!(error.contains(&expected) && error.contains("\nhint: "), "{script}: {error}");
        assert!(!paper.lock_text().contains("count"), "{script}: {}", paper.lock_text());
        paper.step("count").args[1] = right;
        assert!(paper.run().is_ok_and(|summary| summary.ran.contains("show")), "{script}");
        paper.assert_right();
        assert!(paper.ran().is_empty(), "{script}");
    }
}
