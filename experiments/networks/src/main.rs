//! The program `networks`: lists and shows the networks, and writes their counts.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::{Parser, Subcommand};

/// The networks of the study: their layers, shapes and counts.
#[derive(Parser)]
#[command(name = "networks", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print every network's name, title, input and counts
    List,
    /// Print one network layer by layer
    Show {
        /// A name from `networks list`
        name: String,
        /// Print the text that represents the network in keys
        ///
        /// For programs: everything that determines the computation, and nothing else.
        #[arg(long)]
        canonical: bool,
    },
    /// Write counts.json, of the networks of the study
    Counts {
        /// A further network
        #[arg(long, value_name = "NAME")]
        also: Vec<String>,
        /// Folder to write into
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::List => list(),
        Command::Show { name, canonical } => show(&name, canonical),
        Command::Counts { also, output } => write_counts(&also, &output),
    }
}

fn list() -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{:<21} {:<21} {:<14} {:>11} {:>13}", "name", "title", "input", "parameters", "macs")?;
    for network in networks::all().into_iter().chain(networks::modern()) {
        let (parameters, macs) = (networks::parameters(&network)?, networks::macs(&network)?);
        let input = network.input.to_string();
        writeln!(out, "{:<21} {:<21} {input:<14} {parameters:>11} {macs:>13}", network.name, network.title)?;
    }
    Ok(())
}

fn show(name: &str, canonical: bool) -> Result<()> {
    let network = networks::find(name)?;
    if canonical {
        return Ok(io::stdout().lock().write_all(networks::canonical(&network).as_bytes())?);
    }
    let mut steps = Vec::new();
    let outcome = networks::shapes::trace(&network, network.input, &mut steps);
    io::stdout().lock().write_all(networks::table(&network, &steps).as_bytes())?;
    outcome?;
    Ok(())
}

fn write_counts(also: &[String], folder: &Path) -> Result<()> {
    let counts = also.iter().try_fold(networks::counts()?, |counts, name| counts.and(name))?;
    let text = counts.to_json()?;
    let path = folder.join("counts.json");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, text))
        .map_err(|error| anyhow!("cannot write {}: {error}\nhint: set --output to a writable folder", path.display()))
}

/// Whether a reader such as `head` closed the pipe, which is not an error.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
