//! One step in full: whether it is fresh, every reason with old and new value, and the text of its key. Writes nothing.

use std::fmt::Write;

use crate::engine::plan::Planned;
use crate::engine::session::State;

/// The explanation of a planned step.
pub fn explain(planned: &Planned) -> String {
    let mut text = String::new();
    let name = &planned.step;
    let key = match &planned.state {
        State::Fresh(entry) => {
            let _ = writeln!(text, "{name} is fresh: its key has these outputs, and they are intact");
            for (output, digest) in &entry.outputs {
                let _ = writeln!(text, "  {output}  {digest}");
            }
            &entry.key
        }
        State::Stale { key, reasons } | State::Waiting { partial: key, reasons } => {
            let _ = writeln!(text, "{name} must run:");
            for reason in reasons {
                let _ = writeln!(text, "  {reason}");
            }
            key
        }
    };
    let head = match &planned.state {
        State::Waiting { .. } => "\nwhat is known of its key:".to_owned(),
        _ => format!("\nkey {}:", key.digest),
    };
    let _ = writeln!(text, "{head}");
    for line in key.text.lines() {
        let _ = writeln!(text, "  {line}");
    }
    text
}
