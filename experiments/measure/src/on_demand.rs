//! The command `passes`: builds a network once and runs forward passes for each line of standard input. For a benchmark that
//! alternates between several programs; writes no record.

use std::io::{self, BufRead, Write};
use std::str::FromStr;

use anyhow::{Context, Result};
use kernels::Processor;
use serde_json::{Value, json};

use crate::device::loaded::Loaded;
use crate::device::{Device, Precision};
use crate::memory;
use crate::model::Operators;
use crate::passes::Passes;
use crate::roots::Roots;
use crate::workload::Workload;

/// Printed after the flags of `--help`.
pub const HELP: &str = "\
Every line of standard output is JSON. First, once the network is built:
    {\"ready\": true, \"resident_bytes\": N, \"building_peak_bytes\": N}

Then one response for each line of standard input:
    passes N           N passes
    seconds S [N]      passes until they have taken S seconds, but at least N (default 1)
        {\"seconds\": [...]}   the time of each
    logits             logits of the last pass, image by image
        {\"logits\": [...]}

At the end of input, the peak resident memory since the network was built, or of the whole process if the kernel cannot reset the peak:
    {\"peak_bytes\": N, \"covers\": \"passes\"}

While it waits for a line, it uses no processor time. Example: printf 'passes 3\\nseconds 0.5\\n' | measure passes --network bn-nin";

/// What runs, and on what.
#[derive(clap::Args, Clone, Debug)]
#[command(
    mut_arg("device", |device| device.required(false).default_value("cpu")),
    mut_arg("batch", |batch| batch.required(false).default_value("1")),
    mut_arg("seed", |seed| seed.required(false).default_value("0"))
)]
pub struct OnDemand {
    /// What is computed.
    #[command(flatten)]
    pub workload: Workload,
    /// Widest vectors of the kernels, on cpu in f32 only: avx-512, avx2, neon or scalar
    #[arg(long, value_name = "NAME")]
    pub vectors: Option<String>,
    /// The folders of the kernel.
    #[command(flatten)]
    pub roots: Roots,
}

/// A line of standard input.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Request {
    Passes { min: usize, seconds: f64 },
    Logits,
}

impl FromStr for Request {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        let request = match *line.split_whitespace().collect::<Vec<_>>() {
            ["passes", count] => count.parse().ok().map(|min| Self::Passes { min, seconds: 0.0 }),
            ["seconds", time] => duration(time).map(|seconds| Self::Passes { min: 1, seconds }),
            ["seconds", time, count] => {
                count.parse().ok().zip(duration(time)).map(|(min, seconds)| Self::Passes { min, seconds })
            }
            ["logits"] => Some(Self::Logits),
            _ => None,
        };
        request.with_context(|| {
            format!("{line:?} is not a request\nhint: write `passes 5`, `seconds 0.5`, `seconds 0.5 3` or `logits`")
        })
    }
}

fn duration(text: &str) -> Option<f64> {
    text.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
}

/// Builds the network and serves requests until the input ends.
pub fn run(arguments: &OnDemand) -> Result<()> {
    let Workload { device, precision, batch, seed, .. } = arguments.workload;
    let network = arguments.workload.network()?;
    let operators = match &arguments.vectors {
        Some(vectors) => capped(device, precision, vectors)?,
        None => Operators::of(device, precision, device.largest_buffer()?),
    };
    let procfs = &arguments.roots.procfs;
    let mut loaded = Loaded::build(&network, batch, seed, device.open(precision)?, operators)?;
    let (resident, building_peak) = (memory::resident(procfs, memory::THIS)?, memory::peak(procfs, memory::THIS)?);
    let covers = memory::reset_peak(procfs, memory::THIS);
    print(&json!({ "ready": true, "resident_bytes": resident, "building_peak_bytes": building_peak }))?;
    for line in io::stdin().lock().lines() {
        let response = match line.context("cannot read standard input")?.parse()? {
            Request::Passes { min, seconds } => json!({ "seconds": passes(&mut loaded, min, seconds)? }),
            Request::Logits => json!({ "logits": loaded.logits()? }),
        };
        print(&response)?;
    }
    print(&json!({ "peak_bytes": memory::peak(procfs, memory::THIS)?, "covers": covers }))
}

/// The times of passes [s]: at least `min`, and more until they have taken `seconds`.
fn passes(loaded: &mut Loaded, min: usize, seconds: f64) -> Result<Vec<f64>> {
    let (mut times, mut total) = (Vec::new(), 0.0);
    while times.len() < min || total < seconds {
        let pass = loaded.pass()?;
        times.push(pass.ended - pass.began);
        total += pass.ended - pass.began;
    }
    Ok(times)
}

/// The kernels with the vectors of this name, a [`Processor::name`] in any case.
fn capped(device: Device, precision: Precision, vectors: &str) -> Result<Operators> {
    anyhow::ensure!(
        device == Device::Cpu && precision == Precision::F32,
        "--vectors applies only to the device cpu in f32\nhint: omit --vectors"
    );
    let all = Processor::all();
    let named = all.iter().find(|processor| processor.name().eq_ignore_ascii_case(vectors));
    let processor = named.with_context(|| {
        let names: Vec<_> = all.iter().map(|processor| processor.name()).collect();
        format!("this processor has no {vectors} vectors\nhint: give --vectors one of {}", names.join(", "))
    })?;
    Ok(Operators::Kernels { processor: *processor })
}

fn print(response: &Value) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{response}").and_then(|()| out.flush()).context("cannot write to standard output")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_requests_passes_by_number_or_time_or_logits() {
        let parse = |line: &str| line.parse::<Request>().ok();
        assert_eq!(parse("passes 5"), Some(Request::Passes { min: 5, seconds: 0.0 }));
        assert_eq!(parse("seconds 0.5"), Some(Request::Passes { min: 1, seconds: 0.5 }));
        assert_eq!(parse(" seconds 2  3 "), Some(Request::Passes { min: 3, seconds: 2.0 }));
        assert_eq!(parse("logits"), Some(Request::Logits));
        for wrong in ["", "passes", "passes -1", "passes 1.5", "seconds inf", "seconds -1", "seconds NaN 1", "stop"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
