//! `plan` and `explain`: what a run would do, and why. Neither writes anything.

use anyhow::Result;
use clap::Args;

use crate::altered;
use crate::budget::Budget;
use crate::drift;
use crate::explain::explain;
use crate::opened::{Opened, Selected, Selection, unknown_step};
use crate::paper::Paper;
use crate::plan::{Planned, json, lines, plan};
use crate::policy::{Locking, Policy};
use crate::reason::Reason;
use crate::state::State;

/// The flags of `plan`.
#[derive(Args)]
pub struct Plan<P: Paper> {
    /// Only these steps and what they need, by name or pattern [default: all]
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
    #[command(flatten)]
    selection: Selection<P>,
    /// Plan for this much measuring time, as `reproduce --budget` does
    #[arg(long, value_name = "TIME")]
    budget: Option<Budget>,
    /// Print the plan as JSON
    #[arg(long)]
    json: bool,
}

/// The flags of `explain`.
#[derive(Args)]
pub struct Explain<P: Paper> {
    /// Name of the step
    #[arg(value_name = "STEP")]
    step: String,
    #[command(flatten)]
    selection: Selection<P>,
}

impl<P: Paper> Plan<P> {
    /// Prints the plan.
    pub(crate) fn run(&self) -> Result<()> {
        let opened = self.selection.open(Locking::Update)?;
        let Selected { opened, chosen, .. } = self.selection.select(opened, &self.steps, self.budget)?;
        let policy = opened.policy(Policy::default());
        let plan = plan(&opened.session, &chosen, &policy)?;
        if self.json {
            print!("{}", json(&plan));
        } else {
            opened.remarks.iter().for_each(|remark| println!("{remark}"));
            show(&opened, &plan)?;
        }
        Ok(())
    }
}

impl<P: Paper> Explain<P> {
    /// Prints the explanation.
    pub(crate) fn run(&self) -> Result<()> {
        let opened = self.selection.open(Locking::Update)?;
        let session = &opened.session;
        let Some(index) = session.graph.find(&self.step) else { return Err(unknown_step(&session.graph, &self.step)) };
        let policy = opened.policy(Policy::default());
        let planned = plan(session, &session.graph.with_needed([index]), &policy)?;
        if let Some(planned) = planned.iter().find(|planned| planned.step == self.step) {
            print!("{}", explain(planned, &session.known(&planned.state)?));
        }
        Ok(())
    }
}

/// How many of the planned measurements are published for this hardware, and how to use them.
pub(crate) fn published<P: Paper>(opened: &Opened<P>, plan: &[Planned]) -> Option<String> {
    let is_published = |planned: &&Planned| planned.state.summary().1.contains(&Reason::NotOwn);
    let name = opened.identity.name();
    match plan.iter().filter(is_published).count() {
        0 => None,
        1 => Some(format!("1 of the measurements is published for this hardware: `--machine {name}` uses it")),
        many => {
            Some(format!("{many} of the measurements are published for this hardware: `--machine {name}` uses them"))
        }
    }
}

/// Prints a plan, and how the machine differs from when its measurements were made.
pub(crate) fn show<P: Paper>(opened: &Opened<P>, plan: &[Planned]) -> Result<()> {
    print!("{}", lines(plan));
    if let Some(hint) = published(opened, plan) {
        println!("{hint}");
    }
    if let Some(slurm) = &opened.slurm {
        for planned in plan {
            if let State::Stale { miss, .. } = &planned.state
                && let Some(job) = slurm.job(miss.key().digest)?
            {
                println!("{}: {job}", planned.step);
            }
        }
    }
    if let Some(skipped) = opened.request.skipped() {
        println!("{skipped}");
    }
    if let Some(altered) = altered::sources(&opened.session, plan)? {
        println!("warning: {altered}");
    }
    if opened.here {
        for warning in drift::warnings(&opened.session, plan, &opened.request)? {
            println!("warning: {warning}");
        }
    }
    Ok(())
}
