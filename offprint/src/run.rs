//! Runs a step's program: in a process of its own, with a folder of inputs, a folder for outputs and a minimal
//! environment.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use ecow::EcoString;

use crate::digest::Digest;
use crate::files::{self, Doing, FileError};
use crate::installed::search_path;
use crate::journal;
use crate::log::{self, ERRORS, LogTail, OUTPUT};
use crate::step::{Step, environment};
use crate::supervisor::{MAX_WRITTEN, Supervisor};

mod error;

pub use error::RunError;

/// The whole environment of a step's program apart from `PATH`, which is the user's, `HOME`, which is the folder that it
/// runs in, and what [`Step::environment`] declares.
///
/// Programs in other languages need these variables: without a locale, R and Python print other characters, and several
/// programs write dates, sets in random order or caches by default.
pub const ENVIRONMENT: [(&str, &str); 7] = [
    // CUDA counts in the order of the bus, as the kernel does, instead of from the fastest.
    ("CUDA_DEVICE_ORDER", "PCI_BUS_ID"),
    ("LANG", "C.UTF-8"),
    ("TZ", "UTC"),
    // 1980-01-01, the earliest date that every archive and document format can have.
    ("SOURCE_DATE_EPOCH", "315532800"),
    ("PYTHONHASHSEED", "0"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("PYTHONNOUSERSITE", "1"),
];

/// The variable that lists the variables of [`Step::environment`], without paths.
pub const PASSED: &str = "OFFPRINT_ENVIRONMENT";
/// The variable with the settings of Cargo by which the program of a measured step was built.
pub const BUILT: &str = "OFFPRINT_BUILD";
/// Folders of caches that programs would otherwise make in the user's home, below the folder they run in.
const CACHES: [(&str, &str); 2] = [("XDG_CACHE_HOME", ".cache"), ("CUDA_CACHE_PATH", ".nv/ComputeCache")];

/// How often the output of a running program is read.
const ASKED: Duration = Duration::from_secs(1);
/// A disk with less free space counts as full.
const PROBE: usize = 4 << 10;

/// A file for the input folder.
#[derive(Clone, Debug)]
pub struct Staged {
    /// Its path in the folder.
    pub path: String,
    /// Its content.
    pub content: Content,
}

/// The content of a file of the input folder.
#[derive(Clone, Debug)]
pub enum Content {
    /// A copy of a file, which must have this digest.
    File(PathBuf, Digest),
    /// This text.
    Text(String),
}

/// A successful run.
#[derive(Debug)]
pub struct Finished {
    /// The folder of its outputs.
    pub output: PathBuf,
    /// Monotonic time just before the program started.
    pub began: Duration,
    /// Monotonic time just after it ended.
    pub ended: Duration,
    /// The last line it printed on its standard output.
    pub printed: Option<String>,
}

/// The command that is started for a step.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The executable: the step's own, or one that starts it.
    pub executable: PathBuf,
    /// Arguments before the step's own.
    pub before: Vec<OsString>,
    /// The settings of Cargo by which the program was built, if its step is a measurement.
    pub built: Option<String>,
    /// Further variables, which the program finds among those of the user in [`PASSED`] for its record.
    pub recorded: Vec<(String, OsString)>,
}

impl Launch {
    /// The step's program itself.
    pub fn of(executable: &Path) -> Self {
        Self { executable: executable.to_owned(), before: Vec::new(), built: None, recorded: Vec::new() }
    }
}

/// Runs `launch` for `step` in `folder`, which is empty. Meanwhile, `on_output` gets the last line of its standard
/// output, at most once a second and only when it is new.
pub fn run(
    step: &Step,
    launch: &Launch,
    inputs: &[Staged],
    folder: &Path,
    supervisor: &Supervisor,
    on_output: &mut dyn FnMut(String),
) -> Result<Finished, RunError> {
    prepare(step, inputs, folder)?;
    let file = |source| RunError::File { step: step.name.to_string(), source };
    let began = journal::now();
    let executable = &launch.executable;
    let child = command(step, launch, folder, supervisor).map_err(file)?.spawn();
    let child = child.doing("cannot run", executable).map_err(file)?;
    let leader = child.id();
    supervisor.began(leader);
    let status = wait(child, step.limit, &mut LogTail::new(folder), on_output).doing("cannot wait for", executable);
    supervisor.ended(leader);
    finish(step, folder, began, status.map_err(file)?)
}

/// Makes the folders of inputs and outputs in `folder`, and copies the inputs.
pub(crate) fn prepare(step: &Step, inputs: &[Staged], folder: &Path) -> Result<(), RunError> {
    for path in ["input", "output"].map(|name| folder.join(name)) {
        let made = fs::create_dir_all(&path).doing("cannot make the folder", &path);
        made.map_err(|source| RunError::File { step: step.name.to_string(), source })?;
    }
    inputs.iter().try_for_each(|staged| stage(step, staged, &folder.join("input")))
}

/// The result of a program that began at the monotonic time `began` and has ended just now. It has no status if it was
/// ended at its limit. Its logs and outputs are in `folder`.
pub(crate) fn finish(
    step: &Step,
    folder: &Path,
    began: Duration,
    status: Option<ExitStatus>,
) -> Result<Finished, RunError> {
    let ended_at = journal::now();
    let output = folder.join("output");
    let file = |source| RunError::File { step: step.name.to_string(), source };
    let (name, program) = (step.name.to_string(), step.program.name().to_owned());
    match status {
        None => return Err(RunError::Limit { step: name, program, limit: step.limit, printed: log::failing(folder) }),
        Some(status) if !status.success() => {
            // On a full disk, a program cannot even report why it failed.
            let room = folder.join("room");
            if let Err(error) = fs::write(&room, [0; PROBE])
                && matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            {
                return Err(error).doing("cannot write", &room).map_err(file);
            }
            return Err(RunError::Failed { step: name, program, ended: ended(status), printed: log::failing(folder) });
        }
        Some(_) => {}
    }
    let found = if output.is_dir() { files::list(&output).map_err(file)? } else { Vec::new() };
    let is_file = |path: &String| fs::symlink_metadata(output.join(path)).is_ok_and(|facts| facts.is_file());
    let missing: Vec<_> =
        step.outputs.iter().map(EcoString::to_string).filter(|path| !found.contains(path) || !is_file(path)).collect();
    let extra: Vec<_> = found.into_iter().filter(|path| step.outputs.iter().all(|output| output != path)).collect();
    if missing.is_empty() && extra.is_empty() {
        Ok(Finished { output, began, ended: ended_at, printed: log::last(folder) })
    } else {
        Err(RunError::Outputs { step: name, program, missing, extra })
    }
}

/// Copies an input, so that a program that writes to its inputs does no harm. Refuses content that differs from the
/// key.
fn stage(step: &Step, staged: &Staged, folder: &Path) -> Result<(), RunError> {
    let file = |source| RunError::File { step: step.name.to_string(), source };
    let bytes = match &staged.content {
        Content::Text(text) => text.as_bytes().to_vec(),
        Content::File(from, digest) => {
            let bytes = fs::read(from).doing("cannot read", from).map_err(file)?;
            if Digest::of(&bytes) != *digest {
                return Err(RunError::Edited {
                    step: step.name.to_string(),
                    changes: format!("input {}", staged.path),
                });
            }
            bytes
        }
    };
    let path = folder.join(&staged.path);
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(parent).doing("cannot make the folder", parent).map_err(file)?;
    fs::write(&path, bytes).doing("cannot write", &path).map_err(file)
}

/// The program leads a process group of its own, so that the limit also ends the processes that it started.
fn command(step: &Step, launch: &Launch, folder: &Path, supervisor: &Supervisor) -> Result<Command, FileError> {
    let mut command = supervisor.command(&launch.executable).doing("cannot run", &launch.executable)?;
    command.args(&launch.before).args(arguments(step, folder));
    let log = |name: &str| {
        let path = folder.join(name);
        File::create(&path).doing("cannot write", &path)
    };
    command.current_dir(folder).stdout(log(OUTPUT)?).stderr(log(ERRORS)?);
    set_environment(&mut command, step, launch, folder);
    Ok(command)
}

/// The arguments of a step's program.
pub(crate) fn arguments(step: &Step, folder: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = step.args.iter().map(|arg| arg.as_str().into()).collect();
    arguments.extend(step.unkeyed_args.iter().cloned());
    if !step.inputs.is_empty() || !step.optional.is_empty() {
        arguments.extend(["--input".into(), folder.join("input").into()]);
    }
    arguments.extend(["--output".into(), folder.join("output").into()]);
    arguments
}

/// The whole environment of a step's program, which works in `folder`.
pub(crate) fn set_environment(command: &mut Command, step: &Step, launch: &Launch, folder: &Path) {
    command.env_clear().env("HOME", folder);
    let mut passed = step.passed(std::env::vars_os());
    passed.extend(launch.recorded.iter().map(|(name, value)| (name.into(), value.clone())));
    if !step.environment.is_empty() {
        command.env(PASSED, environment::text(&passed)).envs(passed);
        command.envs(CACHES.map(|(name, cache)| (name, folder.join(cache))));
    }
    command.envs(launch.built.iter().map(|built| (BUILT, built)));
    command.env("PATH", search_path()).envs(ENVIRONMENT);
}

/// How the child ended; none after the limit. Its group is ended in any case.
fn wait(
    mut child: Child,
    limit: Duration,
    along: &mut LogTail,
    on_output: &mut dyn FnMut(String),
) -> io::Result<Option<ExitStatus>> {
    let began = Instant::now();
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let end_group = || {
        if let Some(group) = group {
            // The group is normally empty.
            let _ = kill_process_group(group, Signal::KILL);
        }
    };
    let (sender, ends) = mpsc::channel();
    let waiter = std::thread::spawn(move || {
        let status = child.wait();
        // After the limit, nobody receives this.
        let _ = sender.send(());
        status
    });
    let in_time = loop {
        let left = limit.saturating_sub(began.elapsed());
        match ends.recv_timeout(left.min(ASKED)) {
            Err(RecvTimeoutError::Timeout) if began.elapsed() >= limit => break false,
            Err(RecvTimeoutError::Timeout) => {
                if let Some(printed) = along.poll() {
                    on_output(printed);
                }
            }
            _ => break true,
        }
    };
    end_group();
    let status = waiter.join().map_err(|_| io::Error::other("the waiting thread ended"))??;
    Ok(in_time.then_some(status))
}

fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(9)) => "was killed (signal 9), perhaps by the system because memory ran out".to_owned(),
        // SIGXFSZ on most architectures.
        (None, Some(25)) => {
            format!("wrote a larger file than allowed: {} GiB, or its user's limit (signal 25)", MAX_WRITTEN >> 30)
        }
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended without a status".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(script: &str) -> Step {
        Step::exact("work", "sh").installed().args(["-c", script]).output("out").limit(Duration::from_secs(20))
    }

    fn lines(step: &Step) -> (Result<Finished, RunError>, Vec<String>) {
        let (folder, mut lines) = (tempfile::tempdir().unwrap(), Vec::new());
        let ended =
            run(step, &Launch::of(Path::new("/bin/sh")), &[], folder.path(), &Supervisor::None, &mut |printed| {
                lines.push(printed)
            });
        (ended, lines)
    }

    #[test]
    fn output_is_reported_while_a_program_runs() {
        let (ended, lines) = lines(&step("echo one; echo two; sleep 1.3; echo > \"$1/out\"; echo end"));
        // After a second, only the last line so far. The very last line is returned separately.
        assert_eq!((lines, ended.unwrap().printed.as_deref()), (vec!["two".to_owned()], Some("end")));
    }

    #[test]
    fn a_short_program_is_not_delayed_and_a_limit_below_a_second_works() {
        let began = Instant::now();
        assert_eq!(lines(&step("echo one; echo > \"$1/out\"")).1, Vec::<String>::new());
        let late = Step { limit: Duration::from_millis(200), ..step("echo one; sleep 20") };
        let (ended, lines) = lines(&late);
        assert!(lines.is_empty() && matches!(ended, Err(RunError::Limit { printed, .. }) if printed == "  | one"));
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    }
}
