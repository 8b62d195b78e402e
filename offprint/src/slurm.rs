//! Measured steps as jobs of Slurm: one exclusive job a step, named by the step's key.
//!
//! Slurm starts programs; only the outcome that the program on the node leaves in the shared folder shows what happened.
//! Slurm's states only decide what to do while there is no outcome. Jobs are found by their
//! names, so a driver that was killed needs no memory: the next one makes the same keys, and takes over.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::digest::Digest;
use crate::files::{Doing, FileError};
use crate::identity::Identity;
use crate::opened::Asking;
use crate::request::{self, Request};
use crate::resolved::Outputs;
use crate::run::RunError;
use crate::step::{Class, Program, Step};
use crate::supervisor::Supervisor;

pub mod absence;
pub mod action;
pub mod attempts;
pub mod cluster;
pub mod commands;
pub mod description;
mod executing;
pub mod interrupt;
pub mod listing;
pub mod node;
pub mod outcome;
pub mod poller;
pub mod shared;

use attempts::Attempts;
use cluster::{Cluster, ClusterError, Node};
use commands::{CallError, Commands, Submission};
use description::{Description, Measured};
use interrupt::Out;
use outcome::{Ended, Outcome};
use poller::Poller;
use shared::Shared;

/// The search path on a node, unless the cluster's file has another.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// The name of the driver's own program in a folder of carried programs.
const DRIVER: &str = "xtask";
/// The name of the text in a key with the digest of a program for a node.
const CARRIED: &str = "carried program";
/// The time limit for finding the hardware of a node.
const ASKING: Duration = Duration::from_secs(120);

/// Why a cluster cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SlurmError {
    /// Its file.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// Slurm does not answer, or refuses what the file asks for.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The shared folder cannot be used here.
    #[error(transparent)]
    File(#[from] FileError),
    /// The hardware of a node is not known yet.
    #[error(
        "the hardware of {0} is not known yet\nhint: `cargo xtask reproduce --on slurm` asks a node, with a job of a few seconds"
    )]
    Unknown(String),
    /// A node could not be asked.
    #[error("the hardware of {needs} cannot be found: {problem}")]
    NoHardware {
        /// What it has.
        needs: String,
        /// Why.
        problem: String,
    },
}

/// A cluster that runs measured steps.
pub struct Slurm {
    cluster: Cluster,
    root: PathBuf,
    shared: Shared,
    commands: Commands,
    supervisor: Supervisor,
    request: Value,
    /// The part of the request that decides the hardware.
    deciding: Value,
    asking: Asking,
    commit: Option<String>,
    poller: Poller,
    /// Objects that were put into the shared folder, by the path they are from.
    carried: Mutex<BTreeMap<PathBuf, Digest>>,
    /// The digests of programs for nodes that were in keys, by path.
    declared: Mutex<BTreeMap<PathBuf, Digest>>,
    /// The jobs that this run waits for.
    out: Arc<Out>,
}

impl Slurm {
    /// Reads the description of the cluster at the top `root` of a checkout, and asks Slurm and the shared folder
    /// whether they can be used. The request decides the hardware by its fields `deciding`, or by all of them.
    ///
    /// # Errors
    /// One of them cannot.
    pub fn open(root: &Path, request: Request, asking: Asking, deciding: Option<&[&str]>) -> Result<Self, SlurmError> {
        let object = |fields: BTreeMap<String, Value>| Value::Object(fields.into_iter().collect());
        let is_deciding = |(field, _): &(String, Value)| deciding.is_none_or(|fields| fields.contains(&field.as_str()));
        let deciding = object(request.0.clone().into_iter().filter(is_deciding).collect());
        let cluster = Cluster::read(root)?;
        let commands = Commands;
        commands.version()?;
        let shared = Shared::new(&cluster.shared);
        shared.prepare()?;
        Ok(Self {
            cluster,
            root: root.to_owned(),
            shared,
            commands,
            supervisor: Supervisor::own(),
            request: object(request.0),
            deciding,
            asking,
            commit: commit(root),
            poller: Poller::new(commands.jobs()?),
            carried: Mutex::default(),
            declared: Mutex::default(),
            out: Arc::default(),
        })
    }

    /// The hardware of a node with everything in `needs`: as a job found it earlier, or finds it now.
    ///
    /// # Errors
    /// It is unknown and a node may not be asked, or the job fails.
    pub fn hardware(&self, needs: &[String]) -> Result<Identity, SlurmError> {
        let node = self.cluster.node(needs)?;
        let named = if needs.is_empty() { "a node".to_owned() } else { needs.join(" and ") };
        let key = self.hardware_key(&node);
        let known = |outcome: &Outcome| match &outcome.ended {
            Ended::Hardware { kind, facts } => Some(Identity { kind: kind.clone(), facts: facts.clone() }),
            _ => None,
        };
        for (id, _) in self.shared.left(key)? {
            if let Some(Ok(outcome)) = self.shared.outcome(key, id)?
                && let Some(identity) = known(&outcome)
            {
                return Ok(identity);
            }
        }
        if self.asking == Asking::No {
            return Err(SlurmError::Unknown(named));
        }
        let problem = |problem: String| SlurmError::NoHardware { needs: named.clone(), problem };
        let comment = format!("hardware of {named}");
        let mut report = |line: String| crate::progress::print_line(&format!("{comment}: {line}"));
        let wanted = Wanted { key, comment: &comment, node: &node, limit: ASKING, step: None, known: &[] };
        self.test(&wanted)?;
        let outcome = Attempts::new(self, &wanted).run(&mut report).map_err(|error| problem(error.to_string()))?;
        match outcome.ended {
            Ended::Hardware { kind, facts } => Ok(Identity { kind, facts }),
            Ended::Trouble { problem: text } => Err(problem(format!("node {}: {text}", outcome.node))),
            other => Err(problem(format!("node {}: {other:?}", outcome.node))),
        }
    }

    /// The key of the job that finds the hardware of a node.
    fn hardware_key(&self, node: &Node) -> Digest {
        let options: Vec<String> = node.options().map(|(option, value)| format!("{option} = {value}\n")).collect();
        Digest::of(format!("hardware 1\n{}{}\n", options.concat(), request::line(&self.deciding)).as_bytes())
    }

    /// Steps with what decides their results on this cluster: the digest of a program that is carried there.
    ///
    /// # Errors
    /// A need is unknown, or the program does not exist.
    pub fn declared(&self, steps: Vec<Step>) -> Result<Vec<Step>, SlurmError> {
        let of_cluster = |step: Step| match self.carried_program(&step)? {
            None => Ok(step),
            Some(path) => Ok(step.text(CARRIED, self.declared_program(&path)?.to_string())),
        };
        steps.into_iter().map(of_cluster).collect()
    }

    /// The digest of a program for nodes, read once.
    fn declared_program(&self, path: &Path) -> Result<Digest, FileError> {
        let mut declared = self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(digest) = declared.get(path) {
            return Ok(*digest);
        }
        let (digest, _) = Digest::of_file(path).doing("cannot read the program", path)?;
        declared.insert(path.to_owned(), digest);
        Ok(digest)
    }

    /// The program that `cluster.toml` has for the nodes of a measured step, instead of one that is built here.
    fn carried_program(&self, step: &Step) -> Result<Option<PathBuf>, ClusterError> {
        if step.class != Class::Measured {
            return Ok(None);
        }
        let folder = self.cluster.node(&step.needs)?.programs;
        let Program::Workspace { bin, .. } = &step.program else { return Ok(None) };
        Ok(folder.map(|folder| self.root.join(folder).join(bin.as_str())))
    }

    /// Asks Slurm whether a job could run at all.
    fn test(&self, wanted: &Wanted) -> Result<(), SlurmError> {
        let command = [OsString::from("true")];
        Ok(self.commands.test(&self.submission(wanted, &command, &[], &self.shared.jobs(wanted.key)))?)
    }

    fn submission<'a>(
        &'a self,
        wanted: &'a Wanted,
        command: &'a [OsString],
        exclude: &'a [String],
        log: &'a Path,
    ) -> Submission<'a> {
        Submission {
            key: wanted.key,
            comment: wanted.comment,
            options: wanted.node.options().map(|(option, value)| (option, value.clone())).collect(),
            path: wanted.node.path.as_deref().unwrap_or(PATH),
            minutes: wanted.limit.as_secs().div_ceil(60),
            exclude,
            folder: self.shared.path(),
            log,
            command,
        }
    }

    /// Submits a job.
    fn submit(&self, wanted: &Wanted, before: &[u64], exclude: &[String]) -> Result<Submitted, RunError> {
        let file = |source| RunError::File { step: wanted.comment.to_owned(), source };
        let description = Description {
            request: self.request.clone(),
            before: before.to_vec(),
            limit: wanted.limit.as_secs(),
            commit: self.commit.clone(),
            step: wanted.step.clone(),
        };
        let text = serde_json::to_string_pretty(&description).unwrap_or_default();
        let digest = Digest::of(text.as_bytes());
        let folder = self.shared.jobs(wanted.key);
        self.shared.put(&folder.join(format!("{digest}.json")), text.as_bytes()).map_err(file)?;
        let driver = self.driver(wanted.node).map_err(file)?;
        let command = [
            self.shared.object(driver).into_os_string(),
            node::JOB.into(),
            self.shared.path().as_os_str().to_owned(),
            wanted.key.to_string().into(),
            digest.to_string().into(),
        ];
        let _turn = self.out.turn();
        match self.commands.submit(&self.submission(wanted, &command, exclude, &folder)) {
            Ok(id) => Ok(Submitted::As(id)),
            // A controller that is slow to answer may have taken it all the same.
            Err(error) if error.is_uncertain() => Ok(Submitted::Perhaps(error)),
            Err(error) => Ok(Submitted::Refused(error)),
        }
    }

    /// The driver's own program for a node, as an object of the shared folder.
    fn driver(&self, node: &Node) -> Result<Digest, FileError> {
        let path = match &node.programs {
            Some(folder) => self.root.join(folder).join(DRIVER),
            None => PathBuf::from("/proc/self/exe"),
        };
        self.carry(&path)
    }

    /// Puts a program into the shared folder, once.
    fn carry(&self, path: &Path) -> Result<Digest, FileError> {
        let mut carried = self.carried.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(digest) = carried.get(path) {
            return Ok(*digest);
        }
        let digest = self.shared.put_file(path)?;
        shared::make_executable(&self.shared.object(digest))?;
        carried.insert(path.to_owned(), digest);
        Ok(digest)
    }

    /// The job of a key that has no result in the store yet, in words: as Slurm listed it last, or by the outcome that it left.
    ///
    /// # Errors
    /// The shared folder cannot be read.
    pub fn job(&self, key: Digest) -> Result<Option<String>, FileError> {
        for (id, file) in self.shared.left(key)? {
            if file == Some(shared::OUTCOME)
                && let Some(Ok(Outcome { ended: Ended::Finished { .. }, node, .. })) = self.shared.outcome(key, id)?
            {
                return Ok(Some(format!("job {id} has finished on {node}")));
            }
        }
        Ok(self.poller.latest().job(key, &[]).map(attempts::in_words))
    }

    /// From now on, Ctrl-C asks what is to become of the jobs.
    pub fn watch_for_interrupts(&self) {
        interrupt::watch(&self.out);
    }
}

/// Whether a submission succeeded.
enum Submitted {
    /// It did, as this job.
    As(u64),
    /// It failed with this message, and yet there may be a job.
    Perhaps(CallError),
    /// Slurm refused it.
    Refused(CallError),
}

/// A job that is wanted.
struct Wanted<'a> {
    key: Digest,
    /// The step, for people.
    comment: &'a str,
    node: &'a Node,
    /// The time limit of the job.
    limit: Duration,
    step: Option<Measured>,
    /// Results that do not count.
    known: &'a [Outputs],
}

/// The commit of a checkout, and whether files differ from it; none without Git.
fn commit(root: &Path) -> Option<String> {
    let git = |args: &[&str]| {
        let output = Command::new("git").arg("-C").arg(root).arg("--no-optional-locks").args(args).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() { commit } else { format!("{commit} with changes") })
}
