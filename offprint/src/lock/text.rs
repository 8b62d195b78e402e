//! Writes the text of a lock.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use super::{HEAD, Lock};
use crate::identity;
use crate::quote::{push, quote};
use crate::request;

impl Lock {
    /// The text of the file.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail.
        let _ = self.write_to(&mut text);
        text
    }

    pub(super) fn write_to(&self, out: &mut impl Write) -> fmt::Result {
        out.write_str(HEAD)?;
        // A paper that measures nothing still has a request.
        let asked = self.requests.keys().map(String::as_str);
        let mut used: BTreeSet<&str> = asked.collect();
        for (name, _) in self.steps.keys() {
            used.extend(identity::apart(name));
        }
        for (name, facts) in self.hardware.iter().filter(|(name, _)| used.contains(name.as_str())) {
            for (fact, value) in facts {
                writeln!(out, "hardware {} {} {}", quote(name), quote(fact), quote(value))?;
            }
        }
        for (name, request) in &self.requests {
            for (field, value) in &request.0 {
                writeln!(out, "request {} {} {}", quote(name), quote(field), request::line(value))?;
            }
        }
        let mut lines = String::new();
        for ((hardware, name), step) in &self.steps {
            let mut start = "step ".to_owned();
            push(&mut start, hardware);
            start.push(' ');
            push(&mut start, name);
            lines.clear();
            write!(lines, "{start} class {}\n{start} key {}\n", step.class.name(), step.key)?;
            for (output, digest) in &step.outputs {
                lines.push_str(&start);
                lines.push_str(" output ");
                push(&mut lines, output);
                writeln!(lines, " {digest}")?;
            }
            out.write_str(&lines)?;
        }
        Ok(())
    }
}
