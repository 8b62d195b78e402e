//! Embeds the files of a new paper for the command `new`: the second paper, and the library that it uses.

use std::env;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Skipped: files that a run creates, and files for developers of the library.
const SKIPPED: [&str; 6] = ["target", ".store", "output", "published", "artifacts.lock", "offprint"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for (folder, prefix) in [("examples/sorting", ""), ("offprint", "offprint/")] {
        collect(&top.join(folder), prefix, &mut files)?;
    }
    for license in ["LICENSE-MIT", "LICENSE-APACHE"] {
        files.push((format!("offprint/{license}"), top.join(license)));
    }
    files.sort();
    let mut list = String::from("&[\n");
    for (name, path) in files {
        println!("cargo::rerun-if-changed={}", path.display());
        let executable = fs::metadata(&path)?.permissions().mode() & 0o100 != 0;
        writeln!(list, "    ({name:?}, include_bytes!({path:?}), {executable}),")?;
    }
    let out = env::var_os("OUT_DIR").ok_or("Cargo sets OUT_DIR")?;
    fs::write(Path::new(&out).join("template.rs"), list + "]\n")?;
    Ok(())
}

/// Adds the files of `folder`, each with its path in a new paper.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let is_test_of_library = name.starts_with("offprint/") && name.ends_with("/tests");
        if SKIPPED.contains(&name.as_str()) || is_test_of_library {
            continue;
        }
        if entry.file_type()?.is_dir() {
            // A new file changes its folder.
            println!("cargo::rerun-if-changed={}", entry.path().display());
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push((name, entry.path()));
        }
    }
    Ok(())
}
