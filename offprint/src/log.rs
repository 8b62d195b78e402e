//! The output of a program: the end of its logs, while it runs and afterwards. Only the end of a log is read, and
//! control characters are removed.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The log of a program's standard output, in its working folder.
pub const OUTPUT: &str = "stdout";
/// The log of its standard error.
pub const ERRORS: &str = "stderr";
/// Number of lines shown of a failed program's output.
const MAX_LINES: usize = 30;
/// Maximum number of bytes read from the end of a log.
const MAX_LOG: u64 = 64 << 10;
/// The same while the program runs: this is repeated, perhaps during a measurement.
const MAX_TAIL: u64 = 4 << 10;
/// Maximum length of a line shown while a program runs, in characters.
const MAX_REPORTED: usize = 100;

/// The last line that a finished program printed; none when it printed nothing.
pub fn last(folder: &Path) -> Option<String> {
    lines(&folder.join(OUTPUT), 1).pop()
}

/// The end of a failed program's standard error, or else of its standard output.
pub fn failing(folder: &Path) -> String {
    let mut logs = [ERRORS, OUTPUT].iter().map(|log| lines(&folder.join(log), MAX_LINES));
    quoted(logs.find(|lines| !lines.is_empty()).unwrap_or_default())
}

/// The same for one log.
pub fn failing_file(log: &Path) -> String {
    quoted(lines(log, MAX_LINES))
}

fn quoted(lines: Vec<String>) -> String {
    let printed = if lines.is_empty() { vec!["it printed nothing".to_owned()] } else { lines };
    printed.iter().map(|line| format!("  | {line}")).collect::<Vec<_>>().join("\n")
}

/// The last lines of a log; empty when it cannot be read.
fn lines(log: &Path, max: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(&end(log, MAX_LOG).unwrap_or_default()).trim_end().to_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(max)..].iter().map(|line| plain(line)).collect()
}

/// Follows a log while a program writes it.
pub struct LogTail {
    log: PathBuf,
    size: u64,
    printed: String,
}

impl LogTail {
    /// Follows the log in `folder` from its beginning.
    pub fn new(folder: &Path) -> Self {
        Self { log: folder.join(OUTPUT), size: 0, printed: String::new() }
    }

    /// The last complete line so far, if it is new. Without new output, this only queries the size of the log. An
    /// unreadable log gives nothing.
    pub fn poll(&mut self) -> Option<String> {
        let size = fs::metadata(&self.log).ok()?.len();
        if size == self.size {
            return None;
        }
        self.size = size;
        let bytes = end(&self.log, MAX_TAIL).ok()?;
        // The text after the last line break may be an incomplete line.
        let whole = &bytes[..=bytes.iter().rposition(|&byte| byte == b'\n')?];
        let printed = short(&plain(String::from_utf8_lossy(whole).trim_end().lines().last()?));
        if printed.is_empty() || printed == self.printed {
            return None;
        }
        self.printed.clone_from(&printed);
        Some(printed)
    }
}

/// At most `max` bytes from the end of a file.
fn end(log: &Path, max: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(log)?;
    let start = file.metadata()?.len().saturating_sub(max);
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    // The file may grow faster than it is read.
    file.take(max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Removes control characters.
fn plain(line: &str) -> String {
    line.chars().filter(|letter| !letter.is_control()).collect()
}

fn short(line: &str) -> String {
    let mut letters = line.trim().chars();
    let head: String = letters.by_ref().take(MAX_REPORTED).collect();
    if letters.next().is_some() { head + "…" } else { head }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// A folder, a writer to its log, and a reader that follows it.
    fn log() -> (tempfile::TempDir, impl FnMut(&[u8]), LogTail) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(OUTPUT);
        let write = move |bytes: &[u8]| {
            let file = File::options().append(true).create(true).open(&path);
            file.unwrap().write_all(bytes).unwrap();
        };
        let along = LogTail::new(folder.path());
        (folder, write, along)
    }

    #[test]
    fn the_last_complete_line_is_returned_once() {
        let (_folder, mut write, mut along) = log();
        assert_eq!(along.poll(), None);
        write(b"one\ntw");
        assert_eq!((along.poll().as_deref(), along.poll()), (Some("one"), None));
        write(b"o\n");
        assert_eq!(along.poll().as_deref(), Some("two"));
        // The same line again is not new, and neither is an empty line.
        write(b"two\n\n  \n");
        assert_eq!(along.poll(), None);
    }

    #[test]
    fn only_the_end_of_a_long_log_is_read() {
        let (folder, mut write, mut along) = log();
        for _ in 0..100 {
            write(&[b'x'; 1 << 16]);
        }
        write("\nlast: 3 of 10 samples, 12 ms\n".as_bytes());
        assert_eq!(along.poll().as_deref(), Some("last: 3 of 10 samples, 12 ms"));
        assert_eq!(end(&folder.path().join(OUTPUT), MAX_TAIL).unwrap().len() as u64, MAX_TAIL);
        // The part that is read may begin anywhere in a line, even within a character.
        write("ü".repeat(5000).as_bytes());
        write(b"!\n");
        assert!(
            along.poll().is_some_and(|printed| printed.ends_with('…') && printed.chars().count() == MAX_REPORTED + 1)
        );
    }

    #[test]
    fn a_returned_line_is_short_and_has_no_control_characters() {
        let (_folder, mut write, mut along) = log();
        write(b"\x1b[2J\x07red\x00 \xff\x9b1mline\r\n");
        assert_eq!(along.poll().as_deref(), Some("[2Jred \u{fffd}\u{fffd}1mline"));
        write("é".repeat(MAX_REPORTED).as_bytes());
        write(b"\n");
        assert_eq!(along.poll(), Some("é".repeat(MAX_REPORTED)));
        write("é".repeat(MAX_REPORTED + 1).as_bytes());
        write(b"\n");
        assert_eq!(along.poll(), Some("é".repeat(MAX_REPORTED) + "…"));
    }

    #[test]
    fn a_failed_program_is_described_by_its_errors_or_else_by_its_output() {
        let (folder, mut write, _) = log();
        assert_eq!((failing(folder.path()).as_str(), last(folder.path())), ("  | it printed nothing", None));
        write(b"out\nlast\n\n");
        assert_eq!(
            (failing(folder.path()).as_str(), last(folder.path()).as_deref()),
            ("  | out\n  | last", Some("last"))
        );
        let errors: String = (0..40).map(|number| format!("{number}\n")).collect();
        fs::write(folder.path().join(ERRORS), errors).unwrap();
        let printed = failing(folder.path());
        assert!(printed.starts_with("  | 10\n") && printed.ends_with("  | 39"), "{printed}");
    }
}
