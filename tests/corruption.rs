//! Changes a thousand bytes: every corruption of store, lock or published records is found before use, or does not
//! matter.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use offprint::error::EngineError;
use offprint::execute::Summary;
use offprint::gc;
use offprint::lock::Lock;
use offprint::policy::{Locking, Policy, Provenance};
use offprint::progress::Event;
use tests::chance::Chance;
use tests::small_paper::{SmallPaper, lock_path};
use walkdir::WalkDir;

/// Half of them in each of two papers.
const CHANGES: usize = 1000;
/// Longer than the engine distrusts the times of a new file.
const SETTLED: Duration = Duration::from_millis(2200);
/// Where a byte is changed.
const PARTS: [&str; 7] = [
    ".store/objects",
    ".store/entries",
    ".store/stat-cache",
    ".store/journal",
    ".store/runs",
    "artifacts.lock",
    "published",
];

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A paper with two results of one measurement, whose files all have settled times.
struct Rested {
    paper: SmallPaper,
    files: Files,
    lock: Lock,
    /// The objects and entries that the lock names.
    used: BTreeSet<PathBuf>,
}

impl Rested {
    fn new() -> Self {
        let paper = SmallPaper::measured();
        paper.ran();
        paper.again(&["measure/a"]).expect("it runs");
        paper.publish("measure/a", "record");
        paper.publish("measure/b", "record");
        thread::sleep(SETTLED);
        assert!(paper.ran().is_empty());
        let files = files(paper.root());
        assert!(PARTS.iter().all(|part| files.keys().any(|file| file.starts_with(part))), "{:?}", files.keys());
        let lock = Lock::read(&lock_path(paper.root())).expect("a lock");
        let store = paper.store();
        let objects = lock.steps.values().flat_map(|locked| locked.outputs.values()).map(|of| store.object_path(*of));
        let used = objects.chain(lock.steps.values().map(|locked| store.entry_path(locked.key))).collect();
        Self { paper, files, lock, used }
    }

    /// Restores every changed file.
    fn restore(&self) {
        let (now, root) = (files(self.paper.root()), self.paper.root());
        for file in now.keys().filter(|file| !self.files.contains_key(*file)) {
            fs::remove_file(root.join(file)).expect("a file");
        }
        for (file, bytes) in self.files.iter().filter(|(file, bytes)| now.get(*file) != Some(bytes)) {
            write(&root.join(file), bytes);
        }
    }

    /// Changes one byte, runs, and returns how the change was found.
    fn change(&self, chance: &mut Chance) -> (&'static str, &'static str) {
        let part = *chance.of(&PARTS);
        let of_part: Vec<&PathBuf> = self.files.keys().filter(|file| file.starts_with(part)).collect();
        let file = *chance.of(&of_part);
        let mut bytes = self.files[file].clone();
        let at = chance.below(bytes.len());
        bytes[at] ^= 1 + chance.below(255) as u8;
        let lost = match part {
            // Only a clone without a store needs published records.
            "published" => Some(".store"),
            _ if chance.below(2) == 0 => Some("published"),
            _ => None,
        };
        if let Some(folder) = lost {
            fs::remove_dir_all(self.paper.root().join(folder)).expect("a folder");
        }
        write(&self.paper.root().join(file), &bytes);
        let locking = if chance.below(4) == 0 { Locking::Refuse } else { Locking::Update };
        let mut quarantined = 0;
        // Published measurements may be corrupted, too.
        let policy = |locking| Policy { locking, provenance: Provenance::Locked, ..Policy::default() };
        let outcome = self.paper.with(&policy(locking), &mut |event| {
            quarantined += usize::from(matches!(event, Event::Corrupt { .. }));
        });
        let about = format!("byte {at} of {}, {locking:?}: {outcome:?}", file.display());
        let how = match &outcome {
            Err(error) => {
                let lock = if part == "artifacts.lock" { &bytes } else { &self.files[Path::new("artifacts.lock")] };
                assert!(fs::read(lock_path(self.paper.root())).is_ok_and(|now| now == *lock), "{about}");
                refused(part, locking, error, &about)
            }
            Ok(summary) => self.ended(part, file, summary, quarantined, &about),
        };
        // The next run must not find remaining corruption.
        if outcome.is_ok() && locking == Locking::Update {
            let again = self.paper.with(&policy(locking), &mut |_| {});
            assert!(again.is_ok_and(|again| again.ran.is_empty() && !again.lock_changed), "{about}");
        }
        (part, how)
    }

    /// A successful run has the right outputs, and the corruption was found where it could have mattered.
    fn ended(&self, part: &str, file: &Path, summary: &Summary, quarantined: usize, about: &str) -> &'static str {
        self.paper.assert_right();
        let lock = Lock::read(&lock_path(self.paper.root())).expect("a lock");
        for ((_, step), locked) in &lock.steps {
            assert_eq!(summary.outputs[step], locked.outputs, "{about}");
            for output in locked.outputs.values() {
                assert!(self.paper.store().read(*output).is_ok_and(|bytes| bytes.is_some()), "{about}");
            }
        }
        let same = lock == self.lock;
        let nothing_ran = summary.ran.is_empty();
        let is_used = self.used.contains(&self.paper.root().join(file));
        match part {
            ".store/objects" if is_used => {
                assert!(quarantined == 1, "{about}");
                match (nothing_ran, summary.restored.is_empty()) {
                    (true, false) if same => "quarantined, taken from the published records",
                    // The older result, and its sum.
                    (true, true) => "quarantined, another result used",
                    (false, true) => "quarantined, made again",
                    _ => panic!("{about}"),
                }
            }
            ".store/entries" if is_used => {
                assert!(quarantined == 1 && nothing_ran && same, "{about}");
                "quarantined, written again from the lock"
            }
            ".store/objects" | ".store/entries" => {
                assert!(quarantined == 0 && nothing_ran && same, "{about}");
                "unused"
            }
            "artifacts.lock" => {
                assert!(quarantined == 0 && nothing_ran && same, "{about}");
                if summary.lock_changed { "the lock was written again" } else { "a comment of the lock" }
            }
            "published" if file.ends_with("key.txt") => {
                assert!(same && summary.restored.len() == 2, "{about}");
                "a hint: nothing changed"
            }
            "published" => {
                assert!(summary.restored.len() == 1 && summary.lock_changed, "{about}");
                "not used, measured again"
            }
            _ => {
                assert!(quarantined == 0 && nothing_ran && same && !summary.lock_changed, "{about}");
                "a hint: nothing changed"
            }
        }
    }
}

/// A failed run names the file or step and a remedy, and uses nothing corrupt.
fn refused(part: &str, locking: Locking, error: &EngineError, about: &str) -> &'static str {
    let text = error.to_string();
    assert!(text.contains("hint: "), "{about}: {text}");
    match (part, locking) {
        ("artifacts.lock", _) if text.contains("artifacts.lock: line ") => "refused: a line of the lock",
        // A locked paper refuses to replace results that cannot be made again.
        (_, Locking::Refuse) if text.contains("the lock would change: step ") => "refused: the lock would change",
        _ => panic!("{about}: {text}"),
    }
}

/// All files below `root`, except those that every run changes.
fn files(root: &Path) -> Files {
    let entries = WalkDir::new(root).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    let names = entries.map(|entry| entry.path().strip_prefix(root).expect("a path in the checkout").to_owned());
    let kept = names.filter(|file| !file.starts_with(".store/lock") && !file.starts_with(".store/scratch"));
    kept.map(|file| (file.clone(), fs::read(root.join(&file)).expect("a file"))).collect()
}

/// Overwrites a file, even a read-only one.
fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    if path.exists() {
        fs::set_permissions(path, Permissions::from_mode(0o644)).expect("a file");
    }
    fs::write(path, bytes).expect("a file");
}

#[test]
fn no_changed_byte_is_ever_used() {
    let began = Instant::now();
    let work = |seed: u64| {
        let (rested, mut chance) = (Rested::new(), Chance::new(seed));
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for _ in 0..CHANGES / 2 {
            *counts.entry(rested.change(&mut chance)).or_default() += 1;
            rested.restore();
        }
        assert!(rested.paper.ran().is_empty());
        counts
    };
    let mut all: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    thread::scope(|scope| {
        for counts in [2016, 2026].map(|seed| scope.spawn(move || work(seed))) {
            for (how, count) in counts.join().expect("the thread ends") {
                *all.entry(how).or_default() += count;
            }
        }
    });
    assert_eq!(all.values().sum::<usize>(), CHANGES);
    for ((part, how), count) in &all {
        println!("{count:5}  {part}: {how}");
    }
    println!("{CHANGES} changed bytes in {:.1} s", began.elapsed().as_secs_f64());
    // Every way of finding corruption was needed.
    for how in ["refused: a line", "refused: the lock", "published", "another result", "made again", "measured again"] {
        assert!(all.keys().any(|(_, found)| found.contains(how)), "{how}");
    }
}

#[test]
fn a_corrupt_record_of_a_run_does_not_prevent_gc() {
    let paper = SmallPaper::default();
    paper.ran();
    write(&paper.root().join(".store/runs/1"), b"\xff\n");
    let lock = Lock::read(&lock_path(paper.root())).expect("a lock");
    let garbage = gc::find(&paper.store(), &[lock]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(garbage.bytes, 0);
}

#[test]
fn corruption_is_found_even_if_size_and_time_of_the_file_are_unchanged() {
    let paper = SmallPaper::default();
    let object = paper.object("count", "lines");
    thread::sleep(SETTLED);
    // From now on, the stat cache is used.
    assert!(paper.ran().is_empty());
    let stat_cache = fs::read_to_string(paper.root().join(".store/stat-cache")).expect("the cache");
    let name = object.strip_prefix(paper.root()).expect("a path in the checkout").display().to_string();
    assert!(stat_cache.contains(&name), "{stat_cache}");
    let time = fs::metadata(&object).and_then(|facts| facts.modified()).expect("a time");
    write(&object, b"3\n");
    File::options().write(true).open(&object).and_then(|file| file.set_modified(time)).expect("a time");
    assert_eq!(fs::metadata(&object).and_then(|facts| facts.modified()).expect("a time"), time);
    assert_eq!(paper.ran(), ["count"]);
    paper.assert_right();
}

#[test]
fn a_changed_entry_is_found_even_if_size_and_time_of_the_file_are_unchanged() {
    let paper = SmallPaper::default();
    paper.ran();
    thread::sleep(SETTLED);
    // From now on, the stat cache has the results of the entries.
    assert!(paper.ran().is_empty());
    let lock = Lock::read(&lock_path(paper.root())).expect("a lock");
    let entry = paper.store().entry_path(lock.get("any", "count").expect("a step").key);
    let name = entry.strip_prefix(paper.root()).expect("a path in the checkout").display().to_string();
    let stat_cache = fs::read_to_string(paper.root().join(".store/stat-cache")).expect("the cache");
    assert!(stat_cache.lines().any(|line| line.starts_with("entry ") && line.ends_with(&name)), "{stat_cache}");
    let (text, time) = (fs::read(&entry).expect("an entry"), fs::metadata(&entry).and_then(|facts| facts.modified()));
    let mut bytes = text.clone();
    bytes[20] ^= 1;
    write(&entry, &bytes);
    File::options().write(true).open(&entry).and_then(|file| file.set_modified(time?)).expect("a time");
    let mut quarantined = 0;
    let summary = paper.watched(&mut |event| quarantined += usize::from(matches!(event, Event::Corrupt { .. })));
    assert!(summary.is_ok_and(|summary| summary.ran.is_empty()));
    assert_eq!((quarantined, fs::read(&entry).expect("an entry")), (1, text));
    fs::remove_file(&entry).expect("an entry");
    assert!(paper.ran().is_empty() && entry.exists(), "it is written again from the lock");
}
