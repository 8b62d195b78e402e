//! The command line, and the only place that prints errors. What a command does is its file's business.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::commands::{choose, compare, doctor, gc, graph, plan, publish, reproduce, verify, watch};
use offprint::supervisor;

/// The paper as a program: measure the networks, draw the figures, test the claims, typeset the report.
///
/// Every experiment is a step with a key made of all that decides its result. A step runs only when its key changed or its
/// outputs are gone; what is finished is kept, whatever ends the run.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask reproduce                           everything, measured on this machine
  cargo xtask reproduce --networks alexnet,enet --batches 1
                                                  a small paper, with seconds of measuring
  cargo xtask reproduce --budget 20m              measure for about 20 minutes; the same call again goes on
  cargo xtask reproduce --locked                  the published paper, from its records: nothing is measured
  cargo xtask reproduce --machine cpu-3f2a91c0    the report of another machine of the lock, from its records
  cargo xtask reproduce --device simulated        try the whole way without measuring; its numbers are marked as such
  cargo xtask doctor                              what of this machine disturbs a measurement, and what mends it
  cargo xtask watch                               the PDF again on every save, while writing
  cargo xtask plan                                what would run, why, and how long it takes
  cargo xtask explain report                      one step in full
  cargo xtask choose --max-time 30ms              the most accurate network that takes no longer
  cargo xtask compare cpu-3f2a91c0 here           this machine against another one of the lock";

#[derive(Subcommand)]
enum Command {
    /// Run what is not fresh, and show the results in output/
    #[command(after_help = reproduce::HELP)]
    Reproduce(reproduce::Reproduce),
    /// Make the paper again on every save of a figure, a sentence or a test of a claim; measures nothing
    #[command(after_help = watch::HELP)]
    Watch(watch::Watch),
    /// Print a line a step: fresh, or why it must run and how long it takes about
    Plan(plan::Plan),
    /// Print one step in full: every reason to run it, and the text of its key
    Explain(plan::Explain),
    /// Print which step reads from which, as a diagram in text
    Graph(graph::Diagram),
    /// Put the measurements into the checkout and everything a reader needs into one folder
    #[command(after_help = publish::HELP)]
    Publish(publish::Publish),
    /// Check a publication, or the checkout's own: every digest, and everything made again from the records
    #[command(after_help = verify::HELP)]
    Verify(verify::Verify),
    /// Name the most accurate network within a time, a memory, a power or an energy
    #[command(after_help = choose::HELP)]
    Choose(choose::Choose),
    /// Set two studies, machines or publications side by side: which times differ, and which only seem to
    #[command(after_help = compare::HELP)]
    Compare(compare::Compare),
    /// Show this machine as measurements find it, and what to mend before measuring
    #[command(after_help = doctor::HELP)]
    Doctor(doctor::Doctor),
    /// Show what the store keeps that nothing refers to any more, or remove it
    #[command(after_help = gc::HELP)]
    Gc(gc::Gc),
}

/// Runs the program.
pub fn main() -> ExitCode {
    if let Some(code) = supervisor::hook() {
        return code;
    }
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Reproduce(reproduce) => return reproduce.run(),
        Command::Watch(watch) => return watch.run(),
        Command::Plan(plan) => plan.run()?,
        Command::Explain(explain) => explain.run()?,
        Command::Graph(graph) => graph.run()?,
        Command::Publish(publish) => publish.run()?,
        Command::Verify(verify) => return verify.run(),
        Command::Choose(choose) => return choose.run(),
        Command::Compare(compare) => compare.run()?,
        Command::Doctor(doctor) => return doctor.run(),
        Command::Gc(gc) => gc.run()?,
    }
    Ok(ExitCode::SUCCESS)
}
