//! The key of a step: a text that names everything its result depends on, one fact per line, and its SHA-256. Time,
//! host name and absolute paths are never in it, and of the environment only what decides how Cargo builds.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::quote::quote;
use crate::resolved::Resolved;
use crate::step::{Class, Origin, Program, Step};
use crate::tree::{Digests, Tree};

mod error;

pub use error::KeyError;

/// The label for the version that an installed program prints.
pub const VERSION: &str = "version";
/// The label for the digest of its executable.
pub const EXECUTABLE: &str = "executable";
/// What the labels of Cargo's settings start with.
pub const CARGO: &str = "cargo ";

/// The version of the text format.
const LAYOUT: &str = "key 1\n";

/// A text and its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// One fact per line: `label = value`.
    pub text: String,
    /// SHA-256 of the text.
    pub digest: Digest,
}

impl Key {
    /// The key whose text is `text`.
    pub fn of(text: String) -> Self {
        let digest = Digest::of(text.as_bytes());
        Self { text, digest }
    }

    /// The settings of Cargo in it, as one line; `none` when there are none.
    pub fn settings(&self) -> String {
        let settings = facts(&self.text)
            .into_iter()
            .filter_map(|(label, values)| Some(format!("{} = {}", label.strip_prefix(CARGO)?, values.join(" "))));
        let settings: Vec<String> = settings.collect();
        if settings.is_empty() { "none".to_owned() } else { settings.join("; ") }
    }

    /// The key of `step`. `resolved` has the digests of inputs from other steps. An input without a digest gets no
    /// line, so that the other lines can be compared before it exists.
    pub fn new(step: &Step, resolved: &Resolved, tree: &Tree, look: Digests) -> Result<Self, KeyError> {
        let file = |source| KeyError::File { step: step.name.clone(), source };
        let mut text = Text(LAYOUT.to_owned());
        text.line("step", &step.name);
        text.line("class", step.class.name());
        text.line("program", &step.program.to_string());
        if let Program::Installed(name) = &step.program
            && let Some(program) = tree.installed.get(name, look).map_err(file)?
        {
            program.version.iter().for_each(|version| text.line(VERSION, version));
            text.line(EXECUTABLE, &program.executable.to_string());
        }
        arguments(&step.args, &mut text);
        let mut inputs: Vec<_> = step.inputs.iter().collect();
        inputs.sort_by(|one, other| one.path.cmp(&other.path));
        let paths = inputs.iter().filter_map(|input| match &input.origin {
            Origin::File(path) => Some(path),
            Origin::Step { .. } => None,
        });
        if let Some(path) = paths.chain(&step.lockfiles).find(|path| !tree.has(path, look)) {
            return Err(KeyError::Outside { step: step.name.clone(), path: path.clone() });
        }
        for input in inputs {
            let digest = match &input.origin {
                Origin::Step { .. } => resolved.digests.get(&input.path).copied(),
                Origin::File(path) => Some(tree.digest(path).map_err(file)?),
            };
            if let Some(digest) = digest {
                text.line(&input_label(&input.path), &digest.to_string());
            }
        }
        resolved.outdated.iter().for_each(|(path, step)| text.line(&format!("outdated {}", quote(path)), step));
        for path in &step.lockfiles {
            text.line(&format!("lockfile {}", quote(path)), &tree.digest(path).map_err(file)?.to_string());
        }
        let sources = tree.sources(&step.sources, look);
        let sources = sources.map_err(|source| KeyError::Source { step: step.name.clone(), source })?;
        for (path, digest) in sources.iter() {
            text.line(&format!("source {}", quote(path)), &digest.to_string());
        }
        for name in &step.crates {
            let version = tree.crates.version(name);
            let missing = || KeyError::Crate { step: step.name.clone(), name: name.clone() };
            let version = version.ok_or_else(missing)?;
            // The version of a workspace crate says little about its sources.
            let digest = tree.member(name, look).map_err(file)?;
            let version = digest.map_or(version.clone(), |digest| format!("{version} sources {digest}"));
            text.line(&format!("crate {}", quote(name)), &version);
        }
        // An installed program was not built by this compiler.
        if matches!(step.program, Program::Workspace { .. }) {
            text.line("toolchain", &tree.toolchain);
            if step.class == Class::Measured {
                let unknown = |source| KeyError::Settings { step: step.name.clone(), source };
                let settings = tree.settings(look).map_err(unknown)?;
                settings
                    .iter()
                    .for_each(|(name, value)| text.line(&format!("{CARGO}{}", name.replace(' ', "")), value));
            }
        }
        for (name, content) in &step.texts {
            content.split('\n').for_each(|line| text.line(&format!("text {}", quote(name)), line));
        }
        for (name, value) in step.identity.iter().flat_map(|identity| &identity.facts) {
            text.line(&format!("hardware {}", quote(name)), value);
        }
        step.outputs.iter().for_each(|output| text.line("output", output));
        Ok(Self::of(text.0))
    }
}

/// The label of an input.
pub fn input_label(path: &str) -> String {
    format!("input {}", quote(path))
}

/// The facts in a key's text: the values of each label, in order. Other lines are skipped.
pub fn facts(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut facts: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut indices = BTreeMap::new();
    for (label, value) in text.lines().filter_map(|line| line.split_once(" = ")) {
        let index = *indices.entry(label).or_insert_with(|| {
            facts.push((label, Vec::new()));
            facts.len() - 1
        });
        facts[index].1.push(value);
    }
    facts
}

struct Text(String);

impl Text {
    /// Quotes a value that would be ambiguous.
    fn line(&mut self, label: &str, value: &str) {
        let clear = !value.starts_with('"') && !value.chars().any(char::is_control) && value.trim_end() == value;
        let value = if clear { value.to_owned() } else { quote(value) };
        self.0 += &format!("{label} = {value}\n");
    }
}

/// Puts a flag and its value on one line, so that a changed value is found under its name.
fn arguments(args: &[String], text: &mut Text) {
    let mut rest = args;
    while let [first, after @ ..] = rest {
        rest = after;
        match after {
            [value, after @ ..] if first.starts_with("--") && !value.starts_with("--") => {
                text.line(&format!("argument {}", quote(first)), value);
                rest = after;
            }
            _ => text.line("argument", first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Identity;
    use crate::stat_cache::{Caching, StatCache};
    use crate::step::{Features, Input, Sources};
    use std::collections::BTreeSet;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    fn sample() -> Step {
        let cpu = BTreeMap::from([("cpu".to_owned(), "a model".to_owned())]);
        Step::exact("work/a", "worker")
            .args(["point", "--batch", "16", "--quiet"])
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
        let digests = BTreeMap::from([("made.txt".to_owned(), Digest::of(content.as_bytes()))]);
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
            "key 1\nstep = work/a\nclass = exact\nprogram = workspace worker\nargument = point\nargument --batch = 16\n\
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
            |step| step.lockfiles = strings(&["data.txt"]),
            |step| step.name = "work/b".to_owned(),
            |step| step.class = Class::Measured,
            |step| step.program = Program::Installed("worker".to_owned()),
            |step| step.program = Program::Workspace { bin: "worker".to_owned(), features: Features::Only(Vec::new()) },
            |step| step.args[2] = "8".to_owned(),
            |step| step.args = strings(&["point", "--batch", "16 --quiet"]),
            |step| step.inputs[1].path = "other.txt".to_owned(),
            |step| step.sources = Sources::default(),
            |step| step.texts = BTreeMap::from([("shape".to_owned(), "one\ntwo\n".to_owned())]),
            |step| step.identity = None,
            |step| step.outputs = strings(&["out.json", "more.json"]),
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
        let optional = vec![Input { path: "seen.txt".to_owned(), ..sample().inputs.swap_remove(0) }];
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
            program: Program::Installed("tool".to_owned()),
            args: Vec::new(),
            lockfiles: strings(&["data.txt"]),
            texts: BTreeMap::new(),
            ..sample()
        };
        let key = Key::new(&step, &made("made"), &tree, Digests::Cached).unwrap();
        let (executable, data) = (Digest::of(b"#!/bin/sh\necho tool 1\n"), Digest::of(b"data"));
        let program =
            format!("program = installed tool\nversion = tool 1\nexecutable = {executable}\ninput file.txt = ");
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
            let input = Input { path: "x".to_owned(), origin: Origin::File(path.to_owned()) };
            [Step { inputs: vec![input], ..sample() }, Step { lockfiles: strings(&[path]), ..sample() }]
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
        let step = Step { crates: strings(&["nobody"]), ..sample() };
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
            let tree = Tree::open(
                root.path(),
                Arc::new(StatCache::open(root.path(), &root.path().join("cache"), Caching::Off)),
            );
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
}
