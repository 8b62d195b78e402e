//! The command line of a paper, and the only place that prints errors.

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::{check, gc, graph, plan, publish, reproduce, verify, watch};
use crate::paper::Paper;
use crate::supervisor;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli<P: Paper, C: Subcommand> {
    #[command(subcommand)]
    command: Command<P, C>,
}

#[derive(Subcommand)]
enum Command<P: Paper, C: Subcommand> {
    /// Run whatever is out of date and write the results to output/
    #[command(after_help = reproduce::HELP)]
    Reproduce(reproduce::Reproduce<P>),
    /// Run again on every save, without measuring
    #[command(after_help = watch::HELP)]
    Watch(watch::Watch<P>),
    /// List every step: up to date, or why it would run and for roughly how long
    Plan(plan::Plan<P>),
    /// Show one step in full: every reason to run it, and the text of its key
    Explain(plan::Explain<P>),
    /// Find the files that a step reads and does not declare
    #[command(after_help = check::HELP)]
    Check(check::Check<P>),
    /// Print which step reads from which, as Mermaid or Graphviz
    Graph(graph::Diagram<P>),
    /// Write the measurements into the checkout, and everything a reader needs into one folder
    #[command(after_help = publish::HELP)]
    Publish(publish::Publish<P>),
    /// Check a publication or this checkout: every digest, and everything rebuilt from the records
    #[command(after_help = verify::HELP)]
    Verify(verify::Verify<P>),
    /// List store entries that nothing refers to, or remove them
    #[command(after_help = gc::HELP)]
    Gc(gc::Gc<P>),
    #[command(flatten)]
    Own(C),
}

/// A command commands of its own in addition to those of every paper.
pub trait Run: Subcommand {
    /// Runs it.
    ///
    /// # Errors
    /// What stopped it; it is printed.
    fn run(self) -> Result<ExitCode>;
}

/// No commands commands of its own in addition to those of every paper.
#[derive(Subcommand)]
pub enum NoCommands {}

impl Run for NoCommands {
    fn run(self) -> Result<ExitCode> {
        match self {}
    }
}

/// Runs a paper: the whole `main` of its driver.
pub fn main<P: Paper>() -> ExitCode {
    main_with::<P, NoCommands>()
}

/// The same for a paper that has commands of its own in addition to those of every paper.
pub fn main_with<P: Paper, C: Run>() -> ExitCode {
    if let Some(code) = supervisor::hook() {
        return code;
    }
    let mut command = Cli::<P, C>::command().about(P::ABOUT.title).long_about(P::ABOUT.description);
    if !P::ABOUT.examples.is_empty() {
        command = command.after_help(format!("Examples:\n{}", P::ABOUT.examples));
    }
    for (name, text) in P::ABOUT.help {
        command = command.mut_subcommand(name, |sub| {
            let own = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
            sub.after_help(if own.is_empty() { (*text).to_owned() } else { format!("{own}\n\n{text}") })
        });
    }
    let cli = Cli::<P, C>::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit());
    match run(cli.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", described(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes, without those that it quotes itself.
fn described(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |text, cause| {
        if text.contains(&cause) {
            text
        } else if text.is_empty() {
            cause
        } else {
            format!("{text}: {cause}")
        }
    })
}

fn run<P: Paper, C: Run>(command: Command<P, C>) -> Result<ExitCode> {
    match command {
        Command::Reproduce(reproduce) => return reproduce.run(),
        Command::Watch(watch) => return watch.run(),
        Command::Plan(plan) => plan.run()?,
        Command::Explain(explain) => explain.run()?,
        Command::Check(check) => return check.run(),
        Command::Graph(graph) => graph.run()?,
        Command::Publish(publish) => publish.run()?,
        Command::Verify(verify) => return verify.run(),
        Command::Gc(gc) => gc.run()?,
        Command::Own(own) => return own.run(),
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("step a: {source}")]
    struct Quoting {
        source: std::io::Error,
    }

    #[test]
    fn a_cause_that_an_error_quotes_is_printed_once() {
        let error = anyhow::Error::new(Quoting { source: std::io::Error::other("no file\nhint: make one") });
        assert_eq!(described(&error), "step a: no file\nhint: make one");
        assert_eq!(described(&anyhow::anyhow!("no file").context("cannot open a")), "cannot open a: no file");
    }
}
