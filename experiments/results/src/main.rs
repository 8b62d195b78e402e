//! The program `results`: reads the records of one study and writes what is estimated from them, and the tables of both
//! estimates and counts. Knows no figure, and no device but by what the records say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::{Parser, Subcommand};
use results::{Estimates, Inputs, json, records, tables};

/// Statistics of what was measured.
#[derive(Parser)]
#[command(name = "results", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write estimates.json from records/*.json and, where there is one, the list `outdated`
    Estimates {
        /// Networks that may have records, in the order their points shall have
        #[arg(long, value_name = "NAME,…", value_delimiter = ',', required = true)]
        networks: Vec<String>,
        /// Folder to read from
        #[arg(long, value_name = "DIR")]
        input: PathBuf,
        /// Folder to write into
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Write networks.csv and points.csv from counts.json, estimates.json and 2016/*.csv
    Tables {
        /// Folder to read from
        #[arg(long, value_name = "DIR")]
        input: PathBuf,
        /// Folder to write into
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
}

/// What helps where nothing can be written.
const WRITABLE: &str = "hint: give --output a folder that can be written";

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Estimates { networks, input, output } => estimates(&networks, &input, &output),
        Command::Tables { input, output } => write_tables(&input, &output),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Nothing is written unless all records are good.
fn estimates(networks: &[String], input: &Path, output: &Path) -> Result<()> {
    let estimates = Estimates::of(&records::read(input, networks)?);
    create(output)?;
    json::write(&output.join("estimates.json"), &estimates).map_err(|error| anyhow!("{error}\n{WRITABLE}"))
}

/// Nothing is written unless all inputs are good.
fn write_tables(input: &Path, output: &Path) -> Result<()> {
    let made = "hint: `cargo xtask reproduce` makes every file that this program reads";
    let inputs = Inputs::read(input).map_err(|error| match error.to_string() {
        said if said.contains("hint:") => anyhow!(said),
        said => anyhow!("{said}\n{made}"),
    })?;
    create(output)?;
    for (name, text) in [("networks.csv", tables::networks(&inputs)), ("points.csv", tables::points(&inputs))] {
        let path = output.join(name);
        fs::write(&path, text).map_err(|error| anyhow!("{}: {error}\n{WRITABLE}", path.display()))?;
    }
    Ok(())
}

fn create(output: &Path) -> Result<()> {
    fs::create_dir_all(output).map_err(|error| anyhow!("{}: {error}\n{WRITABLE}", output.display()))
}
