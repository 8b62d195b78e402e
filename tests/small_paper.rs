//! A paper of small shell programs, for tests of the engine: which steps run again, what is never used, what a crash
//! leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use offprint::Identity;
use offprint::digest::Digest;
use offprint::error::EngineError;
use offprint::execute::{Summary, execute};
use offprint::lock::Lock;
use offprint::outputs::Outputs;
use offprint::plan::{Planned, plan};
use offprint::policy::{Locking, Measuring, Policy, Provenance};
use offprint::progress::Event;
use offprint::session::Session;
use offprint::stat_cache::Caching;
use offprint::step::{Class, Sources};
use offprint::store::Store;
use offprint::store_lock::StoreLock;
use offprint::supervisor::Supervisor;
use offprint::workspace::{LOCK, Workspace};
use tempfile::TempDir;

pub use crate::draft::{Draft, DraftInput, Origin};

/// A checkout with one source, one data file and three steps: `read` copies the data, `count` counts its lines, `show`
/// prints the count. Tests may replace each of them.
pub struct SmallPaper {
    folder: TempDir,
    /// The steps, in declared order.
    pub steps: Vec<Draft>,
}

impl Default for SmallPaper {
    fn default() -> Self {
        let folder = tempfile::Builder::new().prefix("a päper ").tempdir().expect("a folder");
        let paper = Self { folder, steps: steps() };
        paper.write("Cargo.lock", "[[package]]\nname = \"solver\"\nversion = \"1.0.0\"\n");
        paper.write("data.txt", "one\ntwo\n");
        paper.write("size.txt", "1000");
        paper.write("src/read.rs", "fn read() {}\n");
        paper
    }
}

/// `read`, `count` and `show`.
fn steps() -> Vec<Draft> {
    vec![
        Draft {
            inputs: vec![DraftInput { path: "data".into(), origin: Origin::File("data.txt".into()) }],
            sources: Sources { include: vec!["src/*.rs".into()], exclude: vec![] },
            ..step("read", "cat \"$1/data\" > \"$3/copy\"", "copy")
        },
        after("count", "read", "copy", "wc -l < \"$1/copy\" > \"$3/lines\"", "lines"),
        after("show", "count", "lines", "cat \"$1/lines\" > \"$3/text\"", "text"),
    ]
}

fn measured_steps() -> Vec<Draft> {
    let read = |name: &str| DraftInput {
        path: name.to_owned(),
        origin: Origin::Step { step: format!("measure/{name}"), output: "record".to_owned() },
    };
    let sum = "cat \"$1\"/a \"$1\"/b \"$1\"/outdated 2> /dev/null > \"$3/sum\"; true";
    let mut steps = steps();
    steps.extend([
        measurement("a"),
        measurement("b"),
        Draft { inputs: vec![read("a"), read("b")], ..step("sum", sum, "sum") },
    ]);
    steps
}

/// The steps of [`SmallPaper::long`].
pub fn long_steps() -> Vec<Draft> {
    let swell = "sleep 0.02; head -c \"$(cat \"$1/size\")\" /dev/zero > \"$3/zeros\"";
    let mut swell = after("swell", "read", "copy", swell, "zeros");
    swell.inputs.push(DraftInput { path: "size".into(), origin: Origin::File("size.txt".into()) });
    let nap = |script: &str| format!("sleep 0.02; {script}");
    let mut steps = measured_steps();
    steps.extend([
        swell,
        after("twice", "read", "copy", &nap("cat \"$1/copy\" \"$1/copy\" > \"$3/copies\""), "copies"),
        after("words", "twice", "copies", &nap("wc -w < \"$1/copies\" > \"$3/words\""), "words"),
        measurement("c"),
        after("end", "measure/c", "record", &nap("tail -n 1 \"$1/record\" > \"$3/line\""), "line"),
    ]);
    steps
}

impl SmallPaper {
    /// The same, plus two measurements, whose results differ from run to run, and their sum as text.
    pub fn measured() -> Self {
        Self { steps: measured_steps(), ..Self::default() }
    }

    /// The same, plus one more measurement and other slow steps: a run that is long enough to be killed at any point.
    /// `swell` writes the number of bytes given in a file.
    pub fn long() -> Self {
        Self { steps: long_steps(), ..Self::default() }
    }

    /// Its top.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the checkout.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.root().join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// The step called `name`, to be changed.
    pub fn step(&mut self, name: &str) -> &mut Draft {
        self.steps.iter_mut().find(|step| step.name == name).expect("a step")
    }

    /// Its store.
    pub fn store(&self) -> Store {
        workspace(self.root(), Caching::On).expect("a store").store
    }

    /// Opens a session with its steps.
    pub fn session(&self) -> Session {
        session(self.root(), self.steps.clone()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Runs what is not fresh.
    pub fn run(&self) -> Result<Summary, EngineError> {
        self.watched(&mut |_| {})
    }

    /// Runs what is not fresh, and reports events.
    pub fn watched(&self, watch: &mut dyn FnMut(Event)) -> Result<Summary, EngineError> {
        self.with(&Policy::default(), watch)
    }

    /// Runs what is not fresh, with a policy.
    pub fn with(&self, policy: &Policy, watch: &mut dyn FnMut(Event)) -> Result<Summary, EngineError> {
        run(self.root(), self.steps.clone(), policy, &Supervisor::None, watch)
    }

    /// Runs the steps of these names again.
    pub fn again(&self, names: &[&str]) -> Result<Summary, EngineError> {
        let session = self.session();
        let again = names.iter().map(|name| session.graph.find(name).expect("a step")).collect();
        self.with(&Policy { again, ..Policy::default() }, &mut |_| {})
    }

    /// Runs with a lock that must not change.
    pub fn locked(&self) -> Result<Summary, EngineError> {
        self.with(&Policy { locking: Locking::Refuse, ..Policy::default() }, &mut |_| {})
    }

    /// Runs without measuring.
    pub fn kept(&self) -> Result<Summary, EngineError> {
        self.with(&Policy { measuring: Measuring::Keep, ..Policy::default() }, &mut |_| {})
    }

    /// Runs without measuring, using published measurements.
    pub fn adopted(&self) -> Result<Summary, EngineError> {
        let policy = Policy { measuring: Measuring::Keep, provenance: Provenance::Locked, ..Policy::default() };
        self.with(&policy, &mut |_| {})
    }

    /// The plan of a run.
    pub fn plan(&self) -> Vec<Planned> {
        let session = self.session();
        let all: BTreeSet<usize> = (0..session.graph.steps().len()).collect();
        plan(&session, &all, &Policy::default()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Runs, and returns the names of the steps that ran.
    #[track_caller]
    pub fn ran(&self) -> Vec<String> {
        self.run().unwrap_or_else(|error| panic!("{error}")).ran.into_iter().collect()
    }

    /// Runs, and returns the error.
    #[track_caller]
    pub fn refused(&self) -> String {
        self.run().expect_err("it must not run").to_string()
    }

    /// The path of an output in the store.
    pub fn object(&self, step: &str, output: &str) -> PathBuf {
        let summary = self.run().unwrap_or_else(|error| panic!("{error}"));
        self.store().object_path(summary.outputs[step][output])
    }

    /// The content of an output.
    pub fn content(&self, step: &str, output: &str) -> String {
        fs::read_to_string(self.object(step, output)).expect("an object")
    }

    /// The text of its lock.
    pub fn lock_text(&self) -> String {
        fs::read_to_string(lock_path(self.root())).expect("a lock")
    }

    /// The outputs of a step in the lock, for any hardware.
    pub fn locked_outputs(&self, step: &str) -> Outputs {
        let lock = Lock::read(&lock_path(self.root())).expect("a lock");
        let found = lock.steps.into_iter().find(|((_, name), _)| name == step);
        found.unwrap_or_else(|| panic!("{step} is not in the lock")).1.outputs
    }

    /// Publishes an output of a step that the lock names.
    pub fn publish(&self, step: &str, output: &str) {
        let session = self.session();
        let index = session.graph.find(step).expect("a step");
        let locked = session.lock.get(session.graph.hardware(index), step).expect("it is in the lock");
        let bytes = session.store.read(locked.outputs[output]).expect("a store").expect("an object");
        let key = session.key_text(session.graph.hardware(index), step, locked.key).expect("a store").expect("a key");
        for (file, bytes) in [(output, &bytes[..]), (offprint::published::KEY, key.text.as_bytes())] {
            let path = session.published.path(session.graph.hardware(index), step, file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, bytes).expect("a file");
        }
    }

    /// Checks the bytes of all outputs in the lock against the expected ones, bypassing the engine's caches.
    #[track_caller]
    pub fn assert_right(&self) {
        let (store, file) = (self.store(), |name: &str| fs::read_to_string(self.root().join(name)).expect("a file"));
        let output = |step: &str, output: &str| -> String {
            let digest = self.locked_outputs(step)[output];
            let bytes = fs::read(store.object_path(digest)).unwrap_or_else(|error| panic!("{step}: {output}: {error}"));
            assert_eq!(Digest::of(&bytes), digest, "{step}: {output}");
            String::from_utf8(bytes).unwrap_or_else(|error| panic!("{step}: {output}: {error}"))
        };
        let data = file("data.txt");
        let expected = |step: &str| match step {
            "read" => data.clone(),
            "count" | "show" => format!("{}\n", data.lines().count()),
            "sum" => output("measure/a", "record") + &output("measure/b", "record"),
            "swell" => "\0".repeat(file("size.txt").parse().expect("a number")),
            "twice" => data.repeat(2),
            "words" => format!("{}\n", 2 * data.split_whitespace().count()),
            "end" => "end\n".to_owned(),
            other => panic!("unknown output {other}"),
        };
        for step in &self.steps {
            let found = output(&step.name, &step.outputs[0]);
            match step.class {
                Class::Measured => {
                    let digits = found.strip_prefix(' ').and_then(|record| record.strip_suffix("\nend\n"));
                    assert!(digits.is_some_and(|digits| digits.len() == 16), "{}: {found:?}", step.name);
                }
                _ => assert_eq!(found, expected(&step.name), "{}", step.name),
            }
        }
    }

    /// Removes the store, as in a fresh clone.
    pub fn forget(&self) {
        fs::remove_dir_all(self.root().join(".store")).expect("a store");
    }
}

/// The path of the lock of the paper at `root`.
pub fn lock_path(root: &Path) -> PathBuf {
    root.join("artifacts.lock")
}

/// Opens the paper at `root` with these steps.
pub fn session(root: &Path, steps: Vec<Draft>) -> Result<Session, EngineError> {
    Session::open(workspace(root, Caching::On)?, steps.iter().map(Draft::declare).collect())
}

/// Opens the checkout of the paper at `root`.
pub fn workspace(root: &Path, caching: Caching) -> Result<Workspace, EngineError> {
    Workspace::open(root, "published", LOCK, caching)
}

/// Runs all steps of the paper at `root`, as a command would.
pub fn run(
    root: &Path,
    steps: Vec<Draft>,
    policy: &Policy,
    supervisor: &Supervisor,
    watch: &mut dyn FnMut(Event),
) -> Result<Summary, EngineError> {
    let store = workspace(root, Caching::On)?.store;
    let _lock = StoreLock::wait(&store, |holder| watch(Event::StoreWaits { holder }))?;
    let mut session = session(root, steps)?;
    let all: BTreeSet<usize> = (0..session.graph.steps().len()).collect();
    execute(&mut session, &all, policy, supervisor, watch)
}

/// A step with a shell script: `$1` is its input folder and `$3` its output folder. Without inputs, `$1` is the output
/// folder.
pub fn step(name: &str, script: &str, output: &str) -> Draft {
    Draft {
        name: name.to_owned(),
        program: "sh".to_owned(),
        args: vec!["-c".to_owned(), script.to_owned()],
        inputs: vec![],
        script: None,
        lockfiles: Vec::new(),
        optional: vec![],
        sources: Sources::default(),
        crates: vec![],
        texts: BTreeMap::new(),
        identity: None,
        class: Class::Exact,
        outputs: vec![output.to_owned()],
        environment: vec![],
        limit: Duration::from_secs(20),
        priority: 0,
    }
}

/// A step that reads an output of another step.
pub fn after(name: &str, from: &str, input: &str, script: &str, output: &str) -> Draft {
    let origin = Origin::Step { step: from.to_owned(), output: input.to_owned() };
    Draft { inputs: vec![DraftInput { path: input.to_owned(), origin }], ..step(name, script, output) }
}

/// A measurement on some hardware: random digits, and a last line that shows that it is complete.
pub fn measurement(name: &str) -> Draft {
    let script =
        format!("# {name}\nod -An -N8 -tx8 /dev/urandom > \"$1/record\"; sleep 0.01; echo end >> \"$1/record\"");
    Draft {
        class: Class::Measured,
        identity: Some(hardware("a model")),
        ..step(&format!("measure/{name}"), &script, "record")
    }
}

/// Hardware with this model.
pub fn hardware(model: &str) -> Identity {
    Identity { kind: "cpu".to_owned(), facts: BTreeMap::from([("model".to_owned(), model.to_owned())]) }
}

/// Makes a read-only object writable, for a test that corrupts it.
pub fn overwrite(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).expect("an object");
    fs::write(path, bytes).expect("a file");
}
