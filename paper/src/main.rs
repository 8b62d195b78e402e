//! The program of the steps `facts`, `claims`, `report`, `page` and `pictures`: it reads an input folder and fills an output folder.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::{Args, Parser, Subcommand};
use paper::Facts;
use paper::compile::PaperSize;
use results::{Inputs, verdicts};

#[derive(Parser)]
#[command(version, about = "Facts, claims and the report of the executed paper")]
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
    /// Typeset the text with its facts, claims and figures: report.pdf
    Compile {
        #[command(flatten)]
        folders: Folders,
        /// Paper size
        #[arg(long, value_enum, default_value_t)]
        paper: PaperSize,
    },
    /// Compose the page for browsers from facts, claims, figures and tables: index.html
    Page(Folders),
    /// Convert the figures to PNG, for slides and web pages: figures/*.png
    Pictures(Folders),
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
            write(&folders.output, "facts.json", &Facts::gather(&inputs))
        }
        Command::Claims(folders) => {
            let inputs = Inputs::read(&folders.input)?;
            write(&folders.output, verdicts::FILE, &paper::claims::of(&inputs))
        }
        Command::Compile { folders, paper } => {
            let report = paper::compile(&folders.input, &folders.output, *paper)?;
            println!("report.pdf: {} pages, {} bytes", report.pages.len(), report.pdf.len());
            Ok(())
        }
        Command::Page(folders) => {
            let size = paper::page::compose(&folders.input, &folders.output)?;
            println!("{}: {size} bytes", paper::page::FILE);
            Ok(())
        }
        Command::Pictures(folders) => {
            let count = paper::pictures::draw(&folders.input, &folders.output)?;
            println!("figures: {count} pictures");
            Ok(())
        }
    }
}

fn write<T: serde::Serialize>(folder: &Path, name: &str, value: &T) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| anyhow!("{}: {error}", folder.display()))?;
    Ok(results::json::write(&folder.join(name), value)?)
}
