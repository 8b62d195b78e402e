//! The program of the steps `report`, `page` and `pictures`: it reads an input folder and fills an output folder.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, Parser, Subcommand};
use offprint_typeset::compile::{self, Options, PaperSize};
use offprint_typeset::{page, pictures};

mod persistent_worker;

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
    /// Serve requests until standard input ends, and keep between them what was typeset
    ///
    /// One JSON object per line, with fields of Bazel's persistent workers. A request has the `arguments` of another command.
    /// Its response has the `exitCode`, and as `output` what the command prints: a line on standard output when the code is 0,
    /// otherwise its error.
    PersistentWorker,
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
    let ended = match Cli::parse().command {
        Command::PersistentWorker => persistent_worker::serve(requested),
        command => run(command).map(|line| println!("{line}")),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("{}", described(&error));
            ExitCode::FAILURE
        }
    }
}

/// The exit code of a process with these arguments, and what it prints.
fn requested(arguments: &[String]) -> (u8, String) {
    match Cli::try_parse_from(["typeset"].into_iter().chain(arguments.iter().map(String::as_str))) {
        Err(error) => (2, error.render().to_string()),
        Ok(cli) => match run(cli.command) {
            Ok(line) => (0, line + "\n"),
            Err(error) => (1, described(&error)),
        },
    }
}

/// An error as it is printed, with a hint.
fn described(error: &anyhow::Error) -> String {
    let message = error.to_string();
    let hint = if message.contains("\nhint:") { "" } else { "hint: correct that file, or the step that makes it\n" };
    format!("error: {message}\n{hint}")
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
        Command::PersistentWorker => bail!("a persistent worker serves no other one"),
    })
}
