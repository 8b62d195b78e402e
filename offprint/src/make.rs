//! Makes one step: runs it, stores its outputs and records its result; or, where a result exists, repairs the store.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::digest::Digest;
use crate::entry::Entry;
use crate::error::EngineError;
use crate::executor::{Executor, Job, Places};
use crate::files::{self, Flush};
use crate::graph::OUTDATED;
use crate::journal::{self, Ran};
use crate::key::Key;
use crate::policy::{Locking, Policy};
use crate::progress::Event;
use crate::reason::{Reason, changes};
use crate::refusal;
use crate::resolved::{Outputs, Resolved};
use crate::run::{Content, Launch, RunError, Staged};
use crate::session::Session;
use crate::state::{Miss, Repair};
use crate::step::{Class, Origin, Program, Step};
use crate::store::{Found, Object};
use crate::tree::Digests;

/// The settings of Cargo of a program that this run did not build.
const BUILT_ELSEWHERE: &str = "unknown: it was built elsewhere";

/// Quarantines corrupt files, and reports them.
pub fn quarantine(
    session: &Session,
    key: Digest,
    corruption: &[Reason],
    step: &str,
    watch: &mut dyn FnMut(Event),
) -> Result<(), EngineError> {
    for reason in corruption {
        let path: PathBuf = match reason {
            Reason::EntryCorrupt { .. } => session.store.entry_path(key),
            // Another step with the same output may already have made it again.
            Reason::OutputCorrupt { object, .. } if session.store.check(*object)? == Object::Corrupt => {
                session.store.object_path(*object)
            }
            _ => continue,
        };
        let quarantined = session.store.quarantine(&path)?;
        watch(Event::Corrupt { step, reason, quarantined: &quarantined });
    }
    Ok(())
}

/// Restores missing parts of a result to the store. Returns whether any came from the published records.
pub fn repair(
    session: &Session,
    index: usize,
    key: &Key,
    outputs: &Outputs,
    repair: &Repair,
    watch: &mut dyn FnMut(Event),
) -> Result<bool, EngineError> {
    let (step, hardware) = (&session.graph.steps()[index], session.graph.hardware(index));
    quarantine(session, key.digest, &repair.corruption, &step.name, watch)?;
    for output in &repair.restore {
        let Some(&digest) = outputs.get(output) else { continue };
        if let Some(bytes) = session.published.read(hardware, &step.name, output, digest)? {
            session.store.take_bytes(&bytes, flush(step.class))?;
        }
    }
    if repair.entry {
        record(session, key, step.class, outputs)?;
    }
    Ok(!repair.restore.is_empty())
}

/// A step that was made.
pub struct Done {
    /// Its key.
    pub key: Digest,
    /// Its outputs.
    pub outputs: Outputs,
    /// Duration of its program.
    pub took: Duration,
    /// The last line that its program printed.
    pub printed: Option<String>,
    /// How it differs from the earlier result of the same key, where it must not.
    pub differs: Option<String>,
}

/// Runs one step, and stores and records its outputs. `on_output` gets what its program prints while it runs.
pub fn make(
    session: &Session,
    (index, miss): (usize, Miss),
    resolved: &Resolved,
    policy: &Policy,
    program: &Path,
    executor: &dyn Executor,
    on_output: &mut dyn FnMut(String),
) -> Result<Done, EngineError> {
    let step = &session.graph.steps()[index];
    let folder = files::unfinished(&session.store.scratch());
    let key = miss.key();
    let built = (step.class == Class::Measured && matches!(step.program, Program::Workspace { .. })).then(|| {
        match executor.program(step) {
            None => key.settings(),
            Some(_) => BUILT_ELSEWHERE.to_owned(),
        }
    });
    let launch = Launch { built, ..Launch::of(program) };
    let inputs = staged(session, index, resolved)?;
    let recorded = if policy.again.contains(&index) { results(session, index, key.digest)? } else { Vec::new() };
    let job = Job { step, key: key.digest, launch: &launch, inputs: &inputs, folder: &folder, known: &recorded };
    let finished = match step.class {
        Class::Measured => {
            // What runs elsewhere outlives this check of ours: the next run would take its result, so a program that was
            // built from edited sources must not get there.
            if executor.places() != Places::Here {
                unchanged(session, step, key, resolved)?;
            }
            executor.run(job, on_output)?
        }
        _ => executor.run_here(job, on_output)?,
    };
    unchanged(session, step, key, resolved)?;
    let mut outputs = Outputs::new();
    for output in &step.outputs {
        outputs.insert(output.clone(), session.store.take(&finished.output.join(output.as_str()), flush(step.class))?);
    }
    let known = known(session, index, key.digest)?.unwrap_or_default();
    if policy.locking == Locking::Refuse || policy.again.contains(&index) {
        refusal::same(&step.name, step.class, &known, &outputs)?;
    }
    let digest = key.digest;
    record(session, key, step.class, &outputs)?;
    if step.class == Class::Measured {
        executor.recorded(job)?;
    }
    let (name, hardware) = (step.name.to_string(), session.graph.hardware(index).to_owned());
    let (began, ended) = (finished.began, finished.ended);
    let ran = Ran { step: name, hardware, class: step.class, key: digest, boot: journal::boot(), began, ended };
    let took = ran.took();
    session.store.journal.add(ran)?;
    files::remove_folder(&folder)?;
    let differs = refusal::different(step.class, &known, &outputs);
    Ok(Done { key: digest, outputs, took, printed: finished.printed, differs })
}

/// Refuses a result when something that the step depends on has changed since its key was made.
fn unchanged(session: &Session, step: &Step, key: &Key, resolved: &Resolved) -> Result<(), EngineError> {
    let now = Key::new(step, resolved, &session.tree, Digests::Current)?;
    if now == *key {
        return Ok(());
    }
    let changes: Vec<_> = changes(&key.text, &now.text, &BTreeSet::new()).iter().map(Reason::to_string).collect();
    Err(RunError::Edited { step: step.name.to_string(), changes: changes.join("; ") }.into())
}

/// All results of a key in the lock and in the store.
fn results(session: &Session, index: usize, key: Digest) -> Result<Vec<Outputs>, EngineError> {
    let mut results: Vec<Outputs> = known(session, index, key)?.into_iter().collect();
    if let Found::Entry(entry) = session.store.find(key)? {
        results.extend(entry.results);
    }
    Ok(results)
}

/// The result of a key in the lock, or else in the store.
fn known(session: &Session, index: usize, key: Digest) -> Result<Option<Outputs>, EngineError> {
    let locked = session.lock.get(session.graph.hardware(index), &session.graph.steps()[index].name);
    if let Some(locked) = locked.filter(|locked| locked.key == key) {
        return Ok(Some(locked.outputs.clone()));
    }
    match session.store.find(key)? {
        Found::Entry(mut entry) => Ok(entry.results.pop()),
        _ => Ok(None),
    }
}

/// Adds a result to the entry of its key.
fn record(session: &Session, key: &Key, class: Class, outputs: &Outputs) -> Result<(), EngineError> {
    let mut entry = match session.store.find(key.digest)? {
        Found::Entry(entry) => *entry,
        _ => Entry { key: key.clone(), class, results: Vec::new() },
    };
    entry.add(outputs.clone());
    Ok(session.store.record(&entry, flush(class))?)
}

/// Results that cannot be made again are flushed to disk.
fn flush(class: Class) -> Flush {
    if class.is_nondeterministic() { Flush::Yes } else { Flush::No }
}

/// The files of the input folder of step `index`.
pub fn staged(session: &Session, index: usize, resolved: &Resolved) -> Result<Vec<Staged>, EngineError> {
    let mut staged = Vec::new();
    for input in &session.graph.steps()[index].inputs {
        let file = match &input.origin {
            Origin::File(path) => Some((session.tree.root.join(path.as_str()), session.tree.digest(path)?)),
            Origin::Step { .. } => resolved.digests.get(&input.path).map(|&of| (session.store.object_path(of), of)),
        };
        if let Some((path, digest)) = file {
            staged.push(Staged { path: input.path.to_string(), content: Content::File(path, digest) });
        }
    }
    for (path, &digest) in &resolved.optional {
        let content = Content::File(session.store.object_path(digest), digest);
        staged.push(Staged { path: path.to_string(), content });
    }
    if let Some(text) = resolved.outdated_file() {
        staged.push(Staged { path: OUTDATED.to_owned(), content: Content::Text(text) });
    }
    Ok(staged)
}
