//! `compare`: two sets of records. Opens both, and calls the programs that compare and draw them.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use clap::Args;
use clap::builder::UnknownArgumentValueParser;

use crate::comparison;
use crate::comparison::record_set::{self, RecordSet};
use offprint::files::{self, Doing, Flush};
use offprint::opened::root;
use offprint::supervisor::Supervisor;
use offprint::{Identity, subprocess};

/// The help after the flags.
pub const HELP: &str = "\
A and B are each one of
  output/cpu                a study: a folder with records/*.json, or such a folder itself
  output/cpu/records/alexnet-b1.json
                            a single record
  target/publish.tar.gz     what `cargo xtask publish` wrote, as an archive or a folder
  cpu-3f2a91c0              a machine in artifacts.lock: its published or stored records
  here                      what was measured in this checkout

Examples:
  cargo xtask compare cpu-3f2a91c0 here           is this machine faster than the published one?
  cargo xtask compare before output/cpu           did a change make anything slower?
                                                  (before it: cp -r output/cpu before)
  cargo xtask compare other.tar.gz here --min-difference 5
                                                  only differences of more than 5 %

Prints, for each network and batch in both, the time of B over that of A with its 95 % interval. B is slower or faster \
if the interval excludes 1 and the difference exceeds --min-difference; equivalent if the interval lies within \
--margin around 1; otherwise inconclusive. Other differences are listed below the table, and accuracies where they were measured.

Runs of one program differ, too. How much sessions vary is estimated from points with several sessions. If a set has \
no such point, no difference is called real; `cargo xtask reproduce --again 'measure/**'` adds a session.

Writes comparison.json, comparison.csv and comparison.svg. The table comparison.csv also has the accuracies of both sides \
with their intervals and sources, measured or cited.";

/// The files that the two programs write.
const WRITTEN: [&str; 3] = ["comparison.json", "comparison.csv", "comparison.svg"];

/// The flags of `compare`.
#[derive(Args)]
pub struct Compare {
    /// Baseline
    #[arg(value_name = "A")]
    a: String,
    /// What to compare with it: times of B are divided by those of A
    #[arg(value_name = "B")]
    b: String,
    /// Smallest difference that matters [default: 2]
    #[arg(long, value_name = "PERCENT")]
    min_difference: Option<f64>,
    #[arg(long = "least", hide = true, value_parser = UnknownArgumentValueParser::suggest("--least is now --min-difference"))]
    _least: Option<String>,
    /// Largest difference between equivalent times [default: 5]
    #[arg(long, value_name = "PERCENT")]
    margin: Option<f64>,
    /// Folder to write to [default: output/comparison]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

impl Compare {
    /// Compares, and prints the table and the paths of the files.
    pub fn run(&self) -> Result<()> {
        let root = root()?;
        let own = Identity::processor();
        let sets = [("a", record_set::open(&root, &own, &self.a)?), ("b", record_set::open(&root, &own, &self.b)?)];

        let (scratch, _lock) = comparison::scratch(&root, "compare")?;
        for (letter, set) in &sets {
            set.write(&scratch.join(letter))?;
        }
        let table = self.compare(&root, &scratch, &sets)?;
        let output = self.output.clone().unwrap_or_else(|| root.join("output/comparison"));
        for name in WRITTEN {
            let made = scratch.join("output").join(name);
            let bytes = std::fs::read(&made).doing("cannot read", &made)?;
            files::put(&output.join(name), &bytes, &scratch, Flush::No)?;
        }
        files::remove_folder(&scratch)?;
        print!("{table}");
        println!("\n{}: {}", output.strip_prefix(&root).unwrap_or(&output).display(), WRITTEN.join(", "));
        Ok(())
    }

    /// Runs both programs, and returns the output of the first.
    fn compare(&self, root: &Path, scratch: &Path, sets: &[(&str, RecordSet); 2]) -> Result<String> {
        let supervisor = Supervisor::own();
        let [results, figures] = subprocess::ready(root, scratch, &supervisor, ["results", "figures"])?;
        let networks = comparison::networks(sets.iter().map(|(_, set)| &set.records));
        let output = scratch.join("output").display().to_string();
        let mut args = vec!["compare".to_owned(), "--networks".to_owned(), networks.join(",")];
        for (letter, set) in sets {
            let folder = scratch.join(letter).display().to_string();
            args.extend([format!("--{letter}={folder}"), format!("--name-{letter}={}", set.name)]);
        }
        args.push(format!("--published={}", root.join("experiments/published/2016").display()));
        args.push(format!("--output={output}"));
        let bounds = [("min-difference", self.min_difference), ("margin", self.margin)];
        args.extend(bounds.iter().filter_map(|(flag, percent)| Some(format!("--{flag}={}", (*percent)?))));
        let table = subprocess::output(&supervisor, &results, &args)
            .map_err(|error| anyhow!(with_names(&error, scratch, sets)))?;
        let args = ["compare".to_owned(), format!("--input={output}"), format!("--output={output}")];
        subprocess::output(&supervisor, &figures, &args).map_err(|error| anyhow!(error))?;
        Ok(table)
    }
}

/// Replaces paths of copied records in an error by the names of the sets.
fn with_names(error: &str, scratch: &Path, sets: &[(&str, RecordSet); 2]) -> String {
    sets.iter().fold(error.to_owned(), |error, (letter, set)| {
        // Records and accuracies.
        let folder = |kind| scratch.join(letter).join(kind).display().to_string();
        let name = format!("{} ({})", letter.to_uppercase(), set.name);
        error.replace(&folder("records"), &name).replace(&folder("accuracy"), &name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_set_and_not_its_copy() {
        let set = |name: &str| RecordSet {
            name: name.to_owned(),
            records: Default::default(),
            accuracies: Default::default(),
            missing: Vec::new(),
        };
        let error = "/x/target/compare/b/records/enet-b1.json: field `schema`: 1 instead of 2";
        let named = with_names(error, Path::new("/x/target/compare"), &[("a", set("one")), ("b", set("two"))]);
        assert_eq!(named, "B (two)/enet-b1.json: field `schema`: 1 instead of 2");
    }
}
