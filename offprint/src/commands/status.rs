//! `status`: the jobs on a cluster.

use std::marker::PhantomData;

use anyhow::Result;
use clap::Args;

use crate::opened::root;
use crate::paper::Paper;
use crate::slurm::action::is_living;
use crate::slurm::cluster::Cluster;
use crate::slurm::commands::Commands;

/// The help after the flags.
pub const HELP: &str = "\
A line for each job of `cargo xtask reproduce --on slurm`, also of runs that have ended. Slurm forgets ended jobs after a \
few minutes; their results stay in the shared folder until the next run takes them.";

/// The flags of `status`.
#[derive(Args)]
pub struct Status<P: Paper> {
    /// Cancel those that wait or run
    #[arg(long)]
    cancel: bool,
    #[arg(skip)]
    paper: PhantomData<P>,
}

/// A job in the words of `squeue`.
#[derive(Debug, PartialEq, Eq)]
struct Line<'a> {
    id: &'a str,
    state: &'a str,
    time: &'a str,
    node: &'a str,
    step: &'a str,
    reason: &'a str,
}

impl<P: Paper> Status<P> {
    /// Prints the jobs, and cancels them when asked to.
    pub(crate) fn run(&self) -> Result<()> {
        let cluster = Cluster::read(&root()?)?;
        let listed = Commands.for_people()?;
        let jobs = lines(&listed, &cluster.shared.to_string_lossy());
        if jobs.is_empty() {
            println!("no jobs");
            return Ok(());
        }
        let width = jobs.iter().map(|job| job.step.chars().count()).max().unwrap_or_default();
        for Line { id, state, time, node, step, reason } in &jobs {
            let where_or_why =
                if node.is_empty() || *reason != "None" { format!("{node} ({reason})") } else { (*node).to_owned() };
            println!("{id:>8}  {step:width$}  {:12}  {time:>10}  {}", state.to_lowercase(), where_or_why.trim());
        }
        let living: Vec<u64> =
            jobs.iter().filter(|job| is_living(job.state)).filter_map(|job| job.id.parse().ok()).collect();
        println!("{} jobs wait or run, {} have ended", living.len(), jobs.len() - living.len());
        if self.cancel && !living.is_empty() {
            Commands.cancel(&living)?;
            println!("asked Slurm to cancel {}", living.len());
        }
        Ok(())
    }
}

/// The jobs that run in the folder `shared` and are named by a key.
fn lines<'a>(listed: &'a str, shared: &str) -> Vec<Line<'a>> {
    let line = |line: &'a str| {
        let [id, name, state, time, node, folder, step, reason] = *line.splitn(8, '|').collect::<Vec<_>>() else {
            return None;
        };
        let is_ours = folder == shared && name.parse::<crate::digest::Digest>().is_ok();
        is_ours.then_some(Line { id, state, time, node, step, reason })
    };
    listed.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_jobs_of_this_shared_folder_are_listed() {
        let key = "ab".repeat(32);
        let listed = format!(
            "7|{key}|RUNNING|0:05|n1|/s|time/a|None\n8|{key}|PENDING|0:00||/other|time/b|Resources\n9|bash|RUNNING|1:00|n1|/s|x|None\n"
        );
        let found = lines(&listed, "/s");
        let expected = Line { id: "7", state: "RUNNING", time: "0:05", node: "n1", step: "time/a", reason: "None" };
        assert_eq!(found, [expected]);
    }
}
