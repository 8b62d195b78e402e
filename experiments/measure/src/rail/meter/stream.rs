//! The lines of a meter as they arrive in a file or from a command. The meter's time of each line is converted to
//! monotonic time.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use super::line::{Line, line};
use crate::environment::clock;
use crate::rail::source::{Reading, Readings};

/// The longest line that is read.
const MAX_BYTES_OF_LINE: usize = 256;
/// The maximum number of bytes that are read at once.
const MAX_BYTES: u64 = 1 << 20;

/// The longest delay between the time of a line and its arrival [s].
pub const MAX_DELAY: f64 = 3.0;
/// How far the meter's clock may be ahead [s].
const MAX_AHEAD: f64 = 0.5;

/// An origin of bytes.
trait Bytes: Send {
    /// Appends the new bytes.
    fn read(&mut self, to: &mut Vec<u8>) -> Result<(), String>;
}

/// The lines of a meter.
pub struct Lines {
    bytes: Box<dyn Bytes>,
    /// The start of a line whose end has not arrived yet.
    begun: Vec<u8>,
    /// Whether to skip this line, because its start was not seen or it is too long.
    skips: bool,
    /// Whether the next line may be the column names.
    is_first: bool,
    /// The meter's last time [s, Unix time], and the monotonic time of the last reading [s].
    last: Option<(f64, f64)>,
}

/// The lines that are appended to a file from now on.
pub fn file(path: &Path) -> Result<Lines, String> {
    let open = || -> io::Result<(File, u64, bool)> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut last = [b'\n'];
        if length > 0 {
            file.seek(SeekFrom::Start(length - 1))?;
            file.read_exact(&mut last)?;
        }
        Ok((file, length, last != [b'\n']))
    };
    let (file, at, skips) = open().map_err(|error| error.to_string())?;
    Ok(Lines { skips, ..Lines::of(Box::new(Tail { file, at })) })
}

/// The lines that a shell command prints. The command is ended when the lines are dropped.
pub fn command(line: &str) -> Result<Lines, String> {
    Ok(Lines::of(Box::new(Running::start(line).map_err(|error| error.to_string())?)))
}

impl Lines {
    fn of(bytes: Box<dyn Bytes>) -> Self {
        Self { bytes, begun: Vec::new(), skips: false, is_first: true, last: None }
    }

    /// The reading from a line that has just arrived, at this monotonic time [s] and Unix time [s].
    fn reading(&mut self, text: &[u8], now: f64, unix: f64) -> Option<Reading> {
        let is_first = std::mem::take(&mut self.is_first);
        let (seconds, watts) = match line(&String::from_utf8_lossy(text)) {
            Line::Empty => return None,
            Line::Invalid(_) if is_first => return None,
            Line::Invalid(reason) => return Some(self.failure(reason, now)),
            Line::Power(seconds, watts) => (seconds, watts),
        };
        let delay = unix - seconds;
        if delay < -MAX_AHEAD {
            return Some(self.failure(format!("its clock is {:.1} s ahead of this machine's", -delay), now));
        }
        if delay > MAX_DELAY {
            let reason = format!("its time is {delay:.1} s ago: its clock is behind, or its lines are buffered");
            return Some(self.failure(reason, now));
        }
        if self.last.is_some_and(|(last, _)| seconds <= last) {
            return Some(self.failure("its times do not increase".to_owned(), now));
        }
        let at = self.later_than_last(now - delay);
        self.last = Some((seconds, at));
        Some(Reading { at, values: vec![Ok(watts)] })
    }

    /// A failed reading, after the others in time.
    fn failure(&mut self, reason: String, now: f64) -> Reading {
        let at = self.later_than_last(self.last.map_or(now, |(_, at)| at));
        let seconds = self.last.map_or(f64::NEG_INFINITY, |(seconds, _)| seconds);
        self.last = Some((seconds, at));
        Reading { at, values: vec![Err(reason)] }
    }

    fn later_than_last(&self, at: f64) -> f64 {
        self.last.map_or(at, |(_, last)| at.max(last.next_up()))
    }
}

impl Readings for Lines {
    fn take(&mut self) -> Vec<Reading> {
        let mut new = std::mem::take(&mut self.begun);
        let read = self.bytes.read(&mut new);
        // Taken after reading, so that no line is later.
        let (Ok(now), Ok(since)) = (clock::now(), SystemTime::now().duration_since(UNIX_EPOCH)) else {
            return Vec::new();
        };
        let mut readings = Vec::new();
        let mut rest = new.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (text, after) = (&rest[..end], &rest[end + 1..]);
            if !std::mem::take(&mut self.skips) {
                readings.extend(self.reading(text, now, since.as_secs_f64()));
            }
            rest = after;
        }
        if rest.len() > MAX_BYTES_OF_LINE {
            if !std::mem::replace(&mut self.skips, true) {
                readings.push(self.failure(format!("a line of more than {MAX_BYTES_OF_LINE} bytes"), now));
            }
        } else {
            self.begun = rest.to_vec();
        }
        if let Err(reason) = read {
            readings.push(self.failure(reason, now));
        }
        readings
    }
}

/// The end of a file that grows.
struct Tail {
    file: File,
    at: u64,
}

impl Bytes for Tail {
    fn read(&mut self, to: &mut Vec<u8>) -> Result<(), String> {
        let mut read = || -> io::Result<()> {
            // Its writer may have truncated it.
            if self.file.metadata()?.len() < self.at {
                self.at = 0;
            }
            self.file.seek(SeekFrom::Start(self.at))?;
            self.at += (&self.file).take(MAX_BYTES).read_to_end(to)? as u64;
            Ok(())
        };
        read().map_err(|error| error.to_string())
    }
}

/// A command that prints.
struct Running {
    child: Child,
    output: ChildStdout,
}

impl Running {
    #[cfg(unix)]
    fn start(line: &str) -> io::Result<Self> {
        use std::os::unix::process::CommandExt;
        // A process group, so that everything that the shell starts can be ended together.
        let mut child = Command::new("sh")
            .args(["-c", line])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("the command has no output"))?;
        rustix::io::ioctl_fionbio(&output, true)?;
        Ok(Self { child, output })
    }

    #[cfg(not(unix))]
    fn start(_line: &str) -> io::Result<Self> {
        let _ = (Command::new("sh"), Stdio::null());
        Err(io::Error::new(ErrorKind::Unsupported, "command:LINE needs a Unix shell; use meter:FILE"))
    }
}

impl Bytes for Running {
    fn read(&mut self, to: &mut Vec<u8>) -> Result<(), String> {
        let before = to.len();
        match (&mut self.output).take(MAX_BYTES).read_to_end(to) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error.to_string()),
            Ok(_) if to.len() as u64 - before as u64 == MAX_BYTES => Ok(()),
            Ok(_) => Err(match self.child.try_wait() {
                Ok(Some(status)) => format!("the meter's command ended ({status})"),
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    fn unix() -> f64 {
        SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs_f64()
    }

    /// The values of lines that are appended one by one to a log that contains `before`.
    fn appended(before: &str, new: &[String]) -> Vec<Result<f64, String>> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.csv");
        std::fs::write(&path, before).expect("a file");
        let mut lines = file(&path).expect("a log");
        let mut log = File::options().append(true).open(&path).expect("a file");
        let mut all = Vec::new();
        for text in new {
            log.write_all(text.as_bytes()).expect("room");
            all.extend(lines.take());
        }
        assert!(all.is_sorted_by(|one, next| one.at < next.at));
        all.into_iter().map(|mut reading| reading.values.remove(0)).collect()
    }

    #[test]
    fn only_complete_lines_that_arrive_after_the_start_are_read() {
        let now = unix();
        let (one, two) = (format!("{:.3},5.5\n{:.3},6", now - 1.0, now - 0.9), format!(".25\n{:.3},7\n", now - 0.8));
        // The last line before the start was only half written.
        let read = appended("seconds,watts\n1,2\n179556", &["0310.5,1.0\n".to_owned(), one, two]);
        assert_eq!(read, [Ok(5.5), Ok(6.25), Ok(7.0)]);
    }

    #[test]
    fn column_names_are_skipped_and_other_words_are_reported() {
        let now = unix();
        let line = |ago: f64, watts: &str| format!("{:.3} {watts}\n", now - ago);
        let read = appended("", &["time power\n".to_owned(), line(0.3, "4"), "overload\n".to_owned(), line(0.2, "5")]);
        assert_eq!(read, [Ok(4.0), Err("`overload` is not `seconds watts`".to_owned()), Ok(5.0)]);
    }

    #[test]
    fn times_that_cannot_be_aligned_are_reported() {
        let now = unix();
        let of = |seconds: f64| appended("", &[format!("{seconds:.3} 5\n")]).remove(0).expect_err("it is off");
        assert!(of(now + 7.0).contains("s ahead of this machine's"), "{}", of(now + 7.0));
        assert!(of(now - 9.0).contains("its clock is behind"), "{}", of(now - 9.0));
        let back = appended("", &[format!("{:.3} 5\n{:.3} 6\n", now - 0.5, now - 0.6)]);
        assert_eq!(back[1], Err("its times do not increase".to_owned()));
    }

    #[test]
    fn an_endless_line_is_reported_once_and_does_not_fill_memory() {
        let read = appended("", &vec!["x".repeat(300); 4]);
        assert_eq!(read, [Err("a line of more than 256 bytes".to_owned())]);
    }

    #[test]
    fn a_log_that_was_truncated_is_read_from_its_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.csv");
        std::fs::write(&path, "# a long comment\n".repeat(20)).expect("a file");
        let mut lines = file(&path).expect("a log");
        std::fs::write(&path, format!("{:.3} 5\n", unix())).expect("a file");
        assert_eq!(lines.take().len(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_command_is_read_while_it_runs_and_ends_with_its_reader() {
        let folder = tempfile::tempdir().expect("a folder");
        let mark = folder.path().join("mark");
        let line = format!(
            "while sleep 0.02; do echo $(date +%s.%N) 7.5; echo x >> {}; done | cat",
            mark.to_str().expect("plain text")
        );
        let mut lines = command(&line).expect("a shell");
        let mut all = Vec::new();
        let start = Instant::now();
        while all.len() < 5 && start.elapsed() < Duration::from_secs(30) {
            thread::sleep(Duration::from_millis(10));
            all.extend(lines.take());
        }
        assert!(all.len() >= 5 && all.iter().all(|reading| reading.value(0) == Some(7.5)), "{all:?}");
        let late = clock::now().expect("a clock") - all[all.len() - 1].at;
        assert!((0.0..20.0).contains(&late), "{late}");
        drop(lines);
        let size = || std::fs::metadata(&mark).expect("a file").len();
        let then = size();
        thread::sleep(Duration::from_millis(300));
        assert_eq!(size(), then);
    }

    #[cfg(unix)]
    #[test]
    fn the_end_of_a_command_is_reported() {
        let mut lines = command("exit 3").expect("a shell");
        let start = Instant::now();
        loop {
            let readings = lines.take();
            if let Some(Err(reason)) = readings.first().map(|reading| reading.values[0].clone()) {
                assert!(reason.starts_with("the meter's command "), "{reason}");
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(30));
        }
    }
}
