//! The program `bench`: times one sorting algorithm on one size and writes `times.json`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use sorting::algorithms;
use sorting::bench::measure;
use sorting::record::Protocol;

/// Times one sorting algorithm on random numbers
#[derive(Parser)]
struct Arguments {
    /// Algorithm: merge, quick, heap or radix
    #[arg(long)]
    algorithm: String,
    /// Numbers to sort
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    size: u64,
    #[command(flatten)]
    protocol: Protocol,
    /// Folder for `times.json`
    #[arg(long)]
    output: PathBuf,
}

fn main() -> Result<()> {
    let Arguments { algorithm, size, protocol, output } = Arguments::parse();
    let sort = algorithms::find(&algorithm).map_err(anyhow::Error::msg)?;
    let record = measure(&algorithm, sort, size, protocol)?;
    let path = output.join("times.json");
    let text = serde_json::to_string_pretty(&record)? + "\n";
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}
