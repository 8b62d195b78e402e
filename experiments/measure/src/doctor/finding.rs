//! The result of a check: a problem to fix, or a note that readers of the numbers should know.

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It affects measurements, and can be fixed.
    Fix,
    /// It cannot be fixed here, or need not be.
    Note,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its severity.
    pub severity: Severity,
    /// What it is, with the numbers.
    pub what: String,
    /// Why it matters, in one line.
    pub why: &'static str,
    /// The command line that fixes or shows it.
    pub command: Option<String>,
}

impl Finding {
    /// A problem with the command that fixes it.
    pub fn fix(what: impl Into<String>, why: &'static str, command: impl Into<String>) -> Self {
        Self { severity: Severity::Fix, what: what.into(), why, command: Some(command.into()) }
    }

    /// A note.
    pub fn note(what: impl Into<String>, why: &'static str) -> Self {
        Self { severity: Severity::Note, what: what.into(), why, command: None }
    }

    /// The same with a command.
    pub fn with(self, command: impl Into<String>) -> Self {
        Self { command: Some(command.into()), ..self }
    }
}
