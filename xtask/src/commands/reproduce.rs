//! `reproduce`: makes what is not fresh and shows the results.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::budget::Budget;
use crate::choice::{Choice, Fitted, Opened, meant, told};
use crate::commands::plan::{published, show};
use crate::device::Device;
use crate::fitting::Fit;
use crate::left_out::LeftOut;
use crate::study::Study;
use crate::views;
use offprint::execute::{Summary, execute};
use offprint::plan::plan;
use offprint::policy::{Failing, Locking, Measuring, Policy};
use offprint::progress::{Event, Progress, duration, say};
use offprint::store_lock::StoreLock;
use offprint::supervisor::Supervisor;

/// What `--help` says last.
pub const HELP: &str = "\
What there is of this machine's own measurements is used, and the rest is measured. Measurements that somebody published are used with \
--locked, which makes the published paper, or with --machine NAME, also where they are of the same hardware as this.\n
Steps: counts, measure/DEVICE/NETWORK/bBATCH, layers/DEVICE/NETWORK/b1, estimates, figures/figNN, tables, pictures, facts, claims, report. A pattern such as \
'measure/cpu/resnet-*/b16' or 'figures/*' chooses several, and what they need comes with them.\n
--budget TIME fits the measuring into a time: first batch 1 of all networks, then batch 16, then the others, each measured as \
always. Points that do not fit are left out, and figures and report are made of the rest; what is measured already costs \
nothing, so that the same call goes on. Building programs is not counted, and a point that has begun is finished.\n
Ctrl-C stops at once; finished steps are kept, and the same command goes on from there.\n
Exit code: 0 when everything asked for is made, with --budget everything that fitted; 1 when something failed or was refused.";

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
    /// Run these steps whatever there is, by name or pattern. Points get one more session, which estimates combine with those before: the
    /// points among them that have the fewest, so that the same call goes on. Times by layer get another answer, which the lock then
    /// names, and so does a session that is named itself; any other step must give the same bytes
    #[arg(long, value_name = "STEP")]
    again: Vec<String>,
    /// Measure for about so long, for example 20m or 1h30m: the most telling points first, and what does not fit is left out.
    /// The same call again goes on where this one stopped
    #[arg(long, value_name = "TIME", conflicts_with_all = ["again", "no_measure", "locked"])]
    budget: Option<Budget>,
    /// Measure nothing: measurements that are not fresh stay in use, and whatever shows them says that they are outdated. Where nothing
    /// was measured yet, --machine NAME names whose published measurements to use
    #[arg(long)]
    no_measure: bool,
    /// After a failure, go on with what does not depend on it
    #[arg(long)]
    keep_going: bool,
    /// The paper as artifacts.lock has it, from published measurements: refuse whatever would change the lock
    #[arg(long, conflicts_with_all = ["again", "no_measure"])]
    locked: bool,
}

impl Reproduce {
    /// These steps from the measurements that there are.
    pub fn without_measuring(steps: Vec<String>, choice: Choice) -> Self {
        Self {
            steps,
            choice,
            dry_run: false,
            again: Vec::new(),
            budget: None,
            no_measure: true,
            keep_going: false,
            locked: false,
        }
    }

    /// Makes what is not fresh.
    pub fn run(&self) -> Result<ExitCode> {
        let started = Instant::now();
        let locking = if self.locked { Locking::Refuse } else { Locking::Update };
        // A typing mistake is told before waiting for another run.
        let opened = self.choice.open_again(locking, &self.again)?;
        if let Some(why) = &opened.why {
            say(&format!("device {}: {why}", opened.study.device));
        }
        let chosen = opened.chosen(&self.steps)?;
        let policy = self.policy(&opened, &chosen, locking)?;
        if self.dry_run {
            let Fitted { opened, chosen, .. } = self.choice.fit(opened, &self.steps, self.budget)?;
            show(&self.choice, &opened, &plan(&opened.session, &chosen, &policy)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let progress = Progress::new(chosen.len());
        let mut waited = false;
        let _lock = StoreLock::wait(&opened.session.store, |holder| {
            waited = true;
            progress.tell(Event::StoreWaits { holder });
        })?;
        progress.finish();
        // Sources may have changed while waiting, and lock and journal even without it.
        let mut opened = if waited { self.choice.open_again(locking, &self.again)? } else { opened };
        opened.session.refresh()?;
        let Fitted { mut opened, mut chosen, fit } = self.choice.fit(opened, &self.steps, self.budget)?;
        if !opened.here {
            say(&format!("using the measurements of {}", told(&opened.identity)));
        }
        let hint = fit.as_ref().map(Fit::hint);
        if let (Some(fit), Some(left_out)) = (&fit, left_out(&opened, hint.as_deref())) {
            say(&format!("measuring {} points in about {}; {left_out}", fit.measured, duration(fit.about)));
        }
        let policy = self.policy(&opened, &chosen, locking)?;
        if let Some(hint) = published(&opened, &plan(&opened.session, &chosen, &policy)?) {
            say(&format!("measuring anew; {hint}"));
        }
        let mut summary = make(&mut opened, &chosen, &policy)?;
        if !summary.late.is_empty() && summary.failed.is_empty() {
            let late = summary.late.len();
            say(&format!("the time for measuring is over, {late} measurements did not begin: going on without them"));
            let left_out = without(&opened.study, &summary, self.budget);
            (opened, chosen) = self.choice.leave_out(opened, &chosen, left_out)?;
            // Nothing is measured any more, whatever was edited meanwhile.
            let policy = Policy { time: Some(Duration::ZERO), ..policy };
            summary = summary.then(make(&mut opened, &chosen, &policy)?);
        }
        let folder = Path::new("output").join(opened.study.slug());
        views::show(&opened.session.store, &summary.outputs, &opened.root.join(&folder))?;
        opened.session.store.remember()?;
        self.tell(&summary, chosen.len(), &opened, &folder, started);
        if let Some(left_out) = left_out(&opened, hint.as_deref()) {
            println!("{left_out}");
        }
        let whole = summary.failed.is_empty() && summary.late.is_empty();
        Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn policy(&self, opened: &Opened, chosen: &BTreeSet<usize>, locking: Locking) -> Result<Policy> {
        let graph = &opened.session.graph;
        let mut again = meant(graph, &self.again)?;
        if let Some(&other) = again.iter().find(|index| !chosen.contains(index)) {
            let name = &graph.steps()[other].name;
            bail!("--again names step {name}, which is not among the steps to make\nhint: name it as a STEP too");
        }
        let measured = again.iter().find(|&&index| graph.steps()[index].class.is_nondeterministic());
        if let Some(&measured) = measured.filter(|_| self.no_measure || !opened.here) {
            let name = &graph.steps()[measured].name;
            bail!(
                "--again names step {name}, which is a measurement, and nothing is to be measured here\nhint: call without --no-measure and --machine"
            );
        }
        // A point that was measured before gets another session, which is a step of its own and was never run.
        for (network, batch) in opened.study.points().filter(|_| opened.study.device.is_real()) {
            let point = graph.find(&opened.study.step(network, batch));
            if point.is_some_and(|point| again.contains(&point) && opened.is_locked(point)) {
                let sessions = opened.study.sessions(network, batch).filter_map(|(_, step)| graph.find(&step));
                for session in sessions {
                    again.remove(&session);
                }
            }
        }
        let measuring = if self.no_measure { Measuring::Keep } else { Measuring::Run };
        let failing = if self.keep_going { Failing::GoOn } else { Failing::Stop };
        let time = self.budget.map(Budget::time);
        Ok(opened.policy(Policy { again, measuring, time, locking, failing, ..Policy::default() }))
    }

    fn tell(&self, summary: &Summary, asked: usize, opened: &Opened, folder: &Path, started: Instant) {
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
        let device = opened.study.device;
        match device {
            Device::Simulated => println!("simulated device: nothing here is a measurement"),
            Device::Software => {
                println!("software Vulkan: these are times of the processor, and of no graphics processor")
            }
            _ => {}
        }
        let short = opened.study.short_of_sessions();
        if short > 0 && device.is_real() && opened.here {
            println!(
                "protocol {} asks for {} sessions, and {short} points have fewer: the same command with --again 'measure/**' adds one",
                opened.study.protocol_name, opened.study.protocol.sessions
            );
        }
        if summary.lock_changed && device.is_real() {
            println!("artifacts.lock changed: `git diff --stat artifacts.lock` shows how much");
        }
        match summary.outputs.contains_key("report") {
            true => println!("report: {}", folder.join("report.pdf").display()),
            false => println!("results: {}", folder.display()),
        }
        if summary.outputs.contains_key("page") {
            println!("page: {}", folder.join("index.html").display());
        }
        if !summary.late.is_empty() {
            let late = summary.late.len();
            eprintln!(
                "{late} measurements are still to be made, and the time for it is over: run the same command again"
            );
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

fn make(opened: &mut Opened, chosen: &BTreeSet<usize>, policy: &Policy) -> Result<Summary> {
    let (progress, supervisor) = (Progress::new(chosen.len()), Supervisor::own());
    let outcome = execute(&mut opened.session, chosen, policy, &supervisor, &mut |event| progress.tell(event));
    progress.finish();
    Ok(outcome?)
}

/// What there is no time for, and what helps.
fn left_out(opened: &Opened, hint: Option<&str>) -> Option<String> {
    let told = opened.study.left_out.told(&opened.study)?;
    Some(hint.map_or_else(|| told.clone(), |hint| format!("{told}; {hint}")))
}

/// What `study` is left without, when the points that did not start are left out too.
fn without(study: &Study, summary: &Summary, budget: Option<Budget>) -> LeftOut {
    let is_late = |network, batch| study.sessions(network, batch).any(|(_, step)| summary.late.contains(&step));
    let late = study.points().filter(|(network, batch)| is_late(network, *batch));
    let late = late.map(|(network, batch)| (network.name.to_owned(), batch));
    let points = study.left_out.points.iter().cloned().chain(late).collect();
    // Whatever is late, the times by layer come after it.
    LeftOut { points, layers: true, budget: budget.map(|budget| budget.to_string()).unwrap_or_default() }
}
