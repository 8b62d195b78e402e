//! The paper in one file: its flags and its steps.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use offprint::{About, Checkout, Paper, Step};
use serde::{Deserialize, Serialize};

/// The algorithms in `sorting/src/algorithms/`.
const ALGORITHMS: [&str; 4] = ["merge", "quick", "heap", "radix"];

/// How each point is timed. `bench --help` explains the flags, and the report prints the values.
const PROTOCOL: &str = "--samples 51 --seed 2026 --sample-ms 1 --warm-up-sorts 5 --warm-up-percent 5 --warm-up-ms 1000";

/// Sources of the timing program, except the algorithms.
const BENCH: [&str; 8] = [
    "Cargo.toml",
    "sorting/build.rs",
    "sorting/src/algorithms.rs",
    "sorting/src/bench.rs",
    "sorting/src/bench/**/*.rs",
    "sorting/src/bin/bench.rs",
    "sorting/src/median.rs",
    "sorting/src/record.rs",
];

/// The request. Each field is a flag, and `artifacts.lock` keeps all of them.
#[derive(Args, Serialize, Deserialize, Clone)]
struct Sorting {
    /// Algorithms to time, separated by commas
    #[arg(long, value_delimiter = ',', default_values = ALGORITHMS, value_parser = ALGORITHMS)]
    algorithms: Vec<String>,
    /// How many numbers to sort, separated by commas
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 30_000, 1_000_000])]
    sizes: Vec<u64>,
}

impl Paper for Sorting {
    const ABOUT: About = About {
        title: "Does radix sort beat comparison sorts?",
        description: "Four sorting algorithms, timed on this machine.",
        ..About::DEFAULT
    };

    fn steps(&self, at: &Checkout) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        let mut analysis = Step::exact("analysis", "analyse")
            .args(["--claim-from", "30000", "--flag-percent", "1"])
            .sources(["sorting/src/bin/analyse.rs", "sorting/src/analysis.rs", "sorting/src/analysis/*.rs"])
            .sources(["algorithms", "median", "rank_interval", "record"].map(|file| format!("sorting/src/{file}.rs")))
            .crates(["serde_json", "sha2"]);
        for algorithm in &self.algorithms {
            for size in self.sizes.iter().map(u64::to_string) {
                let record = format!("records/{algorithm}-{size}.json");
                let time = Step::measured(format!("time/{algorithm}/{size}"), "bench")
                    .args(["--algorithm", algorithm, "--size", &size])
                    .args(PROTOCOL.split(' '))
                    .sources(BENCH)
                    .sources([format!("sorting/src/algorithms/{algorithm}.rs")])
                    .crates(["serde_json", "time"])
                    .hardware(at.hardware())
                    .output_at("times.json", &record)
                    .estimate(Duration::from_secs(3));
                analysis = analysis.reads(&time, "times.json", record);
                steps.push(time);
            }
        }
        let analysis = analysis.output("facts.json").output("claims.json").output("estimates.json");
        let figures = Step::presentation("figures", "figures")
            .reads(&analysis, "estimates.json", "estimates.json")
            .sources(["sorting/src/bin/figures.rs", "sorting/src/analysis/estimate.rs", "sorting/src/analysis/text.rs"])
            .sources(["sorting/src/algorithms.rs"])
            .crates(["offprint-plot", "plotters", "ttf-parser", "typst-assets", "libm"])
            .output("figures/index.json")
            .output("figures/time.svg")
            .output("figures/per_number.svg");
        let typeset = |step: &str, output: &str| {
            Step::presentation(step, "typeset")
                .args([step])
                .reads(&analysis, "facts.json", "facts.json")
                .reads(&analysis, "claims.json", "claims.json")
                .reads_all(&figures)
                .files(["CITATION.cff"])
                .crates(["offprint-typeset", "typst", "typst-assets", "typst-pdf"])
                .persistent_worker()
                .output(output)
        };
        let report = typeset("report", "report.pdf").files(at.files("text/**/*")?);
        let page = typeset("page", "index.html");
        steps.extend([analysis, figures, report, page]);
        Ok(steps)
    }

    fn measured_at(record: &[u8]) -> Option<String> {
        let record: serde_json::Value = serde_json::from_slice(record).ok()?;
        Some(record.pointer("/environment/started_utc")?.as_str()?.to_owned())
    }
}

fn main() -> ExitCode {
    offprint::main::<Sorting>()
}
