//! Why a run that must not change the lock cannot make a step. Compares a step's state with the lock.

use crate::error::{EngineError, Refusal};
use crate::key::Key;
use crate::reason::{Reason, changes};
use crate::resolved::Outputs;
use crate::session::Session;
use crate::state::State;
use crate::step::Class;

const UNLOCKED: &str = "run without --locked to bring the lock up to date, or undo the change";
const PUBLISHED: &str = "restore the published records from version control, or run without --locked to measure again";
const NOT_THE_SAME: &str =
    "the step's program depends on something that is not in its key; run without --locked to accept";

/// Refuses a step if the lock has another result for it.
pub fn check(session: &Session, index: usize, state: &State) -> Result<(), EngineError> {
    let step = &session.graph.steps()[index];
    let refuse = |reason: String, remedy| Err(Refusal { step: step.name.to_string(), reason, remedy }.into());
    let Some(locked) = session.lock.get(session.graph.hardware(index), &step.name) else {
        return match state {
            State::Waiting { .. } => Ok(()),
            _ => refuse(format!("it has none on hardware {}", session.graph.hardware(index)), UNLOCKED),
        };
    };
    let other_key = |key: &Key| -> Result<String, EngineError> {
        let old = session.key_text(session.graph.hardware(index), &step.name, locked.key)?;
        let changes = old.map(|old| changes(&old.text, &key.text, &Default::default())).unwrap_or_default();
        let first = changes.first().map(Reason::to_string);
        Ok(first.unwrap_or_else(|| format!("its key is {}, in the lock {}", key.digest.short(), locked.key.short())))
    };
    match state {
        State::Waiting { .. } => Ok(()),
        State::Fresh { key, .. } if key.digest != locked.key => refuse(other_key(key)?, UNLOCKED),
        State::Stale { miss, .. } if miss.key().digest != locked.key => refuse(other_key(miss.key())?, UNLOCKED),
        State::Fresh { outputs, .. } if *outputs != locked.outputs => {
            refuse("the result that the lock names is missing".to_owned(), PUBLISHED)
        }
        State::Fresh { .. } => Ok(()),
        State::Stale { reasons, .. } if step.class.is_nondeterministic() => {
            let reason = reasons.first().map(Reason::to_string).unwrap_or_default();
            refuse(reason, PUBLISHED)
        }
        State::Stale { .. } => Ok(()),
        // It stays in use as the lock names it. The keys of steps that read it say that it is outdated.
        State::Outdated { key, outputs, .. } if *key == locked.key && *outputs == locked.outputs => Ok(()),
        State::Outdated { reasons, .. } => refuse(reasons.first().map(Reason::to_string).unwrap_or_default(), UNLOCKED),
    }
}

/// Refuses a result that differs from the known one of the same key.
pub fn same(step: &str, class: Class, known: &Outputs, made: &Outputs) -> Result<(), Refusal> {
    match different(class, known, made) {
        None => Ok(()),
        Some(reason) => Err(Refusal { step: step.to_owned(), reason, remedy: NOT_THE_SAME }),
    }
}

/// Names an output that differs although it must not; none when all are equal or may differ.
pub fn different(class: Class, known: &Outputs, made: &Outputs) -> Option<String> {
    if class.is_nondeterministic() {
        return None;
    }
    let (output, old) = known.iter().find(|(output, digest)| made.get(output) != Some(*digest))?;
    let new = made.get(output).map_or("nothing".to_owned(), |digest| digest.short());
    Some(format!("{output} is not the same for the same key: {} → {new}", old.short()))
}
