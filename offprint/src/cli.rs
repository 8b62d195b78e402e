//! The command line of a paper, and the only module that prints errors.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::{check, gc, graph, plan, publish, reproduce, status, verify, watch};
use crate::error::described;
use crate::paper::Paper;
use crate::slurm::node;
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
    /// List the jobs on a cluster, or cancel them
    #[command(after_help = status::HELP)]
    Status(status::Status<P>),
    /// List store entries that nothing refers to, or remove them
    #[command(after_help = gc::HELP)]
    Gc(gc::Gc<P>),
    #[command(flatten)]
    Own(C),
}

/// A paper's own command, in addition to those of every paper.
pub trait Run: Subcommand {
    /// Runs it.
    ///
    /// # Errors
    /// The error to print.
    fn run(self) -> Result<ExitCode>;
}

/// No commands beyond those of every paper.
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

/// The same, for a paper with commands of its own.
pub fn main_with<P: Paper, C: Run>() -> ExitCode {
    if let Some(code) = supervisor::hook().or_else(node::hook::<P>) {
        return code;
    }
    let mut command = Cli::<P, C>::command();
    if let Err(error) = check_flags(&P::augment_args(clap::Command::new("paper")), &command) {
        eprintln!("error: {}", described(&error));
        return ExitCode::FAILURE;
    }
    command = command.about(P::ABOUT.title).long_about(P::ABOUT.description);
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

/// Checks that the flags of a paper do not clash with those of a command, which clap would report by a panic.
fn check_flags(paper: &clap::Command, commands: &clap::Command) -> Result<()> {
    if let Some(arg) = paper.get_arguments().find(|arg| arg.is_positional()) {
        bail!("field `{}` of the paper is not a flag\nhint: mark it `#[arg(long)]`, or `#[arg(skip)]`", arg.get_id());
    }
    let mut names = BTreeSet::new();
    for command in commands.get_subcommands() {
        let name = command.get_name();
        if !names.insert(name) {
            bail!("command `{name}` exists for every paper\nhint: give the paper's own command another name");
        }
        let ids = command.get_arguments().map(|arg| arg.get_id().to_string());
        let longs = command.get_arguments().filter_map(|arg| Some(format!("--{}", arg.get_long()?)));
        let shorts = command.get_arguments().filter_map(|arg| Some(format!("-{}", arg.get_short()?)));
        let groups = command.get_groups().map(|group| group.get_id().to_string());
        let of_clap = ["help", "--help", "-h"].map(str::to_owned);
        let mut taken = BTreeSet::new();
        if let Some(twice) =
            of_clap.into_iter().chain(ids).chain(longs).chain(shorts).chain(groups).find(|of| !taken.insert(of.clone()))
        {
            bail!(
                "`{twice}` is declared twice for `{name}`: by the paper, and by the command itself\nhint: rename the \
                 field or flag of the paper"
            );
        }
    }
    Ok(())
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
        Command::Status(status) => status.run()?,
        Command::Gc(gc) => gc.run()?,
        Command::Own(own) => return own.run(),
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, ArgGroup};

    /// The error of `main` for a paper with the flags `args` and a command that has `--machine`, `steps` and a group.
    fn refused(args: impl IntoIterator<Item = Arg>) -> String {
        let paper = clap::Command::new("paper").args(args);
        let plan = clap::Command::new("plan").group(ArgGroup::new("Plan").multiple(true));
        let plan = plan.args([Arg::new("machine").long("machine"), Arg::new("steps")]).args(paper.get_arguments());
        let error = check_flags(&paper, &clap::Command::new("xtask").subcommand(plan));
        error.map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn a_flag_that_a_command_already_has_is_refused_by_name() {
        assert_eq!(refused([Arg::new("sizes").long("sizes")]), "");
        for (arg, named) in [
            (Arg::new("machine").long("machine"), "`machine`"),
            (Arg::new("steps").long("stages"), "`steps`"),
            (Arg::new("engine").long("machine"), "`--machine`"),
            (Arg::new("height").short('h'), "`-h`"),
            (Arg::new("Plan").long("plan"), "`Plan`"),
            (Arg::new("sizes"), "field `sizes`"),
        ] {
            let error = refused([arg]);
            assert!(error.contains(named) && error.contains("\nhint: "), "{named}: {error}");
        }
    }

    #[test]
    fn a_papers_command_with_the_name_of_a_built_in_one_is_refused() {
        let twice = ["plan", "plan"].map(clap::Command::new);
        let error = check_flags(&clap::Command::new("paper"), &clap::Command::new("xtask").subcommands(twice));
        assert!(error.is_err_and(|error| error.to_string().contains("`plan`")));
    }
}
