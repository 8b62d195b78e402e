//! Calls programs of the workspace outside of steps: builds them, runs them and returns their output or error.

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};

use crate::files::Doing;
use crate::program::Programs;
use crate::progress::{Event, Progress};
use crate::step::{Features, Program};
use crate::supervisor::Supervisor;
use crate::workspace::STORE;

/// The result of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its standard output.
    pub printed: String,
    /// Its exit code; none when it was killed.
    pub code: Option<i32>,
    /// Its error message, without the prefix `error: `.
    pub error: String,
}

/// Builds programs of the workspace, and returns their paths.
pub fn ready<const N: usize>(
    root: &Path,
    scratch: &Path,
    supervisor: &Supervisor,
    names: [&str; N],
) -> Result<[PathBuf; N]> {
    let mut programs = Programs::new(root, scratch, supervisor);
    let progress = Progress::new(0);
    let needed = names.map(|bin| Program::Workspace { bin: bin.into(), features: Features::Default });
    let watch = &mut |event: Event| progress.report(event);
    if let [first, others @ ..] = &needed[..] {
        programs.build_all(first, others.iter(), watch);
    }
    let built: Result<Vec<PathBuf>, _> = needed.iter().map(|program| programs.ready(program, watch)).collect();
    progress.finish();
    built?.try_into().map_err(|_| anyhow::anyhow!("a program is missing"))
}

/// Runs a program to its end.
///
/// # Errors
/// It cannot be run.
pub fn call(supervisor: &Supervisor, program: &Path, args: &[String]) -> Result<Output, String> {
    let cannot = |error: std::io::Error| format!("cannot run {}: {error}", program.display());
    let mut command = supervisor.command(program).map_err(cannot)?;
    command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().map_err(cannot)?;
    let leader = child.id();
    supervisor.began(leader);
    let ended = child.wait_with_output();
    supervisor.ended(leader);
    let ended = ended.map_err(cannot)?;
    let error = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
    let message = match error.strip_prefix("error: ") {
        Some(message) => message.to_owned(),
        None => format!("{} ended with {}: {error}", program.display(), ended.status),
    };
    Ok(Output {
        printed: String::from_utf8_lossy(&ended.stdout).into_owned(),
        code: ended.status.code(),
        error: message,
    })
}

/// The same for a program that must succeed: its output, or its error.
pub fn output(supervisor: &Supervisor, program: &Path, args: &[String]) -> Result<String, String> {
    let called = call(supervisor, program, args)?;
    if called.code == Some(0) { Ok(called.printed) } else { Err(called.error) }
}

/// Builds a program, runs it with this process's input and output, and returns its exit code. In its own messages the
/// program is called `cargo xtask`, which is what the user has called.
///
/// # Errors
/// It does not build, or cannot be run.
pub fn run(root: &Path, program: &Program, args: Vec<OsString>) -> Result<ExitCode> {
    let mut child = with(root, program, |_, built| {
        Command::new(built)
            .arg0("cargo xtask")
            .args(args)
            .spawn()
            .with_context(|| format!("cannot run {}", built.display()))
    })?;
    let status = child.wait().with_context(|| format!("cannot wait for program {}", program.name()))?;
    // A program ended by a signal has no exit code.
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Builds a program, and returns its output.
///
/// # Errors
/// It does not build or cannot be run, or its own error.
pub fn ask(root: &Path, program: &Program, args: &[String]) -> Result<String> {
    with(root, program, |supervisor, built| output(supervisor, built, args).map_err(anyhow::Error::msg))
}

/// Builds a program, and starts it through a link that is removed afterwards.
fn with<T>(root: &Path, program: &Program, start: impl FnOnce(&Supervisor, &Path) -> Result<T>) -> Result<T> {
    // Not the store's scratch folder, which another run may empty at any time.
    let links = root.join(STORE).join(program.name());
    fs::create_dir_all(&links).doing("cannot make the folder", &links)?;
    let (supervisor, progress) = (Supervisor::own(), Progress::new(1));
    let built = Programs::new(root, &links, &supervisor).ready(program, &mut |event| progress.report(event));
    progress.finish();
    let started = built.map_err(anyhow::Error::from).and_then(|built| {
        let started = start(&supervisor, &built);
        // The link is no longer needed, whether or not the program has started.
        fs::remove_file(&built).ok();
        started
    });
    // Another call may have its program in the folder.
    fs::remove_dir(&links).ok();
    started
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gives_its_output_or_its_error() {
        let shell =
            |script: &str| output(&Supervisor::None, Path::new("/bin/sh"), &["-c".to_owned(), script.to_owned()]);
        assert_eq!(shell("echo table"), Ok("table\n".to_owned()));
        assert_eq!(shell("echo 'error: no record' >&2; exit 1"), Err("no record".to_owned()));
        assert!(shell("exit 3").is_err_and(|error| error.contains("/bin/sh ended with exit status: 3")));
    }

    #[test]
    fn output_before_a_nonzero_exit_code_is_kept() {
        let args = ["-c".to_owned(), "echo table; exit 3".to_owned()];
        let called = call(&Supervisor::None, Path::new("/bin/sh"), &args).unwrap();
        assert_eq!((called.printed.as_str(), called.code), ("table\n", Some(3)));
    }
}
