//! Passes facts about the build to the program, for the records.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

fn main() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    println!("cargo::rerun-if-changed=build.rs");
    let lock = fs::read_to_string(lock).unwrap_or_default();
    for (fact, package) in
        [("BURN", "burn"), ("BURN_FLEX", "burn-flex"), ("GEMM", "gemm"), ("PULP", "pulp"), ("RAYON", "rayon")]
    {
        export(fact, locked(&lock, package));
    }
    export("RUSTC", rustc());
    export("OPT_LEVEL", env::var("OPT_LEVEL").ok());
    export("TARGET", env::var("TARGET").ok());
    export("FEATURES", features());
    // The vector instructions that flags such as `-C target-cpu=native` allow the compiler to use.
    export("TARGET_FEATURES", env::var("CARGO_CFG_TARGET_FEATURE").ok().map(|names| names.replace(',', " ")));
}

/// An empty value means that the fact is unknown.
fn export(fact: &str, value: Option<String>) {
    println!("cargo::rustc-env=MEASURE_{fact}={}", value.unwrap_or_default());
}

fn rustc() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

/// The features of this build, separated by commas.
fn features() -> Option<String> {
    let names = env::var("CARGO_CFG_FEATURE").unwrap_or_default();
    Some(if names.is_empty() { "none".to_owned() } else { names.replace(',', ", ") })
}

/// The version of `package` in the text of a lock file; the last of several.
fn locked(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let lines: Vec<&str> = lock.lines().collect();
    let index = lines.iter().rposition(|line| *line == name)?;
    Some(lines.get(index + 1)?.strip_prefix("version = \"")?.strip_suffix('"')?.to_owned())
}
