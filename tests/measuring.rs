//! What is true of measurements only: in which order they run, which optional inputs they get, and when no more are
//! begun.

use std::collections::BTreeSet;
use std::time::Duration;

use offprint::execute::execute;
use offprint::journal;
use offprint::policy::Policy;
use offprint::progress::Event;
use offprint::publication::records;
use offprint::supervisor::Supervisor;
use tests::small_paper::{Draft, DraftInput, Origin, SmallPaper, after, measurement, session};

/// The steps that ran, in order.
fn order(paper: &SmallPaper) -> Vec<String> {
    let ran = journal::read(&paper.root().join(".store/journal")).expect("a journal");
    ran.into_iter().map(|ran| ran.step).collect()
}

fn turn(name: &str, priority: u64) -> Draft {
    Draft { priority, ..measurement(name) }
}

#[test]
fn measurements_run_by_their_turns_and_those_of_one_turn_as_declared() {
    let mut paper = SmallPaper::default();
    paper.steps = vec![turn("a", 7), turn("b", u64::MAX), turn("c", 7), turn("d", 0), turn("e", 1)];
    paper.ran();
    assert_eq!(order(&paper), ["d", "e", "a", "c", "b"].map(|name| format!("measure/{name}")));
    // Another turn is no other question, and a plan lists the steps as declared.
    paper.step("measure/a").priority = 0;
    assert!(paper.ran().is_empty());
    let planned: Vec<String> = paper.plan().into_iter().map(|planned| planned.step).collect();
    assert_eq!(planned, ["a", "b", "c", "d", "e"].map(|name| format!("measure/{name}")));
}

/// A measurement that prints what it finds of the measurements `from`, and whether `--input` was given.
fn seeing(name: &str, priority: u64, from: &[&str]) -> Draft {
    let optional = from.iter().map(|from| DraftInput {
        path: format!("earlier/{from}"),
        origin: Origin::Step { step: format!("measure/{from}"), output: "record".to_owned() },
    });
    // The flags before the folders are arguments 0 and 2.
    let script =
        format!("# {name}\necho \"$0\" > \"$3/record\"; cd \"$1\"; ls earlier >> \"$3/record\" 2> /dev/null; true");
    let mut step = Draft { priority, optional: optional.collect(), ..measurement(name) };
    step.args[1] = script;
    step
}

#[test]
fn a_measurement_sees_what_is_at_hand_of_its_evidence_and_waits_for_none_of_it() {
    let mut paper = SmallPaper::default();
    // Each sees the other two; which of them there are is decided by the turns.
    paper.steps = vec![seeing("a", 2, &["b", "c"]), seeing("b", 1, &["a", "c"]), seeing("c", 3, &["a", "b"])];
    assert_eq!(paper.ran().len(), 3);
    assert_eq!(order(&paper), ["measure/b", "measure/a", "measure/c"]);
    assert_eq!(paper.content("measure/b", "record"), "--input\n");
    assert_eq!(paper.content("measure/a", "record"), "--input\nb\n");
    assert_eq!(paper.content("measure/c", "record"), "--input\na\nb\n");

    // Another result as optional input, or other optional inputs, are no reason to measure anew.
    paper.again(&["measure/b"]).expect("it runs");
    assert_eq!(paper.content("measure/b", "record"), "--input\na\nc\n");
    assert!(paper.ran().is_empty());
    paper.step("measure/c").optional.clear();
    assert!(paper.ran().is_empty());
}

#[test]
fn evidence_outside_the_chosen_steps_is_used_only_where_the_store_has_it() {
    let mut paper = SmallPaper::default();
    paper.steps = vec![
        seeing("a", 0, &["b", "c"]),
        measurement("b"),
        measurement("c"),
        after("d", "measure/c", "record", "cp \"$1/record\" \"$3/copy\"", "copy"),
    ];
    let choose = |paper: &SmallPaper, names: &[&str], again: &[&str]| {
        let mut session = session(paper.root(), paper.steps.clone()).expect("a session");
        let _lock = offprint::store_lock::StoreLock::wait(&session.store, |_| {}).expect("a store");
        let indices = |names: &[&str]| names.iter().filter_map(|name| session.graph.find(name)).collect::<Vec<_>>();
        let chosen = session.graph.with_needed(indices(names));
        let policy = Policy { again: indices(again).into_iter().collect(), ..Policy::default() };
        let summary = execute(&mut session, &chosen, &policy, &Supervisor::None, &mut |_| {}).expect("it runs");
        summary.ran.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(choose(&paper, &["measure/b"], &[]), ["measure/b"]);
    assert_eq!(choose(&paper, &["measure/a"], &[]), ["measure/a"]);
    assert_eq!(paper.content("measure/a", "record"), "--input\nb\n");
    // What the store lost is not made for it, and what is damaged is not used.
    std::fs::remove_file(paper.object("measure/b", "record")).expect("an object");
    assert_eq!(choose(&paper, &["measure/a"], &["measure/a"]), ["measure/a"]);
    let record = paper.store().read(paper.locked_outputs("measure/a")["record"]).expect("a store");
    assert_eq!(record.as_deref(), Some(&b"--input\nc\n"[..]));
}

#[test]
fn what_a_program_prints_is_reported_while_it_runs_with_its_step() {
    let mut paper = SmallPaper::default();
    let print = |name: &str| {
        let mut step = measurement(name);
        step.args[1] = format!("echo {name} begins; sleep 1.2; echo > \"$1/record\"; echo {name} ends");
        step
    };
    paper.steps = vec![print("a"), print("b")];
    let mut lines = Vec::new();
    let summary = paper.watched(&mut |event| match event {
        Event::Inside { step, printed, .. } => lines.push(format!("{step}: {printed}")),
        Event::Finished { step, printed, .. } => lines.push(format!("{step} is done: {}", printed.unwrap_or_default())),
        _ => {}
    });
    assert_eq!(summary.expect("it runs").ran.len(), 2);
    let of = |name: &str| [format!("measure/{name}: {name} begins"), format!("measure/{name} is done: {name} ends")];
    assert_eq!(lines, [of("a"), of("b")].concat());
}

#[test]
fn once_the_time_for_measuring_is_over_no_more_is_begun_and_what_has_begun_is_kept() {
    let mut paper = SmallPaper::measured();
    let nap = |name: &str, priority: u64| {
        let mut step = measurement(name);
        step.args[1] = format!("sleep 0.3; {}", step.args[1]);
        Draft { priority, ..step }
    };
    paper.steps.extend([nap("c", 1), nap("d", 2)]);
    // `a` takes the longest by far and comes first; `c` would end in time, had it begun.
    *paper.step("measure/a") = nap("a", 0);
    paper.step("measure/b").priority = 3;
    let within = |millis: u64| Policy { time: Some(Duration::from_millis(millis)), ..Policy::default() };
    let names = |list: &[&str]| -> BTreeSet<String> { list.iter().map(|name| (*name).to_owned()).collect() };

    let summary = paper.with(&within(400), &mut |_| {}).expect("it runs");
    assert_eq!(summary.not_started, names(&["measure/b", "measure/d"]));
    // What does not need them is made; that is not over.
    assert_eq!(summary.ran, names(&["measure/a", "measure/c", "read", "count", "show"]));
    assert_eq!((summary.not_run, summary.failed.len()), (vec!["sum".to_owned()], 0));

    // The same again goes on; without any time at all nothing is begun.
    let summary = paper.with(&within(0), &mut |_| {}).expect("it runs");
    assert_eq!((summary.not_started, summary.ran), (names(&["measure/b", "measure/d"]), names(&[])));
    let summary = paper.with(&within(10_000), &mut |_| {}).expect("it runs");
    assert_eq!((summary.not_started, summary.ran), (names(&[]), names(&["measure/b", "measure/d", "sum"])));
}

#[test]
fn published_are_measurements_with_their_keys_and_what_the_lock_no_longer_names_is_removed() {
    let paper = SmallPaper::measured();
    paper.ran();
    let session = paper.session();
    let all: BTreeSet<usize> = (0..session.graph.steps().len()).collect();
    let write = || records::write(&session, &all).expect("records");
    // Two measurements, each with its key.
    assert_eq!(write(), 4);
    let a = session.graph.find("measure/a").expect("a step");
    let hardware = session.graph.hardware(a);
    let key = session.lock.get(hardware, "measure/a").expect("it ran").key;
    assert!(session.published.key(hardware, "measure/a", key).expect("records").is_some());
    let old = session.published.path(hardware, "measure/old", "record");
    std::fs::create_dir_all(old.parent().expect("a folder")).expect("a folder");
    std::fs::write(&old, "old").expect("a file");
    assert_eq!((write(), old.exists()), (4, false));
}
