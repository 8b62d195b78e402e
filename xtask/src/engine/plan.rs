//! What a run would do, step by step, without doing it. Knows no terminal and writes nothing.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use crate::engine::progress::duration;
use crate::engine::session::{EngineError, Made, Session, State};

/// One step of a plan.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Its name.
    pub step: String,
    /// Whether it must run.
    pub state: State,
    /// How long it takes about.
    pub estimate: Duration,
}

/// Looks at `chosen`, a set that holds all that its members need, in order.
pub fn plan(session: &Session, chosen: &BTreeSet<usize>) -> Result<Vec<Planned>, EngineError> {
    let mut made = Made::new();
    let mut plan = Vec::with_capacity(chosen.len());
    for &index in chosen {
        let state = session.state(index, &made)?;
        if let State::Fresh(entry) = &state {
            made.insert(index, entry.outputs.clone());
        }
        plan.push(Planned {
            step: session.graph.steps()[index].name.clone(),
            state,
            estimate: session.estimate(index),
        });
    }
    Ok(plan)
}

/// A line a step, and a last one with the sum.
pub fn lines(plan: &[Planned]) -> String {
    let width = plan.iter().map(|planned| planned.step.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    let (mut count, mut sum) = (0_usize, Duration::ZERO);
    for planned in plan {
        let (word, reasons) = match &planned.state {
            State::Fresh(_) => ("fresh", &[][..]),
            State::Stale { reasons, .. } => ("run", &reasons[..]),
            State::Waiting { reasons, .. } => ("wait", &reasons[..]),
        };
        let _ = match reasons {
            [] => writeln!(text, "{word:<5}  {}", planned.step),
            [first, more @ ..] => {
                (count, sum) = (count + 1, sum + planned.estimate);
                let more = if more.is_empty() { String::new() } else { format!(" (and {} more)", more.len()) };
                let about = format!("~{}", duration(planned.estimate));
                writeln!(text, "{word:<5}  {:<width$}  {about:>8}  {first}{more}", planned.step)
            }
        };
    }
    let _ = match count {
        0 => writeln!(text, "nothing to run: all {} steps are fresh", plan.len()),
        _ => writeln!(
            text,
            "{count} of {} steps to run, about {} besides building programs; fewer when outputs turn out the same",
            plan.len(),
            duration(sum)
        ),
    };
    text
}
