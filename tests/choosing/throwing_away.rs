//! What `gc` may remove.

use super::*;

/// Removes garbage, and returns what it was.
fn tidy(paper: &SmallPaper) -> gc::Garbage {
    let store = paper.store();
    let _lock = StoreLock::wait(&store, |_| {}).expect("a store");
    let garbage = gc::find(&store, &[Lock::read(&lock_path(paper.root())).expect("a lock")]).expect("a store");
    gc::remove(&store, &garbage).expect("a store");
    garbage
}

/// The entries and objects in the store.
pub fn stored(paper: &SmallPaper) -> BTreeSet<PathBuf> {
    let parts = ["entries", "objects"].map(|part| paper.root().join(".store").join(part));
    let all = parts.iter().flat_map(|part| walkdir::WalkDir::new(part).into_iter().flatten());
    all.filter(|entry| entry.file_type().is_file()).map(|entry| entry.path().to_owned()).collect()
}

/// The entries and objects that a lock names.
fn named(paper: &SmallPaper) -> BTreeSet<PathBuf> {
    let (store, lock) = (paper.store(), Lock::read(&lock_path(paper.root())).expect("a lock"));
    let outputs =
        lock.steps.values().flat_map(|locked| locked.outputs.values().map(|object| store.object_path(*object)));
    outputs.chain(lock.steps.values().map(|locked| store.entry_path(locked.key))).collect()
}

#[test]
fn only_what_neither_the_lock_nor_a_recent_run_uses_is_removed() {
    let mut paper = SmallPaper::measured();
    let mut runs = Vec::new();
    for mark in 0..RUNS + 3 {
        edit(&mut paper, "measure/a", &format!("run {mark}"));
        assert_eq!(paper.ran().len(), if mark == 0 { 6 } else { 2 });
        runs.push(named(&paper));
        let nothing = mark < RUNS;
        let store = paper.store();
        let garbage = gc::find(&store, &[Lock::read(&lock_path(paper.root())).expect("a lock")]).expect("a store");
        assert_eq!(garbage.entries.is_empty() && garbage.objects.is_empty(), nothing, "after run {mark}: {garbage:?}");
    }
    let all: BTreeSet<PathBuf> = runs.iter().flatten().cloned().collect();
    let kept: BTreeSet<PathBuf> = runs[3..].iter().flatten().cloned().collect();
    assert_eq!(stored(&paper), all);
    let lock = paper.lock_text();
    let garbage = tidy(&paper);
    assert_eq!(stored(&paper), kept);
    assert_eq!(garbage.measurements, ["measure/a"; 3]);
    assert!(paper.ran().is_empty());
    assert_eq!(paper.lock_text(), lock);
    assert!(tidy(&paper).bytes == 0 && stored(&paper) == kept);
}

#[test]
fn a_run_like_an_earlier_one_counts_as_recent() {
    let mut paper = SmallPaper::measured();
    paper.ran();
    let (first, script) = (named(&paper), paper.step("measure/a").args[1].clone());
    for mark in 1..RUNS {
        edit(&mut paper, "measure/a", &format!("run {mark}"));
        paper.ran();
    }
    let last = std::mem::replace(&mut paper.step("measure/a").args[1], script);
    assert!(paper.ran().is_empty());
    paper.step("measure/a").args[1] = last;
    edit(&mut paper, "measure/a", "one more");
    paper.ran();
    tidy(&paper);
    assert!(first.is_subset(&stored(&paper)), "an object of the previous run was removed");
}

#[test]
fn a_measurement_in_the_lock_is_never_removed() {
    let mut paper = SmallPaper::measured();
    paper.ran();
    let entry = paper.store().entry_path(locked_key(&paper, "measure/a"));
    let (object, outputs) = (paper.object("measure/a", "record"), paper.locked_outputs("measure/a"));
    fs::remove_file(entry).expect("an entry");
    fs::remove_dir_all(paper.root().join(".store/runs")).expect("notes");
    tidy(&paper);
    assert!(object.exists() && paper.ran().is_empty());
    // Even when many runs do not use it: its lines stay in the lock.
    let steps = std::mem::replace(&mut paper.steps, vec![step("other", "echo > \"$1/x\"", "x")]);
    for mark in 0..=RUNS {
        edit(&mut paper, "other", &mark.to_string());
        paper.ran();
    }
    tidy(&paper);
    paper.steps = steps;
    assert!(paper.plan().iter().all(|planned| matches!(planned.state, State::Fresh { .. })));
    assert_eq!((paper.ran(), paper.locked_outputs("measure/a")), (vec![], outputs));
}
