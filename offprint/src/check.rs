//! Finds files that a step reads without declaring them: runs its program once while observing every file it opens.
//! Records nothing.

pub mod folders;
pub mod isolate;
mod report;
pub mod trace;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ecow::EcoString;

use crate::error::EngineError;
use crate::files::{self, Doing};
use crate::installed::{self, TIME_FOR_VERSION};
use crate::make::staged;
use crate::plan::plan;
use crate::policy::{Measuring, Policy, Provenance};
use crate::program::Programs;
use crate::progress::Event;
use crate::resolved::{Built, Outputs, Resolved};
use crate::run::{self, Launch, RunError, Staged};
use crate::session::Session;
use crate::state::State;
use crate::step::{Origin, Program, Step};
use crate::supervisor::Supervisor;
use crate::tree::Digests;

pub use report::{Compared, Report};

use isolate::{ISOLATE, Sandbox, Seen};

/// The exit code for a step that reads undeclared files.
pub const UNDECLARED: u8 = 3;

/// How the files that a program opens are observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Private layers over the file system, in a mount namespace.
    Namespace,
    /// The system calls that `strace` logs.
    Trace,
}

/// All methods, in order of preference.
pub const METHODS: [Method; 2] = [Method::Namespace, Method::Trace];

/// Why a step cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// An input does not exist yet.
    #[error(
        "step {step}: cannot be checked before step {before} has run\nhint: run `reproduce {step}`, and then the same \
         command again"
    )]
    NotMade {
        /// The step.
        step: String,
        /// The step whose output it needs.
        before: String,
    },
    /// No method works on this machine.
    #[error(
        "step {step}: cannot see which files its program opens: {}\nhint: install `strace`, or allow user namespaces: \
         as root, `sysctl -w user.max_user_namespaces=10000`, and where AppArmor restricts them `sysctl -w \
         kernel.apparmor_restrict_unprivileged_userns=0`; in a container, start it with `--security-opt \
         seccomp=unconfined --cap-add SYS_ADMIN`",
        .problems.join("; ")
    )]
    CannotSee {
        /// The step.
        step: String,
        /// Why each method failed.
        problems: Vec<String>,
    },
}

impl From<files::FileError> for CheckError {
    fn from(error: files::FileError) -> Self {
        Self::Engine(error.into())
    }
}

/// Runs the step once and reports what it reads, using the first of the `methods` that works here. Its inputs must
/// exist already.
pub fn check(
    session: &Session,
    index: usize,
    supervisor: &Supervisor,
    methods: &[Method],
    watch: &mut dyn FnMut(Event),
) -> Result<Report, CheckError> {
    let step = &session.graph.steps()[index];
    let (given, recorded) = inputs(session, index)?;
    let scratch = session.store.scratch();
    fs::create_dir_all(&scratch).doing("cannot make the folder", &scratch)?;
    let program = Programs::new(&session.tree.root, &scratch, supervisor).ready(&step.program, watch);
    let program = program.map_err(|source| EngineError::Program { step: step.name.to_string(), source })?;
    let staged = staged(session, index, &given)?;
    let mut problems = Vec::new();
    for &method in methods {
        let folder = files::unfinished(&scratch);
        let seen = see(session, step, (&program, &staged), supervisor, method, &folder)?;
        match seen {
            Ok((seen, ended)) => {
                let report = Report::new(session, step, method, &program, &folder, &seen, ended);
                let report = report.compared(step, &folder.join("output"), recorded.as_ref())?;
                files::remove_folder(&folder)?;
                return Ok(report);
            }
            Err(problem) => problems.push(problem),
        }
        files::remove_folder(&folder)?;
    }
    Err(CheckError::CannotSee { step: step.name.to_string(), problems })
}

/// The step's present inputs, and its recorded outputs.
fn inputs(session: &Session, index: usize) -> Result<(Resolved, Option<Outputs>), CheckError> {
    let step = &session.graph.steps()[index];
    let not_made = |before: &str| CheckError::NotMade { step: step.name.to_string(), before: before.to_owned() };
    let needed = session.graph.with_needed([index]);
    let policy = Policy { measuring: Measuring::Keep, provenance: Provenance::Locked, ..Policy::default() };
    let planned = match plan(session, &needed, &policy) {
        Err(EngineError::NotMeasured { step: before, .. }) if before != step.name => return Err(not_made(&before)),
        // The step itself was never measured.
        Err(EngineError::NotMeasured { .. }) => plan(session, &needed, &Policy::default())?,
        planned => planned?,
    };
    let mut made = Built::default();
    let mut recorded = None;
    for (&at, planned) in needed.iter().zip(&planned) {
        let outputs = match &planned.state {
            State::Fresh { outputs, repair, .. } | State::Outdated { outputs, repair, .. }
                if repair.restore.is_empty() =>
            {
                outputs
            }
            _ if at == index => continue,
            _ => return Err(not_made(&planned.step)),
        };
        if at == index {
            // Only results recorded for exactly these inputs can be compared.
            recorded = matches!(planned.state, State::Fresh { .. }).then(|| outputs.clone());
        } else {
            made.outputs.insert(at, outputs.clone());
            made.outdated.extend(matches!(planned.state, State::Outdated { .. }).then_some(at));
        }
    }
    let given = Resolved::of(&session.graph, index, &made);
    let optional = session.optional(index, &made, &needed, &policy);
    Ok((Resolved { optional, ..given }, recorded))
}

type SeenOrNot = Result<(Seen, Result<(), RunError>), String>;

/// Runs the program in `folder`. The inner error is the reason why the method does not work here.
fn see(
    session: &Session,
    step: &Step,
    (program, staged): (&Path, &[Staged]),
    supervisor: &Supervisor,
    method: Method,
    folder: &Path,
) -> Result<SeenOrNot, EngineError> {
    // Paths as the kernel gives them.
    let real = |path: &Path| path.canonicalize().doing("cannot read", path);
    let layer = |what: &str| folder.with_extension(what);
    let (layers, log) = (layer("layers"), layer("log"));
    for path in [folder, &layers] {
        fs::create_dir_all(path).doing("cannot make the folder", path)?;
    }
    let (folder, layers, checkout) = (real(folder)?, real(&layers)?, real(&session.tree.root)?);
    let launch = match method {
        Method::Namespace => {
            let Some(own) = supervisor.own_program() else {
                return Ok(Err("cannot start a second process of this program".to_owned()));
            };
            let is_installed = matches!(step.program, Program::Installed(_));
            let (folder, layers, report) = (folder.clone(), layers.clone(), log.clone());
            let sandbox = Sandbox { folder, layers, checkout, is_installed, report };
            let sandbox = serde_json::to_string(&sandbox).map_err(io::Error::from).doing("cannot describe", &log)?;
            Launch { before: vec![ISOLATE.into(), sandbox.into(), program.into()], ..Launch::of(own) }
        }
        Method::Trace => {
            let Some(strace) = installed::find(trace::STRACE, &installed::search_path()) else {
                return Ok(Err("program `strace` is not installed".to_owned()));
            };
            let mut before: Vec<OsString> = trace::arguments(&log);
            before.push(program.into());
            Launch { before, ..Launch::of(&strace) }
        }
    };
    let ended = run::run(step, &launch, staged, &folder, supervisor, &mut |_| {});
    let read = || fs::read(&log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let text = read();
    let seen = match method {
        Method::Namespace => serde_json::from_str(&text).ok(),
        Method::Trace if text.is_empty() => None,
        Method::Trace => {
            let mut seen = trace::read(&text, &folder);
            if matches!(step.program, Program::Installed(_)) {
                let mut version = supervisor.command(&launch.executable).doing("cannot run", &launch.executable)?;
                version.args(&launch.before).arg("--version").current_dir(&folder);
                installed::end(&mut version, TIME_FOR_VERSION).doing("cannot run", &launch.executable)?;
                seen.own = trace::read(&read(), &folder).opened;
            }
            Some(seen)
        }
    };
    files::remove_folder(&layers)?;
    let _ = fs::remove_file(&log);
    Ok(match (seen, ended) {
        (Some(Seen { problem: Some(problem), .. }), _) => Err(problem),
        (Some(seen), ended) => Ok((seen, ended.map(drop))),
        // The limit ends the observing process, too.
        (None, Err(error @ RunError::Limit { .. })) => return Err(error.into()),
        (None, Err(error)) => Err(error.to_string()),
        (None, Ok(_)) => Err("the list of opened files was not written".to_owned()),
    })
}

/// The files of the checkout that the step declares, relative.
fn declared(session: &Session, step: &Step) -> BTreeSet<String> {
    let files = step.inputs.iter().filter_map(|input| match &input.origin {
        Origin::File(path) => Some(path.to_string()),
        Origin::Step { .. } => None,
    });
    let sources = session
        .tree
        .sources(step.source_patterns(), Digests::Cached)
        .map(|sources| sources.files.clone())
        .unwrap_or_default();
    files
        .chain(step.lockfiles.iter().map(EcoString::to_string))
        .chain(sources.into_iter().map(|(path, _)| path))
        .collect()
}

/// The folders of a program's installation, derived from the files that it opens on every call, as far as these can be
/// distinguished from everything else.
fn program_folders<'a>(own: impl Iterator<Item = &'a Path>, except: &[&Path]) -> BTreeSet<PathBuf> {
    let installation = |path: &Path| {
        let folder = path.parent()?;
        let installation = folder.parent().filter(|_| folder.ends_with("bin"))?;
        let is_one = ["lib", "lib64", "pyvenv.cfg"].iter().any(|part| installation.join(part).exists());
        let is_more = except.iter().any(|path| path.starts_with(installation));
        (is_one && !is_more).then(|| installation.to_owned())
    };
    own.filter_map(installation).collect()
}

/// The digests of those outputs of the step that exist below `folder`.
fn digests(step: &Step, folder: &Path) -> Result<Outputs, EngineError> {
    let mut found = Outputs::new();
    for output in &step.outputs {
        let path = folder.join(output.as_str());
        match crate::digest::Digest::of_file(&path) {
            Ok((digest, _)) => drop(found.insert(output.clone(), digest)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).doing("cannot read", &path)?,
        }
    }
    Ok(found)
}

/// The paths of the step's declared inputs in its input folder.
fn input_paths(step: &Step) -> BTreeSet<&str> {
    step.inputs.iter().map(|input| input.path.as_str()).collect()
}
