//! The program on the node: checks that the node is what the step asks for, runs the step as it would run on the
//! driver's machine, and leaves the outcome in the shared folder.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::description::{Description, Executable, Measured};
use super::outcome::{Ended, Outcome, SHARE_FAILED, VERSION};
use super::shared::{self, OUTCOME, Shared};
use crate::digest::Digest;
use crate::error::described;
use crate::files;
use crate::identity::Identity;
use crate::installed;
use crate::log;
use crate::paper::Paper;
use crate::request::Request;
use crate::run::{self, Content, Finished, RunError, Staged};
use crate::step::Step;
use crate::supervisor::Supervisor;

/// The first argument of the program on a node.
pub const JOB: &str = "offprint-job";
/// Variables of Slurm that a record names: where and as what a step was measured.
const RECORDED: [&str; 4] = ["SLURM_CLUSTER_NAME", "SLURM_JOB_ID", "SLURM_JOB_PARTITION", "SLURMD_NODENAME"];
/// Slurm's version, the other jobs on the node, the commit of the checkout that submitted and the digest of the program,
/// in the same place.
const OURS: [&str; 4] = ["OFFPRINT_SCHEDULER", "OFFPRINT_OTHER_JOBS", "OFFPRINT_COMMIT", "OFFPRINT_PROGRAM"];
/// Slurm announces the end of a job's time a minute before, and looks every half a minute.
const ANNOUNCED: Duration = Duration::from_secs(90);

/// Acts as the program on a node if this process was started as such; none otherwise.
pub fn hook<P: Paper>() -> Option<ExitCode> {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [name, folder, key, description] = &args[..] else { return None };
    if name != JOB {
        return None;
    }
    Some(match Node::new(Path::new(folder), key, description).and_then(|node| node.run::<P>()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", described(&error));
            ExitCode::from(SHARE_FAILED)
        }
    })
}

/// One job on a node.
struct Node {
    shared: Shared,
    key: Digest,
    id: u64,
    name: String,
    description: Description,
    began: Instant,
    /// The folder that the step runs in, on a disk of the node.
    scratch: PathBuf,
    /// Whether the outcome is decided. After that, a signal changes nothing.
    decided: Mutex<bool>,
}

impl Node {
    fn new(folder: &Path, key: &OsStr, description: &OsStr) -> Result<Self> {
        let began = Instant::now();
        let digest = |text: &OsStr| text.to_str().and_then(|text| text.parse::<Digest>().ok()).context("not a digest");
        let (shared, key, description) = (Shared::new(folder), digest(key)?, digest(description)?);
        let variable =
            |name: &str| std::env::var(name).with_context(|| format!("{name} is not set: Slurm starts this program"));
        let (id, name): (u64, _) = (variable("SLURM_JOB_ID")?.parse()?, variable("SLURMD_NODENAME")?);
        let text = shared::read(&shared.jobs(key).join(format!("{description}.json")), description)?;
        let description = serde_json::from_slice(&text).context("the description of the job")?;
        // A node that lost its power may have one of an earlier job of this number.
        let mut folders = (0..).map(|number| temporary(&format!("{name}-{id}-{number}")));
        let scratch = folders.find(|folder| !folder.exists()).context("no folder is free")?;
        Ok(Self { shared, key, id, name, description, began, scratch, decided: Mutex::new(false) })
    }

    fn run<P: Paper>(self) -> Result<ExitCode> {
        if self.shared.has_measured(self.key, &self.description.before)? {
            println!("an earlier job has measured this step");
            return Ok(ExitCode::SUCCESS);
        }
        let folder = self.shared.result(self.key, self.id);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let node = Arc::new(self);
        let signalled = node.clone();
        let mut signals = Signals::new([SIGTERM, SIGINT])?;
        thread::spawn(move || {
            if signals.forever().next().is_some() {
                signalled.stop();
            }
        });
        let ended = node.measure::<P>();
        let ended = ended.unwrap_or_else(|error| Ended::Trouble { problem: described(&error) });
        let left = files::remove_folder(&node.scratch);
        let decided = node.leave(ended)?;
        left?;
        Ok(if matches!(decided, Ended::Finished { .. } | Ended::Hardware { .. }) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// Everything up to the outcome. Errors are troubles of this node.
    fn measure<P: Paper>(&self) -> Result<Ended> {
        let request = serde_json::from_value(self.description.request.clone()).map(Request)?;
        let found = request.arguments::<P>(&self.name)?.hardware()?;
        let Some(step) = &self.description.step else {
            return Ok(Ended::Hardware { kind: found.kind, facts: found.facts });
        };
        let Some(lock) = locked(&self.name)? else { return Ok(Ended::Busy) };
        let wanted = Identity { kind: step.kind.clone(), facts: step.hardware.clone() };
        if found != wanted {
            return Ok(Ended::OtherHardware { differs: differences(&wanted, &found) });
        }
        fs::create_dir(&self.scratch).with_context(|| self.scratch.display().to_string())?;
        fs::set_permissions(&self.scratch, fs::Permissions::from_mode(0o700))?;
        let finished = self.start(step, &self.scratch);
        drop(lock);
        match finished {
            Ok(finished) => self.keep(step, &finished),
            Err(RunError::Failed { ended, printed, .. }) => Ok(Ended::Failed { ended, printed }),
            Err(RunError::Limit { limit, printed, .. }) => Ok(Ended::Late { limit: limit.as_secs(), printed }),
            Err(RunError::Outputs { missing, extra, .. }) => Ok(Ended::Outputs { missing, extra }),
            Err(other) => Err(other.into()),
        }
    }

    fn start(&self, measured: &Measured, scratch: &Path) -> Result<Finished, RunError> {
        let file = |source| RunError::File { step: measured.name.clone(), source };
        let executable = scratch.join(&measured.program);
        let executable = match &measured.executable {
            Executable::Carried(digest) => {
                let digest = parsed(digest, &measured.name)?;
                // On a disk of the node, so that nothing is read over the network while it measures.
                shared::fetch(&self.shared.object(digest), digest, &executable).map_err(file)?;
                shared::make_executable(&executable).map_err(file)?;
                executable
            }
            Executable::Installed(digest) => installed_here(&measured.program, digest, &measured.name)?,
        };
        let mut inputs = Vec::new();
        for (path, digest) in &measured.inputs {
            let digest = parsed(digest, &measured.name)?;
            inputs.push(Staged { path: path.clone(), content: Content::File(self.shared.object(digest), digest) });
        }
        let commit = self.description.commit.clone().unwrap_or_else(|| "unknown".to_owned());
        let (Executable::Carried(program) | Executable::Installed(program)) = measured.executable.clone();
        let recorded = OURS.into_iter().zip([version(), others(&self.name, self.id), commit, program]);
        let recorded = recorded.map(|(name, value)| (name.to_owned(), value.into())).collect();
        let step = measured.step();
        // A step that sees nothing of the user's has no record of it either.
        let step = if step.environment.is_empty() { step } else { Step::environment(step, RECORDED) };
        let launch = measured.launch(executable, recorded);
        let folder = scratch.join("work");
        println!("{} on {}", measured.name, self.name);
        run::run(&step, &launch, &inputs, &folder, &Supervisor::own(), &mut |line| println!("{line}"))
    }

    /// Copies the outputs to the shared folder.
    fn keep(&self, step: &Measured, finished: &Finished) -> Result<Ended> {
        let mut outputs = BTreeMap::new();
        let folder = self.shared.result(self.key, self.id).join("output");
        for output in &step.outputs {
            let bytes = fs::read(finished.output.join(output)).with_context(|| output.clone())?;
            self.shared.put(&folder.join(output), &bytes)?;
            outputs.insert(output.clone(), Digest::of(&bytes).to_string());
        }
        let seconds = finished.ended.saturating_sub(finished.began).as_secs_f64();
        Ok(Ended::Finished { outputs, seconds, printed: finished.printed.clone() })
    }

    /// Writes the outcome, unless a signal has decided it.
    fn leave(&self, ended: Ended) -> Result<Ended> {
        let mut decided = self.decided.lock().unwrap_or_else(PoisonError::into_inner);
        if *decided {
            // The other thread is about to end the process.
            thread::park();
        }
        *decided = true;
        self.write(ended.clone())?;
        Ok(ended)
    }

    fn write(&self, ended: Ended) -> Result<()> {
        println!("{}", serde_json::to_string(&ended).unwrap_or_default());
        let outcome =
            Outcome { version: VERSION, key: self.key.to_string(), ended, node: self.name.clone(), job: self.id };
        Ok(self.shared.put(&self.shared.result(self.key, self.id).join(OUTCOME), outcome.text().as_bytes())?)
    }

    /// Ends the job on a signal. The step's program ends with this process.
    fn stop(&self) {
        let mut decided = self.decided.lock().unwrap_or_else(PoisonError::into_inner);
        if *decided {
            return;
        }
        *decided = true;
        let limit = Duration::from_secs(self.description.limit);
        let is_late = self.began.elapsed() + ANNOUNCED >= limit;
        let printed = || log::failing(&self.scratch.join("work"));
        let ended = if is_late { Ended::Late { limit: limit.as_secs(), printed: printed() } } else { Ended::Stopped };
        if let Err(error) = self.write(ended) {
            eprintln!("error: {}", described(&error));
        }
        let _ = files::remove_folder(&self.scratch);
        // 128 and the number of the signal.
        std::process::exit(143);
    }
}

fn parsed(digest: &str, step: &str) -> Result<Digest, RunError> {
    digest.parse().map_err(|_| RunError::Edited { step: step.to_owned(), changes: format!("`{digest}` is no digest") })
}

/// An installed program, if it is the same file as on the driver's machine.
fn installed_here(name: &str, digest: &str, step: &str) -> Result<PathBuf, RunError> {
    let elsewhere = |problem: String| RunError::Elsewhere { step: step.to_owned(), problem };
    let other = |what: String| {
        elsewhere(format!("{what}\nhint: install the same `{name}` there, or correct `path` in cluster.toml"))
    };
    let path = installed::find(name, &installed::search_path());
    let path = path.ok_or_else(|| other(format!("`{name}` is not installed on the node")))?;
    let (found, _) = Digest::of_file(&path).map_err(|error| elsewhere(format!("`{name}`: {error}")))?;
    if found.to_string() == digest {
        return Ok(path);
    }
    Err(other(format!("the node has another `{name}` ({}) than the machine that submits", found.short())))
}

/// How two pieces of hardware differ, in words.
fn differences(wanted: &Identity, found: &Identity) -> String {
    let value =
        |identity: &Identity, fact: &str| identity.facts.get(fact).cloned().unwrap_or_else(|| "none".to_owned());
    let names: std::collections::BTreeSet<&String> = wanted.facts.keys().chain(found.facts.keys()).collect();
    let differs = names.into_iter().filter(|fact| wanted.facts.get(*fact) != found.facts.get(*fact));
    let facts = differs.map(|fact| format!("{fact} is {} instead of {}", value(found, fact), value(wanted, fact)));
    format!("it is {}, not {}: {}", found.name(), wanted.name(), facts.collect::<Vec<_>>().join(", "))
}

/// The version of Slurm on the node.
fn version() -> String {
    match Command::new("squeue").arg("--version").output() {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        _ => "unknown".to_owned(),
    }
}

/// How many other jobs are on a node: a number, or why it is unknown.
fn others(node: &str, own: u64) -> String {
    let mut squeue = Command::new("squeue");
    squeue.args(["--noheader", "--states=RUNNING,SUSPENDED,COMPLETING", "--format=%A", "--nodelist", node]);
    match squeue.output() {
        Ok(output) if output.status.success() => {
            let own = own.to_string();
            String::from_utf8_lossy(&output.stdout).lines().filter(|id| id.trim() != own).count().to_string()
        }
        _ => "unknown".to_owned(),
    }
}

/// Locks a node against other measurements of this user; none when one is running. It is a name in the kernel, since a site
/// may give each job a folder of temporary files of its own, where a lock would exclude nobody.
fn locked(node: &str) -> Result<Option<UnixListener>> {
    let name = format!("offprint-{}-{node}", rustix::process::getuid().as_raw());
    match UnixListener::bind_addr(&SocketAddr::from_abstract_name(name)?) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(None),
        lock => lock.map(Some).context("cannot lock the node"),
    }
}

/// A path in the node's own folder of temporary files.
fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("offprint-{}-{name}", rustix::process::getuid().as_raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_locked_wherever_its_jobs_have_their_temporary_files() {
        let node = format!("a node of process {}", std::process::id());
        let lock = locked(&node).unwrap();
        assert!(lock.is_some() && locked(&node).unwrap().is_none());
        assert!(locked(&format!("{node}'s neighbour")).unwrap().is_some());
        drop(lock);
        assert!(locked(&node).unwrap().is_some());
    }

    #[test]
    fn other_hardware_is_described_by_what_differs() {
        let of = |cores: &str| {
            let facts =
                [("cpu", "a processor"), ("cores", cores)].map(|(fact, value)| (fact.to_owned(), value.to_owned()));
            Identity { kind: "cpu".to_owned(), facts: facts.into() }
        };
        let text = differences(&of("4"), &of("2"));
        assert!(text.contains(&of("4").name()) && text.ends_with(": cores is 2 instead of 4"), "{text}");
    }
}
