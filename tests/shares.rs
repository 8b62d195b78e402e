//! A store on a file system that cannot do what a local disk can: no permissions, no locks, no flushing, no links. A
//! small library in front of the system's answers as the drivers of such file systems do.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use tests::small_paper::SmallPaper;

/// Fails each function that the variable REFUSED names, with the number after its name.
const LIBRARY: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static int refused(const char *name) {
    const char *list = getenv("REFUSED");
    char wanted[64];
    snprintf(wanted, sizeof wanted, " %s=", name);
    const char *at = list ? strstr(list, wanted) : NULL;
    if (!at) return 0;
    errno = atoi(at + strlen(wanted));
    return 1;
}
#define REFUSES(name, types, values) \
    int name types { \
        if (refused(#name)) return -1; \
        int (*real) types = (int (*) types)dlsym(RTLD_NEXT, #name); \
        return real values; \
    }
REFUSES(chmod, (const char *path, mode_t mode), (path, mode))
REFUSES(fchmod, (int file, mode_t mode), (file, mode))
REFUSES(flock, (int file, int operation), (file, operation))
REFUSES(fsync, (int file), (file))
REFUSES(rename, (const char *from, const char *to), (from, to))
REFUSES(link, (const char *from, const char *to), (from, to))
REFUSES(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
"#;

static COMPILED: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (source, library) = (folder.join("refusing.c"), folder.join("refusing.so"));
    fs::write(&source, LIBRARY).expect("a file");
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl").status();
    assert!(compiled.expect("cc runs").success());
    library
});

/// The driver, on a file system that refuses `refused`: names of functions, each with the number of its error.
fn driver(root: &Path, refused: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driver"));
    command.arg(root).env("LD_PRELOAD", &*COMPILED).env("REFUSED", format!(" {refused}"));
    command
}

#[test]
fn a_file_system_without_permissions_locks_or_flushing_serves_as_a_store() {
    for refused in [
        // CIFS without `noperm`, NTFS and exFAT, drives of users over FUSE.
        "chmod=1 fchmod=1",
        "chmod=95 fchmod=95 link=1 linkat=1",
        // NFS without a lock server, older Lustre and 9p, FUSE without locks.
        "flock=37",
        "flock=95",
        "flock=38",
        "flock=22",
        "flock=1",
        "fsync=22",
        "fsync=38",
        "chmod=38 fchmod=38 flock=37 fsync=95 link=95 linkat=95",
    ] {
        let paper = SmallPaper::measured();
        let output = driver(paper.root(), refused).output().expect("it runs");
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{refused}: {printed}");
        paper.assert_right();
        assert!(paper.ran().is_empty(), "{refused}");
        let left: Vec<_> = fs::read_dir(paper.root().join(".store")).expect("a store").flatten().collect();
        assert!(left.iter().all(|entry| !entry.path().display().to_string().contains("holder")), "{left:?}");
    }
}

#[test]
fn a_full_or_broken_disk_is_an_error_with_the_words_of_the_kernel_and_is_named_once() {
    for (refused, words, number) in [
        ("fsync=5", "Input/output error", 5),
        ("fsync=28", "No space left on device", 28),
        ("rename=30", "Read-only file system", 30),
    ] {
        let paper = SmallPaper::default();
        let output = driver(paper.root(), refused).output().expect("it runs");
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{refused}");
        assert_eq!(printed.matches(words).count(), 1, "{printed}");
        assert!(printed.contains(&format!("(os error {number})")) && !printed.contains("uncategorized"), "{printed}");
    }
}

#[test]
fn without_locks_a_second_run_waits_for_the_first_and_an_ended_one_is_not_waited_for() {
    let paper = SmallPaper::long();
    let start = || driver(paper.root(), "flock=37").stdout(Stdio::piped()).spawn().expect("it runs");
    let line = |child: &mut Child| {
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("output")).read_line(&mut line).expect("a line");
        line
    };
    let mut first = start();
    assert!(line(&mut first).starts_with("finished "));
    let mut second = start();
    assert_eq!(line(&mut second), format!("waits for {}\n", first.id()));
    // As after a power failure or a batch system's limit: nothing is tidied up.
    first.kill().expect("it ends");
    first.wait().expect("it ends");
    let ended = second.wait_with_output().expect("it ends");
    assert!(ended.status.success(), "{ended:?}");
    paper.assert_right();
}

#[test]
fn the_store_may_be_a_link_to_a_local_disk() {
    let (paper, disk) = (SmallPaper::measured(), tempfile::tempdir().expect("a folder"));
    fs::create_dir(disk.path().join("store")).expect("a folder");
    symlink(disk.path().join("store"), paper.root().join(".store")).expect("a link");
    assert!(driver(paper.root(), "").status().expect("it runs").success());
    paper.assert_right();
    assert!(paper.ran().is_empty() && disk.path().join("store/objects").is_dir());
    // The disk is gone.
    fs::remove_dir_all(disk.path().join("store")).expect("a folder");
    let output = driver(paper.root(), "").output().expect("it runs");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(printed.contains(".store") && printed.contains("\nhint: "), "{printed}");
}
