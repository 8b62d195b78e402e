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
        let printed = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(io::Error::other(printed + &remedy(std::env::var_os(CHOICE))))
            .doing("cannot ask for its version", Path::new(compiler));
    }
    Ok(toolchain)
}

/// The variable by which rustup runs another compiler than that of the checkout.
const CHOICE: &str = "RUSTUP_TOOLCHAIN";

/// The remedy if the compiler of this variable does not run.
fn remedy(choice: Option<OsString>) -> String {
    let choice = choice.map(|name| name.to_string_lossy().into_owned());
    choice.map_or_else(String::new, |name| {
        format!("\nhint: {CHOICE} is `{name}`: unset it, or `rustup toolchain install {name}` installs that compiler")
    })
}

/// The compiler's own path, where Cargo gives it: rustup's proxy takes as long again to find it.
pub fn compiler() -> OsString {
    if let Some(compiler) = std::env::var_os("RUSTC") {
        return compiler;
    }
    let neighbour = std::env::var_os("CARGO").map(|cargo| PathBuf::from(cargo).with_file_name("rustc"));
    neighbour.filter(|path| path.is_file()).map_or_else(|| "rustc".into(), OsString::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_compiler_that_does_not_run_is_an_error_with_what_it_printed() {
        let folder = tempfile::tempdir().unwrap();
        let compiler = folder.path().join("rustc");
        std::fs::write(&compiler, "#!/bin/sh\necho \"toolchain 'x' is not installed\" >&2\nexit 1\n").unwrap();
        std::fs::set_permissions(&compiler, std::fs::Permissions::from_mode(0o755)).unwrap();
        let error = asked(compiler.as_os_str(), folder.path(), "--version").unwrap_err().to_string();
        assert!(error.contains("cannot ask for its version") && error.contains("'x' is not installed"), "{error}");
    }

    #[test]
    fn a_compiler_chosen_by_the_environment_has_a_remedy() {
        assert_eq!(remedy(None), "");
        let remedy = remedy(Some("x".into()));
        assert!(remedy.starts_with("\nhint: RUSTUP_TOOLCHAIN is `x`: unset it"), "{remedy}");
        assert!(remedy.contains("`rustup toolchain install x`"), "{remedy}");
    }
}
