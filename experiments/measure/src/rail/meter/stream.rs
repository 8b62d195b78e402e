//! The lines of a meter as they arrive in a file or from a command. The meter's time of each line is converted to
//! monotonic time.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::bytes::{Bytes, Running, Tail};
use super::format::{Format, Line};
use crate::environment::clock;
use crate::rail::source::{Reading, Readings};

/// The longest line that is read.
const MAX_BYTES_OF_LINE: usize = 1024;

/// The longest delay between the time of a line and its arrival [s].
pub const MAX_DELAY: f64 = 3.0;
/// How far the meter's clock may be ahead [s].
const MAX_AHEAD: f64 = 0.5;
/// The longest wait for a first reading.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// The time between two looks for it.
const LOOK: Duration = Duration::from_millis(20);

const CLOCK: &str = "\nhint: set both clocks by a time server, or let the meter's program write this machine's time";

/// The lines of a meter.
pub struct Lines {
    bytes: Box<dyn Bytes>,
    format: Format,
    /// The start of a line whose end has not arrived yet.
    begun: Vec<u8>,
    /// Whether to skip this line, because its start was not seen or it is too long.
    skips: bool,
    /// The meter's last time [s, Unix time], and the monotonic time of the last reading [s].
    last: Option<(f64, f64)>,
}

/// The lines that are appended to a file from now on, in the form of those that it has.
///
/// # Errors
/// The file cannot be read, or has lines of which none is understood.
pub fn file(path: &Path, mut format: Format) -> Result<Lines, String> {
    let (tail, start, is_complete) =
        Tail::open(path).map_err(|error| format!("the meter's log cannot be read: {error}"))?;
    let lines = start.split(|byte| *byte == b'\n').map(|text| format.line(&String::from_utf8_lossy(text)));
    let lines: Vec<Line> = lines.collect();
    if !lines.iter().any(|line| matches!(line, Line::Power(..)))
        && let Some(Line::Invalid(what, hint)) = lines.into_iter().find(|line| matches!(line, Line::Invalid(..)))
    {
        return Err(format!("{what}\nhint: {hint}"));
    }
    Ok(Lines { skips: !is_complete, ..Lines::of(Box::new(tail), format) })
}

/// The lines that a shell command prints, started in this folder. It is ended when the lines are dropped.
///
/// # Errors
/// There is no shell.
pub fn command(line: &str, folder: &Path, format: Format) -> Result<Lines, String> {
    Ok(Lines::of(Box::new(Running::start(line, folder).map_err(|error| error.to_string())?), format))
}

/// Waits until a reading arrives, so that a meter that only fails is reported before anything is measured. A slow meter
/// may still be silent.
///
/// # Errors
/// It gave failed readings and no other.
pub fn wait_for_first(readings: &mut dyn Readings) -> Result<(), String> {
    let (start, mut failure) = (Instant::now(), None);
    while start.elapsed() < MAX_WAIT {
        for reading in readings.take() {
            match reading.values.into_iter().next() {
                Some(Err(reason)) => failure = Some(reason),
                _ => return Ok(()),
            }
        }
        thread::sleep(LOOK);
    }
    failure.map_or(Ok(()), Err)
}

impl Lines {
    fn of(bytes: Box<dyn Bytes>, format: Format) -> Self {
        Self { bytes, format, begun: Vec::new(), skips: false, last: None }
    }

    /// The reading from a line that has just arrived, at this monotonic time [s] and Unix time [s].
    fn reading(&mut self, text: &[u8], now: f64, unix: f64) -> Option<Reading> {
        let (seconds, watts) = match self.format.line(&String::from_utf8_lossy(text)) {
            Line::Empty => return None,
            Line::Invalid(what, hint) => return Some(self.failure(format!("{what}\nhint: {hint}"), now)),
            Line::Power(seconds, watts) => (seconds, watts),
        };
        let delay = unix - seconds;
        if delay < -MAX_AHEAD {
            return Some(self.failure(format!("its clock is {:.1} s ahead of this machine's{CLOCK}", -delay), now));
        }
        if delay > MAX_DELAY {
            let reason = format!("its time is {delay:.1} s ago: its clock is behind, or its lines are buffered{CLOCK}");
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
        self.skips &= read != Ok(true);
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

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use super::*;

    fn unix() -> f64 {
        SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs_f64()
    }

    /// The values of lines that are appended one by one to a log that contains `before`.
    fn appended(before: &str, new: &[String]) -> Vec<Result<f64, String>> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.csv");
        std::fs::write(&path, before).expect("a file");
        let mut lines = file(&path, Format::default()).expect("a log");
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
        let read = appended("seconds,watts\n1795560309.5,2.25\n179556", &["0310.5,1.0\n".to_owned(), one, two]);
        assert_eq!(read, [Ok(5.5), Ok(6.25), Ok(7.0)]);
    }

    #[test]
    fn column_names_are_skipped_and_other_words_are_reported() {
        let now = unix();
        let line = |ago: f64, watts: &str| format!("{:.3} {watts}\n", now - ago);
        let read = appended("", &["time power\n".to_owned(), line(0.3, "4"), "overload\n".to_owned(), line(0.2, "5")]);
        assert_eq!((&read[0], &read[2], read.len()), (&Ok(4.0), &Ok(5.0), 3));
        assert!(read[1].as_ref().is_err_and(|error| error.contains("`overload` ")), "{read:?}");
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
        assert_eq!(read, [Err("a line of more than 1024 bytes".to_owned())]);
    }

    #[test]
    fn a_log_that_was_truncated_is_read_from_its_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.csv");
        std::fs::write(&path, "# a long comment\n".repeat(20)).expect("a file");
        let mut lines = file(&path, Format::default()).expect("a log");
        std::fs::write(&path, format!("{:.3} 5\n", unix())).expect("a file");
        assert_eq!(lines.take().len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_log_that_is_rotated_is_read_on_and_a_cut_line_is_not_joined_to_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.csv");
        std::fs::write(&path, "time;power\n").expect("a file");
        let mut lines = file(&path, Format::default()).expect("a log");
        let begun = format!("{:.3};1", unix());
        std::fs::write(&path, format!("time;power\n{begun}")).expect("a file");
        assert_eq!(lines.take(), []);
        std::fs::rename(&path, folder.path().join("log.csv.1")).expect("a file");
        assert_eq!(lines.take(), []);
        std::fs::write(&path, format!("time;power\n{:.3};5\n{:.3};6", unix(), unix())).expect("a file");
        let values: Vec<_> = lines.take().into_iter().map(|reading| reading.values).collect();
        assert_eq!(values, [[Ok(5.0)]]);
        // The line that is only begun is forgotten with its file.
        std::fs::write(&path, "5\n").expect("a file");
        let cut = lines.take().remove(0).values.remove(0);
        assert!(cut.as_ref().is_err_and(|error| error.starts_with("`5` ")), "{cut:?}");
    }

    #[test]
    fn a_log_without_a_line_that_can_be_read_is_refused_and_one_with_a_clear_line_decides_the_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.csv");
        let of = |lines: &str| {
            std::fs::write(&path, lines).expect("a file");
            file(&path, Format::default()).map(|_| ())
        };
        let refused = of("time;power\n1795964797;7,500\n1795964798;8,250\n").expect_err("it is ambiguous");
        assert!(refused.starts_with("`1795964797;7,500` ") && refused.contains("\nhint: "), "{refused}");
        for lines in ["", "time;power\n", "1795964797;7,500\n1795964798;8,25\n", "1795964797;7,500"] {
            assert_eq!(of(lines), Ok(()), "{lines}");
        }
        std::fs::write(&path, "1795964797;8,25\n").expect("a file");
        let mut log = file(&path, Format::default()).expect("a log");
        let mut more = File::options().append(true).open(&path).expect("a file");
        writeln!(more, "{};7,500", unix().floor()).expect("room");
        assert_eq!(log.take().remove(0).values, [Ok(7.5)]);
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
        let mut lines = command(&line, folder.path(), Format::default()).expect("a shell");
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
        let mut lines = command("exit 3", Path::new("."), Format::default()).expect("a shell");
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
