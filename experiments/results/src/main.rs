//! The program `results`: reads the records of one study and writes what is estimated from them. Knows no figure, and
//! no device but by what the records say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::{Parser, Subcommand};
use results::{Estimates, json, records};

/// Statistics of what was measured.
#[derive(Parser)]
#[command(name = "results", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write estimates.json from records/*.json
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
}

fn main() -> ExitCode {
    let Command::Estimates { networks, input, output } = Arguments::parse().command;
    match estimates(&networks, &input, &output) {
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
    let hint = "hint: give --output a folder that can be written";
    fs::create_dir_all(output).map_err(|error| anyhow!("{}: {error}\n{hint}", output.display()))?;
    json::write(&output.join("estimates.json"), &estimates).map_err(|error| anyhow!("{error}\n{hint}"))
}
