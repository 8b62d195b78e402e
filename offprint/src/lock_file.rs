//! A lock for file systems without kernel locks, such as shares and some FUSE drives: a file that names its holder. What
//! an ended process left is recognised and removed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use crate::files::{Doing, FileError};
use crate::journal::boot;

/// Between two looks at the file.
const POLL: Duration = Duration::from_millis(300);
/// A file that names nobody for so long was left by a process that ended while it wrote it.
const UNWRITTEN: Duration = Duration::from_secs(10);

/// The lock, which is held until this value is dropped or the process ends.
#[derive(Debug)]
pub struct LockFile {
    path: PathBuf,
    text: String,
}

/// Who holds a lock. One line of the file: the fields, by blanks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Holder {
    process: i32,
    /// When the process started, in ticks since boot: process numbers are used again.
    started: u64,
    boot: String,
    /// The namespace of process numbers. Containers of one kernel have several.
    namespace: String,
    /// The identity of the installed system, which cloned systems share.
    system: String,
    host: String,
}

impl LockFile {
    /// Waits for the lock in the file `path`. If it is held, `waiting` is called once with a description of its holder.
    pub fn wait(path: &Path, waiting: impl FnOnce(&str)) -> Result<Self, FileError> {
        let (own, began) = (Holder::own(), Instant::now());
        let (text, mut waiting) = (own.to_text(), Some(waiting));
        loop {
            match create(path, &text) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                created => {
                    created.doing("cannot write", path)?;
                    return Ok(Self { path: path.to_owned(), text });
                }
            }
            let held = match fs::read_to_string(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                held => held.doing("cannot read", path)?,
            };
            let holder = Holder::parse(&held);
            let is_left = holder.as_ref().map_or(began.elapsed() > UNWRITTEN, |holder| holder.has_ended(&own, started));
            if is_left {
                remove(path, &held, &own)?;
                continue;
            }
            if let Some((waiting, holder)) = holder.and_then(|holder| Some((waiting.take()?, holder))) {
                waiting(&holder.described(&own, path));
            }
            sleep(POLL);
        }
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        if fs::read_to_string(&self.path).is_ok_and(|text| text == self.text) {
            // A file that stays is recognised as left once this process has ended.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Holder {
    fn own() -> Self {
        let line = |path: &str| fs::read_to_string(path).unwrap_or_default().split_whitespace().collect::<String>();
        let named = |text: String| if text.is_empty() { "-".to_owned() } else { text };
        let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default().to_string_lossy().into_owned();
        let process = i32::try_from(std::process::id()).unwrap_or_default();
        Self {
            process,
            started: started(process).unwrap_or_default(),
            boot: boot(),
            namespace: named(namespace.split_whitespace().collect()),
            system: named(line("/etc/machine-id")),
            host: named(line("/proc/sys/kernel/hostname")),
        }
    }

    fn to_text(&self) -> String {
        let Self { process, started, boot, namespace, system, host } = self;
        format!("{process} {started} {boot} {namespace} {system} {host}\n")
    }

    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.strip_suffix('\n')?.split(' ').collect();
        let [process, started, boot, namespace, system, host] = fields[..] else { return None };
        let [boot, namespace, system, host] = [boot, namespace, system, host].map(str::to_owned);
        let (process, started) = (process.parse().ok().filter(|process| *process > 0)?, started.parse().ok()?);
        Some(Self { process, started, boot, namespace, system, host })
    }

    /// Whether the holder is certain to have ended: `own` sees that process number and it is free or another process,
    /// or the machine has been started again since.
    fn has_ended(&self, own: &Self, started: impl Fn(i32) -> Option<u64>) -> bool {
        if self.boot != own.boot {
            return self.host == own.host && self.system == own.system && own.system != "-";
        }
        self.namespace == own.namespace && started(self.process) != Some(self.started)
    }

    fn described(&self, own: &Self, path: &Path) -> String {
        if self.boot == own.boot && self.namespace == own.namespace {
            return self.process.to_string();
        }
        format!("{} on {}; if it no longer runs there, remove {}", self.process, self.host, path.display())
    }
}

/// When a process started; none when there is none, and zero when it is another user's and hidden.
fn started(process: i32) -> Option<u64> {
    let exists = Pid::from_raw(process).is_some_and(|pid| test_kill_process(pid) != Err(Errno::SRCH));
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name of the program comes before, in brackets, and may have blanks.
    let ticks = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(19)?.parse().ok());
    exists.then_some(ticks.unwrap_or_default())
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())
}

/// Removes the file at `path` if it still has the text `left`. Only one process removes at a time, so none removes the
/// file that the next holder has just made.
fn remove(path: &Path, left: &str, own: &Holder) -> Result<(), FileError> {
    let guard = path.with_extension("removal");
    match create(&guard, &own.to_text()) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let other = fs::read_to_string(&guard).ok().and_then(|text| Holder::parse(&text));
            if other.is_some_and(|other| other.has_ended(own, started)) {
                fs::remove_file(&guard).doing("cannot remove", &guard)?;
            }
            sleep(POLL);
            return Ok(());
        }
        created => created.doing("cannot write", &guard)?,
    }
    let removed = if fs::read_to_string(path).is_ok_and(|text| text == left) { fs::remove_file(path) } else { Ok(()) };
    fs::remove_file(&guard).doing("cannot remove", &guard)?;
    removed.doing("cannot remove", path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn one_at_a_time_has_the_lock_and_a_second_one_gets_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock.holder");
        let (inside, reported) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let lock = LockFile::wait(&path, |holder| {
                        assert_eq!(holder, std::process::id().to_string());
                        reported.fetch_add(1, Ordering::SeqCst);
                    });
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    sleep(Duration::from_millis(20));
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(lock.unwrap());
                });
            }
        });
        assert!(reported.into_inner() >= 1 && !path.exists());
    }

    #[test]
    fn what_an_ended_process_left_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock.holder");
        let mut child = Command::new("true").spawn().unwrap();
        let process = i32::try_from(child.id()).unwrap();
        child.wait().unwrap();
        let started = Holder::own().started.wrapping_add(1);
        for left in [Holder { process, ..Holder::own() }, Holder { started, ..Holder::own() }] {
            fs::write(&path, left.to_text()).unwrap();
            drop(LockFile::wait(&path, |holder| panic!("waits for {holder}")).unwrap());
        }
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    }

    #[test]
    fn only_a_holder_that_is_certain_to_have_ended_counts_as_ended() {
        let own = Holder {
            process: 7,
            started: 70,
            boot: "b".to_owned(),
            namespace: "pid:[1]".to_owned(),
            system: "s".to_owned(),
            host: "h".to_owned(),
        };
        assert_eq!(Holder::parse(&own.to_text()), Some(own.clone()));
        let text = |text: &str| text.to_owned();
        let ended = |holder: &Holder, now: Option<u64>| holder.has_ended(&own, |_| now);
        assert!(!ended(&own, Some(70)) && ended(&own, None) && ended(&own, Some(71)));
        // Another container of the same kernel, and another machine.
        assert!(!ended(&Holder { namespace: text("pid:[2]"), ..own.clone() }, None));
        assert!(!ended(&Holder { boot: text("c"), host: text("other"), ..own.clone() }, None));
        // The same machine, started again; two clones without an identity may have one name.
        assert!(ended(&Holder { boot: text("c"), ..own.clone() }, Some(70)));
        let unnamed = Holder { system: text("-"), ..own.clone() };
        assert!(!Holder { boot: text("c"), ..unnamed.clone() }.has_ended(&unnamed, |_| None));
        let far = Holder { boot: text("c"), host: text("other"), ..own.clone() };
        assert_eq!(far.described(&own, Path::new("l")), "7 on other; if it no longer runs there, remove l");
        for bad in ["", "7\n", "7 70 b n s h", "-7 70 b n s h\n", "0 70 b n s h\n", "7 70 b n s h more\n"] {
            assert_eq!(Holder::parse(bad), None, "{bad}");
        }
    }
}
