//! The errors of the real programs: the text, the file or flag, the remedy, in this order and each once.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::PROGRAMS;
use walkdir::WalkDir;

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

#[test]
fn a_command_that_another_program_runs_is_called_as_the_user_called_it() {
    for command in ["devices", "doctor", "sensors"] {
        let printed = error(&tests::root(), &format!("xtask {command} --nothing"));
        assert!(printed.contains(&format!("\nUsage: cargo xtask {command} [OPTIONS]\n")), "{printed}");
    }
}

/// A repository with the lock and the published records of this checkout, and the files that a checkout is known by.
fn repository(folder: &Path) {
    let root = tests::root();
    let records = "experiments/published/records";
    let files = ["Cargo.lock", "rust-toolchain.toml", "xtask/Cargo.toml", "artifacts.lock", ".gitattributes"];
    let listed = WalkDir::new(root.join(records)).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    for path in files.map(|file| root.join(file)).into_iter().chain(listed.map(|entry| entry.into_path())) {
        let to = folder.join(path.strip_prefix(&root).expect("a path in the checkout"));
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(path, to).expect("a copy");
    }
    git(folder, "init --quiet .");
    commit(folder);
}

fn git(folder: &Path, arguments: &str) {
    let status = Command::new("git").args(arguments.split(' ')).current_dir(folder).status();
    assert!(status.expect("git runs").success(), "git {arguments}");
}

fn commit(folder: &Path) {
    git(folder, "add .");
    git(folder, "-c user.name=a -c user.email=a@example.org commit --quiet --message a");
}

/// Replaces the content of every published record below `folder`.
fn replace(folder: &Path, with: impl Fn(String) -> String) {
    for entry in WalkDir::new(folder.join("experiments/published/records")).into_iter().flatten() {
        if entry.file_type().is_file() {
            fs::write(entry.path(), with(fs::read_to_string(entry.path()).expect("a text"))).expect("a file");
        }
    }
}

#[test]
fn a_checkout_whose_bytes_were_changed_on_the_way_is_one_error_with_its_cause() {
    let top = tempfile::tempdir().expect("a folder");
    let (origin, clone) = (top.path().join("origin"), top.path().join("clone"));
    repository(&origin);
    let get = "clone --quiet -c core.autocrlf=true origin clone";
    git(top.path(), get);
    // `.gitattributes` is stronger than what Git for Windows sets.
    let lock = |folder: &Path| fs::read(folder.join("artifacts.lock")).expect("a lock");
    assert!(lock(&origin) == lock(&clone), "Git has converted the line endings");
    replace(&clone, |text| format!("\u{feff}{text}"));
    is_one_error(&clone, "with a byte order mark", "git restore");
    replace(&clone, |text| format!("version https://git-lfs.github.com/spec/v1\nsize {}\n", text.len()));
    is_one_error(&clone, "only pointers to files of Git LFS", "git lfs pull");
    git(&clone, "reset --quiet --hard");
    git(&clone, "sparse-checkout set --no-cone /* !/experiments/published/");
    is_one_error(&clone, "not in the working tree, which is sparse", "git sparse-checkout disable");

    fs::remove_dir_all(&clone).expect("a folder");
    fs::remove_file(origin.join(".gitattributes")).expect("a file");
    commit(&origin);
    git(top.path(), get);
    is_one_error(&clone, "with other line endings (CR LF)", "core.autocrlf false");
    // The remedy as it is printed.
    git(&clone, "config core.autocrlf false");
    git(&clone, "rm -r --cached -q .");
    git(&clone, "reset -q --hard");
    assert!(lock(&origin) == lock(&clone));
}

/// Each command that needs the published records names the cause, and nothing else.
fn is_one_error(checkout: &Path, cause: &str, remedy: &str) {
    for call in ["verify", "reproduce --locked", "compare cpu-c8678e80 cpu-ad41bee4"] {
        let printed = error(checkout, &format!("xtask {call}"));
        let (text, hint) = printed.split_once("\nhint: ").unwrap_or_else(|| panic!("{call}: {printed}"));
        assert!(text.starts_with("error: ") && text.lines().count() == 1, "{call}: {printed}");
        assert!(text.contains(cause) && hint.contains(remedy) && hint.lines().count() == 1, "{call}: {printed}");
    }
}
