//! `plan` and `explain`: what a run would do and why. Both write nothing.

use anyhow::Result;
use clap::Args;

use crate::budget::Budget;
use crate::choice::{Choice, Fitted, Opened, unknown_step};
use crate::surroundings;
use offprint::explain::explain;
use offprint::plan::{Planned, json, lines, plan};
use offprint::policy::{Locking, Policy};
use offprint::reason::Reason;

/// A plan.
#[derive(Args)]
pub struct Plan {
    /// Only these steps and what they need, by name or pattern; all of them when none is given
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
    #[command(flatten)]
    choice: Choice,
    /// Plan for so much time of measuring, as `reproduce --budget` does
    #[arg(long, value_name = "TIME")]
    budget: Option<Budget>,
    /// Print a list in JSON, for programs
    #[arg(long)]
    json: bool,
}

/// One step in full.
#[derive(Args)]
pub struct Explain {
    /// Name of the step
    #[arg(value_name = "STEP")]
    step: String,
    #[command(flatten)]
    choice: Choice,
}

impl Plan {
    /// Prints the plan.
    pub fn run(&self) -> Result<()> {
        let opened = self.choice.open(Locking::Update)?;
        let Fitted { opened, chosen, .. } = self.choice.fit(opened, &self.steps, self.budget)?;
        let policy = opened.policy(Policy::default());
        let plan = plan(&opened.session, &chosen, &policy)?;
        if self.json {
            print!("{}", json(&plan));
        } else {
            show(&self.choice, &opened, &plan)?;
        }
        Ok(())
    }
}

impl Explain {
    /// Prints the explanation.
    pub fn run(&self) -> Result<()> {
        let opened = self.choice.open(Locking::Update)?;
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

/// How many of the measurements to be made are published for this hardware, and how to take those.
pub fn published(opened: &Opened, plan: &[Planned]) -> Option<String> {
    let is_published = |planned: &&Planned| planned.state.told().1.contains(&Reason::NotOwn);
    let name = opened.identity.name();
    match plan.iter().filter(is_published).count() {
        0 => None,
        1 => Some(format!("1 of the measurements is published for this hardware: `--machine {name}` takes it")),
        many => {
            Some(format!("{many} of the measurements are published for this hardware: `--machine {name}` takes them"))
        }
    }
}

/// Prints a plan for people, and what of the machine differs from when its measurements were made.
pub fn show(choice: &Choice, opened: &Opened, plan: &[Planned]) -> Result<()> {
    print!("{}", lines(plan));
    if let Some(hint) = published(opened, plan) {
        println!("{hint}");
    }
    if let Some(told) = opened.study.left_out.told(&opened.study) {
        println!("{told}");
    }
    if opened.here {
        for warning in surroundings::warnings(&opened.session, plan, (&choice.procfs, &choice.sysfs))? {
            println!("warning: {warning}");
        }
    }
    Ok(())
}
