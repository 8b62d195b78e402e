//! What a program says: the end of its logs, while it runs and afterwards. Of a log only the end is read, whatever it has grown
//! to, and nothing in it can move a terminal's cursor. Knows no step.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The log of a program's standard output, in the folder it runs in.
pub const OUTPUT: &str = "stdout";
/// That of its standard error.
pub const ERRORS: &str = "stderr";
/// Lines of what a failed program printed that are shown.
const TAIL: usize = 30;
/// Of a program that printed too much only the end is read.
const MAX_SAID: u64 = 64 << 10;
/// While it runs even less: this is done again and again, next to what may be a measurement.
const MAX_READ: u64 = 4 << 10;
/// Characters of a line that are shown while a program runs.
const MAX_REPORTED: usize = 100;

/// The last word of a program that ended; none when it printed nothing.
pub fn last(folder: &Path) -> Option<String> {
    lines(&folder.join(OUTPUT), 1).pop()
}

/// The end of what a failed program printed: its errors, or else its output.
pub fn failing(folder: &Path) -> String {
    let mut lines = [ERRORS, OUTPUT].iter().map(|log| lines(&folder.join(log), TAIL));
    let printed = lines.find(|lines| !lines.is_empty()).unwrap_or_else(|| vec!["it printed nothing".to_owned()]);
    printed.iter().map(|line| format!("  | {line}")).collect::<Vec<_>>().join("\n")
}

/// The last lines of a log; none when it cannot be read.
fn lines(log: &Path, max: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(&end(log, MAX_SAID).unwrap_or_default()).trim_end().to_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(max)..].iter().map(|line| plain(line)).collect()
}

/// Reads along while a program writes.
pub struct LogTail {
    log: PathBuf,
    size: u64,
    printed: String,
}

impl LogTail {
    /// With the program that runs in `folder`, from the beginning.
    pub fn new(folder: &Path) -> Self {
        Self { log: folder.join(OUTPUT), size: 0, printed: String::new() }
    }

    /// The last whole line so far, if there is another one than was printed before. Where there is nothing new this only asks for
    /// the size of the log; a log that cannot be read gives nothing.
    pub fn poll(&mut self) -> Option<String> {
        let size = fs::metadata(&self.log).ok()?.len();
        if size == self.size {
            return None;
        }
        self.size = size;
        let bytes = end(&self.log, MAX_READ).ok()?;
        // What comes after the last line break may be half a line.
        let whole = &bytes[..=bytes.iter().rposition(|&byte| byte == b'\n')?];
        let printed = short(&plain(String::from_utf8_lossy(whole).trim_end().lines().last()?));
        if printed.is_empty() || printed == self.printed {
            return None;
        }
        self.printed.clone_from(&printed);
        Some(printed)
    }
}

/// At most so many bytes from the end of a file.
fn end(log: &Path, max: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(log)?;
    let start = file.metadata()?.len().saturating_sub(max);
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    // It may grow faster than it is read.
    file.take(max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Without characters that a terminal obeys.
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

    /// A folder, something that writes to its log, and something that reads along.
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
    fn the_last_whole_line_is_news_once() {
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
    fn of_a_long_log_only_the_end_is_read() {
        let (folder, mut write, mut along) = log();
        for _ in 0..100 {
            write(&[b'x'; 1 << 16]);
        }
        write("\nlast: 3 of 10 samples, 12 ms\n".as_bytes());
        assert_eq!(along.poll().as_deref(), Some("last: 3 of 10 samples, 12 ms"));
        assert_eq!(end(&folder.path().join(OUTPUT), MAX_READ).unwrap().len() as u64, MAX_READ);
        // A line beyond what is read begins anywhere in it, also within a letter.
        write("ü".repeat(5000).as_bytes());
        write(b"!\n");
        assert!(
            along.poll().is_some_and(|printed| printed.ends_with('…') && printed.chars().count() == MAX_REPORTED + 1)
        );
    }

    #[test]
    fn what_is_told_is_short_and_moves_no_cursor() {
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
    fn a_failed_program_is_told_by_its_errors_or_else_by_its_output() {
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
