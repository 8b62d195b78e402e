//! `reproduce`: runs whatever is out of date and exports the results.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::budget::Budget;
use crate::commands::plan::{published, show};
use crate::execute::{Summary, execute};
use crate::executor::Executor;
use crate::export::export;
use crate::opened::{Asking, Opened, Selected, Selection, described, matching};
use crate::paper::Paper;
use crate::plan::{Planned, plan};
use crate::policy::{Failing, Locking, Measuring, Policy};
use crate::progress::{Event, Progress, duration, print_line};
use crate::step::Class;
use crate::store_lock::StoreLock;
use crate::supervisor::Supervisor;

/// The help after the flags.
pub const HELP: &str = "\
What this machine has already measured is used; everything else is measured. Published measurements are used only with \
--locked, which makes the published paper, or with --machine NAME, even on the same hardware.\n
A pattern such as 'figures/*' selects several steps, and the steps they need come with them. `cargo xtask plan` lists \
all steps.\n
--budget TIME limits the time spent measuring. Finished measurements take no time, so repeating the command continues. \
Building programs is not counted, and a measurement that has started is finished.\n
With --on slurm, measurements are jobs on nodes of a cluster, many at once, and everything else runs here. The driver \
may end meanwhile: the next run finds its jobs and takes their results. `cargo xtask status` lists them.\n
Ctrl-C stops at once. Finished steps are kept, and the same command continues from there. Jobs on a cluster go on unless you cancel them.\n
Exit code: 0 when every selected step is up to date, or, with --budget, all that fitted; 1 when something failed or \
was refused.";

/// The flags of `reproduce`.
#[derive(Args)]
pub struct Reproduce<P: Paper> {
    /// Only these steps and what they need, by name or pattern [default: all]
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
    #[command(flatten)]
    selection: Selection<P>,
    /// Print the plan and run nothing
    #[arg(long)]
    dry_run: bool,
    /// Run these steps again, by name or pattern
    ///
    /// A measurement gets another result, which the lock then uses. Any other step must give the same bytes.
    #[arg(long, value_name = "STEP")]
    again: Vec<String>,
    /// Measure for about this long, for example 20m or 1h30m
    ///
    /// Whatever does not fit is skipped. Repeat the command to continue.
    #[arg(long, value_name = "TIME", conflicts_with_all = ["again", "no_measure", "locked"])]
    budget: Option<Budget>,
    /// Measure nothing; outdated measurements stay in use and are marked
    ///
    /// If nothing was measured yet, use the published measurements of a machine with --machine NAME.
    #[arg(long)]
    no_measure: bool,
    /// After a failure, continue with steps that do not depend on it
    #[arg(long)]
    keep_going: bool,
    /// Make exactly the paper in artifacts.lock, from published measurements
    ///
    /// Any change of the lock is refused.
    #[arg(long, conflicts_with_all = ["again", "no_measure"])]
    locked: bool,
}

impl<P: Paper> Reproduce<P> {
    /// The flags of a run of these steps without measuring.
    pub(crate) fn without_measuring(steps: Vec<String>, selection: Selection<P>) -> Self {
        Self {
            steps,
            selection,
            dry_run: false,
            again: Vec::new(),
            budget: None,
            no_measure: true,
            keep_going: false,
            locked: false,
        }
    }

    /// Runs whatever is out of date.
    pub(crate) fn run(&self) -> Result<ExitCode> {
        self.run_by(&Supervisor::own())
    }

    /// The same, with what runs steps on this machine.
    pub(crate) fn run_by(&self, here: &dyn Executor) -> Result<ExitCode> {
        let started = Instant::now();
        let locking = if self.locked { Locking::Refuse } else { Locking::Update };
        // Report a typing mistake before waiting for another run.
        let asking = if self.dry_run { Asking::No } else { Asking::Yes };
        let opened = self.selection.open_again(locking, &self.again, asking)?;
        if opened.slurm.is_some() {
            print_line(&format!("measuring on {}", described(&opened.identity)));
        }
        opened.remarks.iter().for_each(|remark| print_line(remark));
        let chosen = opened.chosen(&self.steps)?;
        let policy = self.policy(&opened, &chosen, locking)?;
        if self.dry_run {
            let Selected { opened, chosen, .. } = self.selection.select(opened, &self.steps, self.budget)?;
            show(&opened, &plan(&opened.session, &chosen, &policy)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let progress = Progress::new(chosen.len());
        let mut waited = false;
        let _lock = StoreLock::wait(&opened.session.store, |holder| {
            waited = true;
            progress.report(Event::StoreWaits { holder });
        })?;
        progress.finish();
        // Sources may have changed while waiting; lock and journal may have changed in any case.
        let mut opened = if waited { self.selection.open_again(locking, &self.again, asking)? } else { opened };
        opened.session.refresh()?;
        let Selected { mut opened, mut chosen, reduced } = self.selection.select(opened, &self.steps, self.budget)?;
        if !opened.here {
            print_line(&format!("using the measurements of {}", described(&opened.identity)));
        }
        let hint = reduced.as_ref().map(|reduced| reduced.hint.clone());
        if let (Some(reduced), Some(skipped)) = (&reduced, skipped(&opened, hint.as_deref())) {
            print_line(&format!("{} measurements in about {}; {skipped}", reduced.measured, duration(reduced.about)));
        }
        let policy = self.policy(&opened, &chosen, locking)?;
        if let Some(slurm) = &opened.slurm {
            slurm.watch_for_interrupts();
        }
        if !self.no_measure {
            let planned = plan(&opened.session, &chosen, &policy)?;
            if let Some(hint) = published(&opened, &planned) {
                print_line(&format!("measuring again; {hint}"));
            }
            let must_measure =
                |planned: &Planned| planned.class == Class::Measured && planned.state.summary().0 == "run";
            if opened.slurm.is_none() && opened.here && planned.iter().any(must_measure) {
                opened.request.check_measurable()?;
            }
        }
        let mut summary = make(&mut opened, &chosen, &policy, here)?;
        if !summary.not_started.is_empty() && summary.failed.is_empty() {
            let late = summary.not_started.len();
            if let Some(request) = opened.request.without(&summary.not_started, self.budget) {
                print_line(&format!("time limit reached, {late} measurements did not start: continuing without them"));
                chosen = opened.ask(request, &chosen)?;
                // Measure nothing more, even after an edit meanwhile.
                let policy = Policy { time: Some(Duration::ZERO), ..policy };
                summary = summary.then(make(&mut opened, &chosen, &policy, here)?);
            }
        }
        let folder = opened.folder();
        let session = &opened.session;
        export(&session.store, &session.graph, &summary.outputs, &opened.root.join(&folder))?;
        session.store.remember()?;
        self.report(&summary, chosen.len(), &opened, &folder, started);
        if let Some(skipped) = skipped(&opened, hint.as_deref()) {
            println!("{skipped}");
        }
        let whole = summary.failed.is_empty() && summary.not_started.is_empty();
        Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn policy(&self, opened: &Opened<P>, chosen: &BTreeSet<usize>, locking: Locking) -> Result<Policy> {
        let graph = &opened.session.graph;
        let mut again = matching::<P>(graph, &self.again)?;
        if let Some(&other) = again.iter().find(|index| !chosen.contains(index)) {
            let name = &graph.steps()[other].name;
            bail!("--again names step {name}, which is not selected\nhint: select it as a STEP, too");
        }
        let measured = again.iter().find(|&&index| graph.steps()[index].class.is_nondeterministic());
        if let Some(&measured) = measured.filter(|_| self.no_measure || !opened.here) {
            let name = &graph.steps()[measured].name;
            bail!(
                "--again names step {name}, a measurement, but nothing is measured in this run\nhint: omit \
                 --no-measure and --machine"
            );
        }
        let once = opened.request.not_again(&opened.checkout());
        again.retain(|&index| !once.contains(graph.steps()[index].name.as_str()));
        let measuring = if self.no_measure { Measuring::Keep } else { Measuring::Run };
        let failing = if self.keep_going { Failing::GoOn } else { Failing::Stop };
        let time = self.budget.map(Budget::time);
        Ok(opened.policy(Policy { again, measuring, time, locking, failing, ..Policy::default() }))
    }

    fn report(&self, summary: &Summary, asked: usize, opened: &Opened<P>, folder: &Path, started: Instant) {
        match (summary.ran.len(), summary.restored.len()) {
            (0, 0) if summary.failed.is_empty() => println!("nothing to do: all {asked} steps are up to date"),
            (ran, 0) => println!("ran {ran} of {asked} steps in {}", duration(started.elapsed())),
            (ran, restored) => println!(
                "ran {ran} of {asked} steps and restored {restored} published ones in {}",
                duration(started.elapsed())
            ),
        }
        if !summary.outdated.is_empty() {
            println!("outdated measurements: {}; figures and report mark them", summary.outdated.len());
        }
        for remark in opened.request.remarks(&opened.checkout()) {
            println!("{remark}");
        }
        if summary.lock_changed && !opened.request.is_simulated() {
            println!("artifacts.lock changed: `git diff --stat artifacts.lock` shows how much");
        }
        println!("results: {}", folder.display());
        for (step, outputs) in &summary.outputs {
            let Some(step) = opened.session.graph.find(step).map(|index| &opened.session.graph.steps()[index]) else {
                continue;
            };
            for output in outputs.keys().filter(|output| output.ends_with(".pdf") || output.ends_with(".html")) {
                println!("{}: {}", step.name, folder.join(step.export(output)).display());
            }
        }
        if !summary.not_started.is_empty() {
            let late = summary.not_started.len();
            eprintln!("time limit reached, {late} measurements remain: run the same command again to continue");
        }
        if !summary.failed.is_empty() {
            eprintln!("error: {} of {asked} steps failed:", summary.failed.len());
            for (step, error) in &summary.failed {
                eprintln!("  {step}: {}", error.to_string().lines().next().unwrap_or_default());
            }
            if !summary.not_run.is_empty() {
                eprintln!("not run because of that: {}", summary.not_run.join(", "));
            }
            eprintln!("hint: finished steps are kept; fix the cause and run the same command again");
        }
    }
}

fn make<P: Paper>(
    opened: &mut Opened<P>,
    chosen: &BTreeSet<usize>,
    policy: &Policy,
    here: &dyn Executor,
) -> Result<Summary> {
    let progress = Progress::new(chosen.len());
    let executor = opened.slurm.as_ref().map_or(here, |slurm| slurm);
    let outcome = execute(&mut opened.session, chosen, policy, executor, &mut |event| progress.report(event));
    progress.finish();
    Ok(outcome?)
}

/// What is skipped for lack of time, and the remedy.
fn skipped<P: Paper>(opened: &Opened<P>, hint: Option<&str>) -> Option<String> {
    let skipped = opened.request.skipped()?;
    Some(hint.map_or_else(|| skipped.clone(), |hint| format!("{skipped}; {hint}")))
}
