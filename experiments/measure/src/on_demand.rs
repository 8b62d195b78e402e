//! The command `passes`: a network built once, and forward passes whenever a line on standard input asks for some. For a benchmark that
//! times several programs by turns; makes no record and decides nothing.

use std::io::{self, BufRead, Write};
use std::str::FromStr;

use anyhow::{Context, Result};
use kernels::Processor;
use serde_json::{Value, json};

use crate::device::loaded::Loaded;
use crate::device::{Device, Precision};
use crate::model::Operators;
use crate::passes::Passes;
use crate::roots::Roots;
use crate::{memory, point};

/// What `--help` says last.
pub const HELP: &str = "\
Everything on standard output is a line of JSON. First, once the network is built:
    {\"ready\": true, \"resident_bytes\": N, \"building_peak_bytes\": N}

Then one answer for each line of standard input:
    passes N           N passes
    seconds S [N]      passes until they have taken S seconds, but at min N (1)
        {\"seconds\": [...]}   what each took
    logits             those of the last pass, image by image
        {\"logits\": [...]}

At the end of input, the largest resident memory since the network was built (of the whole process, where the kernel cannot tell that apart):
    {\"peak_bytes\": N, \"covers\": \"passes\"}

While no line comes, it uses no processor. Example: printf 'passes 3\\nseconds 0.5\\n' | measure passes --network bn-nin";

/// What runs, and on what.
#[derive(clap::Args, Clone, Debug)]
pub struct OnDemand {
    /// What it runs on
    #[arg(long, value_name = "NAME", default_value = "cpu")]
    pub device: Device,
    /// In which numbers it computes
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: Precision,
    /// A network, for example `resnet-18`
    #[arg(long, value_name = "NAME")]
    pub network: String,
    /// Images in one forward pass
    #[arg(long, value_name = "N", default_value = "1")]
    pub batch: u32,
    /// Of weights and images
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
    /// Vectors no wider than these, where the device lets itself be told: avx-512, avx2, neon or scalar
    #[arg(long, value_name = "NAME")]
    pub vectors: Option<String>,
    /// Where the kernel tells of the machine.
    #[command(flatten)]
    pub roots: Roots,
}

/// What a line asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Request {
    Passes { min: usize, seconds: f64 },
    Logits,
}

impl FromStr for Request {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        let understood = match *line.split_whitespace().collect::<Vec<_>>() {
            ["passes", count] => count.parse().ok().map(|min| Self::Passes { min, seconds: 0.0 }),
            ["seconds", time] => duration(time).map(|seconds| Self::Passes { min: 1, seconds }),
            ["seconds", time, count] => {
                count.parse().ok().zip(duration(time)).map(|(min, seconds)| Self::Passes { min, seconds })
            }
            ["logits"] => Some(Self::Logits),
            _ => None,
        };
        understood.with_context(|| {
            format!("{line:?} cannot be understood\nhint: `passes 5`, `seconds 0.5`, `seconds 0.5 3` or `logits`")
        })
    }
}

fn duration(text: &str) -> Option<f64> {
    text.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
}

/// Builds the network and answers until the input ends.
pub fn run(asked: &OnDemand) -> Result<()> {
    anyhow::ensure!(asked.batch > 0, "a batch of 0 images computes nothing\nhint: give --batch 1 or more");
    let network = point::network(&asked.network)?;
    let operators = match &asked.vectors {
        Some(vectors) => capped(asked.device, asked.precision, vectors)?,
        None => Operators::of(asked.device, asked.precision, asked.device.largest_buffer()?),
    };
    let procfs = &asked.roots.procfs;
    let device = asked.device.open(asked.precision)?;
    let mut loaded = Loaded::build(&network, asked.batch, asked.seed, device, operators)?;
    let (resident, building_peak) = (memory::resident(procfs)?, memory::peak(procfs)?);
    let covers = memory::reset_peak(procfs);
    tell(&json!({ "ready": true, "resident_bytes": resident, "building_peak_bytes": building_peak }))?;
    for line in io::stdin().lock().lines() {
        let answer = match line.context("standard input cannot be read")?.parse()? {
            Request::Passes { min, seconds } => json!({ "seconds": passes(&mut loaded, min, seconds)? }),
            Request::Logits => json!({ "logits": loaded.logits()? }),
        };
        tell(&answer)?;
    }
    tell(&json!({ "peak_bytes": memory::peak(procfs)?, "covers": covers }))
}

/// The times of at least so many passes, and of more until they have taken so long together [s].
fn passes(loaded: &mut Loaded, min: usize, seconds: f64) -> Result<Vec<f64>> {
    let (mut times, mut total) = (Vec::new(), 0.0);
    while times.len() < min || total < seconds {
        let pass = loaded.pass()?;
        times.push(pass.ended - pass.began);
        total += pass.ended - pass.began;
    }
    Ok(times)
}

/// The kernels with the vectors of this name, as [`Processor::name`] has them in any case.
fn capped(device: Device, precision: Precision, vectors: &str) -> Result<Operators> {
    anyhow::ensure!(
        device == Device::Cpu && precision == Precision::F32,
        "the device {device} chooses its vectors by itself, as does every one in 16 bits\nhint: leave --vectors out"
    );
    let all = Processor::all();
    let named = all.iter().find(|processor| processor.name().eq_ignore_ascii_case(vectors));
    let processor = named.with_context(|| {
        let names: Vec<_> = all.iter().map(|processor| processor.name()).collect();
        format!("this processor has no vectors {vectors}\nhint: give --vectors one of {}", names.join(", "))
    })?;
    Ok(Operators::Kernels { processor: *processor })
}

fn tell(answer: &Value) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{answer}").and_then(|()| out.flush()).context("standard output cannot be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_asks_for_passes_by_number_or_by_time_or_for_logits() {
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
