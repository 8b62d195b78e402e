//! The programs of a run are built by one call of Cargo, and one that does not build keeps no other from being built.

use std::fs;
use std::process::Command;

/// What the builds of a workspace with the programs `one` and `two` print.
fn built(two: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |file: &str, text: &str| {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"two\"]\n");
    write("Cargo.lock", "version = 4\n");
    for (name, source) in [("one", "fn main() {}"), ("two", two)] {
        write(&format!("{name}/Cargo.toml"), &format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n"));
        write(&format!("{name}/src/main.rs"), source);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_driver"));
    command.arg("programs").arg(folder.path()).env("CARGO", env!("CARGO"));
    let output = command.env("CARGO_TARGET_DIR", folder.path().join("target")).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn programs_are_built_together() {
    assert_eq!(built("fn main() {}"), ["building one, two", "one is ready", "two is ready"]);
}

#[test]
fn a_program_that_does_not_build_is_named_and_the_other_one_is_built() {
    let expected = ["building one, two", "building one", "one is ready", "building two", "program two does not build:"];
    assert_eq!(built("fn main() { nothing }"), expected);
}
