//! Why a run failed.

use std::time::Duration;

use crate::files::FileError;

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file cannot be used, or the process cannot be started.
    #[error("step {step}: {source}")]
    File {
        /// The step.
        step: String,
        /// The file and the reason.
        source: FileError,
    },
    /// The program ended with an error.
    #[error(
        "step {step}: {program} {ended}\n{printed}\nhint: finished steps are kept; run the same command again once the \
         cause is gone"
    )]
    Failed {
        /// The step.
        step: String,
        /// Its program.
        program: String,
        /// Its exit code or signal, as text.
        ended: String,
        /// The end of what it printed.
        printed: String,
    },
    /// The program did not end in time.
    #[error("step {step}: {program} was ended after its limit of {} s\n{printed}\nhint: finished steps are kept; \
        declare a longer `limit` for the step", limit.as_secs())]
    Limit {
        /// The step.
        step: String,
        /// Its program.
        program: String,
        /// The limit.
        limit: Duration,
        /// The end of what it printed.
        printed: String,
    },
    /// The output folder is not as declared.
    #[error(
        "step {step}: {program} wrote other files than declared{}{}\nhint: declare every file that the step writes as \
         an `output`, and no other",
        list("; missing: ", missing),
        list("; not declared: ", extra)
    )]
    Outputs {
        /// The step.
        step: String,
        /// Its program.
        program: String,
        /// Declared but not written.
        missing: Vec<String>,
        /// Written but not declared.
        extra: Vec<String>,
    },
    /// Something the step depends on changed while it ran.
    #[error(
        "step {step}: changed while it ran, so its result is not kept: {changes}\nhint: run the same command again"
    )]
    Edited {
        /// The step.
        step: String,
        /// What changed.
        changes: String,
    },
    /// The step was to run on another machine, and did not.
    #[error("step {step}: {problem}")]
    Elsewhere {
        /// The step.
        step: String,
        /// Why, and the remedy.
        problem: String,
    },
    /// The step runs on another machine, and is not waited for.
    #[error("step {step}: not waited for, since another step has failed; the next run takes its result")]
    Left {
        /// The step.
        step: String,
    },
}

fn list(head: &str, names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("{head}{}", names.join(", ")) }
}
