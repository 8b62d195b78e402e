//! Properties of measurements: the order in which they run, their optional inputs, and the time limit.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::time::Duration;

use offprint::execute::execute;
use offprint::executor::{Executor, Job, Places};
use offprint::journal;
use offprint::policy::Policy;
use offprint::progress::Event;
use offprint::publication::records;
use offprint::run::{Finished, RunError};
use offprint::step::Class;
use offprint::supervisor::Supervisor;
use tests::small_paper::{Draft, DraftInput, Origin, SmallPaper, after, measurement, session};

/// The steps that ran, in order.
fn order(paper: &SmallPaper) -> Vec<String> {
    let ran = journal::read(&paper.root().join(".store/journal")).expect("a journal");
    ran.into_iter().map(|ran| ran.step).collect()
}

fn prioritised(name: &str, priority: u64) -> Draft {
    Draft { priority, ..measurement(name) }
}

#[test]
fn measurements_run_by_priority_and_equal_priorities_in_declared_order() {
    let mut paper = SmallPaper::default();
    paper.steps = vec![
        prioritised("a", 7),
        prioritised("b", u64::MAX),
        prioritised("c", 7),
        prioritised("d", 0),
        prioritised("e", 1),
    ];
    paper.ran();
    assert_eq!(order(&paper), ["d", "e", "a", "c", "b"].map(|name| format!("measure/{name}")));
    // The priority is not in the key, and a plan lists the steps as declared.
    paper.step("measure/a").priority = 0;
    assert!(paper.ran().is_empty());
    let planned: Vec<String> = paper.plan().into_iter().map(|planned| planned.step).collect();
    assert_eq!(planned, ["a", "b", "c", "d", "e"].map(|name| format!("measure/{name}")));
}

/// A measurement that prints which outputs of the measurements `from` it finds, and whether `--input` was given.
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
fn a_measurement_gets_existing_optional_inputs_and_waits_for_none() {
    let mut paper = SmallPaper::default();
    // Each may read the other two. The priorities decide which of them exist.
    paper.steps = vec![seeing("a", 2, &["b", "c"]), seeing("b", 1, &["a", "c"]), seeing("c", 3, &["a", "b"])];
    assert_eq!(paper.ran().len(), 3);
    assert_eq!(order(&paper), ["measure/b", "measure/a", "measure/c"]);
    assert_eq!(paper.content("measure/b", "record"), "--input\n");
    assert_eq!(paper.content("measure/a", "record"), "--input\nb\n");
    assert_eq!(paper.content("measure/c", "record"), "--input\na\nb\n");

    // Changed or other optional inputs are not a reason to measure again.
    paper.again(&["measure/b"]).expect("it runs");
    assert_eq!(paper.content("measure/b", "record"), "--input\na\nc\n");
    assert!(paper.ran().is_empty());
    paper.step("measure/c").optional.clear();
    assert!(paper.ran().is_empty());
}

#[test]
fn an_optional_input_outside_the_selected_steps_is_used_only_if_the_store_has_it() {
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
    // A lost output is not made for it, and a corrupt one is not used.
    std::fs::remove_file(paper.object("measure/b", "record")).expect("an object");
    assert_eq!(choose(&paper, &["measure/a"], &["measure/a"]), ["measure/a"]);
    let record = paper.store().read(paper.locked_outputs("measure/a")["record"]).expect("a store");
    assert_eq!(record.as_deref(), Some(&b"--input\nc\n"[..]));
}

#[test]
fn output_of_a_program_is_reported_with_its_step_while_it_runs() {
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
fn after_the_time_limit_no_measurement_starts_and_started_ones_are_kept() {
    let mut paper = SmallPaper::measured();
    let nap = |name: &str, priority: u64| {
        let mut step = measurement(name);
        step.args[1] = format!("sleep 0.3; {}", step.args[1]);
        Draft { priority, ..step }
    };
    paper.steps.extend([nap("c", 1), nap("d", 2)]);
    // `a` comes first and takes by far the longest; `c` would end in time if it had started.
    *paper.step("measure/a") = nap("a", 0);
    paper.step("measure/b").priority = 3;
    let within = |millis: u64| Policy { time: Some(Duration::from_millis(millis)), ..Policy::default() };
    let names = |list: &[&str]| -> BTreeSet<String> { list.iter().map(|name| (*name).to_owned()).collect() };

    let summary = paper.with(&within(400), &mut |_| {}).expect("it runs");
    assert_eq!(summary.not_started, names(&["measure/b", "measure/d"]));
    // Steps that do not need them still run.
    assert_eq!(summary.ran, names(&["measure/a", "measure/c", "read", "count", "show"]));
    assert_eq!((summary.not_run, summary.failed.len()), (vec!["sum".to_owned()], 0));

    // Repeating the run continues. With a limit of zero, nothing starts.
    let summary = paper.with(&within(0), &mut |_| {}).expect("it runs");
    assert_eq!((summary.not_started, summary.ran), (names(&["measure/b", "measure/d"]), names(&[])));
    let summary = paper.with(&within(10_000), &mut |_| {}).expect("it runs");
    assert_eq!((summary.not_started, summary.ran), (names(&[]), names(&["measure/b", "measure/d", "sum"])));
}

#[test]
fn measurements_are_published_with_their_keys_and_files_not_in_the_lock_are_removed() {
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

/// A cluster that must not get a job.
struct Closed(Supervisor);

impl Executor for Closed {
    fn supervisor(&self) -> &Supervisor {
        &self.0
    }

    fn places(&self) -> Places {
        Places::Elsewhere(NonZero::<usize>::MIN)
    }

    fn run(&self, job: Job, _: &mut dyn FnMut(String)) -> Result<Finished, RunError> {
        panic!("{} was submitted", job.step.name())
    }
}

#[test]
fn a_job_is_not_submitted_for_sources_that_have_changed_since_its_key_was_made() {
    // Its result would stay in the shared folder, and count as that of the key once the edit is undone.
    let mut paper = SmallPaper::default();
    paper.step("read").class = Class::Measured;
    let mut session = paper.session();
    let _lock = offprint::store_lock::StoreLock::wait(&session.store, |_| {}).expect("a store");
    let chosen = BTreeSet::from([session.graph.find("read").expect("a step")]);
    let mut edit = |event: Event| {
        if matches!(event, Event::Started { .. }) {
            paper.write("data.txt", "edited\n");
        }
    };
    let error = execute(&mut session, &chosen, &Policy::default(), &Closed(Supervisor::None), &mut edit);
    let error = error.expect_err("it must not run").to_string();
    assert!(error.contains("step read: changed") && error.contains("input data"), "{error}");
}
