//! `reproduce`: makes what is not fresh and shows the results.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;

use crate::choice::{Choice, Opened, meant, told};
use crate::commands::plan::show;
use crate::engine::execute::{Summary, execute};
use crate::engine::guard::Guard;
use crate::engine::hold::Hold;
use crate::engine::plan::plan;
use crate::engine::policy::{Failing, Locking, Measuring, Policy};
use crate::engine::progress::{Event, Progress, duration};
use crate::study::Device;
use crate::views;

/// What `--help` says last.
pub const HELP: &str = "\
Steps: counts, measure/DEVICE/NETWORK/bBATCH, estimates, figures/figNN, tables, pictures, facts, claims, report. A pattern such as \
'measure/cpu/resnet-*/b16' or 'figures/*' chooses several, and what they need comes with them.\n
Ctrl-C stops at once; finished steps are kept, and the same command goes on from there.\n
Exit code: 0 when everything asked for is made, 1 when something failed or was refused.";

/// A run.
#[derive(Args)]
pub struct Reproduce {
    /// Only these steps and what they need, by name or pattern; all of them when none is given
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
    #[command(flatten)]
    choice: Choice,
    /// Print the plan and run nothing
    #[arg(long)]
    dry_run: bool,
    /// Run these steps whatever there is, by name or pattern. A measurement gets one more answer, which the lock then names; any other step must give the same bytes
    #[arg(long, value_name = "STEP")]
    again: Vec<String>,
    /// Measure nothing: measurements that are not fresh stay in use, and whatever shows them says that they are outdated
    #[arg(long)]
    no_measure: bool,
    /// After a failure, go on with what does not depend on it
    #[arg(long)]
    keep_going: bool,
    /// Leave artifacts.lock as it is: refuse whatever would change it
    #[arg(long, conflicts_with_all = ["again", "no_measure"])]
    locked: bool,
}

impl Reproduce {
    /// Makes what is not fresh.
    pub fn run(&self) -> Result<ExitCode> {
        let started = Instant::now();
        let locking = if self.locked { Locking::Refuse } else { Locking::Update };
        // A typing mistake is told before waiting for another run.
        let opened = self.choice.open(locking)?;
        let chosen = opened.chosen(&self.steps)?;
        let policy = self.policy(&opened, locking)?;
        if self.dry_run {
            show(&self.choice, &opened, &plan(&opened.session, &chosen, &policy)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let progress = Progress::new(chosen.len());
        let mut waited = false;
        let _hold = Hold::wait(&opened.session.store, |holder| {
            waited = true;
            progress.tell(Event::StoreWaits { holder });
        })?;
        // Sources may have changed while waiting, and lock and journal even without it.
        let mut opened = if waited { self.choice.open(locking)? } else { opened };
        opened.session.refresh()?;
        let chosen = opened.chosen(&self.steps)?;
        let policy = self.policy(&opened, locking)?;
        if !opened.here {
            progress.line(&format!("using the measurements of {}", told(&opened.identity)));
        }

        let guard = Guard::own();
        let outcome = execute(&mut opened.session, &chosen, &policy, &guard, &mut |event| progress.tell(event));
        progress.finish();
        let summary = outcome?;
        let folder = Path::new("output").join(self.choice.device.name());
        views::show(&opened.session.store, &summary.outputs, &opened.root.join(&folder))?;
        opened.session.store.remember()?;
        self.tell(&summary, chosen.len(), &folder, started);
        Ok(if summary.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn policy(&self, opened: &Opened, locking: Locking) -> Result<Policy> {
        let graph = &opened.session.graph;
        let again = meant(graph, &self.again)?;
        let chosen = opened.chosen(&self.steps)?;
        if let Some(&other) = again.iter().find(|index| !chosen.contains(index)) {
            let name = &graph.steps()[other].name;
            bail!("--again names step {name}, which is not among the steps to make\nhint: name it as a STEP too");
        }
        let measured = again.iter().find(|&&index| graph.steps()[index].class.has_answers());
        if let Some(&measured) = measured.filter(|_| self.no_measure || !opened.here) {
            let name = &graph.steps()[measured].name;
            bail!(
                "--again names step {name}, which is a measurement, and nothing is to be measured here\nhint: call without --no-measure and --machine"
            );
        }
        let measuring = if self.no_measure { Measuring::Keep } else { Measuring::Run };
        let failing = if self.keep_going { Failing::GoOn } else { Failing::Stop };
        Ok(opened.policy(Policy { again, measuring, locking, failing }))
    }

    fn tell(&self, summary: &Summary, asked: usize, folder: &Path, started: Instant) {
        match (summary.ran.len(), summary.restored.len()) {
            (0, 0) if summary.failed.is_empty() => println!("nothing had to run: all {asked} steps are at hand"),
            (ran, 0) => println!("ran {ran} of {asked} steps in {}", duration(started.elapsed())),
            (ran, restored) => println!(
                "ran {ran} of {asked} steps and restored {restored} published ones in {}",
                duration(started.elapsed())
            ),
        }
        if !summary.outdated.is_empty() {
            println!("{} measurements are outdated; figures and report say so", summary.outdated.len());
        }
        if self.choice.device == Device::Simulated {
            println!("simulated device: nothing here is a measurement");
        }
        if summary.lock_changed && self.choice.device != Device::Simulated {
            println!("artifacts.lock changed: `git diff --stat artifacts.lock` shows how much");
        }
        match summary.outputs.contains_key("report") {
            true => println!("report: {}", folder.join("report.pdf").display()),
            false => println!("results: {}", folder.display()),
        }
        if !summary.failed.is_empty() {
            eprintln!("error: {} of {asked} steps failed:", summary.failed.len());
            for (step, error) in &summary.failed {
                eprintln!("  {step}: {}", error.to_string().lines().next().unwrap_or_default());
            }
            if !summary.not_run.is_empty() {
                eprintln!("not made because of that: {}", summary.not_run.join(", "));
            }
            eprintln!("hint: finished steps are kept; run the same command again once the cause is gone");
        }
    }
}
