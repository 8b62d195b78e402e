//! A paper that measures points on several nodes of a cluster in one run, for tests of `--on slurm`. A point is a shell
//! script; a step that reads all points comes last.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use offprint::{About, Checkout, Identity, Paper, Step};
use serde::{Deserialize, Serialize};

/// The request.
#[derive(clap::Args, Clone, Serialize, Deserialize)]
struct Fleet {
    /// What the nodes have, by the names in cluster.toml
    #[arg(long, value_delimiter = ',')]
    nodes: Vec<String>,
    /// Points on each node
    #[arg(long, default_value_t = 1)]
    points: usize,
    /// The script of a point; `$OUT` is the file it writes, and `$POINT` its name
    #[arg(long, default_value = "echo \"$POINT\" > \"$OUT\"")]
    script: String,
    /// The program of points, of the workspace, instead of the script
    #[arg(long)]
    bin: Option<String>,
    /// The time limit of a point [s]
    #[arg(long, default_value_t = 60)]
    limit: u64,
    /// The hardware of each node, by what it has: kind and facts.
    #[arg(skip)]
    hardware: BTreeMap<String, (String, BTreeMap<String, String>)>,
}

impl Paper for Fleet {
    const ABOUT: About = About { title: "Points on nodes", ..About::DEFAULT };

    fn hardware_fields() -> Option<&'static [&'static str]> {
        Some(&[])
    }

    fn needs(&self) -> Result<Vec<String>> {
        Ok(self.nodes.first().cloned().into_iter().collect())
    }

    fn complete(&mut self, at: &Checkout) -> Result<Vec<String>> {
        for node in &self.nodes {
            let Identity { kind, facts } = at.hardware_of(std::slice::from_ref(node))?;
            self.hardware.insert(node.clone(), (kind, facts));
        }
        Ok(Vec::new())
    }

    fn steps(&self, _at: &Checkout) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        let mut all = Step::exact("all", "sh").installed().args(["-c", "cat \"$1\"/* > \"$3/all\""]).output("all");
        for (node, (kind, facts)) in &self.hardware {
            let identity = Identity { kind: kind.clone(), facts: facts.clone() };
            for point in 0..self.points {
                let name = format!("point/{}/{point}", node.replace(':', "-"));
                let script = format!("POINT={name}; OUT=\"$2/out\"; {}", self.script);
                let step = match &self.bin {
                    Some(bin) => Step::measured(&name, bin).sources(["Cargo.lock"]),
                    None => Step::measured(&name, "sh").installed().args(["-c", &script, "sh"]),
                };
                let step = step
                    .needs([node])
                    .limit(Duration::from_secs(self.limit))
                    .environment(["HOME"])
                    .hardware(identity.clone());
                let step = step.output("out");
                all = all.reads(&step, "out", format!("{}-{point}", node.replace(':', "-")));
                steps.push(step);
            }
        }
        steps.push(all);
        Ok(steps)
    }
}

fn main() -> ExitCode {
    offprint::main::<Fleet>()
}
