//! What the records of smaller batches imply for a point: if a smaller one ran out of memory or time, this one would too. Reads
//! records and measures nothing.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use networks::Network;
use results::{DeviceIdentity, Outcome, Record};

use crate::point::Parameters;
use crate::workload::Workload;

/// A point is tried again with this many times the memory that a smaller batch failed with.
const MORE: f64 = 1.1;

/// Bytes of a 32-bit floating-point number.
const WIDTH: f64 = 4.0;

/// The outcome of a point that need not be tried. `input` is a folder that may contain `earlier/*.json`.
pub fn outcome(
    parameters: &Parameters,
    network: &Network,
    device: &DeviceIdentity,
    input: &Path,
) -> Result<Option<Outcome>> {
    let earlier = read(&input.join("earlier"))?;
    let same = |record: &&Record| {
        let Workload { network, batch, .. } = &parameters.workload;
        record.network == *network && record.device == *device && record.batch < *batch
    };
    let mut earlier: Vec<&Record> = earlier.iter().filter(same).collect();
    earlier.sort_by_key(|record| record.batch);
    let found = earlier.iter().find_map(|failed| {
        let estimate = match &failed.outcome {
            Outcome::OutOfMemory { .. } if !has_more(parameters, failed) => memory(parameters, network),
            Outcome::OutOfTime { .. } if failed.protocol.limit_seconds >= parameters.protocol.limit_seconds => {
                Ok(time(parameters, &earlier))
            }
            _ => return None,
        };
        Some((failed, estimate))
    });
    let Some((failed, estimate)) = found else { return Ok(None) };
    let (Outcome::OutOfMemory { reason } | Outcome::OutOfTime { reason }) = &failed.outcome else { return Ok(None) };
    let what = if matches!(failed.outcome, Outcome::OutOfMemory { .. }) { "memory" } else { "time" };
    let reason = format!("batch {} ran out of {what} ({reason}); {}", failed.batch, estimate?);
    Ok(Some(Outcome::Implied { batch: failed.batch, reason }))
}

/// The records of a folder by name; none if there is no such folder.
fn read(folder: &Path) -> Result<Vec<Record>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let names = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths: Vec<_> = names.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    // These inputs are optional: a corrupt record or one of another version implies nothing.
    Ok(paths.iter().filter_map(|path| results::json::read(path).ok()).collect())
}

/// Whether clearly more memory is available now than for `failed`.
fn has_more(parameters: &Parameters, failed: &Record) -> bool {
    let then = failed.environment.get(LIMIT).and_then(|limit| limit.number());
    let now = parameters.memory_limit.map(|limit| limit.bytes.0 as f64);
    // If either is unknown, the failure counts.
    now.zip(then).is_some_and(|(now, then)| now > MORE * then)
}

/// Name of the memory limit in the environment of a record.
pub const LIMIT: &str = "process_memory_limit_bytes";

/// The memory that this point needs, by traversals of the network, if all images pass each layer together.
fn memory(parameters: &Parameters, network: &Network) -> Result<String> {
    let weights = networks::parameters(network)? as f64;
    let activations = networks::activations(network)?.elements as f64 * f64::from(parameters.workload.batch);
    let needed = format!("this one has {:.0} MB of weights and activations", WIDTH * (weights + activations) / 1e6);
    Ok(match parameters.memory_limit {
        Some(limit) => format!("{needed}, and {}", limit.words()),
        None => needed,
    })
}

/// The minimum time of this point, from the time per image of the largest smaller batch that was measured.
fn time(parameters: &Parameters, earlier: &[&Record]) -> String {
    let measured = earlier.iter().rev().find(|record| record.outcome == Outcome::Measured);
    let fastest = |record: &Record| {
        let samples = record.samples().flatten().map(|sample| sample.0);
        samples.min_by(f64::total_cmp).map(|fastest| fastest / f64::from(record.batch))
    };
    let protocol = &parameters.protocol;
    match measured.and_then(|record| Some((record.batch, fastest(record)?))) {
        Some((batch, image)) => {
            let pass = image * f64::from(parameters.workload.batch);
            // The first run, the warm-up and the samples of each process.
            let passes =
                f64::from(protocol.processes) * (1.0 + f64::from(protocol.warm_up_runs + protocol.min_samples));
            format!(
                "this one needs about {:.0} s for {passes} passes at the speed of batch {batch}, and the limit is {} s",
                passes * pass,
                protocol.limit_seconds
            )
        }
        None => format!("this one needs longer, and the limit is {} s", protocol.limit_seconds),
    }
}
