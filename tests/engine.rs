//! Caching, tested with small shell programs: what runs again, what does not, and what is never used.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use offprint::altered;
use offprint::progress::Event;
use offprint::step::Class;
use tests::python_paper::paper;
use tests::small_paper::{Draft, DraftInput, Origin, SmallPaper, overwrite, step};

#[test]
fn a_second_run_runs_nothing_and_does_not_change_the_lock() {
    let paper = SmallPaper::default();
    assert_eq!(paper.ran(), ["count", "read", "show"]);
    let lock = paper.lock_text();
    let summary = paper.run().expect("it runs");
    assert!(summary.ran.is_empty() && !summary.lock_changed);
    assert_eq!(paper.lock_text(), lock);
    assert_eq!(paper.content("show", "text"), "2\n");
}

#[test]
fn a_changed_input_reruns_later_steps_until_a_result_is_the_same() {
    let paper = SmallPaper::default();
    paper.ran();
    paper.write("data.txt", "one\ntwo\nthree\n");
    assert_eq!(paper.ran(), ["count", "read", "show"]);
    paper.write("data.txt", "three\nother\nlines\n");
    // The count is unchanged, so nothing that reads it runs.
    assert_eq!(paper.ran(), ["count", "read"]);
}

#[test]
fn an_earlier_result_is_found_again() {
    let paper = SmallPaper::default();
    paper.ran();
    paper.write("data.txt", "one\n");
    paper.ran();
    paper.write("data.txt", "one\ntwo\n");
    assert!(paper.ran().is_empty());
    assert_eq!(paper.content("show", "text"), "2\n");
}

#[test]
fn a_changed_comment_reruns_nothing_and_a_changed_source_does() {
    let paper = SmallPaper::default();
    paper.ran();
    paper.write("src/read.rs", "//! What it is for.\nfn read() {\n    // nothing yet\n}\n");
    assert!(paper.ran().is_empty());
    paper.write("src/read.rs", "fn read() { work() }\n");
    assert_eq!(paper.ran(), ["read"]);
}

#[test]
fn a_source_with_a_new_name_is_planned_again_and_counts_as_no_damage() {
    let paper = SmallPaper::default();
    paper.ran();
    fs::rename(paper.root().join("src/read.rs"), paper.root().join("src/load.rs")).expect("a new name");
    assert_eq!(altered::sources(&paper.session(), &paper.plan()).expect("nothing to read"), None);
    assert_eq!(paper.ran(), ["read"]);
}

#[test]
fn a_changed_argument_reruns_only_its_step() {
    let mut paper = SmallPaper::default();
    paper.ran();
    paper.steps[2].args[1] = "echo lines: $(cat \"$1/lines\") > \"$3/text\"".to_owned();
    assert_eq!(paper.ran(), ["show"]);
}

#[test]
fn a_deleted_output_is_made_again() {
    let paper = SmallPaper::default();
    fs::remove_file(paper.object("count", "lines")).expect("an object");
    assert_eq!(paper.ran(), ["count"]);
    assert_eq!(paper.content("count", "lines"), "2\n");
}

#[test]
fn a_corrupt_object_is_reported_quarantined_and_made_again() {
    let paper = SmallPaper::default();
    overwrite(&paper.object("count", "lines"), b"3\n");
    let mut reported = Vec::new();
    let summary = paper.watched(&mut |event| {
        if let Event::Corrupt { step, quarantined, .. } = event {
            reported.push((step.to_owned(), fs::read_to_string(quarantined).expect("the quarantined file")));
        }
    });
    assert!(summary.expect("it runs").ran.contains("count"));
    assert_eq!(reported, [("count".to_owned(), "3\n".to_owned())]);
    assert_eq!(paper.content("show", "text"), "2\n");
}

#[test]
fn a_corrupt_entry_is_reported_and_written_again_from_the_lock() {
    let paper = SmallPaper::default();
    let summary = paper.run().expect("it runs");
    let lock = offprint::lock::Lock::read(&paper.root().join("artifacts.lock")).expect("a lock");
    let entry = paper.store().entry_path(lock.get("any", "read").expect("a step").key);
    let text = fs::read_to_string(&entry).expect("an entry");
    fs::write(&entry, text.replace("exact", "exxct")).expect("a file");
    let mut reported = Vec::new();
    let again = paper.watched(&mut |event| {
        if let Event::Corrupt { step, quarantined, .. } = event {
            reported.push((
                step.to_owned(),
                fs::read_to_string(quarantined).expect("the quarantined file").contains("exxct"),
            ));
        }
    });
    // The lock still has the result of the key, which is intact.
    assert!(again.as_ref().is_ok_and(|again| again.ran.is_empty() && again.outputs == summary.outputs), "{again:?}");
    assert_eq!(reported, [("read".to_owned(), true)]);
    assert_eq!(fs::read_to_string(&entry).expect("an entry"), text);
}

#[test]
fn damage_among_many_steps_is_found_and_only_it_is_repaired() {
    let mut paper = SmallPaper::default();
    // Two steps each have the same output.
    let script = |number: usize| format!("echo {} > \"$1/out\"", number / 2);
    paper.steps = (0..600).map(|number| step(&format!("s{number:03}"), &script(number), "out")).collect();
    assert_eq!(paper.ran().len(), 600);
    let lock = offprint::lock::Lock::read(&paper.root().join("artifacts.lock")).expect("a lock");
    let locked = |name: &str| lock.get("any", name).expect("a step").clone();
    let object = |name: &str| paper.store().object_path(locked(name).outputs["out"]);
    overwrite(&object("s110"), b"other\n");
    fs::remove_file(object("s320")).expect("an object");
    fs::write(paper.store().entry_path(locked("s530").key), "cut").expect("an entry");
    let mut reported = Vec::new();
    let summary = paper.watched(&mut |event| {
        if let Event::Corrupt { step, .. } = event {
            reported.push(step.to_owned());
        }
    });
    let ran: Vec<String> = summary.expect("it runs").ran.into_iter().collect();
    assert_eq!(
        (ran, reported),
        (["s110", "s111", "s320", "s321"].map(str::to_owned).into(), vec!["s110".to_owned(), "s530".to_owned()])
    );
    assert!(paper.ran().is_empty());
}

#[test]
fn a_lock_of_the_format_without_requests_is_refused_with_a_remedy() {
    let paper = SmallPaper::default();
    paper.ran();
    paper.write("artifacts.lock", &paper.lock_text().replace("version 3\n", "version 2\n"));
    let error = paper.refused();
    assert!(error.contains("earlier version of this program") && error.contains("delete it and run"), "{error}");
    // Existing results are found again by their keys.
    fs::remove_file(paper.root().join("artifacts.lock")).expect("a lock");
    assert!(paper.ran().is_empty());
}

#[test]
fn an_invalid_lock_is_refused_with_its_line_and_nothing_runs() {
    let paper = SmallPaper::default();
    paper.ran();
    paper.write("artifacts.lock", "version 3\nstep any read class exact\nstep any read key 12\n");
    let error = paper.refused();
    assert!(error.contains("artifacts.lock: line 3: field `key`") && error.contains("hint:"), "{error}");
}

#[test]
fn a_failure_names_its_step_and_keeps_finished_ones() {
    let mut paper = SmallPaper::default();
    let right = std::mem::replace(&mut paper.steps[1].args[1], "echo no paper left >&2; exit 3".to_owned());
    let error = paper.refused();
    assert!(error.contains("step count: sh ended with exit code 3") && error.contains("no paper left"), "{error}");
    assert!(paper.lock_text().contains("step any read key"), "{}", paper.lock_text());
    paper.steps[1].args[1] = right;
    assert_eq!(paper.ran(), ["count", "show"]);
}

#[test]
fn a_program_that_writes_too_few_or_too_many_files_leaves_no_result() {
    for (script, named) in
        [("true", "missing: lines"), ("echo 2 > \"$3/lines\"; echo > \"$3/more\"", "not declared: more")]
    {
        let mut paper = SmallPaper::default();
        paper.steps[1].args[1] = script.to_owned();
        let error = paper.refused();
        assert!(error.contains("step count") && error.contains(named), "{error}");
        assert!(!paper.lock_text().contains("count key"), "{}", paper.lock_text());
    }
}

#[test]
fn a_program_beyond_its_limit_is_ended_with_its_children() {
    let mut paper = SmallPaper::default();
    let mark = paper.root().join("late");
    paper.steps[1].args[1] = format!("(sleep 2; touch '{}') & sleep 30", mark.display());
    paper.steps[1].limit = Duration::from_millis(300);
    let error = paper.refused();
    assert!(error.contains("step count: sh was ended after its limit"), "{error}");
    std::thread::sleep(Duration::from_millis(2500));
    assert!(!mark.exists());
}

#[test]
fn an_input_edited_during_its_step_is_noticed_and_nothing_is_recorded() {
    let mut paper = SmallPaper::default();
    let data = paper.root().join("data.txt");
    paper.steps[0].args[1] = format!("cat \"$1/data\" > \"$3/copy\"; echo edited > '{}'", data.display());
    let error = paper.refused();
    assert!(error.contains("step read: changed while it ran") && error.contains("input data"), "{error}");
    assert!(!paper.lock_text().contains("read key"), "{}", paper.lock_text());
}

#[test]
fn a_measured_step_overlaps_with_no_other() {
    let span = "date +%s%N > \"$1/span\"; sleep 0.1; date +%s%N >> \"$1/span\"";
    let mut paper = SmallPaper::default();
    paper.steps = (0..4)
        .map(|index| Draft {
            class: if index % 2 == 0 { Class::Measured } else { Class::Exact },
            // Each has its own file, so that their keys differ.
            ..step(&format!("s{index}"), &format!("{span} # {index}"), "span")
        })
        .collect();
    let times = |index: usize| -> (u64, u64) {
        let text = paper.content(&format!("s{index}"), "span");
        let mut times = text.lines().map(|line| line.parse().expect("nanoseconds"));
        (times.next().expect("a start"), times.next().expect("an end"))
    };
    for measured in [0, 2] {
        for other in (0..4).filter(|other| *other != measured) {
            let (one, two) = (times(measured), times(other));
            assert!(one.1 <= two.0 || two.1 <= one.0, "s{measured} {one:?} and s{other} {two:?}");
        }
    }
}

#[test]
fn neither_lock_nor_entries_contain_a_path_of_this_machine() {
    let paper = SmallPaper::default();
    paper.ran();
    let here = paper.root().display().to_string();
    let files =
        [paper.root().join("artifacts.lock"), paper.root().join(".store/entries"), paper.root().join(".store/journal")];
    let mut seen = 0;
    for entry in files.iter().flat_map(|path| walkdir::WalkDir::new(path).into_iter().flatten()) {
        if entry.file_type().is_file() {
            let text = fs::read_to_string(entry.path()).expect("a text");
            assert!(!text.contains(&here), "{}: {text}", entry.path().display());
            seen += 1;
        }
    }
    assert!(seen > 4);
}

#[test]
fn an_observation_may_give_another_result_which_the_lock_takes() {
    let mut paper = SmallPaper::default();
    let script = "od -An -N8 -tx8 /dev/urandom > \"$1/seen\"";
    paper.steps = vec![Draft { class: Class::Observed, ..step("seen", script, "seen") }];
    let first = paper.content("seen", "seen");
    let summary = paper.again(&["seen"]).expect("another observation is valid");
    assert!(
        summary.lock_changed && paper.lock_text().contains("step any seen class observed"),
        "{}",
        paper.lock_text()
    );
    assert_ne!(paper.content("seen", "seen"), first);
    assert!(paper.ran().is_empty());
}

#[test]
fn results_of_another_run_are_known_after_a_refresh() {
    let paper = SmallPaper::default();
    let mut session = paper.session();
    paper.ran();
    assert!(session.lock.get("any", "read").is_none() && session.store.journal.latest("read", "any").is_none());
    session.refresh().expect("a store");
    assert!(session.lock.get("any", "read").is_some() && session.store.journal.latest("read", "any").is_some());
}

#[test]
fn a_wrong_declaration_is_refused_with_the_step_and_a_remedy() {
    let declared = |steps: &dyn Fn(&mut SmallPaper)| {
        let mut paper = paper();
        steps(&mut paper);
        paper.refused()
    };
    let file = |path: &str| DraftInput { path: "more".to_owned(), origin: Origin::File(path.to_owned()) };
    let made = |step: &str, output: &str| DraftInput {
        path: "more".to_owned(),
        origin: Origin::Step { step: step.to_owned(), output: output.to_owned() },
    };
    type Change<'a> = &'a dyn Fn(&mut SmallPaper);
    let cases: [(Change, &str); 9] = [
        (&|paper| paper.steps.push(paper.steps[0].clone()), "step first is declared twice"),
        (&|paper| paper.step("analysis").inputs.push(made("report", "text")), "wait for each other: analysis, report"),
        (
            &|paper| paper.step("report").inputs.push(made("first", "in")),
            "step report: input `more` is `in` of step first",
        ),
        (&|paper| paper.step("report").inputs.push(made("last", "out")), "step report: input `more` is from step last"),
        (&|paper| paper.step("report").inputs.push(file("../x")), "step report: input `../x` is outside the checkout"),
        (
            &|paper| paper.step("report").inputs.push(file("/etc/hostname")),
            "input `/etc/hostname` is outside the checkout",
        ),
        (
            &|paper| {
                symlink("/etc", paper.root().join("etc")).expect("a link");
                paper.step("report").inputs.push(file("etc/hostname"));
            },
            "step report: `etc/hostname` leads to a file outside the checkout",
        ),
        (
            &|paper| paper.step("report").program = "no-such-program".to_owned(),
            "step report: program `no-such-program` is not installed",
        ),
        (&|paper| paper.step("report").sources.include.push("../*.rs".to_owned()), "step report: `../*.rs` is outside"),
    ];
    for (case, expected) in cases {
        let error = declared(case);
        assert!(error.contains(expected) && error.contains("\nhint: "), "{expected}: {error}");
    }
}
