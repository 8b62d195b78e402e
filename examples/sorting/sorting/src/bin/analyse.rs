//! The program `analyse`: records in, `estimates.json`, `claims.json` and `facts.json` out.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use serde::Serialize;
use sorting::analysis::facts::{Analysis, Facts};
use sorting::analysis::{claim, estimate, records};

/// Computes medians, tests the claim and writes every number of the report
#[derive(Parser)]
struct Arguments {
    /// The claim is about this many numbers and more
    #[arg(long)]
    claim_from: u64,
    /// Flag records with more waiting or steal time than this [%]
    #[arg(long)]
    flag_percent: f64,
    /// Folder with `records/*.json`
    #[arg(long)]
    input: PathBuf,
    /// Folder for the results
    #[arg(long)]
    output: PathBuf,
}

fn main() -> Result<()> {
    let Arguments { claim_from, flag_percent, input, output } = Arguments::parse();
    let (sources, outdated) = (records::read(&input)?, records::outdated(&input)?);
    let estimates = estimate::all(&sources, &outdated)?;
    let claim = claim::test(&estimates, claim_from);
    let analysis = Analysis {
        sources: &sources,
        outdated: &outdated,
        estimates: &estimates,
        claim: &claim,
        claim_from,
        flag_percent,
    };
    let write = |name: &str, content: String| {
        let path = output.join(name);
        fs::write(&path, content + "\n").with_context(|| format!("cannot write {}", path.display()))
    };
    write("facts.json", json(&Facts::of(&analysis))?)?;
    write("claims.json", json(&[&claim])?)?;
    write("estimates.json", json(&estimates)?)
}

fn json(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)?)
}
