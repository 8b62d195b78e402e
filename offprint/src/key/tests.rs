//! The texts of keys, and what changes them.

use ecow::{EcoVec, eco_vec};

use super::*;
use crate::identity::Identity;
use crate::resolved::Outputs;
use crate::stat_cache::{Caching, StatCache};
use crate::step::{Features, Input};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn texts(list: &[&str]) -> EcoVec<EcoString> {
    list.iter().copied().map(EcoString::from).collect()
}

fn sample() -> Step {
    let cpu = BTreeMap::from([("cpu".to_owned(), "a model".to_owned())]);
    Step::exact("work/a", "worker")
        .args(["point", "--size", "16", "--quiet"])
        .reads_named("before", "out", "made.txt")
        .file("data.txt", "file.txt")
        .sources(["src/*.rs"])
        .text("shape", "one\ntwo")
        .hardware(Identity { kind: "cpu".to_owned(), facts: cpu })
        .output("out.json")
}

fn checkout() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/main.rs"), "fn main() {}").unwrap();
    fs::write(folder.path().join("data.txt"), "data").unwrap();
    folder
}

fn made(content: &str) -> Resolved {
    let digests = Outputs::from([("made.txt", Digest::of(content.as_bytes()))]);
    Resolved { digests, ..Resolved::default() }
}

fn key(root: &Path, step: &Step, resolved: &Resolved) -> Result<Key, KeyError> {
    Key::new(step, resolved, &Tree::bare(root, "rustc 1"), Digests::Cached)
}

fn text(root: &Path, step: &Step) -> String {
    key(root, step, &made("made")).unwrap().text
}

#[test]
fn the_text_has_one_fact_per_line() {
    let root = checkout();
    let source = crate::tokens::digest(b"fn main() {}");
    let expected = format!(
        "key 1\nstep = work/a\nclass = exact\nprogram = workspace worker\nargument = point\nargument --size = 16\n\
         argument = --quiet\ninput file.txt = {}\ninput made.txt = {}\nsource src/main.rs = {source}\n\
         toolchain = rustc 1\ntext shape = one\ntext shape = two\nhardware cpu = a model\noutput = out.json\n",
        Digest::of(b"data"),
        Digest::of(b"made"),
    );
    assert_eq!(text(root.path(), &sample()), expected);
}

#[test]
fn every_change_of_a_step_changes_its_key() {
    let root = checkout();
    let changes: [fn(&mut Step); 13] = [
        |step| step.lockfiles = texts(&["data.txt"]),
        |step| step.name = "work/b".into(),
        |step| step.class = Class::Measured,
        |step| step.program = Program::Installed("worker".into()),
        |step| step.program = Program::Workspace { bin: "worker".into(), features: Features::Only(Vec::new()) },
        |step| step.args.make_mut()[2] = "8".into(),
        |step| step.args = texts(&["point", "--size", "16 --quiet"]),
        |step| step.inputs.make_mut()[1].path = "other.txt".into(),
        |step| step.sources = None,
        |step| step.texts = BTreeMap::from([("shape".to_owned(), "one\ntwo\n".to_owned())]),
        |step| step.identity = None,
        |step| step.outputs = texts(&["out.json", "more.json"]),
        |_| {},
    ];
    let texts: BTreeSet<String> = changes
        .iter()
        .map(|change| {
            let mut step = sample();
            change(&mut step);
            text(root.path(), &step)
        })
        .collect();
    assert_eq!(texts.len(), changes.len());
    let nine = Duration::from_secs(9);
    let optional = eco_vec![Input { path: "seen.txt".into(), ..sample().inputs[0].clone() }];
    let same = Step { limit: nine, estimate: nine, priority: 9, optional, ..sample().unkeyed_args(["--here"]) };
    assert_eq!(text(root.path(), &same), text(root.path(), &sample()));
}

#[test]
fn files_count_by_content_but_not_by_path_or_time() {
    let (one, two) = (checkout(), checkout());
    assert_eq!(text(one.path(), &sample()), text(two.path(), &sample()));
    fs::write(two.path().join("src/main.rs"), "// a comment\nfn main() {}\n").unwrap();
    assert_eq!(text(one.path(), &sample()), text(two.path(), &sample()));
    fs::write(two.path().join("src/main.rs"), "fn main() { work() }").unwrap();
    assert_ne!(text(one.path(), &sample()), text(two.path(), &sample()));
    assert!(!text(one.path(), &sample()).contains(&*one.path().to_string_lossy()));
    fs::write(one.path().join("data.txt"), "other").unwrap();
    let edited = key(one.path(), &sample(), &made("made")).unwrap();
    assert_ne!(edited, key(one.path(), &sample(), &made("new")).unwrap());
    assert!(edited.text.contains(&Digest::of(b"other").to_string()));
    let outdated = BTreeMap::from([("made.txt".to_owned(), "before".to_owned())]);
    let outdated = key(one.path(), &sample(), &Resolved { outdated, ..made("made") }).unwrap();
    assert!(outdated.text.contains("outdated made.txt = before\n"));
}

#[test]
fn an_installed_program_counts_by_version_and_executable_and_a_lock_file_by_content() {
    let root = checkout();
    fs::create_dir(root.path().join("bin")).unwrap();
    let program = root.path().join("bin/tool");
    fs::write(&program, "#!/bin/sh\necho tool 1\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut tree = Tree::bare(root.path(), "rustc 1");
    tree.installed.search = root.path().join("bin").into();
    let step = Step {
        program: Program::Installed("tool".into()),
        args: EcoVec::new(),
        lockfiles: texts(&["data.txt"]),
        texts: BTreeMap::new(),
        ..sample()
    };
    let key = Key::new(&step, &made("made"), &tree, Digests::Cached).unwrap();
    let (executable, data) = (Digest::of(b"#!/bin/sh\necho tool 1\n"), Digest::of(b"data"));
    let program = format!("program = installed tool\nversion = tool 1\nexecutable = {executable}\ninput file.txt = ");
    assert!(key.text.contains(&program), "{}", key.text);
    assert!(key.text.contains(&format!("\nlockfile data.txt = {data}\nsource ")), "{}", key.text);
    assert!(!key.text.contains("toolchain"), "{}", key.text);
}

#[test]
fn a_file_that_a_link_leads_to_is_refused_outside_the_checkout() {
    let (root, other) = (checkout(), checkout());
    symlink(other.path(), root.path().join("other")).unwrap();
    symlink(other.path().join("data.txt"), root.path().join("far.txt")).unwrap();
    symlink("data.txt", root.path().join("near.txt")).unwrap();
    let reads = |path: &str| {
        let input = Input::file(path, "x");
        [Step { inputs: eco_vec![input], ..sample() }, Step { lockfiles: texts(&[path]), ..sample() }]
    };
    for step in reads("other/data.txt").into_iter().chain(reads("far.txt")) {
        let error = key(root.path(), &step, &made("made")).unwrap_err().to_string();
        assert!(error.starts_with("step work/a: `") && error.contains("outside the checkout\nhint: "), "{error}");
    }
    for step in reads("near.txt") {
        key(root.path(), &step, &made("made")).unwrap();
    }
    for step in reads("gone.txt") {
        let error = key(root.path(), &step, &made("made")).unwrap_err().to_string();
        assert!(error.contains("gone.txt") && error.contains("No such file"), "{error}");
    }
}

#[test]
fn a_crate_that_is_not_locked_is_named() {
    let root = checkout();
    let step = Step { crates: texts(&["nobody"]), ..sample() };
    let error = key(root.path(), &step, &made("made")).unwrap_err();
    assert!(error.to_string().contains("nobody"));
}

#[test]
fn a_crate_of_the_workspace_counts_by_its_sources_and_comments_are_not_among_them() {
    let root = checkout();
    let write = |file: &str, text: &str| {
        fs::create_dir_all(root.path().join(file).parent().unwrap()).unwrap();
        fs::write(root.path().join(file), text).unwrap();
    };
    write("Cargo.lock", "[[package]]\nname = \"plot\"\nversion = \"0.1.0\"\n");
    write("Cargo.toml", "[workspace]\nmembers = [\"plot\"]\n");
    write("plot/Cargo.toml", "[package]\nname = \"plot\"\n");
    write("plot/src/lib.rs", "pub fn draw() {}\n");
    let step = sample().crates(["plot"]);
    let line = || {
        let tree =
            Tree::open(root.path(), Arc::new(StatCache::open(root.path(), &root.path().join("cache"), Caching::Off)));
        let key = Key::new(&step, &made("made"), &tree.unwrap(), Digests::Cached).unwrap();
        key.text.lines().find(|line| line.starts_with("crate plot = ")).unwrap().to_owned()
    };
    let first = line();
    assert!(first.starts_with("crate plot = 0.1.0 sources "), "{first}");
    write("plot/src/lib.rs", "// Draws.\npub fn draw() {}\n");
    assert_eq!(line(), first);
    write("plot/Cargo.toml", "# Draws.\n[package]\nname   = \"plot\"\n");
    assert_eq!(line(), first);
    for (file, text) in [
        ("plot/src/lib.rs", "pub fn draw() { line() }\n"),
        ("plot/build.rs", "fn main() {}\n"),
        ("plot/Cargo.toml", "[package]\nname = \"plot\"\n[features]\ndefault = [\"colour\"]\ncolour = []\n"),
    ] {
        let before = line();
        write(file, text);
        assert_ne!(line(), before, "{file}");
    }
}
