//! Rebuilds everything that follows from measurements, in a store of its own, and compares it with a lock.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

use crate::execute::execute;
use crate::files::{self, Flush};
use crate::lock::Lock;
use crate::policy::{Failing, Measuring, Policy, Provenance};
use crate::progress::{Event, Progress};
use crate::published::Published;
use crate::reason::changes;
use crate::resolved::Outputs;
use crate::session::Session;
use crate::stat_cache::{Caching, StatCache};
use crate::step::{Origin, Step};
use crate::store::Store;
use crate::supervisor::Supervisor;
use crate::tree::Tree;
use crate::verification::findings::{Findings, Verdict};
use crate::verification::material::Material;
use crate::workspace::Workspace;

/// A workspace in `folder`, which is emptied first, with only the files of the checkout at `root` and the measurements
/// of `material`.
///
/// # Errors
/// A file cannot be read or written.
pub fn workspace(root: &Path, folder: &Path, lock: Lock) -> Result<Workspace> {
    files::remove_folder(folder)?;
    let stat_cache = Arc::new(StatCache::open(root, &Store::stat_cache_path(folder), Caching::Off));
    let store = Store::open(folder, stat_cache.clone())?;
    store.prepare()?;
    let (tree, published) = (Tree::open(root, stat_cache)?, Published::new(&folder.join("no records")));
    Ok(Workspace { tree, store, published, lock, lock_path: folder.join("artifacts.lock") })
}

/// Rebuilds the steps of `session` that the lock of `material` names, in [`workspace`].
///
/// # Errors
/// A file cannot be read or written.
pub fn rebuild(session: &mut Session, material: &Material, findings: &mut Findings) -> Result<()> {
    for bytes in material.measured.values() {
        session.store.take_bytes(bytes, Flush::No)?;
    }
    // Steps that the lock does not name were not published.
    let graph = &session.graph;
    let named = |index: &usize| material.lock.get(graph.hardware(*index), &graph.steps()[*index].name).is_some();
    // In order, so that earlier steps are decided first.
    let mut chosen = BTreeSet::new();
    for index in (0..graph.steps().len()).filter(named) {
        match graph.before(index).iter().find(|before| !chosen.contains(*before)) {
            None => drop(chosen.insert(index)),
            Some(&before) => findings.add(
                format!("step {}", graph.steps()[index].name),
                Verdict::NotComparable,
                format!("it needs step {}, which cannot be made from the lock", graph.steps()[before].name),
            ),
        }
    }
    let policy = Policy {
        measuring: Measuring::Keep,
        provenance: Provenance::Locked,
        failing: Failing::GoOn,
        ..Policy::default()
    };
    let progress = Progress::new(chosen.len());
    let supervisor = Supervisor::own();
    let mut outdated = BTreeMap::new();
    let outcome = execute(session, &chosen, &policy, &supervisor, &mut |event| {
        if let Event::Outdated { step, reasons } = event {
            outdated.insert(step.to_owned(), reasons.first().map(ToString::to_string).unwrap_or_default());
        }
        progress.report(event);
    });
    progress.finish();
    let summary = outcome?;
    for (step, error) in &summary.failed {
        findings.add(format!("step {step}"), Verdict::Different, error.to_string().lines().next().unwrap_or_default());
    }
    for step in &summary.not_run {
        findings.add(format!("step {step}"), Verdict::Different, "it cannot be made, because another one failed");
    }
    let made = chosen.iter().copied().filter(|&index| summary.outputs.contains_key(&session.graph.steps()[index].name));
    compare(session, made, &outdated, material, findings)
}

/// Compares each rebuilt output of a step with the published one.
fn compare(
    session: &Session,
    made: impl Iterator<Item = usize>,
    outdated: &BTreeMap<String, String>,
    material: &Material,
    findings: &mut Findings,
) -> Result<()> {
    for index in made {
        let (step, hardware) = (&session.graph.steps()[index], session.graph.hardware(index));
        let Some(published) = material.lock.get(hardware, &step.name) else { continue };
        let Some(made) = session.lock.get(hardware, &step.name) else { continue };
        if step.class.is_nondeterministic() {
            for output in published.outputs.keys().map(|output| step.export(output)) {
                match outdated.get(step.name.as_str()) {
                    Some(why) if !is_marked(session, &step.name, material) => {
                        findings.add(output, Verdict::NotComparable, format!("measured by other versions: {why}"))
                    }
                    _ => findings.add(output, Verdict::Identical, ""),
                }
            }
            continue;
        }
        if made.key != published.key {
            let here = session.key_text(hardware, &step.name, made.key)?.map(|key| key.text).unwrap_or_default();
            let there = material.keys.get(step.name.as_str()).map(String::as_str).unwrap_or_default();
            let all = changes(there, &here, &BTreeSet::new());
            let first = all.first().map_or("its key differs".to_owned(), ToString::to_string);
            for output in published.outputs.keys() {
                let detail = format!("made from something else: {first}");
                findings.add(step.export(output), Verdict::NotComparable, detail);
            }
            continue;
        }
        bytes(session, step, (&published.outputs, &made.outputs), material, findings)?;
    }
    Ok(())
}

/// Whether every step that reads a measurement has its published key. The key of a step that reads an outdated
/// measurement says that it is outdated, so the publication declares it, and there is nothing to compare it with.
fn is_marked(session: &Session, step: &str, material: &Material) -> bool {
    let graph = &session.graph;
    let reads = |index: &usize| {
        let inputs = &graph.steps()[*index].inputs;
        inputs.iter().any(|input| matches!(&input.origin, Origin::Step { step: from, .. } if from == step))
    };
    let key = |lock: &Lock, index: usize| {
        lock.get(graph.hardware(index), &graph.steps()[index].name).map(|locked| locked.key)
    };
    let mut readers = (0..graph.steps().len()).filter(reads).peekable();
    readers.peek().is_some()
        && readers.all(|index| {
            key(&material.lock, index).is_some_and(|published| key(&session.lock, index) == Some(published))
        })
}

/// Compares outputs of one key, which must be the same to the byte.
fn bytes(
    session: &Session,
    step: &Step,
    (published, made): (&Outputs, &Outputs),
    material: &Material,
    findings: &mut Findings,
) -> Result<()> {
    for (output, old) in published {
        let path = step.export(output);
        match made.get(output) {
            Some(new) if new == old => findings.add(path, Verdict::Identical, ""),
            Some(new) => {
                let there = material.files.get(&path);
                let here = session.store.read(*new)?;
                let at = there.zip(here).and_then(|(there, here)| {
                    let first = there.iter().zip(&here).position(|(one, other)| one != other);
                    first.or_else(|| (there.len() != here.len()).then_some(there.len().min(here.len())))
                });
                let at = at.map(|at| format!(", from byte {at} on")).unwrap_or_default();
                findings.add(
                    path,
                    Verdict::Different,
                    format!("published {}, made again {}{at}", old.short(), new.short()),
                );
            }
            None => findings.add(path, Verdict::Different, "it is no longer made"),
        }
    }
    Ok(())
}
