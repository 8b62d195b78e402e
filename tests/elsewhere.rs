//! Programs as another user, in another language, with a home that cannot be written, without `/sys`, and on hardware
//! that nobody has measured.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};

use tests::small_paper::SmallPaper;
use tests::{PROGRAMS, in_mount_namespace};
use walkdir::WalkDir;

/// The user and group `nobody`.
const NOBODY: u32 = 65534;

/// The text that a program has printed; it ended well.
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("a text")
}

#[test]
fn another_user_with_another_language_and_a_closed_home_gets_the_same_lock() {
    let (own, other) = (SmallPaper::long(), SmallPaper::long());
    own.ran();
    // Another user cannot use this user's programs and compiler.
    let (driver, rustc) = (other.root().join("driver"), other.root().join("rustc"));
    fs::copy(env!("CARGO_BIN_EXE_driver"), &driver).expect("a copy");
    let version = Command::new("rustc").arg("-vV").current_dir(own.root()).output().expect("a compiler");
    let script = format!("#!/bin/sh\ncat << 'END'\n{}END\n", printed(&version));
    fs::write(&rustc, script).expect("a script");
    for path in [&driver, &rustc] {
        fs::set_permissions(path, Permissions::from_mode(0o755)).expect("permission");
    }
    let mut command = Command::new(&driver);
    command.arg(other.root()).env("RUSTC", &rustc).env("LC_ALL", "de_DE.UTF-8");
    command.env("HOME", "/proc").env("XDG_CACHE_HOME", "/proc/cache").current_dir("/");
    if fs::metadata(other.root()).expect("a folder").uid() == 0 {
        for entry in WalkDir::new(other.root()).into_iter().flatten() {
            chown(entry.path(), Some(NOBODY), Some(NOBODY)).expect("another owner");
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    let ran = printed(&command.output().expect("it runs"));
    assert!(ran.ends_with(&format!("ran {}\n", other.steps.len())), "{ran}");
    // Measurements differ, as any two do.
    let of_any = |lock: String| lock.lines().filter(|line| line.starts_with("step any ")).map(str::to_owned).collect();
    let [own, other]: [Vec<String>; 2] = [own, other].map(|paper| of_any(paper.lock_text()));
    assert!(!own.is_empty() && other == own, "{other:?}");
}

#[test]
fn without_sysfs_all_programs_work_and_say_what_is_not_known() {
    let root = tests::root();
    let run = |call: &str| {
        let script = format!("mount -t tmpfs tmpfs /sys || exit 9; \"$0\"/{call} || exit 8");
        in_mount_namespace(&script, &[&PROGRAMS], &root).map(|output| printed(&output))
    };
    for (call, says) in [
        ("measure doctor", &["no core reports its socket"][..]),
        ("measure sensors", &["no power would be measured: no sensor"]),
        // The second one where Vulkan is not installed.
        ("measure devices", &["the kernel lists no graphics processor", "Vulkan's loader cannot be opened"]),
        ("xtask plan --networks enet --batches 1", &["measure/cpu/enet/b1"]),
    ] {
        let Some(text) = run(call) else {
            // Bypass the test harness, which hides the output of tests that pass.
            let skipped = "SKIPPED: without_sysfs_all_programs_work_and_say_what_is_not_known: no mount namespace here";
            return writeln!(std::io::stderr(), "{skipped}").expect("standard error");
        };
        assert!(says.iter().any(|says| text.contains(says)), "{call}: {text}");
    }
}

#[test]
fn a_machine_that_nobody_has_measured_can_plan() {
    let procfs = tempfile::tempdir().expect("a folder");
    fs::write(procfs.path().join("cpuinfo"), "processor\t: 0\nisa\t\t: rv64imafdc\nuarch\t\t: a,maker\n")
        .expect("a file");
    let mut command = Command::new(PROGRAMS.join("xtask"));
    command.args(["plan", "--device", "cpu", "--networks", "enet", "--batches", "1", "--procfs"]).arg(procfs.path());
    let text = printed(&command.current_dir(tests::root()).output().expect("it runs"));
    assert!(text.lines().any(|line| line.starts_with("run       measure/cpu/enet/b1 ")), "{text}");
}
