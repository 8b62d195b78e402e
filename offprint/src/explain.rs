//! One step in full: whether it is fresh, every reason with old and new value, and the text of its key.

use std::fmt::Write;

use crate::plan::Planned;
use crate::resolved::Outputs;
use crate::state::State;

/// The explanation of a planned step. `results` are all known results of its key.
pub fn explain(planned: &Planned, results: &[Outputs]) -> String {
    let mut text = String::new();
    let name = &planned.step;
    let key = match &planned.state {
        State::Fresh { key, outputs, .. } => {
            let _ = writeln!(text, "{name} is fresh: its key has these outputs, and they are intact");
            list(outputs, &mut text);
            if results.len() > 1 {
                let _ = writeln!(text, "it was run {} times; the others, oldest first:", results.len());
                results.iter().filter(|result| *result != outputs).for_each(|result| list(result, &mut text));
            }
            key
        }
        State::Outdated { key, outputs, reasons, .. } => {
            let _ = writeln!(text, "{name} is outdated; the outputs of its earlier key stay in use:");
            list(outputs, &mut text);
            let _ = writeln!(text, "because:");
            for reason in reasons {
                let _ = writeln!(text, "  {reason}");
            }
            let _ = writeln!(text, "\nearlier key {key}");
            return text;
        }
        State::Stale { .. } | State::Waiting { .. } => {
            let _ = writeln!(text, "{name} must run:");
            for reason in planned.state.summary().1 {
                let _ = writeln!(text, "  {reason}");
            }
            match &planned.state {
                State::Waiting { partial, .. } => partial,
                State::Stale { miss, .. } => miss.key(),
                _ => return text,
            }
        }
    };
    let head = match &planned.state {
        State::Waiting { .. } => "\nthe known part of its key:".to_owned(),
        _ => format!("\nkey {}:", key.digest),
    };
    let _ = writeln!(text, "{head}");
    for line in key.text.lines() {
        let _ = writeln!(text, "  {line}");
    }
    text
}

fn list(outputs: &Outputs, text: &mut String) {
    for (output, digest) in outputs {
        let _ = writeln!(text, "  {output}  {digest}");
    }
}
