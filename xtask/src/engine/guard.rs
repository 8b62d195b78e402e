//! Whoever starts a program must not be outlived by it. The kernel ends a program with its parent but not what the program
//! started; so a second process waits beside it for the end of a pipe, and then ends them all. Knows no step.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::process::{CommandExt, parent_id};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, kill_current_process_group, set_parent_process_death_signal, setrlimit,
};

/// No file of a program is larger: one that writes without end shall not fill the disk.
pub const MOST_WRITTEN: u64 = 4 << 30;

/// Who watches over a program while it runs.
#[derive(Clone, Debug)]
pub enum Guard {
    /// Nobody: it may outlive this process.
    None,
    /// This program. Called with `guard PARENT PROGRAM ARGS…` it starts itself as `watch` and becomes the program.
    With(PathBuf),
}

impl Guard {
    /// The command that runs `program`; its arguments are still to be added. With a guard its standard input is a pipe, and the
    /// program has as long to live as the other end.
    pub fn command(&self, program: &Path) -> Command {
        match self {
            Self::None => {
                let mut command = Command::new(program);
                command.stdin(Stdio::null());
                command
            }
            Self::With(own) => {
                let mut command = Command::new(own);
                command.arg("guard").arg(std::process::id().to_string()).arg(program).stdin(Stdio::piped());
                command
            }
        }
    }
}

/// Becomes `program`, to be ended with its whole process group when the process `parent`, which must be this one's parent, ends;
/// and by the kernel when it writes a file without end. Returns only with an error.
pub fn guard(parent: u32, program: &Path, args: &[OsString]) -> io::Error {
    match prepare(parent) {
        Ok(()) => Command::new(program).args(args).stdin(Stdio::null()).exec(),
        Err(error) => error,
    }
}

fn prepare(parent: u32) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // The parent may have ended before the kernel was asked.
    if parent_id() != parent {
        return Err(io::Error::other("the driver has ended"));
    }
    Command::new("/proc/self/exe")
        .arg("watch")
        .stdin(Stdio::inherit())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // Only root may raise a limit that is lower already.
    let most = getrlimit(Resource::Fsize).maximum.map_or(MOST_WRITTEN, |most| most.min(MOST_WRITTEN));
    Ok(setrlimit(Resource::Fsize, Rlimit { current: Some(most), maximum: Some(most) })?)
}

/// Waits until standard input ends, and ends this process's group. Whoever holds the other end of the pipe ends the group
/// itself when all went well.
pub fn watch() -> io::Result<()> {
    let mut nothing = [0; 1];
    while io::stdin().read(&mut nothing)? > 0 {}
    Ok(kill_current_process_group(Signal::KILL)?)
}
