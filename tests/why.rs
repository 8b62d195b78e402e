//! The reasons of a run: each names the field of the key that changed, its old and its new value, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use offprint::digest::Digest;
use offprint::explain::explain;
use offprint::key::{Key, facts};
use offprint::plan::{Planned, json, plan};
use offprint::policy::Policy;
use offprint::progress::Event;
use offprint::reason::{Reason, changes};
use offprint::resolved::Resolved;
use offprint::session::Session;
use offprint::state::State;
use offprint::step::Step;
use offprint::step::{Class, Sources};
use offprint::tree::Digests;
use serde_json::Value;
use tests::small_paper::{Draft, DraftInput, Origin, SmallPaper, after, hardware, overwrite, step};

const SCRIPT: &str = "cat \"$7/made\" \"$7/file\" > \"$9/out\"; echo \"$2\" \"$4\" > \"$9/more\"";

/// A paper whose step `work` has every kind of line in its key.
fn paper() -> SmallPaper {
    let mut paper = SmallPaper::default();
    paper.write("settings.txt", "one\n");
    paper.write("src/one.sh", "echo one\n");
    paper.write("src/two.sh", "echo two\n");
    let file = DraftInput { path: "file".into(), origin: Origin::File("settings.txt".into()) };
    let mut work = Draft {
        args: strings(&["-c", SCRIPT, "point", "--batch", "16", "--seconds", "10.5", "--quiet"]),
        sources: Sources { include: strings(&["src/*.sh"]), exclude: vec![] },
        crates: strings(&["solver"]),
        texts: [("shape".to_owned(), "a\nb\nc".to_owned())].into(),
        identity: Some(hardware("a model")),
        outputs: strings(&["out", "more"]),
        ..after("work", "read", "copy", SCRIPT, "out")
    };
    work.inputs[0].path = "made".to_owned();
    work.inputs.push(file);
    paper.steps = vec![paper.steps.swap_remove(0), work];
    paper
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// A field of the key with its old and its new value.
fn changed(field: &str, old: &str, new: &str) -> Reason {
    let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Reason::Changed { field: field.to_owned(), old: value(old), new: value(new) }
}

fn sha256(content: &str) -> String {
    Digest::of(content.as_bytes()).to_string()
}

fn planned(session: &Session) -> Vec<Planned> {
    let all: BTreeSet<usize> = (0..session.graph.steps().len()).collect();
    plan(session, &all, &Policy::default()).expect("a plan")
}

fn of<'a>(plan: &'a [Planned], step: &str) -> &'a State {
    &plan.iter().find(|planned| planned.step == step).expect("a step").state
}

#[track_caller]
fn stale(state: &State) -> &[Reason] {
    let State::Stale { reasons, .. } = state else { panic!("it is not stale: {state:?}") };
    reasons
}

type Edit = fn(&mut SmallPaper);

/// Edits that change one field of the step `work` each.
fn edits() -> Vec<(Edit, Vec<Reason>)> {
    let source = |name: &str| format!("source src/{name}.sh");
    vec![
        (|paper| paper.step("work").class = Class::Presentation, vec![changed("class", "exact", "presentation")]),
        (
            |paper| paper.step("work").program = "dash".to_owned(),
            vec![changed("program", "installed sh", "installed dash")],
        ),
        (|paper| paper.step("work").args[2] = "line".to_owned(), vec![changed("argument", "point", "line")]),
        (|paper| drop(paper.step("work").args.pop()), vec![changed("argument", "--quiet", "")]),
        (|paper| paper.step("work").args[4] = "8".to_owned(), vec![changed("argument --batch", "16", "8")]),
        (|paper| paper.step("work").args[6] = "2".to_owned(), vec![changed("argument --seconds", "10.5", "2")]),
        (
            |paper| paper.step("work").args[5] = "--time".to_owned(),
            vec![changed("argument --time", "", "10.5"), changed("argument --seconds", "10.5", "")],
        ),
        (|paper| paper.write("settings.txt", "two\n"), vec![changed("input file", &sha256("one\n"), &sha256("two\n"))]),
        (
            |paper| paper.step("work").inputs[1].path = "other".to_owned(),
            vec![changed("input other", "", &sha256("one\n")), changed("input file", &sha256("one\n"), "")],
        ),
        (
            |paper| paper.write("src/one.sh", "echo 1\n"),
            vec![changed(&source("one"), &sha256("echo one\n"), &sha256("echo 1\n"))],
        ),
        (
            |paper| paper.write("src/two.sh", "echo 2\n"),
            vec![changed(&source("two"), &sha256("echo two\n"), &sha256("echo 2\n"))],
        ),
        (
            |paper| paper.write("src/three.sh", "echo three\n"),
            vec![changed(&source("three"), "", &sha256("echo three\n"))],
        ),
        (
            |paper| paper.step("work").sources.exclude.push("src/two.sh".to_owned()),
            vec![changed(&source("two"), &sha256("echo two\n"), "")],
        ),
        (
            |paper| paper.write("Cargo.lock", "[[package]]\nname = \"solver\"\nversion = \"1.0.1\"\n"),
            vec![changed("crate solver", "1.0.0", "1.0.1")],
        ),
        (
            |paper| drop(paper.step("work").texts.insert("shape".to_owned(), "a\nx\nc".to_owned())),
            vec![changed("text shape", "b", "x")],
        ),
        (
            |paper| paper.step("work").identity = Some(hardware("another model")),
            vec![changed("hardware model", "a model", "another model")],
        ),
        (|paper| paper.step("work").identity = None, vec![changed("hardware model", "a model", "")]),
        (|paper| paper.step("work").outputs.push("third".to_owned()), vec![changed("output", "", "third")]),
        (|paper| paper.step("work").outputs[1] = "less".to_owned(), vec![changed("output", "more", "less")]),
        // With another name, it is another step.
        (|paper| paper.step("work").name = "play".to_owned(), vec![Reason::NeverRun]),
    ]
}

#[test]
fn every_changed_field_of_a_key_is_named_with_both_values_and_no_other() {
    let mut covered: BTreeSet<String> = BTreeSet::from(["step".to_owned()]);
    let mut cover = |reasons: &[Reason]| {
        for reason in reasons {
            if let Reason::Changed { field, old: Some(_), .. } = reason {
                covered.insert(field.clone());
            }
        }
    };
    for (edit, expected) in edits() {
        let mut paper = paper();
        paper.ran();
        edit(&mut paper);
        let plan = paper.plan();
        let name = paper.steps[1].name.clone();
        assert_eq!(stale(of(&plan, &name)), expected);
        assert!(matches!(of(&plan, "read"), State::Fresh { .. }), "{expected:?}: {:?}", of(&plan, "read"));
        cover(&expected);
    }

    // An input made by another step, once that step has run.
    let paper = paper();
    paper.ran();
    paper.write("data.txt", "three\n");
    let mut found = Vec::new();
    let ran = paper.watched(&mut |event| {
        if let Event::Stale { step: "work", reasons } = event {
            found = reasons.to_vec();
        }
    });
    assert!(ran.is_ok(), "{ran:?}");
    assert_eq!(found, [changed("input made", &sha256("one\ntwo\n"), &sha256("three\n"))]);
    cover(&found);

    // Another program of the same name is first on PATH.
    let mut session = paper.session();
    let sh = fs::read("/bin/sh").expect("a shell");
    paper.write("bin/sh", "#!/bin/sh\necho another shell 2\n");
    let own = paper.root().join("bin");
    fs::set_permissions(own.join("sh"), fs::Permissions::from_mode(0o755)).expect("permission");
    session.tree.installed.search = own.into();
    let (old, new) = (Digest::of(&sh).to_string(), sha256("#!/bin/sh\necho another shell 2\n"));
    let plan = planned(&session);
    let reasons = stale(of(&plan, "read")).to_vec();
    let Reason::Changed { field, new: Some(version), .. } = &reasons[0] else { panic!("{reasons:?}") };
    assert_eq!((field.as_str(), version.as_str()), ("version", "another shell 2"));
    assert_eq!(reasons[1..], [changed("executable", &old, &new)]);
    let State::Waiting { reasons: waiting, .. } = of(&plan, "work") else { panic!("its input does not exist") };
    assert_eq!(waiting[..], [&[Reason::Waits { step: "read".to_owned() }], &reasons[..]].concat());
    cover(&reasons);

    // The compiler, for a program of the workspace.
    let mut workspace = paper.session();
    let step = Step::exact("built", "work");
    let key = |session: &Session| Key::new(&step, &Resolved::default(), &session.tree, Digests::Cached).expect("a key");
    let old = key(&workspace);
    let known = std::mem::replace(&mut workspace.tree.toolchain, "rustc 9.9.9".to_owned().into());
    let found = changes(&old.text, &key(&workspace).text, &BTreeSet::new());
    assert_eq!(found, [changed("toolchain", known.get().expect("it was asked for"), "rustc 9.9.9")]);

    // Every line of a key needs an edit above.
    let State::Fresh { key, .. } = of(&paper.plan(), "work").clone() else { panic!("it ran") };
    let fields: BTreeSet<String> = facts(&key.text).into_iter().map(|(label, _)| label.to_owned()).collect();
    assert_eq!(fields, covered);
}

#[test]
fn changes_are_named_even_while_an_earlier_step_must_run() {
    let mut paper = paper();
    paper.ran();
    paper.write("data.txt", "three\n");
    paper.step("work").args[4] = "8".to_owned();
    let plan = paper.plan();
    assert_eq!(stale(of(&plan, "read")), [changed("input data", &sha256("one\ntwo\n"), &sha256("three\n"))]);
    let State::Waiting { reasons, .. } = of(&plan, "work") else { panic!("its input does not exist") };
    assert_eq!(reasons[..], [Reason::Waits { step: "read".to_owned() }, changed("argument --batch", "16", "8")]);
}

#[test]
fn the_compiler_in_the_key_is_the_one_that_is_called() {
    let paper = SmallPaper::default();
    let rustc = paper.root().join("rustc");
    let key = |version: &str| {
        fs::write(&rustc, format!("#!/bin/sh\necho {version}\n")).expect("a script");
        fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755)).expect("permission");
        let mut command = Command::new(env!("CARGO_BIN_EXE_driver"));
        let output = command.arg("key").arg(paper.root()).env("RUSTC", &rustc).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let (old, new) = (key("rustc 8"), key("rustc 9"));
    assert_eq!(key("rustc 8"), old);
    assert_eq!(changes(&old, &new, &BTreeSet::new()), [changed("toolchain", "rustc 8", "rustc 9")]);
}

#[test]
fn a_lost_or_corrupt_output_is_named() {
    let paper = SmallPaper::default();
    let object = paper.object("count", "lines");
    let right = fs::read(&object).expect("an object");
    overwrite(&object, b"3\n");
    let corrupt = Reason::OutputCorrupt { output: "lines".to_owned(), object: Digest::of(&right) };
    assert_eq!(stale(of(&paper.plan(), "count")), [corrupt]);
    fs::remove_file(&object).expect("an object");
    assert_eq!(stale(of(&paper.plan(), "count")), [Reason::OutputMissing { output: "lines".to_owned() }]);
}

#[test]
fn a_corrupt_entry_is_named_whether_or_not_the_lock_knows_its_result() {
    let paper = SmallPaper::default();
    paper.ran();
    let State::Fresh { key, .. } = of(&paper.plan(), "count").clone() else { panic!("it ran") };
    let entry = paper.store().entry_path(key.digest);
    let text = fs::read_to_string(&entry).expect("an entry");
    fs::write(&entry, text.replacen("class exact", "class exacT", 1)).expect("a file");
    let problem = || Reason::EntryCorrupt { problem: "field `whole` is not the digest of the entry".to_owned() };
    let plan = paper.plan();
    let State::Fresh { repair, .. } = of(&plan, "count") else { panic!("the lock knows its result") };
    assert_eq!(repair.corruption, [problem()]);
    fs::remove_file(paper.root().join("artifacts.lock")).expect("a lock");
    assert_eq!(stale(of(&paper.plan(), "count")), [problem()]);
}

#[test]
fn the_json_plan_has_a_state_a_key_and_reasons_for_each_step() {
    let mut paper = paper();
    paper.steps.push(step("new", "echo new > \"$1/text\"", "text"));
    paper.steps.push(after("last", "work", "out", "cat \"$1/out\" > \"$3/text\"", "text"));
    paper.steps.push(after("show", "read", "copy", "cat \"$1/copy\" > \"$3/text\"", "text"));
    let new = paper.steps.remove(2);
    paper.ran();
    paper.steps.push(new);
    paper.step("work").args[4] = "8".to_owned();
    let plan: Value = serde_json::from_str(&json(&paper.plan())).expect("it parses");
    let steps: Vec<&Value> = plan.as_array().expect("a list").iter().collect();
    assert_eq!(steps.len(), 5);
    for (name, state, reasons) in [
        ("read", "fresh", vec![]),
        ("work", "run", vec![["changed", "argument --batch", "16", "8"]]),
        ("last", "wait", vec![["waits", "work", "", ""]]),
        ("show", "fresh", vec![]),
        ("new", "run", vec![["never-run", "", "", ""]]),
    ] {
        let step = steps.iter().find(|step| step["step"] == name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(step["state"], state, "{step}");
        let key = step["key"].as_str().and_then(|key| key.parse::<Digest>().ok());
        assert_eq!(key.is_some(), state != "wait", "{step}");
        assert_eq!(step["outputs"].is_object(), state == "fresh", "{step}");
        let fields = |reason: &Value| -> [String; 4] {
            ["kind", "subject", "old", "new"].map(|field| match &reason[field] {
                Value::Null => String::new(),
                value => value.as_str().expect("a string").to_owned(),
            })
        };
        let found: Vec<[String; 4]> = step["reasons"].as_array().expect("a list").iter().map(fields).collect();
        assert_eq!(found, reasons, "{step}");
    }
}

#[test]
fn the_explanation_lists_every_reason_and_every_result() {
    let mut paper = SmallPaper::measured();
    paper.ran();
    let earlier = paper.locked_outputs("measure/a")["record"];
    paper.again(&["measure/a"]).expect("it runs");
    let latest = paper.locked_outputs("measure/a")["record"];
    assert_ne!(earlier, latest);
    let explained = |paper: &SmallPaper, step: &str| {
        let (session, plan) = (paper.session(), paper.plan());
        let planned = plan.iter().find(|planned| planned.step == step).expect("a step");
        explain(planned, &session.known(&planned.state).expect("a store"))
    };
    let text = explained(&paper, "measure/a");
    assert!(text.starts_with("measure/a is fresh"), "{text}");
    let at = |digest: Digest| text.find(&digest.to_string()).unwrap_or_else(|| panic!("{digest}: {text}"));
    assert!(at(latest) < at(earlier), "{text}");
    assert!(text.contains("was run 2 times"), "{text}");

    paper.write("src/read.rs", "fn read() { work() }\n");
    paper.write("data.txt", "three\n");
    paper.step("read").args.push("--batch".to_owned());
    paper.step("read").args.push("8".to_owned());
    let text = explained(&paper, "read");
    let values = format!("input data: {} → {}", &sha256("one\ntwo\n")[..12], &sha256("three\n")[..12]);
    for expected in ["read must run:\n", "  argument --batch: new, 8\n", &values, "  source src/read.rs: "] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    // The full text of its key follows.
    assert!(text.contains(&format!("\n  input data = {}\n", sha256("three\n"))), "{text}");
}

#[test]
fn a_source_that_a_later_version_removed_is_a_reason_and_no_file_to_read() {
    let paper = SmallPaper::default();
    paper.write("src/more.rs", "fn more() {}\n");
    paper.run().expect("a run");
    fs::remove_file(paper.root().join("src/more.rs")).expect("a file");
    let plan = paper.plan();
    let is_removed =
        |reason: &Reason| matches!(reason, Reason::Changed { field, new: None, .. } if field == "source src/more.rs");
    assert!(matches!(&plan[0].state, State::Stale { reasons, .. } if reasons.iter().any(is_removed)), "{plan:?}");
    assert_eq!(offprint::altered::sources(&paper.session(), &plan).expect("all files are there"), None);
}
