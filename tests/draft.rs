//! A step that a test can still change.

use std::collections::BTreeMap;
use std::time::Duration;

use offprint::step::{Class, Sources};
use offprint::{Identity, Input, Step};

/// A step of an installed program that a test can still change.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields are those of a step")]
pub struct Draft {
    pub name: String,
    pub class: Class,
    pub program: String,
    pub args: Vec<String>,
    pub script: Option<String>,
    pub lockfiles: Vec<String>,
    pub inputs: Vec<DraftInput>,
    pub optional: Vec<DraftInput>,
    pub sources: Sources,
    pub crates: Vec<String>,
    pub texts: BTreeMap<String, String>,
    pub identity: Option<Identity>,
    pub outputs: Vec<String>,
    pub environment: Vec<String>,
    pub limit: Duration,
    pub priority: u64,
}

/// The origin of an input of a draft.
#[derive(Clone, Debug)]
pub enum Origin {
    /// An output of a step.
    Step {
        /// Its name.
        step: String,
        /// The output.
        output: String,
    },
    /// A file of the checkout.
    File(String),
}

/// An input of a draft.
#[derive(Clone, Debug)]
pub struct DraftInput {
    /// Its path in the input folder.
    pub path: String,
    /// Where it is from.
    pub origin: Origin,
}

impl Draft {
    /// Declares the step.
    pub fn declare(&self) -> Step {
        let step = match self.class {
            Class::Exact => Step::exact,
            Class::Measured => Step::measured,
            Class::Observed => Step::observed,
            Class::Presentation => Step::presentation,
        }(self.name.clone(), self.program.clone());
        let step = step.installed().args(&self.args).sources(&self.sources.include).not_sources(&self.sources.exclude);
        let step = step.crates(&self.crates).limit(self.limit).estimate(Duration::ZERO).priority(self.priority);
        let step = step.environment(&self.environment);
        let step = self.texts.iter().fold(step, |step, (name, text)| step.text(name, text));
        let step = self.identity.iter().fold(step, |step, identity| step.hardware(identity.clone()));
        let step =
            self.outputs.iter().fold(step, |step, output| step.output_at(output, format!("{}/{output}", self.name)));
        let step = self.inputs.iter().fold(step, |step, input| match &input.origin {
            Origin::Step { step: from, output } => step.reads_named(from, output, &input.path),
            Origin::File(path) => step.inputs([Input::file(path, &input.path)]),
        });
        let step = self.script.iter().fold(step, |step, path| step.script(path));
        let step = self.lockfiles.iter().fold(step, |step, path| step.lockfile(path));
        self.optional.iter().fold(step, |step, input| match &input.origin {
            Origin::Step { step: from, output } => step.optional(from, output, &input.path),
            Origin::File(path) => panic!("{path} is always an input"),
        })
    }
}
