//! The program `results`: computes estimates from the records of a study, writes tables of estimates and counts,
//! compares two sets of records and chooses a network. Independent of figures and devices beyond the content of records.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::builder::UnknownArgumentValueParser;
use clap::{Parser, Subcommand};
use results::choose::limit::{Limit, Quantity};
use results::choose::{self, Choice, Chosen};
use results::compare::{Bounds, cells, text};
use results::{
    Accuracy, Comparison, Estimates, Inputs, MeasuredAccuracies, Published, json, layers, predictions, records, tables,
};

/// Statistics of what was measured.
#[derive(Parser)]
#[command(name = "results", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write estimates.json from records/*.json and, if they exist, accuracy/*.json with *.csv and the list `outdated`
    Estimates {
        /// Networks that may have records, in the order of the points
        #[arg(long, value_name = "NAME,…", value_delimiter = ',', required = true)]
        networks: Vec<String>,
        /// Skipped point, for example `vgg-19:64`
        #[arg(long, value_name = "NETWORK:BATCH", value_parser = point, requires = "budget")]
        skipped: Vec<(String, u32)>,
        #[arg(long = "left-out", hide = true, value_parser = UnknownArgumentValueParser::suggest("--left-out is now --skipped"))]
        _left_out: Option<String>,
        /// Time limit for which they were skipped, for example 20m
        #[arg(long, value_name = "TIME")]
        budget: Option<String>,
        /// Outdated record, for example `alexnet-b1`, in addition to those in the list `outdated`
        #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
        outdated: Vec<String>,
        /// Sessions of each point that the protocol requests
        #[arg(long, value_name = "N", default_value_t = 1)]
        sessions: u32,
        /// Folder to read from
        #[arg(long, value_name = "DIR")]
        input: PathBuf,
        /// Folder to write to
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Print as JSON how the numbers of two estimates.json agree
    Agree {
        /// Published estimates.json
        #[arg(long, value_name = "FILE")]
        published: PathBuf,
        /// estimates.json of this machine
        #[arg(long, value_name = "FILE")]
        here: PathBuf,
    },
    /// Compare two sets of records: print a table, write comparison.json and comparison.csv
    ///
    /// Accuracies are compared too, where a folder has accuracy/*.json with *.csv.
    Compare {
        /// Folder with records/*.json of side A
        #[arg(long, value_name = "DIR")]
        a: PathBuf,
        /// Folder with records/*.json of side B, whose times are divided by those of A
        #[arg(long, value_name = "DIR")]
        b: PathBuf,
        /// Name of A
        #[arg(long, value_name = "TEXT", default_value = "the first")]
        name_a: String,
        /// Name of B
        #[arg(long, value_name = "TEXT", default_value = "the second")]
        name_b: String,
        /// Networks that may have records, in the order of the points
        #[arg(long, value_name = "NAME,…", value_delimiter = ',', required = true)]
        networks: Vec<String>,
        /// Smallest difference that matters
        #[arg(long, value_name = "PERCENT", default_value_t = Bounds::USUAL.min_percent)]
        min_difference: f64,
        #[arg(long = "least", hide = true, value_parser = UnknownArgumentValueParser::suggest("--least is now --min-difference"))]
        _least: Option<String>,
        /// Largest difference between equivalent times
        #[arg(long, value_name = "PERCENT", default_value_t = Bounds::USUAL.margin_percent)]
        margin: f64,
        /// Folder with the accuracies of 2016, for networks whose accuracy was not measured
        #[arg(long, value_name = "DIR")]
        published: PathBuf,
        /// Folder to write to
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Compare two networks on the same pictures by two files predictions.csv
    Pairs {
        /// Predictions of the first network
        #[arg(value_name = "A.csv")]
        a: PathBuf,
        /// Predictions of the second network
        #[arg(value_name = "B.csv")]
        b: PathBuf,
    },
    /// Print the most accurate network within limits; exit code 3 if none surely fits
    Choose {
        /// Folder with records/*.json and, if measured, accuracy/*.json with *.csv
        #[arg(long, value_name = "DIR")]
        input: PathBuf,
        /// Folder with the accuracies of 2016
        #[arg(long, value_name = "DIR")]
        published: PathBuf,
        /// Networks that may have records, in the order of the points
        #[arg(long, value_name = "NAME,…", value_delimiter = ',', required = true)]
        networks: Vec<String>,
        /// Batches to consider [default: all]
        #[arg(long, value_name = "N,…", value_delimiter = ',')]
        batches: Vec<u32>,
        #[command(flatten)]
        limits: Limits,
    },
    /// Write networks.csv, points.csv and layers.csv
    ///
    /// Reads counts.json, estimates.json, 2016/*.csv and, if any, layers/*.json.
    Tables {
        /// Folder to read from
        #[arg(long, value_name = "DIR")]
        input: PathBuf,
        /// Folder to write to
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
}

/// Upper limits.
#[derive(clap::Args)]
#[group(required = true, multiple = true)]
struct Limits {
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

/// Exit code if no network surely meets the limits.
const NOTHING_FITS: u8 = 3;

/// The remedy if a file cannot be written.
const WRITABLE: &str = "hint: give --output a folder that can be written";

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Choose { input, published, networks, batches, limits } => {
            let limits = [limits.max_time, limits.max_memory, limits.max_power, limits.max_energy];
            match choose((&input, &published), &networks, &batches, limits) {
                Ok(true) => Ok(()),
                Ok(false) => return ExitCode::from(NOTHING_FITS),
                Err(error) => Err(error),
            }
        }
        Command::Estimates { networks, skipped, budget, outdated, sessions, input, output, .. } => {
            estimates(&networks, (&skipped, budget.as_deref()), &outdated, sessions, (&input, &output))
        }
        Command::Agree { published, here } => agree(&published, &here),
        Command::Compare { a, b, name_a, name_b, networks, min_difference, margin, published, output, .. } => {
            let bounds = Bounds { min_percent: min_difference, margin_percent: margin };
            compare((&name_a, &a), (&name_b, &b), &networks, bounds, (&published, &output))
        }
        Command::Pairs { a, b } => pairs(&a, &b),
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

/// Parses a point, `NETWORK:BATCH`.
fn point(text: &str) -> Result<(String, u32), String> {
    let point = text.rsplit_once(':').and_then(|(network, batch)| Some((network.to_owned(), batch.parse().ok()?)));
    point
        .filter(|(network, batch)| !network.is_empty() && *batch > 0)
        .ok_or_else(|| "expected NETWORK:BATCH".to_owned())
}

/// Writes nothing unless all records are valid.
fn estimates(
    networks: &[String],
    (skipped, budget): (&[(String, u32)], Option<&str>),
    outdated: &[String],
    sessions: u32,
    (input, output): (&Path, &Path),
) -> Result<()> {
    if let Some((unknown, _)) = skipped.iter().find(|(network, _)| !networks.contains(network)) {
        return Err(anyhow!("--skipped: `{unknown}` is not one of --networks\nhint: add it to --networks"));
    }
    let mut records = records::read(input, networks)?;
    if let Some(unknown) = outdated.iter().find(|name| !records.mark_outdated(name)) {
        let folder = input.join("records");
        return Err(anyhow!(
            "--outdated: {} has no record `{unknown}`\nhint: name records without `.json`, for example `alexnet-b1`",
            folder.display()
        ));
    }
    let reason = format!("it does not fit into the budget of {}", budget.unwrap_or_default());
    let mut estimates = Estimates::of(&records, sessions).with_skipped(skipped, &reason, networks);
    estimates.accuracies = measured_accuracies(input, networks)?;
    create(output)?;
    json::write(&output.join("estimates.json"), &estimates).map_err(|error| anyhow!("{error}\n{WRITABLE}"))
}

/// The remedy if files of accuracies do not belong together.
const ONE_RUN: &str = "hint: give accuracy.json and predictions.csv of one run of `measure accuracy`";

/// The accuracies of a study, and its pairs of networks.
fn measured_accuracies(input: &Path, networks: &[String]) -> Result<MeasuredAccuracies> {
    let folder = input.join("accuracy");
    MeasuredAccuracies::of(&accuracies(input, networks)?)
        .map_err(|error| anyhow!("{}: {error}\n{ONE_RUN}", folder.display()))
}

/// Those of `accuracy/NETWORK.json` with `accuracy/NETWORK.csv`, as far as these files exist.
fn accuracies(input: &Path, networks: &[String]) -> Result<Vec<(Accuracy, String)>> {
    let folder = input.join("accuracy");
    let mut all = Vec::new();
    for network in networks {
        let [scores, table] = ["json", "csv"].map(|end| folder.join(format!("{network}.{end}")));
        if !scores.exists() {
            continue;
        }
        let accuracy = Accuracy::read(&scores).map_err(|error| anyhow!("{error}\n{ONE_RUN}"))?;
        if accuracy.network != *network {
            return Err(anyhow!("{}: it is about {}\n{ONE_RUN}", scores.display(), accuracy.network));
        }
        let text = fs::read_to_string(&table).map_err(|error| anyhow!("{}: {error}\n{ONE_RUN}", table.display()))?;
        all.push((accuracy, text));
    }
    Ok(all)
}

/// Prints nothing unless both files are valid.
fn agree(published: &Path, here: &Path) -> Result<()> {
    let read = |path: &Path| {
        json::read::<Estimates>(path)
            .map_err(|error| anyhow!("{error}\nhint: create both files with this version of the program"))
    };
    let items = results::agree::agree(&read(published)?, &read(here)?);
    println!("{}", serde_json::to_string(&items)?);
    Ok(())
}

/// Writes and prints nothing unless all records are valid.
fn compare(
    (name_a, a): (&str, &Path),
    (name_b, b): (&str, &Path),
    networks: &[String],
    bounds: Bounds,
    (published, output): (&Path, &Path),
) -> Result<()> {
    if let Some(problem) = bounds.problem() {
        return Err(anyhow!("--min-difference {} --margin {}: {problem}", bounds.min_percent, bounds.margin_percent));
    }
    let published = Published::read(published)?;
    let scores = [accuracies(a, networks)?, accuracies(b, networks)?];
    let [measured_a, measured_b] = [measured_accuracies(a, networks)?, measured_accuracies(b, networks)?];
    let (a, b) = (records::read(a, networks)?, records::read(b, networks)?);
    let mut comparison = Comparison::of((name_a, &a), (name_b, &b), bounds)?;
    let [of_a, of_b] = scores;
    comparison.accuracies =
        results::compare::accuracy::of(&of_a, &of_b).map_err(|error| anyhow!("{error}\n{ONE_RUN}"))?;
    let top1 = |network: &str| [&measured_a, &measured_b].map(|measured| measured.top1(network, &published));
    create(output)?;
    json::write(&output.join("comparison.json"), &comparison).map_err(|error| anyhow!("{error}\n{WRITABLE}"))?;
    put(&output.join("comparison.csv"), &cells::csv(&comparison, top1))?;
    print!("{}", text::text(&comparison));
    Ok(())
}

/// Prints nothing unless both files have predictions of the same pictures.
fn pairs(a: &Path, b: &Path) -> Result<()> {
    let hint = "hint: give the files predictions.csv that `measure accuracy` wrote for the same data set";
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| anyhow!("{}: {error}\n{hint}", path.display()));
    let pairs = predictions::pairs(&read(a)?, &read(b)?)
        .map_err(|error| anyhow!("{} and {}: {error}\n{hint}", a.display(), b.display()))?;
    print!("{}", predictions::text(pairs));
    Ok(())
}

/// Returns whether a network surely meets the limits.
fn choose(
    (input, published): (&Path, &Path),
    networks: &[String],
    batches: &[u32],
    limits: [Option<Limit>; 4],
) -> Result<bool> {
    let mut estimates = Estimates::of(&records::read(input, networks)?, 1);
    estimates.accuracies = measured_accuracies(input, networks)?;
    let limits: Vec<Limit> = limits.into_iter().flatten().collect();
    let choice = Choice::of(&estimates, &Published::read(published)?, &limits, batches);
    if choice.rows.is_empty() {
        let known: Vec<String> = estimates.batches().iter().map(u32::to_string).collect();
        return Err(anyhow!(
            "no point at the given batches has a time\nhint: there are records at batches {}",
            known.join(", ")
        ));
    }
    print!("{}", choose::text::text(&choice));
    Ok(matches!(choice.chosen(), Chosen::One { .. }))
}

/// Writes nothing unless all inputs are valid.
fn write_tables(input: &Path, output: &Path) -> Result<()> {
    let hint = "hint: `cargo xtask reproduce` makes every file that this program reads";
    let inputs = Inputs::read(input).map_err(|error| match error.to_string() {
        message if message.contains("hint:") => anyhow!(message),
        message => anyhow!("{message}\n{hint}"),
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
