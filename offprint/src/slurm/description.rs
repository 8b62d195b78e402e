//! The description of a job: everything that the program on the node needs to know.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use ecow::EcoString;

use crate::digest::Digest;
use crate::executor::Job;
use crate::identity::Identity;
use crate::run::Launch;
use crate::step::{Input, Step};

/// What a job is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The request, by which the paper finds the hardware of the node.
    pub request: Value,
    /// Jobs of the same key that count no longer.
    pub before: Vec<u64>,
    /// Time limit of the job [s].
    pub limit: u64,
    /// The commit of the checkout that submitted it, and whether files differ from it; none without Git.
    pub commit: Option<String>,
    /// The step to run; none to find the hardware only.
    pub step: Option<Measured>,
}

/// A step to run on a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Its name.
    pub name: String,
    /// The kind of its hardware, which is the first part of the name.
    pub kind: String,
    /// The facts of its hardware.
    pub hardware: BTreeMap<String, String>,
    /// The name of its program.
    pub program: String,
    /// How the program is found.
    pub executable: Executable,
    /// Its arguments, keyed and others.
    pub args: Vec<String>,
    /// Digests of the files of its input folder, by path there.
    pub inputs: BTreeMap<String, String>,
    /// Whether it declares an input folder, which may be empty.
    pub has_inputs: bool,
    /// Its outputs.
    pub outputs: Vec<String>,
    /// The variables that it sees.
    pub environment: Vec<String>,
    /// The settings of Cargo by which its program was built.
    pub built: Option<String>,
    /// Its time limit [s].
    pub limit: u64,
}

/// How a program is found on a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Executable {
    /// An object of the shared folder with this digest.
    Carried(String),
    /// Installed there, and the same file as here.
    Installed(String),
}

impl Measured {
    /// The description of a step. `inputs` are objects of the shared folder.
    ///
    /// # Errors
    /// An argument is not text.
    pub fn of(job: &Job, executable: Executable, inputs: BTreeMap<String, Digest>) -> Result<Self, String> {
        let step = job.step;
        let unkeyed = step.unkeyed_args.iter().map(|arg| {
            arg.to_str().map(str::to_owned).ok_or_else(|| format!("argument {} is not text", arg.display()))
        });
        let args = step.args.iter().map(|arg| Ok(arg.to_string())).chain(unkeyed).collect::<Result<_, _>>()?;
        let none = || Identity { kind: String::new(), facts: BTreeMap::new() };
        let identity = step.identity().cloned().unwrap_or_else(none);
        let texts = |list: &[EcoString]| list.iter().map(EcoString::to_string).collect();
        Ok(Self {
            name: step.name.to_string(),
            kind: identity.kind,
            hardware: identity.facts,
            program: step.program.name().to_owned(),
            executable,
            args,
            inputs: inputs.into_iter().map(|(path, digest)| (path, digest.to_string())).collect(),
            has_inputs: !step.inputs.is_empty() || !step.optional.is_empty(),
            outputs: texts(&step.outputs),
            environment: texts(&step.environment),
            built: job.launch.built.clone(),
            limit: step.limit.as_secs(),
        })
    }

    /// The step, as the program on the node runs it.
    pub fn step(&self) -> Step {
        let step = Step::measured(&self.name, &self.program).args(&self.args).limit(Duration::from_secs(self.limit));
        let step = self.outputs.iter().fold(step.environment(&self.environment), Step::output);
        let inputs = self.has_inputs.then(|| Input::made("", "", ""));
        step.installed().inputs(inputs)
    }

    /// How its program is started.
    pub fn launch(&self, executable: std::path::PathBuf, recorded: Vec<(String, OsString)>) -> Launch {
        Launch { executable, before: Vec::new(), built: self.built.clone(), recorded }
    }
}
