//! Two checkouts that share a folder of builds: neither runs the other's program, and neither compiles its own again.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A checkout with one program that prints `text`, last edited before anything was built, and with this checkout's
/// configuration of Cargo.
fn checkout(root: &Path, text: &str) {
    let package = "[package]\nname = \"printer\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    for (file, content) in [
        ("Cargo.toml", "[workspace]\nmembers = [\"printer\"]\nresolver = \"3\"\n"),
        ("printer/Cargo.toml", package),
        ("printer/src/lib.rs", &format!("pub const TEXT: &str = {text:?};\n")),
        ("printer/src/main.rs", "fn main() { println!(\"{}\", printer::TEXT) }\n"),
    ] {
        let path = root.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        let written = fs::File::options().append(true).open(&path).expect("a file");
        written.set_modified(std::time::UNIX_EPOCH).expect("a time");
    }
    fs::create_dir(root.join(".cargo")).expect("a folder");
    for file in [".cargo/config.toml", ".cargo/rustc", "rust-toolchain.toml"] {
        fs::copy(tests::root().join(file), root.join(file)).expect("a copy");
    }
}

/// The output of the program of the checkout at `root`, and whether anything was compiled for it.
fn run(root: &Path, target: &Path) -> (String, bool) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--package", "printer", "--offline"]).current_dir(root).env("CARGO_TARGET_DIR", target);
    let output = cargo.output().expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    (String::from_utf8_lossy(&output.stdout).trim().to_owned(), errors.contains("Compiling"))
}

#[test]
fn checkouts_that_share_a_folder_of_builds_run_programs_of_their_own_and_compile_them_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, two, target) =
        (folder.path().join("a first"), folder.path().join("a second"), folder.path().join("target"));
    checkout(&one, "one");
    checkout(&two, "two");
    let calls = [&one, &two, &one, &two].map(|root| run(root, &target));
    let printed: Vec<(&str, bool)> = calls.iter().map(|(text, compiled)| (text.as_str(), *compiled)).collect();
    assert_eq!(printed, [("one", true), ("two", true), ("one", false), ("two", false)]);
}
