//! The program of the steps `facts`, `claims` and `page`: it reads an input folder and fills an output folder.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::{Args, Parser, Subcommand};
use results::{Inputs, verdicts};

#[derive(Parser)]
#[command(version, about = "Facts, claims and the page of the executed paper")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compute the numbers of the text from counts, estimates and the values of 2016: facts.json
    Facts(Folders),
    /// Test the claims of 2016: claims.json
    Claims(Folders),
    /// Compose the page for browsers from facts, claims, figures and tables: index.html
    Page(Folders),
}

#[derive(Args)]
struct Folders {
    /// Folder to read from
    #[arg(long, value_name = "DIR")]
    input: PathBuf,
    /// Folder to write to
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let message = error.to_string();
            eprintln!("error: {message}");
            if !message.contains("hint:") {
                eprintln!("hint: `cargo xtask reproduce` makes every file that this program reads");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<()> {
    match &cli.command {
        Command::Facts(folders) => {
            let inputs = Inputs::read(&folders.input)?;
            write(&folders.output, "facts.json", &paper::facts::gather(&inputs))
        }
        Command::Claims(folders) => {
            let inputs = Inputs::read(&folders.input)?;
            write(&folders.output, verdicts::FILE, &paper::claims::of(&inputs))
        }
        Command::Page(folders) => {
            let size = paper::page::compose(&folders.input, &folders.output)?;
            println!("{}: {size} bytes", paper::page::FILE);
            Ok(())
        }
    }
}

fn write<T: serde::Serialize>(folder: &Path, name: &str, value: &T) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| anyhow!("{}: {error}", folder.display()))?;
    Ok(results::json::write(&folder.join(name), value)?)
}
