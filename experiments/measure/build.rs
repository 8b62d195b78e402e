//! Tells the program what it is built from: facts for the records. Knows no device.

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
        tell(fact, locked(&lock, package));
    }
    tell("RUSTC", rustc());
    tell("OPT_LEVEL", env::var("OPT_LEVEL").ok());
    tell("TARGET", env::var("TARGET").ok());
    tell("FEATURES", features());
}

/// Empty stands for "not known": the program then says so.
fn tell(fact: &str, value: Option<String>) {
    println!("cargo::rustc-env=MEASURE_{fact}={}", value.unwrap_or_default());
}

fn rustc() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

/// Those this package is built with, apart by commas.
fn features() -> Option<String> {
    let names = env::var("CARGO_CFG_FEATURE").unwrap_or_default();
    Some(if names.is_empty() { "none".to_owned() } else { names.replace(',', ", ") })
}

/// The version of `package` in the text of a lock file; the last where there are several.
fn locked(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let lines: Vec<&str> = lock.lines().collect();
    let place = lines.iter().rposition(|line| *line == name)?;
    Some(lines.get(place + 1)?.strip_prefix("version = \"")?.strip_suffix('"')?.to_owned())
}
