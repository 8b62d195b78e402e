//! The program of the steps `report`, `page` and `pictures`: it reads an input folder and fills an output folder.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use offprint_typeset::compile::{self, Options, PaperSize};
use offprint_typeset::{page, pictures};

#[derive(Parser)]
#[command(version, about = "Typeset a folder of texts, facts and figures")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Typeset the text with its facts and figures: report.pdf
    Report {
        #[command(flatten)]
        folders: Folders,
        /// Paper size
        #[arg(long, value_enum, default_value_t)]
        paper: PaperSize,
        /// Main text of the report
        #[arg(long, value_name = "FILE", default_value = Options::MAIN)]
        main: String,
        /// Identifier of the document inside the PDF [default: its title]
        #[arg(long, value_name = "TEXT")]
        identity: Option<String>,
    },
    /// Compose a page for browsers from facts and figures: index.html
    Page(Folders),
    /// Convert figures to PNG, for slides and web pages: figures/*.png
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
    match run(Cli::parse().command) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let message = error.to_string();
            eprintln!("error: {message}");
            if !message.contains("\nhint:") {
                eprintln!("hint: correct that file, or the step that makes it");
            }
            ExitCode::FAILURE
        }
    }
}

/// The result of the command, in one line.
fn run(command: Command) -> Result<String> {
    Ok(match command {
        Command::Report { folders, paper, main, identity } => {
            let report = compile::compile(&folders.input, &folders.output, &Options { main, paper, identity })?;
            let pages = report.pages.len();
            let plural = if pages == 1 { "" } else { "s" };
            format!("{}: {pages} page{plural}, {} bytes", compile::FILE, report.pdf.len())
        }
        Command::Page(folders) => {
            let size = page::compose(&folders.input, &folders.output)?;
            format!("{}: {size} bytes", page::FILE)
        }
        Command::Pictures(folders) => {
            let count = pictures::draw(&folders.input, &folders.output)?;
            format!("figures: {count} pictures")
        }
    })
}
