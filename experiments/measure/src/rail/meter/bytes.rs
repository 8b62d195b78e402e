//! Where the lines of a meter come from: a file that grows, or a command that prints.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The maximum number of bytes that are read at once.
const MAX_BYTES: u64 = 1 << 20;
/// The maximum length of the start of a log that is read for its form.
const MAX_START: u64 = 1 << 16;

/// An origin of bytes.
pub trait Bytes: Send {
    /// Appends the new bytes. Returns whether these begin another file, so that `to` has nothing of the last one.
    fn read(&mut self, to: &mut Vec<u8>) -> Result<bool, String>;
}

/// The end of a file that grows.
pub struct Tail {
    path: PathBuf,
    file: File,
    at: u64,
}

impl Tail {
    /// The file from its end on, its first complete lines, and whether its last line is complete.
    pub fn open(path: &Path) -> io::Result<(Self, Vec<u8>, bool)> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut start = Vec::new();
        (&file).take(MAX_START.min(length)).read_to_end(&mut start)?;
        start.truncate(start.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
        let mut last = [b'\n'];
        if length > 0 {
            file.seek(SeekFrom::Start(length - 1))?;
            file.read_exact(&mut last)?;
        }
        Ok((Self { path: path.to_owned(), file, at: length }, start, last == [b'\n']))
    }

    fn read_new(&mut self, to: &mut Vec<u8>) -> io::Result<bool> {
        // Its writer may have truncated it, or have begun another one of the same name after renaming it.
        let is_truncated = self.file.metadata()?.len() < self.at;
        let read = if is_truncated { 0 } else { self.read_on(to)? };
        let other = fs::metadata(&self.path).ok().filter(|_| read == 0);
        let is_renamed =
            !is_truncated && other.zip(self.file.metadata().ok()).is_some_and(|(one, other)| differ(&one, &other));
        if is_renamed {
            self.file = File::open(&self.path)?;
        }
        if is_truncated || is_renamed {
            to.clear();
            self.at = 0;
            self.read_on(to)?;
        }
        Ok(is_truncated || is_renamed)
    }

    fn read_on(&mut self, to: &mut Vec<u8>) -> io::Result<usize> {
        self.file.seek(SeekFrom::Start(self.at))?;
        let read = (&self.file).take(MAX_BYTES).read_to_end(to)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Whether these are two files.
#[cfg(unix)]
fn differ(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) != (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn differ(_one: &Metadata, _other: &Metadata) -> bool {
    false
}

impl Bytes for Tail {
    fn read(&mut self, to: &mut Vec<u8>) -> Result<bool, String> {
        self.read_new(to).map_err(|error| error.to_string())
    }
}

/// A command that prints.
pub struct Running {
    child: Child,
    output: ChildStdout,
}

impl Running {
    /// Starts a shell command in this folder.
    #[cfg(unix)]
    pub fn start(line: &str, folder: &Path) -> io::Result<Self> {
        use std::os::unix::process::CommandExt;
        // A process group, so that everything that the shell starts can be ended together.
        let mut child = Command::new("sh")
            .args(["-c", line])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("the command has no output"))?;
        rustix::io::ioctl_fionbio(&output, true)?;
        Ok(Self { child, output })
    }

    /// Not supported.
    #[cfg(not(unix))]
    pub fn start(_line: &str, _folder: &Path) -> io::Result<Self> {
        let _ = (Command::new("sh"), Stdio::null());
        Err(io::Error::new(ErrorKind::Unsupported, "command:LINE needs a Unix shell; use meter:FILE"))
    }
}

impl Bytes for Running {
    fn read(&mut self, to: &mut Vec<u8>) -> Result<bool, String> {
        let before = to.len();
        match (&mut self.output).take(MAX_BYTES).read_to_end(to) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error.to_string()),
            Ok(_) if to.len() as u64 - before as u64 == MAX_BYTES => Ok(false),
            Ok(_) => Err(match self.child.try_wait() {
                Ok(Some(status)) => format!(
                    "the meter's command ended ({status})\nhint: call it by itself; it must print until it is ended"
                ),
                _ => "the meter's command closed its output".to_owned(),
            }),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
            if let Some(group) = group {
                kill_process_group(group, Signal::KILL).ok();
            }
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
