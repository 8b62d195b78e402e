//! The errors of the real programs: the text, the file or flag, the remedy, in this order and each once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The folder of the programs, built.
static PROGRAMS: LazyLock<PathBuf> = LazyLock::new(|| {
    let mut cargo = Command::new(env!("CARGO"));
    let built = cargo.args(["build", "--quiet", "--workspace", "--bins"]).current_dir(tests::root()).status();
    assert!(built.expect("cargo runs").success());
    Path::new(env!("CARGO_BIN_EXE_driver")).with_file_name("")
});

/// What a program prints when it refuses to work in `folder`.
fn error(folder: &Path, call: &str) -> String {
    let mut words = call.split(' ');
    let program = PROGRAMS.join(words.next().expect("a program"));
    let output = Command::new(program).args(words).current_dir(folder).env("LC_ALL", "de_DE.UTF-8").output();
    let output = output.expect("it runs");
    assert!(!output.status.success(), "{call}");
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn each_program_names_a_problem_once_and_its_remedy_last() {
    let top = tempfile::tempdir().expect("a folder");
    let here = top.path();
    fs::create_dir(here.join("xtask")).expect("a folder");
    for (file, bytes) in [
        ("a.zip", &b"PK\x03\x04"[..]),
        ("a.tar.gz", b"\x1f\x8b\x08\0\0\0\0\0"),
        ("xtask/Cargo.toml", b""),
        ("Cargo.lock", b""),
        ("rust-toolchain.toml", b""),
        ("artifacts.lock", b"version 3\nstep any a class holy\n"),
        ("input", b"not tensors"),
    ] {
        fs::write(here.join(file), bytes).expect("a file");
    }
    let root = tests::root();
    for (folder, call, named) in [
        (Path::new("/"), "xtask plan", "checkout of a paper"),
        (here, "xtask plan", "field `class`"),
        (here, "xtask graph --machine nobody", "artifacts.lock"),
        (&root, "xtask explain nothing", "`nothing`"),
        (&root, "xtask new /proc/paper", "No such file or directory (os error 2)"),
        (&root, "xtask new /dev/null", "is a file"),
        (&root, "xtask plan --machine nobody", "`nobody`"),
        (here, "results estimates --networks enet --input nothing --output out", "nothing/records"),
        (here, "results tables --input nothing --output out", "No such file or directory (os error 2)"),
        (here, "networks show nothing", "`nothing`"),
        (here, "networks counts --output /proc/out", "No such file or directory (os error 2)"),
        (here, "networks counts --output input/out", "Not a directory (os error 20)"),
        (
            here,
            "measure forward --network enet --weights w --input nothing --output out",
            "No such file or directory (os error 2)",
        ),
        (
            here,
            "measure forward --network enet --weights w --input input --output out",
            "cannot use the images in input",
        ),
        (here, "measure forward --network nothing --weights w --input i --output out", "`nothing`"),
        (here, "figures draw --figure 99 --input nothing --output out", "unknown figure 99"),
        (here, "figures draw --figure 1 --input nothing --output out", "No such file or directory (os error 2)"),
        (here, "figures compare --input nothing --output out", "comparison.json"),
        (here, "paper facts --input nothing --output out", "No such file or directory (os error 2)"),
        (here, "typeset report --input nothing --output out", "No such file or directory (os error 2)"),
        (&root, "xtask verify /nothing", "No such file or directory (os error 2)"),
        (&root, &format!("xtask verify {}", here.join("a.zip").display()), "a zip archive"),
        (&root, &format!("xtask verify {}", here.join("a.tar.gz").display()), "unexpected end of file"),
        (&root, &format!("xtask compare {} here", here.join("a.zip").display()), ""),
    ] {
        let printed = error(folder, call);
        assert!(printed.starts_with("error: ") && printed.contains(named), "{call}: {printed}");
        assert!(!printed.contains("uncategorized") && !printed.contains("cause:"), "{call}: {printed}");
        let text = printed.trim_end();
        let (problem, remedy) = text.split_once("\nhint: ").unwrap_or_else(|| panic!("{call}: no remedy: {printed}"));
        assert!(remedy.lines().skip(1).all(|line| line.starts_with("hint: ")), "{call}: {printed}");
        let parts: Vec<&str> = problem.split(": ").chain(remedy.split("\nhint: ")).collect();
        for (at, part) in parts.iter().enumerate() {
            assert!(!parts[..at].contains(part), "{call}: `{part}` stands twice: {printed}");
        }
        assert!(problem.matches("(os error").count() <= 1, "{call}: {printed}");
    }
}
