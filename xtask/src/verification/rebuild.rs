//! Makes everything again that follows from measurements, in a store of its own, and compares it with what a lock says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

use crate::beside;
use crate::places;
use crate::steps;
use crate::verification::answer::{Answer, Findings};
use crate::verification::evidence::Evidence;
use offprint::execute::execute;
use offprint::files::{self, Flush};
use offprint::identity::Identity;
use offprint::lock::Lock;
use offprint::policy::{Failing, Measuring, Policy, Provenance};
use offprint::progress::{Event, Progress};
use offprint::published::Published;
use offprint::reason::changes;
use offprint::resolved::Outputs;
use offprint::session::Session;
use offprint::stat_cache::{Caching, StatCache};
use offprint::step::Origin;
use offprint::store::Store;
use offprint::supervisor::Supervisor;
use offprint::tree::Tree;

/// Makes again what the lock of `evidence` names on the hardware `identity`, in `folder`, which is emptied first.
pub fn rebuild(
    root: &Path,
    folder: &Path,
    evidence: &Evidence,
    identity: &Identity,
    findings: &mut Findings,
) -> Result<()> {
    files::remove_folder(folder)?;
    let stat_cache = Arc::new(StatCache::open(root, &Store::stat_cache_path(folder), Caching::Off));
    let store = Store::open(folder, stat_cache.clone())?;
    store.prepare()?;
    for bytes in evidence.measured.values() {
        store.take_bytes(bytes, Flush::No)?;
    }
    // Nothing is measured here, so that the order of measuring is of no account.
    let (tree, shelf) = (Tree::open(root, stat_cache)?, Published::new(&folder.join("no shelf")));
    let mut study = evidence.study(root)?;
    beside::mark_outdated(root, &mut study, &tree)?;
    let declared = steps::steps(root, &study, identity, None)?;
    let lock = (evidence.lock.clone(), folder.join("artifacts.lock"));
    let mut session = Session::open(tree, store, shelf, lock, declared)?;

    // What the lock does not name was not published.
    let graph = &session.graph;
    let named = |index: &usize| evidence.lock.get(graph.hardware(*index), &graph.steps()[*index].name).is_some();
    let chosen = graph.with_needed((0..graph.steps().len()).filter(named));
    let policy = Policy {
        measuring: Measuring::Keep,
        provenance: Provenance::Locked,
        failing: Failing::GoOn,
        ..Policy::default()
    };
    let progress = Progress::new(chosen.len());
    let supervisor = Supervisor::own();
    let mut outdated = BTreeMap::new();
    let outcome = execute(&mut session, &chosen, &policy, &supervisor, &mut |event| {
        if let Event::Outdated { step, reasons } = event {
            outdated.insert(step.to_owned(), reasons.first().map(ToString::to_string).unwrap_or_default());
        }
        progress.tell(event);
    });
    progress.finish();
    let summary = outcome?;
    for (step, error) in &summary.failed {
        findings.add(format!("step {step}"), Answer::Different, error.to_string().lines().next().unwrap_or_default());
    }
    for step in &summary.not_run {
        findings.add(format!("step {step}"), Answer::Different, "it cannot be made, because another one failed");
    }
    let made = chosen.iter().copied().filter(|&index| summary.outputs.contains_key(&session.graph.steps()[index].name));
    compare(&session, made, &outdated, evidence, findings)
}

/// Each output of a step that was made again, against the published one.
fn compare(
    session: &Session,
    made: impl Iterator<Item = usize>,
    outdated: &BTreeMap<String, String>,
    evidence: &Evidence,
    findings: &mut Findings,
) -> Result<()> {
    for index in made {
        let (step, hardware) = (&session.graph.steps()[index], session.graph.hardware(index));
        let Some(published) = evidence.lock.get(hardware, &step.name) else {
            findings.add(format!("step {}", step.name), Answer::NotComparable, "it was not published");
            continue;
        };
        let Some(made) = session.lock.get(hardware, &step.name) else { continue };
        if step.class.is_nondeterministic() {
            for output in published.outputs.keys().map(|output| places::place(&step.name, output)) {
                match outdated.get(&step.name) {
                    Some(why) if !is_marked(session, &step.name, evidence) => {
                        findings.add(output, Answer::NotComparable, format!("measured by other versions: {why}"))
                    }
                    _ => findings.add(output, Answer::Identical, ""),
                }
            }
            continue;
        }
        if made.key != published.key {
            let here = session.key_text(hardware, &step.name, made.key)?.map(|key| key.text).unwrap_or_default();
            let there = evidence.keys.get(&step.name).map(String::as_str).unwrap_or_default();
            let all = changes(there, &here, &BTreeSet::new());
            let first = all.first().map_or("its key is another one".to_owned(), ToString::to_string);
            for output in published.outputs.keys() {
                let detail = format!("made from something else: {first}");
                findings.add(places::place(&step.name, output), Answer::NotComparable, detail);
            }
            continue;
        }
        bytes(session, &step.name, (&published.outputs, &made.outputs), evidence, findings)?;
    }
    Ok(())
}

/// Whether all that was made of a step has the key that was published. The keys of those that read an outdated measurement say that it is
/// one, so that the publication says so too: its record is what it is said to be, and there is nothing to measure it against.
fn is_marked(session: &Session, step: &str, evidence: &Evidence) -> bool {
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
            key(&evidence.lock, index).is_some_and(|published| key(&session.lock, index) == Some(published))
        })
}

/// Outputs of one key, which must be the same to the byte.
fn bytes(
    session: &Session,
    step: &str,
    (published, made): (&Outputs, &Outputs),
    evidence: &Evidence,
    findings: &mut Findings,
) -> Result<()> {
    for (output, old) in published {
        let place = places::place(step, output);
        match made.get(output) {
            Some(new) if new == old => findings.add(place, Answer::Identical, ""),
            Some(new) => {
                let there = evidence.files.get(&place);
                let here = session.store.read(*new)?;
                let at = there.zip(here).and_then(|(there, here)| {
                    let first = there.iter().zip(&here).position(|(one, other)| one != other);
                    first.or_else(|| (there.len() != here.len()).then_some(there.len().min(here.len())))
                });
                let at = at.map(|at| format!(", from byte {at} on")).unwrap_or_default();
                findings.add(
                    place,
                    Answer::Different,
                    format!("published {}, made again {}{at}", old.short(), new.short()),
                );
            }
            None => findings.add(place, Answer::Different, "it is not made any more"),
        }
    }
    Ok(())
}
