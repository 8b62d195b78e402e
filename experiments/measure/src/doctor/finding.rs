//! What a check finds: that something should be mended, or that a reader of the numbers should know of it.

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It changes what is measured, and can be changed.
    Fix,
    /// It cannot be changed here, or need not be.
    Note,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What it is, with the numbers.
    pub what: String,
    /// Why it matters, in one line.
    pub why: &'static str,
    /// The command that mends it, or shows it, as it is typed.
    pub command: Option<String>,
}

impl Finding {
    /// Something to mend with a command.
    pub fn fix(what: impl Into<String>, why: &'static str, command: impl Into<String>) -> Self {
        Self { severity: Severity::Fix, what: what.into(), why, command: Some(command.into()) }
    }

    /// Something to know.
    pub fn note(what: impl Into<String>, why: &'static str) -> Self {
        Self { severity: Severity::Note, what: what.into(), why, command: None }
    }

    /// The same with a command.
    pub fn with(self, command: impl Into<String>) -> Self {
        Self { command: Some(command.into()), ..self }
    }
}
