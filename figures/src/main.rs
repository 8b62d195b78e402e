//! The program of the steps `figure`, and of the command that compares: it reads an input folder and writes one SVG.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::{Parser, Subcommand};
use figures::{FIGURES, FigureData, comparison};

#[derive(Parser)]
#[command(version, about = "The figures of the executed paper")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Draw one figure: figNN.svg, or NAME.svg for one that only some runs have
    ///
    /// Made from counts, estimates, the values of 2016, times by layer, other machines and verdicts.
    Draw {
        /// Name or number of the figure
        #[arg(long, value_name = "FIGURE")]
        figure: String,
        /// Folder to read from
        ///
        /// With counts.json, estimates.json, 2016/*.csv, layers/*.json, machines/*.json and claims.json.
        #[arg(long, value_name = "DIR")]
        input: PathBuf,
        /// Folder to write to
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Write title, caption and data of each figure, and whether it is drawn: index.json
    Index {
        /// Folder to read the same files from
        #[arg(long, value_name = "DIR")]
        input: PathBuf,
        /// Folder to write to
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Draw the comparison of two sets of records: comparison.svg
    Compare {
        /// Folder to read comparison.json from
        #[arg(long, value_name = "DIR")]
        input: PathBuf,
        /// Folder to write to
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Print the numbers and titles of all figures
    List,
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
        Command::Draw { figure, input, output } => draw(figure, input, output),
        Command::Index { input, output } => index(input, output),
        Command::Compare { input, output } => compare(input, output),
        Command::List => {
            for figure in FIGURES {
                println!("{:>2}  {}", figure.number, figure.title);
            }
            Ok(())
        }
    }
}

fn draw(name: &str, input: &Path, output: &Path) -> Result<()> {
    let figure = figures::named(name).ok_or_else(|| {
        let known: Vec<String> = FIGURES.iter().map(|figure| figure.number.to_string()).collect();
        anyhow!("unknown figure {name}\nhint: the figures are {}", known.join(", "))
    })?;
    let data = FigureData::read(input)?;
    let svg = figure.to_svg(&data).map_err(|problem| anyhow!("{}: {problem}", figure.file_name()))?;
    put(&output.join(figure.file_name()), output, &svg)
}

fn index(input: &Path, output: &Path) -> Result<()> {
    let data = FigureData::read(input)?;
    let entries: Vec<_> = FIGURES.iter().map(|figure| figure.entry(&data)).collect();
    std::fs::create_dir_all(output).map_err(|error| not_writable(output, &error))?;
    Ok(results::json::write(&output.join("index.json"), &entries)?)
}

fn compare(input: &Path, output: &Path) -> Result<()> {
    let path = input.join("comparison.json");
    let made = "hint: `cargo xtask compare` makes it";
    let comparison = results::json::read(&path).map_err(|error| anyhow!("{error}\n{made}"))?;
    comparison::check(&comparison).map_err(|problem| anyhow!("{}: {problem}\n{made}", path.display()))?;
    let svg = comparison::to_svg(&comparison).map_err(|problem| anyhow!("comparison.svg: {problem}"))?;
    put(&output.join("comparison.svg"), output, &svg)
}

fn put(path: &Path, output: &Path, svg: &str) -> Result<()> {
    std::fs::create_dir_all(output).map_err(|error| not_writable(output, &error))?;
    std::fs::write(path, svg).map_err(|error| not_writable(path, &error))
}

fn not_writable(path: &Path, error: &std::io::Error) -> anyhow::Error {
    anyhow!("{}: {error}\nhint: give `--output` a folder that can be written", path.display())
}
