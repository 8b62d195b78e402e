//! `check`: lists files that a step reads without declaring them. Records nothing.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::check::{METHODS, check};
use crate::opened::{Selection, unknown_step};
use crate::paper::Paper;
use crate::policy::Locking;
use crate::progress::{Event, Progress};
use crate::store_lock::StoreLock;
use crate::supervisor::Supervisor;

/// The help after the flags.
pub const HELP: &str = "\
Runs the step once more on its current inputs, and observes every file that it opens. Records nothing.

Exit code: 0 when the step declares every file it reads, 3 when it does not, 1 when the check is not possible.";

/// The flags of `check`.
#[derive(Args)]
pub struct Check<P: Paper> {
    /// Name of the step
    #[arg(value_name = "STEP")]
    step: String,
    #[command(flatten)]
    selection: Selection<P>,
}

impl<P: Paper> Check<P> {
    /// Checks the step and prints the result.
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let mut opened = self.selection.open(Locking::Update)?;
        let session = &mut opened.session;
        let Some(index) = session.graph.find(&self.step) else { return Err(unknown_step(&session.graph, &self.step)) };
        let progress = Progress::new(1);
        let _lock = StoreLock::wait(&session.store, |holder| progress.report(Event::StoreWaits { holder }))?;
        session.refresh()?;
        let report = check(session, index, &Supervisor::own(), &METHODS, &mut |event| progress.report(event));
        progress.finish();
        let report = report?;
        print!("{report}");
        Ok(report.exit_code())
    }
}
