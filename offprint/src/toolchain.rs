//! The compiler that builds the programs.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::files::{Doing, FileError};

/// The version of the compiler in `root`, for example `rustc 1.95.0 (59807616e 2026-04-14)`.
pub fn version(root: &Path) -> Result<String, FileError> {
    asked(&compiler(), root, "--version")
}

/// What `compiler` prints in `root` for an option.
pub fn asked(compiler: &OsStr, root: &Path, option: &str) -> Result<String, FileError> {
    let output = Command::new(compiler).arg(option).current_dir(root).output();
    let output = output.doing("cannot run", Path::new(compiler))?;
    let toolchain = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() || toolchain.is_empty() {
        let printed = io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        return Err(printed).doing("cannot ask for its version", Path::new(compiler));
    }
    Ok(toolchain)
}

/// The compiler's own path, where Cargo gives it: rustup's proxy takes as long again to find it.
pub fn compiler() -> OsString {
    if let Some(compiler) = std::env::var_os("RUSTC") {
        return compiler;
    }
    let neighbour = std::env::var_os("CARGO").map(|cargo| PathBuf::from(cargo).with_file_name("rustc"));
    neighbour.filter(|path| path.is_file()).map_or_else(|| "rustc".into(), OsString::from)
}
