//! The program `results`: reads the records of one study and writes what is estimated from them, and the tables of both
//! estimates and counts; or reads two and writes how they compare. Knows no figure, and no device but by what the records say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::{Parser, Subcommand};
use results::choose::limit::{Limit, Quantity};
use results::choose::{self, Choice, Chosen};
use results::compare::{Bounds, cells, text};
use results::{Comparison, Estimates, Inputs, Published, json, layers, records, tables};

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
        /// A point that was asked for and left out, for example `vgg-19:64`
        #[arg(long, value_name = "NETWORK:BATCH", value_parser = left_out, requires = "budget")]
        left_out: Vec<(String, u32)>,
        /// The time into which the others had to fit, for example 20m
        #[arg(long, value_name = "TIME")]
        budget: Option<String>,
        /// A record that an earlier version of the programs measured, for example `alexnet-b1`, as if the list `outdated` named it
        #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
        outdated: Vec<String>,
        /// How many sessions of each point the protocol asks for
        #[arg(long, value_name = "N", default_value_t = 1)]
        sessions: u32,
        /// Folder to read from
        #[arg(long, value_name = "DIR")]
        input: PathBuf,
        /// Folder to write into
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Print as JSON how the numbers of two estimates.json agree
    Agree {
        /// The published one
        #[arg(long, value_name = "FILE")]
        published: PathBuf,
        /// The one of this machine
        #[arg(long, value_name = "FILE")]
        here: PathBuf,
    },
    /// Set two sets of records side by side: print a table, write comparison.json and comparison.csv
    Compare {
        /// Folder whose records/*.json are A
        #[arg(long, value_name = "DIR")]
        a: PathBuf,
        /// Folder whose records/*.json are B, whose times are divided by those of A
        #[arg(long, value_name = "DIR")]
        b: PathBuf,
        /// What the reader calls A
        #[arg(long, value_name = "TEXT", default_value = "the first")]
        name_a: String,
        /// What the reader calls B
        #[arg(long, value_name = "TEXT", default_value = "the second")]
        name_b: String,
        /// Networks that may have records, in the order their points shall have
        #[arg(long, value_name = "NAME,…", value_delimiter = ',', required = true)]
        networks: Vec<String>,
        /// The least difference that a reader cares about
        #[arg(long, value_name = "PERCENT", default_value_t = Bounds::USUAL.least_percent)]
        least: f64,
        /// How far from each other two times may be and still be equivalent
        #[arg(long, value_name = "PERCENT", default_value_t = Bounds::USUAL.margin_percent)]
        margin: f64,
        /// Folder to write into
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Print the most accurate network within limits, and which others are; exit code 3 where none surely is
    Choose {
        /// Folder whose records/*.json are the measurements
        #[arg(long, value_name = "DIR")]
        input: PathBuf,
        /// Folder with the accuracies of 2016
        #[arg(long, value_name = "DIR")]
        published: PathBuf,
        /// Networks that may have records, in the order their points shall have
        #[arg(long, value_name = "NAME,…", value_delimiter = ',', required = true)]
        networks: Vec<String>,
        /// Only these batches; all when none is given
        #[arg(long, value_name = "N,…", value_delimiter = ',')]
        batches: Vec<u32>,
        #[command(flatten)]
        most: Most,
    },
    /// Write networks.csv, points.csv and layers.csv from counts.json, estimates.json, 2016/*.csv and, where there are such,
    /// layers/*.json
    Tables {
        /// Folder to read from
        #[arg(long, value_name = "DIR")]
        input: PathBuf,
        /// Folder to write into
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
}

/// What may not be exceeded.
#[derive(clap::Args)]
#[group(required = true, multiple = true)]
struct Most {
    /// Time per image, for example 30ms
    #[arg(long, value_name = "TIME", value_parser = |text: &str| Quantity::Time.limit(text))]
    max_time: Option<Limit>,
    /// Net memory, for example 1GB
    #[arg(long, value_name = "MEMORY", value_parser = |text: &str| Quantity::Memory.limit(text))]
    max_memory: Option<Limit>,
    /// Net power, for example 10W
    #[arg(long, value_name = "POWER", value_parser = |text: &str| Quantity::Power.limit(text))]
    max_power: Option<Limit>,
    /// Net energy per image, for example 0.5J
    #[arg(long, value_name = "ENERGY", value_parser = |text: &str| Quantity::Energy.limit(text))]
    max_energy: Option<Limit>,
}

/// No network surely keeps to the limits.
const NOTHING_FITS: u8 = 3;

/// What helps where nothing can be written.
const WRITABLE: &str = "hint: give --output a folder that can be written";

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Choose { input, published, networks, batches, most } => {
            let limits = [most.max_time, most.max_memory, most.max_power, most.max_energy];
            match choose((&input, &published), &networks, &batches, limits) {
                Ok(true) => Ok(()),
                Ok(false) => return ExitCode::from(NOTHING_FITS),
                Err(error) => Err(error),
            }
        }
        Command::Estimates { networks, left_out, budget, outdated, sessions, input, output } => {
            estimates(&networks, (&left_out, budget.as_deref()), &outdated, sessions, (&input, &output))
        }
        Command::Agree { published, here } => agree(&published, &here),
        Command::Compare { a, b, name_a, name_b, networks, least, margin, output } => {
            let bounds = Bounds { least_percent: least, margin_percent: margin };
            compare((&name_a, &a), (&name_b, &b), &networks, bounds, &output)
        }
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

/// A point by network and batch.
fn left_out(text: &str) -> Result<(String, u32), String> {
    let point = text.rsplit_once(':').and_then(|(network, batch)| Some((network.to_owned(), batch.parse().ok()?)));
    point
        .filter(|(network, batch)| !network.is_empty() && *batch > 0)
        .ok_or_else(|| "expected NETWORK:BATCH".to_owned())
}

/// Nothing is written unless all records are good.
fn estimates(
    networks: &[String],
    (left_out, budget): (&[(String, u32)], Option<&str>),
    outdated: &[String],
    sessions: u32,
    (input, output): (&Path, &Path),
) -> Result<()> {
    if let Some((stranger, _)) = left_out.iter().find(|(network, _)| !networks.contains(network)) {
        return Err(anyhow!("--left-out names `{stranger}`, which is not one of --networks\nhint: name it there too"));
    }
    let mut records = records::read(input, networks)?;
    if let Some(stranger) = outdated.iter().find(|name| !records.mark_outdated(name)) {
        let folder = input.join("records");
        return Err(anyhow!(
            "--outdated names `{stranger}`, and {} has no such record\nhint: name records without `.json`, for example `alexnet-b1`",
            folder.display()
        ));
    }
    let reason = format!("it does not fit into the budget of {}", budget.unwrap_or_default());
    let estimates = Estimates::of(&records, sessions).with_left_out(left_out, &reason, networks);
    create(output)?;
    json::write(&output.join("estimates.json"), &estimates).map_err(|error| anyhow!("{error}\n{WRITABLE}"))
}

/// Nothing is printed unless both files are good.
fn agree(published: &Path, here: &Path) -> Result<()> {
    let read = |path: &Path| {
        json::read::<Estimates>(path)
            .map_err(|error| anyhow!("{error}\nhint: both must be made by this version of the program"))
    };
    let items = results::agree::agree(&read(published)?, &read(here)?);
    println!("{}", serde_json::to_string(&items)?);
    Ok(())
}

/// Nothing is written or printed unless all records are good.
fn compare(
    (name_a, a): (&str, &Path),
    (name_b, b): (&str, &Path),
    networks: &[String],
    bounds: Bounds,
    output: &Path,
) -> Result<()> {
    if let Some(problem) = bounds.problem() {
        return Err(anyhow!("--least {} --margin {}: {problem}", bounds.least_percent, bounds.margin_percent));
    }
    let (a, b) = (records::read(a, networks)?, records::read(b, networks)?);
    let comparison = Comparison::of((name_a, &a), (name_b, &b), bounds)?;
    create(output)?;
    json::write(&output.join("comparison.json"), &comparison).map_err(|error| anyhow!("{error}\n{WRITABLE}"))?;
    put(&output.join("comparison.csv"), &cells::csv(&comparison))?;
    print!("{}", text::text(&comparison));
    Ok(())
}

/// Whether a network surely keeps to the limits.
fn choose(
    (input, published): (&Path, &Path),
    networks: &[String],
    batches: &[u32],
    limits: [Option<Limit>; 4],
) -> Result<bool> {
    let estimates = Estimates::of(&records::read(input, networks)?, 1);
    let limits: Vec<Limit> = limits.into_iter().flatten().collect();
    let choice = Choice::of(&estimates, &Published::read(published)?, &limits, batches);
    if choice.rows.is_empty() {
        let known: Vec<String> = estimates.batches().iter().map(u32::to_string).collect();
        return Err(anyhow!("no point there has a time\nhint: there are records at batches {}", known.join(", ")));
    }
    print!("{}", choose::text::text(&choice));
    Ok(matches!(choice.chosen(), Chosen::One(..)))
}

/// Nothing is written unless all inputs are good.
fn write_tables(input: &Path, output: &Path) -> Result<()> {
    let made = "hint: `cargo xtask reproduce` makes every file that this program reads";
    let inputs = Inputs::read(input).map_err(|error| match error.to_string() {
        said if said.contains("hint:") => anyhow!(said),
        said => anyhow!("{said}\n{made}"),
    })?;
    create(output)?;
    for (name, text) in [
        ("networks.csv", tables::networks(&inputs)),
        ("points.csv", tables::points(&inputs)),
        ("layers.csv", layers::table(&inputs.layers)),
    ] {
        put(&output.join(name), &text)?;
    }
    Ok(())
}

fn put(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| anyhow!("{}: {error}\n{WRITABLE}", path.display()))
}

fn create(output: &Path) -> Result<()> {
    fs::create_dir_all(output).map_err(|error| anyhow!("{}: {error}\n{WRITABLE}", output.display()))
}
