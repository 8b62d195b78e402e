//! What a run would do, step by step. Writes nothing.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::error::EngineError;
use crate::policy::Policy;
use crate::progress::duration;
use crate::reason::Reason;
use crate::resolved::{Built, Outputs};
use crate::session::Session;
use crate::state::State;
use crate::step::Class;

/// One step of a plan.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Its name.
    pub step: String,
    /// Name of the hardware that its result belongs to.
    pub hardware: String,
    /// Its class.
    pub class: Class,
    /// Whether it must run.
    pub state: State,
    /// Estimated duration; zero when it need not run.
    pub estimate: Duration,
}

/// Plans `chosen`, a set that includes everything its members need, in order.
pub fn plan(session: &Session, chosen: &BTreeSet<usize>, policy: &Policy) -> Result<Vec<Planned>, EngineError> {
    let mut made = Built::default();
    let mut plan = Vec::with_capacity(chosen.len());
    for &index in chosen {
        let state = session.state(index, &made, policy)?;
        if let State::Outdated { .. } = &state {
            made.outdated.insert(index);
        }
        if let State::Fresh { outputs, .. } | State::Outdated { outputs, .. } = &state {
            made.outputs.insert(index, outputs.clone());
        }
        let step = &session.graph.steps()[index];
        let runs = matches!(state, State::Stale { .. } | State::Waiting { .. });
        plan.push(Planned {
            step: step.name.to_string(),
            hardware: session.graph.hardware(index).to_owned(),
            class: step.class,
            state,
            estimate: if runs { session.estimate(index) } else { Duration::ZERO },
        });
    }
    Ok(plan)
}

/// One line per step, and a last one with the sum.
pub fn lines(plan: &[Planned]) -> String {
    let width = plan.iter().map(|planned| planned.step.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    let (mut count, mut sum) = (0_usize, Duration::ZERO);
    for planned in plan {
        let (state, reasons) = planned.state.summary();
        let runs = matches!(planned.state, State::Stale { .. } | State::Waiting { .. });
        (count, sum) = (count + usize::from(runs), sum + planned.estimate);
        let _ = match reasons {
            [] => writeln!(text, "{state:<8}  {}", planned.step),
            [first, more @ ..] => {
                let more = if more.is_empty() { String::new() } else { format!(" (and {} more)", more.len()) };
                let about = if runs { format!("~{}", duration(planned.estimate)) } else { String::new() };
                writeln!(text, "{state:<8}  {:<width$}  {about:>8}  {first}{more}", planned.step)
            }
        };
    }
    let outdated = plan.iter().filter(|planned| matches!(planned.state, State::Outdated { .. })).count();
    if outdated > 0 {
        let _ = writeln!(text, "outdated measurements in use: {outdated}; they are marked wherever they appear");
    }
    let _ = match count {
        0 => writeln!(text, "nothing to run: all {} steps are up to date", plan.len()),
        _ => writeln!(
            text,
            "{count} of {} steps to run, about {} plus building programs; fewer if outputs turn out the same",
            plan.len(),
            duration(sum)
        ),
    };
    text
}

/// The plan as JSON: a list with one object per step. Unknown values are null.
pub fn json(plan: &[Planned]) -> String {
    let lines = plan.iter().map(|planned| {
        let (state, reasons) = planned.state.summary();
        let (key, outputs) = match &planned.state {
            State::Fresh { key, outputs, .. } => (Some(key.digest), Some(outputs)),
            State::Outdated { key, outputs, .. } => (Some(*key), Some(outputs)),
            State::Stale { miss, .. } => (Some(miss.key().digest), None),
            State::Waiting { .. } => (None, None),
        };
        let digests = |outputs: &Outputs| -> Map<String, Value> {
            outputs.iter().map(|(output, digest)| (output.to_owned(), json!(digest.to_string()))).collect()
        };
        json!({
            "step": planned.step,
            "class": planned.class.name(),
            "hardware": planned.hardware,
            "state": state,
            "key": key.map(|key| key.to_string()),
            "outputs": outputs.map(digests),
            "reasons": reasons.iter().map(reason).collect::<Vec<_>>(),
            "estimate_seconds": planned.estimate.as_secs_f64(),
        })
    });
    format!("{:#}\n", Value::Array(lines.collect()))
}

fn reason(reason: &Reason) -> Value {
    let published = match reason {
        Reason::PublishedDiffers { file } => file.display().to_string(),
        _ => String::new(),
    };
    let (kind, subject, old, new) = match reason {
        Reason::NeverRun => ("never-run", None, None, None),
        Reason::Asked => ("asked", None, None, None),
        Reason::Changed { field, old, new } => ("changed", Some(field), old.as_ref(), new.as_ref()),
        Reason::Waits { step } => ("waits", Some(step), None, None),
        Reason::NotInstalled { program } => ("not-installed", Some(program), None, None),
        Reason::OutputMissing { output } => ("output-missing", Some(output), None, None),
        Reason::OutputCorrupt { output, .. } => ("output-corrupt", Some(output), None, None),
        Reason::PublishedDiffers { .. } => ("published-differs", Some(&published), None, None),
        Reason::NotOwn => ("not-own", None, None, None),
        Reason::EntryCorrupt { problem } => ("entry-corrupt", Some(problem), None, None),
    };
    json!({ "kind": kind, "subject": subject, "old": old, "new": new, "text": reason.to_string() })
}
