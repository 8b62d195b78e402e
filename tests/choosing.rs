//! Options of a run: which result of a measurement to use, whether to measure, whether to change the lock, whether to
//! continue after a failure, in which order to run, and what `gc` may remove.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::thread::available_parallelism;

use offprint::digest::Digest;
use offprint::gc;
use offprint::journal::{self, Ran};
use offprint::lock::Lock;
use offprint::policy::{Failing, Locking, Measuring, Policy};
use offprint::progress::Event;
use offprint::reason::Reason;
use offprint::recent::RUNS;
use offprint::state::State;
use offprint::step::Class;
use offprint::store::Found;
use offprint::store_lock::StoreLock;
use tests::small_paper::{Draft, SmallPaper, after, hardware, lock_path, measurement, step};

#[path = "choosing/throwing_away.rs"]
mod throwing_away;

/// Another script, which does the same.
fn edit(paper: &mut SmallPaper, step: &str, mark: &str) {
    let script = &mut paper.step(step).args[1];
    *script = format!(": {mark}\n{script}");
}

/// All runs in the journal.
fn ran(paper: &SmallPaper) -> Vec<Ran> {
    journal::read(&paper.root().join(".store/journal")).expect("a journal")
}

/// The key of a step in the lock.
fn locked_key(paper: &SmallPaper, step: &str) -> Digest {
    let lock = Lock::read(&lock_path(paper.root())).expect("a lock");
    lock.steps.into_iter().find(|((_, name), _)| name == step).expect("it is in the lock").1.key
}

/// The text of the present key of a step.
fn key_text(paper: &SmallPaper, step: &str) -> String {
    match paper.store().find(locked_key(paper, step)).expect("a store") {
        Found::Entry(entry) => entry.key.text,
        other => panic!("{step}: {other:?}"),
    }
}

fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn again_adds_a_result_to_a_measurement_and_the_old_lock_restores_the_old_result() {
    let paper = SmallPaper::measured();
    paper.ran();
    let (lock, record, sum) = (paper.lock_text(), paper.content("measure/a", "record"), paper.content("sum", "sum"));
    let summary = paper.again(&["measure/a"]).expect("it runs");
    assert_eq!(summary.ran, names(&["measure/a", "sum"]));
    let (newer_lock, newer) = (paper.lock_text(), paper.content("measure/a", "record"));
    assert!(newer != record && newer_lock != lock && summary.lock_changed);
    assert_eq!(paper.locked_outputs("measure/a")["record"], Digest::of(newer.as_bytes()));
    let Found::Entry(entry) = paper.store().find(locked_key(&paper, "measure/a")).expect("a store") else {
        panic!("it ran")
    };
    let records: Vec<Digest> = entry.results.iter().map(|result| result["record"]).collect();
    assert_eq!(records, [Digest::of(record.as_bytes()), Digest::of(newer.as_bytes())]);
    for (digest, bytes) in records.iter().zip([&record, &newer]) {
        assert_eq!(paper.store().read(*digest).expect("a store").as_deref(), Some(bytes.as_bytes()));
    }
    paper.write("artifacts.lock", &lock);
    assert!(paper.ran().is_empty());
    assert_eq!((paper.content("measure/a", "record"), paper.content("sum", "sum")), (record, sum));
    assert_eq!(paper.lock_text(), lock);
    paper.write("artifacts.lock", &newer_lock);
    assert!(paper.ran().is_empty());
    assert_eq!((paper.content("measure/a", "record"), paper.lock_text()), (newer, newer_lock));
}

#[test]
fn again_requires_the_same_bytes_of_an_exact_step() {
    let mut paper = SmallPaper::default();
    paper.step("show").args[1] = "od -An -N8 -tx8 /dev/urandom > \"$3/text\"".to_owned();
    paper.ran();
    let (lock, text) = (paper.lock_text(), paper.content("show", "text"));
    let entry = paper.store().entry_path(locked_key(&paper, "show"));
    let (known, before) = (fs::read(&entry).expect("an entry"), ran(&paper));
    let error = paper.again(&["show"]).expect_err("it is another result").to_string();
    let was = format!("step show: text is not the same for the same key: {} → ", Digest::of(text.as_bytes()).short());
    assert!(error.contains(&was) && error.contains("hint:"), "{error}");
    assert_eq!((paper.lock_text(), fs::read(&entry).expect("an entry"), ran(&paper)), (lock, known, before));
    assert_eq!(paper.content("show", "text"), text);
    // The other steps give the same results as before.
    let summary = paper.again(&["read", "count"]).expect("they run");
    assert!(summary.ran == names(&["read", "count"]) && !summary.lock_changed, "{summary:?}");
}

#[test]
fn a_kept_measurement_stays_in_use_and_its_readers_are_marked() {
    let mut paper = SmallPaper::measured();
    paper.ran();
    let kept =
        |text: &str| text.lines().filter(|line| line.contains("measure/")).map(str::to_owned).collect::<Vec<_>>();
    let (lock, sum) = (paper.lock_text(), paper.content("sum", "sum"));
    let script = paper.step("measure/a").args[1].clone();
    edit(&mut paper, "measure/a", "edited");
    let as_locked = |paper: &SmallPaper| {
        let policy = Policy { measuring: Measuring::Keep, locking: Locking::Refuse, ..Policy::default() };
        paper.with(&policy, &mut |_| {})
    };
    // The sum in the lock is not marked yet.
    let refused = as_locked(&paper).expect_err("the sum would change").to_string();
    assert!(refused.contains("the lock would change: step sum: outdated a"), "{refused}");
    let summary = paper.kept().expect("it runs");
    assert_eq!((summary.ran, summary.outdated), (names(&["sum"]), names(&["measure/a"])));
    assert_eq!(kept(&paper.lock_text()), kept(&lock));
    let text = paper.locked_outputs("sum")["sum"];
    let text = paper.store().read(text).expect("a store").expect("an object");
    // Its program finally prints the file `outdated`: the paths of outdated inputs.
    assert_eq!(String::from_utf8(text).expect("a text"), format!("{sum}a\n"));
    assert!(key_text(&paper, "sum").contains("\noutdated a = measure/a\n"));
    let summary = paper.kept().expect("it runs");
    assert!(summary.ran.is_empty() && !summary.lock_changed, "{summary:?}");
    let summary = as_locked(&paper).expect("the lock agrees");
    assert!(summary.ran.is_empty() && summary.outdated == names(&["measure/a"]), "{summary:?}");

    assert_eq!(paper.ran(), ["measure/a", "sum"]);
    assert!(!paper.content("sum", "sum").contains("\na\n") && !key_text(&paper, "sum").contains("\noutdated "));
    // With the first script restored, its result is fresh again, and so is the earlier sum.
    paper.step("measure/a").args[1] = script;
    assert!(paper.ran().is_empty());
    assert_eq!((paper.content("sum", "sum"), paper.lock_text()), (sum, lock));
}

#[test]
fn a_published_measurement_can_be_used_and_a_missing_one_is_an_error() {
    let mut paper = SmallPaper::measured();
    let error = paper.kept().expect_err("there is none").to_string();
    assert!(error.contains("step measure/a") && error.contains("to measure it, run on that hardware"), "{error}");
    assert!(ran(&paper).iter().all(|ran| ran.class == Class::Exact));
    paper.ran();
    let record = paper.content("measure/a", "record");
    paper.publish("measure/a", "record");
    paper.publish("measure/b", "record");
    paper.forget();
    edit(&mut paper, "measure/a", "edited");
    // There is nothing to keep if nothing was measured here.
    let error = paper.kept().expect_err("it is only published").to_string();
    assert!(
        error.contains(&format!("hint: `--machine {}` uses published measurements", hardware("a model").name())),
        "{error}"
    );
    let summary = paper.adopted().expect("it runs");
    assert_eq!((summary.outdated, summary.restored), (names(&["measure/a"]), names(&["measure/b"])));
    let locked = paper.locked_outputs("measure/a")["record"];
    assert_eq!(paper.store().read(locked).expect("a store").as_deref(), Some(record.as_bytes()));
}

#[test]
fn results_published_for_the_same_hardware_are_used_only_on_request() {
    let paper = SmallPaper::measured();
    paper.ran();
    let (lock, published) = (paper.lock_text(), paper.locked_outputs("measure/a"));
    paper.publish("measure/a", "record");
    paper.publish("measure/b", "record");
    paper.forget();
    let reasons = |paper: &SmallPaper| {
        let plan = paper.plan().into_iter().find(|planned| planned.step == "measure/a").expect("it is planned");
        plan.state.summary().1.to_vec()
    };
    assert_eq!(reasons(&paper), [Reason::NotOwn]);
    let summary = paper.adopted().expect("it runs");
    assert_eq!((summary.restored, summary.lock_changed), (names(&["measure/a", "measure/b"]), false));
    // Published results in the store do not count as measured here.
    assert_eq!(reasons(&paper), [Reason::NotOwn]);
    assert_eq!(paper.ran(), ["measure/a", "measure/b", "sum"]);
    let own = paper.locked_outputs("measure/a");
    assert!(own != published && paper.ran().is_empty());
    // The old lock does not change that: it is used on request, and own measurements are kept.
    paper.write("artifacts.lock", &lock);
    let adopted = paper.adopted().expect("it runs");
    assert_eq!((&adopted.outputs["measure/a"], adopted.lock_changed), (&published, false));
    assert!(paper.ran().is_empty());
    assert_eq!(paper.locked_outputs("measure/a"), own);
}

#[test]
fn a_locked_paper_is_made_from_its_published_measurements() {
    let paper = SmallPaper::measured();
    paper.ran();
    let (lock, sum) = (paper.lock_text() + "# to the byte\n", paper.content("sum", "sum"));
    paper.write("artifacts.lock", &lock);
    assert!(paper.locked().expect("nothing changes").ran.is_empty());
    paper.publish("measure/a", "record");
    paper.publish("measure/b", "record");
    paper.forget();
    let summary = paper.locked().expect("it runs");
    assert_eq!(summary.restored, names(&["measure/a", "measure/b"]));
    // `show` gives the same output as `count`, so its output in the lock is in the store.
    assert_eq!(summary.ran, names(&["count", "read", "sum"]));
    assert!(!summary.lock_changed);
    assert_eq!(paper.lock_text(), lock);
    let made = paper.store().read(summary.outputs["sum"]["sum"]).expect("a store");
    assert_eq!(made.as_deref(), Some(sum.as_bytes()));
}

type Change = fn(&mut SmallPaper);

#[test]
fn a_locked_paper_refuses_changes_of_its_lock_and_names_them() {
    let digest = |text: &str| Digest::of(text.as_bytes()).short();
    let data = format!("step read: input data: {} → {}", digest("one\ntwo\n"), digest("one\n"));
    let cases: [(Change, &str, &str); 7] = [
        (|paper| paper.step("show").args[1] = "echo 3 > \"$3/text\"".to_owned(), "step show: argument: ", "undo"),
        (|paper| edit(paper, "measure/b", "edited"), "step measure/b: argument: \"# b\\n", "undo"),
        (|paper| paper.write("data.txt", "one\n"), &data, "undo"),
        (|paper| paper.write("src/read.rs", "fn read() { work() }\n"), "step read: source src/read.rs: ", "undo"),
        (|paper| paper.steps.push(step("new", "echo > \"$1/x\"", "x")), "step new: it has none", "without --locked"),
        (
            |paper| {
                paper.publish("measure/a", "record");
                paper.forget();
            },
            "step measure/b: output record is no longer in the store",
            "published records",
        ),
        (|paper| paper.forget(), "step measure/a: output record is no longer in the store", "published records"),
    ];
    for (change, reason, remedy) in cases {
        let mut paper = SmallPaper::measured();
        paper.ran();
        let lock = paper.lock_text();
        change(&mut paper);
        let before = (ran(&paper), throwing_away::stored(&paper), lock);
        let error = paper.locked().expect_err(reason).to_string();
        assert!(error.contains(reason), "{error}");
        let changed = reason.contains("argument") || reason.contains("source");
        assert!(!changed || error.contains(" → "), "{error}");
        assert!(error.rsplit_once("hint: ").is_some_and(|(_, hint)| hint.contains(remedy)), "{error}");
        assert_eq!((ran(&paper), throwing_away::stored(&paper), paper.lock_text()), before, "{reason}");
    }
}

#[test]
fn a_locked_paper_refuses_another_result_of_an_exact_step() {
    let mut paper = SmallPaper::measured();
    paper.write("undeclared", "1\n");
    paper.step("show").args[1] = format!("cat '{}' > \"$3/text\"", paper.root().join("undeclared").display());
    paper.ran();
    let lock = paper.lock_text();
    paper.publish("measure/a", "record");
    paper.publish("measure/b", "record");
    paper.write("undeclared", "2\n");
    // Unnoticed while the output is in the store.
    assert!(paper.locked().expect("nothing runs").ran.is_empty());
    paper.forget();
    let error = paper.locked().expect_err("it is another result").to_string();
    let [old, new] = ["1\n", "2\n"].map(|text| Digest::of(text.as_bytes()).short());
    assert!(error.contains(&format!("step show: text is not the same for the same key: {old} → {new}")), "{error}");
    assert!(error.contains("hint: ") && paper.lock_text() == lock, "{error}");
    assert_eq!(paper.store().find(locked_key(&paper, "show")).expect("a store"), Found::Nothing);
    paper.write("undeclared", "1\n");
    assert_eq!(paper.locked().map(|summary| summary.ran.contains("show")).ok(), Some(true));
}

#[test]
fn after_a_failure_independent_steps_are_made_and_recorded() {
    let mut paper = SmallPaper::measured();
    let right = std::mem::replace(&mut paper.step("count").args[1], "echo no paper left >&2; exit 3".to_owned());
    let mut failed = Vec::new();
    let policy = Policy { failing: Failing::GoOn, ..Policy::default() };
    let summary = paper.with(&policy, &mut |event| {
        if let Event::Failed { step, .. } = event {
            failed.push(step.to_owned());
        }
    });
    let summary = summary.expect("the run continues");
    assert_eq!(failed, ["count"]);
    let [(step, error)] = &summary.failed[..] else { panic!("{:?}", summary.failed) };
    assert!(step == "count" && error.to_string().contains("no paper left"), "{error}");
    assert_eq!(summary.not_run, ["show"]);
    let made = ["measure/a", "measure/b", "read", "sum"];
    assert_eq!(summary.ran, names(&made));
    let lock = Lock::read(&lock_path(paper.root())).expect("a lock");
    assert_eq!(lock.steps.keys().map(|(_, step)| step.to_string()).collect::<BTreeSet<_>>(), names(&made));
    paper.step("count").args[1] = right;
    assert_eq!(paper.ran(), ["count", "show"]);
}

#[test]
fn each_machine_has_its_own_lines_in_the_lock_and_keeps_them() {
    let mut paper = SmallPaper::measured();
    paper.ran();
    let (first, sum) = (paper.lock_text(), paper.content("sum", "sum"));
    let mut machine = |model: &str| {
        for step in ["measure/a", "measure/b"] {
            paper.step(step).identity = Some(hardware(model));
        }
        (paper.ran(), paper.lock_text(), paper.content("sum", "sum"))
    };
    let (ran, both, other_sum) = machine("another model");
    assert_eq!(ran, ["measure/a", "measure/b", "sum"]);
    assert_ne!(other_sum, sum);
    let (one, other) = (hardware("a model").name(), hardware("another model").name());
    let of = |text: &str, name: &str| -> Vec<String> {
        text.lines().filter(|line| line.split(' ').any(|part| part == name)).map(str::to_owned).collect()
    };
    assert_eq!(of(&both, &one), of(&first, &one));
    assert_eq!(of(&both, "any"), of(&first, "any"));
    assert!(of(&first, &one).contains(&format!("hardware {one} model \"a model\"")), "{first}");
    assert!(of(&both, &other).contains(&format!("hardware {other} model \"another model\"")), "{both}");
    // The facts of the hardware; class, key and output of each of three steps.
    assert_eq!((of(&both, &other).len(), both.lines().count()), (10, first.lines().count() + 10));
    assert_eq!(machine("a model"), (vec![], both.clone(), sum));
    assert_eq!(machine("another model"), (vec![], both, other_sum));
}

#[test]
fn a_measurement_runs_exclusively_and_exact_steps_in_parallel() {
    let mut paper = SmallPaper::default();
    let nap = |name: &str| step(name, &format!("sleep 0.2; echo {name} > \"$1/out\""), "out");
    let later = |name: &str, from: &str, input: &str| after(name, from, input, "sleep 0.05; echo > \"$3/out\"", "out");
    let measured = |name: &str, from: &str| Draft { class: Class::Measured, ..later(name, from, "out") };
    paper.steps = vec![
        measurement("a"),
        nap("one"),
        nap("two"),
        later("three", "measure/a", "record"),
        measured("b", "one"),
        later("four", "two", "out"),
        measured("c", "four"),
        nap("five"),
    ];
    paper.ran();
    let ran = ran(&paper);
    assert_eq!(ran.len(), paper.steps.len());
    let overlap = |one: &Ran, two: &Ran| one.began < two.ended && two.began < one.ended;
    let pairs = || ran.iter().enumerate().flat_map(|(at, one)| ran[at + 1..].iter().map(move |two| (one, two)));
    for (one, two) in pairs() {
        assert!(one.began < one.ended && one.boot == two.boot);
        let exclusive = one.class == Class::Measured || two.class == Class::Measured;
        assert!(!exclusive || !overlap(one, two), "{one:?} and {two:?}");
    }
    let parallel = pairs().any(|(one, two)| overlap(one, two));
    assert_eq!(parallel, available_parallelism().is_ok_and(|cores| cores.get() > 1));
}
