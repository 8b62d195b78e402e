//! When steps ran: one line per run, appended as it ends. Times are monotonic, so they can be compared within one boot.
//! The journal serves estimates and explanations, and no result depends on it: a torn line is skipped.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::digest::Digest;
use crate::files::{self, Doing, FileError};
use crate::quote::{quote, unquote};
use crate::step::Class;

/// A journal with more lines, and with several for each step, is reduced to the latest of each.
const MAX_LINES: usize = 50_000;

/// One finished run of a step's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// The step.
    pub step: String,
    /// Name of the hardware that its result belongs to.
    pub hardware: String,
    /// The class of the step.
    pub class: Class,
    /// Its key.
    pub key: Digest,
    /// The boot of the machine that `began` and `ended` refer to.
    pub boot: String,
    /// Monotonic time just before its program started.
    pub began: Duration,
    /// Monotonic time just after its program ended.
    pub ended: Duration,
}

/// All known runs.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// None where there is no journal yet.
    file: Option<File>,
    known: OnceLock<Known>,
}

/// The content of a journal, read when it is first needed: a run with nothing to do needs none of it.
#[derive(Debug, Default)]
struct Known {
    /// When it was read.
    lines: usize,
    latest: Mutex<BTreeMap<(String, String), Ran>>,
}

impl Ran {
    /// Duration of its program.
    pub fn took(&self) -> Duration {
        self.ended.saturating_sub(self.began)
    }

    fn to_line(&self) -> String {
        let (step, hardware) = (quote(&self.step), quote(&self.hardware));
        let (began, ended) = (self.began.as_nanos(), self.ended.as_nanos());
        let facts =
            format!("{step} {hardware} {} {} {} {began} {ended}", self.class.name(), self.key, quote(&self.boot));
        format!("{facts} {}\n", Digest::of(facts.as_bytes()).short())
    }

    fn parse(line: &str) -> Option<Self> {
        let (facts, check) = line.rsplit_once(' ')?;
        if check != Digest::of(facts.as_bytes()).short() {
            return None;
        }
        let tokens = unquote(facts)?;
        let [step, hardware, class, key, boot, began, ended] = &tokens[..] else { return None };
        let time = |text: &str| Some(Duration::from_nanos(text.parse().ok()?));
        Some(Self {
            step: step.clone(),
            hardware: hardware.clone(),
            class: Class::from_name(class)?,
            key: key.parse().ok()?,
            boot: boot.clone(),
            began: time(began)?,
            ended: time(ended)?,
        })
    }
}

impl Journal {
    /// Opens the journal at `path`. A missing file is an empty journal.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            file => Some(file.doing("cannot read", path)?),
        };
        let is_folder = file.as_ref().is_some_and(|file| file.metadata().is_ok_and(|facts| facts.is_dir()));
        if is_folder {
            return Err(io::ErrorKind::IsADirectory.into()).doing("cannot read", path);
        }
        Ok(Self { path: path.to_owned(), file, known: OnceLock::new() })
    }

    /// The latest run of a step on some hardware.
    pub fn latest(&self, step: &str, hardware: &str) -> Option<Ran> {
        self.latest_runs().get(&(step.to_owned(), hardware.to_owned())).cloned()
    }

    /// Adds a line. Requires the store lock.
    pub fn add(&self, ran: Ran) -> Result<(), FileError> {
        let mut known = self.latest_runs();
        let line = ran.to_line();
        known.insert((ran.step.clone(), ran.hardware.clone()), ran);
        let append = || {
            let mut file = OpenOptions::new().read(true).append(true).create(true).open(&self.path)?;
            let length = file.metadata()?.len();
            let mut last = [b'\n'];
            if length > 0 {
                file.seek(SeekFrom::Start(length - 1))?;
                file.read_exact(&mut last)?;
            }
            // A killed run may have left an incomplete line.
            let line = if last == [b'\n'] { line } else { format!("\n{line}") };
            file.write_all(line.as_bytes())
        };
        append().doing("cannot write", &self.path)
    }

    /// Removes all but the latest run of each step, once the journal is long. Requires the store lock.
    pub fn shorten(&self, scratch: &Path) -> Result<(), FileError> {
        // What was not read has no new lines either.
        let Some(Known { lines, latest }) = self.known.get() else { return Ok(()) };
        let known = lock(latest);
        if *lines < MAX_LINES || *lines < 4 * known.len() {
            return Ok(());
        }
        let text: String = known.values().map(Ran::to_line).collect();
        files::put(&self.path, text.as_bytes(), scratch, files::Flush::No)
    }

    fn latest_runs(&self) -> MutexGuard<'_, BTreeMap<(String, String), Ran>> {
        let read = || {
            let mut bytes = Vec::new();
            // No result depends on a journal, so one on a failing disk counts as far as it can be read.
            let _ = self.file.as_ref().map(|mut file| file.read_to_end(&mut bytes));
            let all = parse(&bytes);
            let lines = all.len();
            let latest = all.into_iter().map(|ran| ((ran.step.clone(), ran.hardware.clone()), ran)).collect();
            Known { lines, latest: Mutex::new(latest) }
        };
        lock(&self.known.get_or_init(read).latest)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All complete lines, in order.
fn parse(bytes: &[u8]) -> Vec<Ran> {
    String::from_utf8_lossy(bytes).lines().filter_map(Ran::parse).collect()
}

/// All complete lines of the journal at `path`, in order.
pub fn read(path: &Path) -> Result<Vec<Ran>, FileError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        bytes => Ok(parse(&bytes.doing("cannot read", path)?)),
    }
}

/// The monotonic clock.
pub fn now() -> Duration {
    let time = clock_gettime(ClockId::Monotonic);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The present boot of the machine, in a few digits.
pub fn boot() -> String {
    let id = fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Digest::of(&id).short()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(step: &str, began: u64) -> Ran {
        Ran {
            step: step.to_owned(),
            hardware: "any".to_owned(),
            class: Class::Measured,
            key: Digest::of(step.as_bytes()),
            boot: boot(),
            began: Duration::from_secs(began),
            ended: Duration::from_millis(began * 1000 + 1250),
        }
    }

    #[test]
    fn the_latest_run_of_a_step_is_known_to_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::open(&path).unwrap();
        for ran in [ran("work/a", 1), ran("two words", 2), ran("work/a", 3)] {
            journal.add(ran).unwrap();
        }
        let journal = Journal::open(&path).unwrap();
        assert_eq!(journal.latest("work/a", "any"), Some(ran("work/a", 3)));
        assert_eq!(journal.latest("two words", "any").unwrap().took(), Duration::from_millis(1250));
        assert_eq!(journal.latest("work/a", "other"), None);
        assert_eq!(read(&path).unwrap().len(), 3);
    }

    #[test]
    fn a_long_journal_is_reduced_to_the_latest_runs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let lines = |count: u64| (0..count).map(|at| ran(if at % 2 == 0 { "a" } else { "b" }, at).to_line());
        for (count, left) in [(100, 100), (MAX_LINES as u64, 2)] {
            fs::write(&path, lines(count).collect::<String>()).unwrap();
            let journal = Journal::open(&path).unwrap();
            assert!(journal.latest("b", "any").is_some());
            journal.shorten(folder.path()).unwrap();
            let read = read(&path).unwrap();
            assert_eq!((read.len(), read.last()), (left, Some(&ran("b", count - 1))));
        }
    }

    #[test]
    fn a_torn_or_changed_line_is_skipped_and_affects_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (first, second) = (ran("a", 1).to_line(), ran("b", 2).to_line());
        for at in 0..first.len() {
            fs::write(&path, format!("{second}{}", &first[..at])).unwrap();
            Journal::open(&path).unwrap().add(ran("c", 3)).unwrap();
            let read = read(&path).unwrap();
            // Only the line break is missing, so the line is complete.
            let whole = at + 1 == first.len();
            assert_eq!(read.len(), 2 + usize::from(whole), "cut at {at}");
            assert_eq!(read.last(), Some(&ran("c", 3)));
        }
        let mut bytes = first.into_bytes();
        bytes[0] ^= 1;
        assert_eq!(Ran::parse(String::from_utf8(bytes).unwrap().trim_end()), None);
    }
}
