//! Ensures that programs do not outlive the driver. The kernel can end a program with its parent, but not the processes
//! that the program started. So a watcher process knows the process groups of all running programs, and ends them when
//! a closed pipe shows that the driver has ended.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::os::unix::process::{CommandExt, parent_id};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, ExitCode, Stdio};
use std::sync::{Mutex, PoisonError};

use rustix::process::{
    Pid, Resource, Rlimit, Signal, getrlimit, kill_process_group, set_parent_process_death_signal, setrlimit,
};

use crate::check::isolate::{self, ISOLATE};

/// Maximum size of a file that a program may write, so that none can fill the disk.
pub const MAX_WRITTEN: u64 = 4 << 30;

/// The first argument of a process that becomes another program.
const SUPERVISE: &str = "offprint-supervise";
/// The first argument of the watcher.
const REAP: &str = "offprint-reap";

/// Supervises running programs.
#[derive(Debug)]
pub enum Supervisor {
    /// No supervision: programs may outlive this process.
    None,
    /// A watcher, until this value is dropped or the process ends.
    With {
        /// The program that calls [`hook`].
        own: PathBuf,
        /// Reports running process groups to the watcher: lines `+GROUP` and `-GROUP`. It is started with the first
        /// program.
        watcher: Mutex<Option<ChildStdin>>,
    },
}

impl Supervisor {
    /// Uses this process's own image, even if a build replaces the file that it was started from.
    pub fn own() -> Self {
        Self::With { own: PathBuf::from("/proc/self/exe"), watcher: Mutex::new(None) }
    }

    /// The program that calls [`hook`]; none without supervision.
    pub fn own_program(&self) -> Option<&Path> {
        match self {
            Self::None => None,
            Self::With { own, .. } => Some(own),
        }
    }

    /// The command that runs `program` as the leader of a process group, still without arguments.
    pub fn command(&self, program: &Path) -> io::Result<Command> {
        let mut command = match self {
            Self::None => Command::new(program),
            Self::With { own, watcher } => {
                let mut watcher = watcher.lock().unwrap_or_else(PoisonError::into_inner);
                if watcher.is_none() {
                    *watcher = start(own)?;
                }
                let mut command = Command::new(own);
                command.arg(SUPERVISE).arg(std::process::id().to_string()).arg(program);
                command
            }
        };
        command.stdin(Stdio::null()).process_group(0);
        Ok(command)
    }

    /// Reports that the process group `leader` is running.
    pub fn began(&self, leader: u32) {
        self.notify('+', leader);
    }

    /// Reports that the process group `leader` has ended.
    pub fn ended(&self, leader: u32) {
        self.notify('-', leader);
    }

    fn notify(&self, what: char, leader: u32) {
        if let Self::With { watcher, .. } = self {
            let mut pipe = watcher.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(pipe) = pipe.as_mut() {
                // Without a watcher, the kernel still ends the program itself with this process.
                let _ = writeln!(pipe, "{what}{leader}");
            }
        }
    }
}

/// Starts the watcher in a process group of its own, so that a signal from the terminal does not end it.
fn start(own: &Path) -> io::Result<Option<ChildStdin>> {
    let mut watcher = Command::new(own);
    watcher.arg(REAP).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    Ok(watcher.spawn()?.stdin)
}

/// Acts as one of the supervisor's processes if this one was started as such, and returns its exit code; none
/// otherwise. Every program that uses [`Supervisor::own`] must call this first in `main`.
pub fn hook() -> Option<ExitCode> {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    match &args[..] {
        [name, parent, program, args @ ..] if name == SUPERVISE => {
            let error = supervise(parent.to_str()?.parse().ok()?, Path::new(program), args);
            eprintln!("error: cannot run {}: {error}", Path::new(program).display());
            Some(ExitCode::FAILURE)
        }
        [name, args @ ..] if name == ISOLATE => Some(isolate::serve(args).unwrap_or_else(|error| {
            eprintln!("error: cannot watch the program: {error}");
            ExitCode::FAILURE
        })),
        [name] if name == REAP => {
            reap();
            Some(ExitCode::SUCCESS)
        }
        _ => None,
    }
}

/// Becomes `program`. The kernel ends it when the process `parent`, which must be this one's parent, ends, or when it
/// writes too large a file. Returns only with an error.
fn supervise(parent: u32, program: &Path, args: &[OsString]) -> io::Error {
    match prepare(parent) {
        Ok(()) => Command::new(program).args(args).exec(),
        Err(error) => error,
    }
}

fn prepare(parent: u32) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // The parent may have ended before this call.
    if parent_id() != parent {
        return Err(io::Error::other("the driver has ended"));
    }
    // Only root may raise a lower limit.
    let max = getrlimit(Resource::Fsize).maximum.map_or(MAX_WRITTEN, |max| max.min(MAX_WRITTEN));
    Ok(setrlimit(Resource::Fsize, Rlimit { current: Some(max), maximum: Some(max) })?)
}

/// Reads the running process groups until standard input ends, and then ends those that are still running.
fn reap() {
    let mut running = BTreeSet::new();
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        match (line.strip_prefix('+'), line.strip_prefix('-')) {
            (Some(group), _) => running.extend(group.parse::<i32>().ok()),
            (_, Some(group)) => running.retain(|known| group.parse() != Ok(*known)),
            _ => {}
        }
    }
    for group in running.into_iter().filter_map(Pid::from_raw) {
        // The group is normally empty.
        let _ = kill_process_group(group, Signal::KILL);
    }
}
