//! A step: a program, what it reads and what it writes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use ecow::{EcoString, EcoVec};

use crate::identity::Identity;

mod class;
pub(crate) mod environment;
mod input;
mod installed;
mod program;

pub use class::Class;
pub use input::{Input, Origin, Sources};
pub use program::{Features, Program};

/// A program's run and everything that decides its result:
///
/// ```
/// use offprint::Step;
///
/// let time = Step::measured("time/merge/1000", "bench")
///     .args(["--algorithm", "merge", "--size", "1000"])
///     .sources(["sorting/src/**/*.rs"])
///     .output_at("times.json", "records/merge-1000.json");
/// let figure = Step::presentation("figures/time", "plot").reads(&time, "times.json", "merge-1000.json").output("time.svg");
/// assert_eq!(figure.name(), "figures/time");
/// ```
///
/// Names of steps, paths in the input folder and outputs are words separated by `/`. The graph refuses any that could
/// leave their folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Words separated by `/`, for example `measure/cpu/small/b16`.
    pub(crate) name: EcoString,
    /// What runs.
    pub(crate) program: Program,
    /// Its arguments, without the folders: `--input DIR` is added when inputs are declared, `--output DIR` always.
    pub(crate) args: EcoVec<EcoString>,
    /// Further arguments, which are in no key.
    pub(crate) unkeyed_args: EcoVec<OsString>,
    /// The files it finds in its input folder.
    pub(crate) inputs: EcoVec<Input>,
    /// Optional inputs: in no key, and never waited for.
    pub(crate) optional: EcoVec<Input>,
    /// Paths of files of the checkout that decide its result, but that it does not find in its input folder.
    pub(crate) lockfiles: EcoVec<EcoString>,
    /// The source files that decide its result.
    pub(crate) sources: Option<Box<Sources>>,
    /// Crates whose versions decide its result.
    pub(crate) crates: EcoVec<EcoString>,
    /// Other texts that decide its result, by name.
    pub(crate) texts: BTreeMap<String, String>,
    /// The hardware that its result belongs to; none when it is the same on all.
    pub(crate) identity: Option<Arc<Identity>>,
    /// What kind of result it has.
    pub(crate) class: Class,
    /// The files it writes, relative to its output folder: these and no others.
    pub(crate) outputs: EcoVec<EcoString>,
    /// Export paths of outputs, where they differ from the output's name.
    pub(crate) exports: EcoVec<(EcoString, EcoString)>,
    /// Its time limit.
    pub(crate) limit: Duration,
    /// Variables that its program sees, by name or start of name. Never in the key.
    pub(crate) environment: EcoVec<EcoString>,
    /// What the machine must have that runs it, by names of the cluster. Never in the key.
    pub(crate) needs: EcoVec<EcoString>,
    /// Estimated duration, for plans before its first run.
    pub(crate) estimate: Duration,
    /// Whether its program can be a persistent worker. Never in the key.
    pub(crate) persistent_worker: bool,
    /// Among the measured steps that are ready, the one with the lowest number runs next. Never in the key.
    pub(crate) priority: u64,
}

/// Time limit and estimated duration by default.
const DEFAULT: (Duration, Duration) = (Duration::from_secs(300), Duration::from_millis(200));

/// Declaring a step. `program` is a binary of the workspace, built when needed; with [`Step::installed`], a program on
/// the search path.
impl Step {
    /// A step that gives the same bytes each time.
    pub fn exact(name: impl Into<String>, program: impl Into<String>) -> Self {
        Self::new(name.into(), program.into(), Class::Exact)
    }

    /// A measurement: each run gives another result for the same key. It runs while no other step does.
    pub fn measured(name: impl Into<String>, program: impl Into<String>) -> Self {
        Self::new(name.into(), program.into(), Class::Measured)
    }

    /// A step that observes its environment, for example the versions of installed programs.
    pub fn observed(name: impl Into<String>, program: impl Into<String>) -> Self {
        Self::new(name.into(), program.into(), Class::Observed)
    }

    /// A step that makes something to look at, such as a figure. The same bytes each time.
    pub fn presentation(name: impl Into<String>, program: impl Into<String>) -> Self {
        Self::new(name.into(), program.into(), Class::Presentation)
    }

    fn new(name: String, bin: String, class: Class) -> Self {
        Self {
            name: name.into(),
            program: Program::Workspace { bin: bin.into(), features: Features::Default },
            args: EcoVec::new(),
            unkeyed_args: EcoVec::new(),
            inputs: EcoVec::new(),
            optional: EcoVec::new(),
            lockfiles: EcoVec::new(),
            sources: None,
            crates: EcoVec::new(),
            texts: BTreeMap::new(),
            identity: None,
            class,
            outputs: EcoVec::new(),
            exports: EcoVec::new(),
            environment: EcoVec::new(),
            needs: EcoVec::new(),
            limit: DEFAULT.0,
            estimate: DEFAULT.1,
            persistent_worker: false,
            priority: 0,
        }
    }

    /// How its program is built. No effect on an installed program.
    pub fn features(mut self, wanted: Features) -> Self {
        if let Program::Workspace { features, .. } = &mut self.program {
            *features = wanted;
        }
        self
    }

    /// Adds arguments. `--input DIR` and `--output DIR` are added when it runs.
    pub fn args<T: Into<String>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        extend(&mut self.args, args.into_iter().map(T::into));
        self
    }

    /// Adds arguments after the others that are in no key: where something is on this machine, which no result depends
    /// on. [`crate::caller`] finds it.
    pub fn unkeyed_args<T: Into<OsString>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        self.unkeyed_args.extend(args.into_iter().map(T::into));
        self
    }

    /// It reads the output of an earlier step, at a path of its input folder.
    pub fn reads(self, from: &Self, output: impl Into<String>, at: impl Into<String>) -> Self {
        self.reads_named(&from.name, output, at)
    }

    /// The same, of a step that is declared elsewhere.
    pub fn reads_named(mut self, step: &str, output: impl Into<String>, at: impl Into<String>) -> Self {
        push(&mut self.inputs, Input::made(step, output, at));
        self
    }

    /// It reads every output of an earlier step, each at the path that the step writes it to.
    pub fn reads_all(self, from: &Self) -> Self {
        from.outputs.iter().fold(self, |step, output| step.reads(from, output, output))
    }

    /// It reads these files of the checkout, each at its path from the top.
    pub fn files<T: AsRef<str>>(self, paths: impl IntoIterator<Item = T>) -> Self {
        paths.into_iter().fold(self, |step, path| step.file(path.as_ref(), path.as_ref()))
    }

    /// It reads a file of the checkout, named by its path from the top, at a path of its input folder.
    pub fn file(mut self, path: impl Into<String>, at: impl Into<String>) -> Self {
        push(&mut self.inputs, Input::file(path, at));
        self
    }

    /// It reads these.
    pub fn inputs(mut self, inputs: impl IntoIterator<Item = Input>) -> Self {
        extend(&mut self.inputs, inputs);
        self
    }

    /// It finds the output of a step if that is finished when this one starts. In no key, and nothing waits for it: it
    /// may decide whether the program tries something, but never its result. Refused for an exact step.
    pub fn optional(mut self, step: &str, output: impl Into<String>, at: impl Into<String>) -> Self {
        self.optional.push(Input::made(step, output, at));
        self
    }

    /// The source files that decide its result, by pattern: `*` within a name, `**` for any folders between.
    pub fn sources<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.sources.get_or_insert_default().include.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// These files do not decide its result, although [`Step::sources`] matches them.
    pub fn not_sources<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.sources.get_or_insert_default().exclude.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Crates that decide its result: by their version in `Cargo.lock` and, for crates in the checkout, also by `src`,
    /// `build.rs` and the manifest. Their dependencies are declared separately.
    pub fn crates<T: Into<String>>(mut self, crates: impl IntoIterator<Item = T>) -> Self {
        extend(&mut self.crates, crates.into_iter().map(T::into));
        self
    }

    /// Another text that decides its result, for example the part of a manifest that says how it is compiled.
    pub fn text(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.texts.insert(name.into(), text.into());
        self
    }

    /// Its result belongs to this hardware.
    pub fn hardware(mut self, identity: Identity) -> Self {
        self.identity = Some(Arc::new(identity));
        self
    }

    /// On a cluster, it runs on a node that has all of these, by the names that `cluster.toml` describes. Not in the key:
    /// its hardware is.
    pub fn needs<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        extend(&mut self.needs, names.into_iter().map(T::into));
        self
    }

    /// It writes this file. [`Step::export`] gives its path in `output/` and in a publication.
    pub fn output(mut self, name: impl Into<String>) -> Self {
        push(&mut self.outputs, name.into().into());
        self
    }

    /// It writes the file `name`, which has the path `export` in `output/` and in a publication.
    pub fn output_at(mut self, name: impl Into<String>, export: impl Into<String>) -> Self {
        let (name, export) = (name.into(), export.into());
        if export != self.export(&name) {
            push(&mut self.exports, (name.as_str().into(), export.into()));
        }
        self.output(name)
    }

    /// Its time limit; 5 minutes by default.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Estimated duration, for plans before its first run.
    pub fn estimate(mut self, estimate: Duration) -> Self {
        self.estimate = estimate;
        self
    }

    /// Its program can stay and serve one request after another, as [`crate::persistent_worker`] describes. `watch` makes use of
    /// it. No effect on a measured step.
    pub fn persistent_worker(mut self) -> Self {
        self.persistent_worker = true;
        self
    }

    /// Measured steps run in the order of this number, the lowest first; in declared order where it is equal.
    pub fn priority(mut self, priority: u64) -> Self {
        self.priority = priority;
        self
    }
}

/// Reading a step.
impl Step {
    /// Words separated by `/`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What runs.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Its arguments, without the folders.
    pub fn arguments(&self) -> &[EcoString] {
        &self.args
    }

    /// The files it finds in its input folder.
    pub fn all_inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Its optional inputs.
    pub fn all_optional(&self) -> &[Input] {
        &self.optional
    }

    /// The patterns of its sources.
    pub fn source_patterns(&self) -> &Sources {
        static NONE: Sources = Sources { include: Vec::new(), exclude: Vec::new() };
        self.sources.as_deref().unwrap_or(&NONE)
    }

    /// Crates whose versions decide its result.
    pub fn all_crates(&self) -> &[EcoString] {
        &self.crates
    }

    /// The other texts that decide its result, by name.
    pub fn texts(&self) -> &BTreeMap<String, String> {
        &self.texts
    }

    /// The hardware that its result belongs to.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_deref()
    }

    /// What kind of result it has.
    pub fn class(&self) -> Class {
        self.class
    }

    /// What it writes.
    pub fn outputs(&self) -> &[EcoString] {
        &self.outputs
    }

    /// The path of an output in `output/`: as declared, else below the step's name, or at the top if that is one word.
    pub fn export(&self, output: &str) -> String {
        match self.exports.iter().rfind(|(name, _)| name == output) {
            Some((_, export)) => export.to_string(),
            None if self.name.contains('/') => format!("{}/{output}", self.name),
            None => output.to_owned(),
        }
    }

    /// Its priority among measured steps.
    pub fn priority_number(&self) -> u64 {
        self.priority
    }
}

/// Adds one more; most lists have one.
fn push<T: Clone>(list: &mut EcoVec<T>, one: T) {
    if list.is_empty() {
        *list = EcoVec::with_capacity(1);
    }
    list.push(one);
}

/// Adds `more` without room for others.
fn extend<T: Clone, U: Into<T>>(list: &mut EcoVec<T>, more: impl IntoIterator<Item = U>) {
    let more: Vec<T> = more.into_iter().map(Into::into).collect();
    let mut all = EcoVec::with_capacity(list.len() + more.len());
    all.extend_from_slice(list);
    all.extend_from_slice(&more);
    *list = all;
}
