//! Facts of what was measured, on what and how far.

use results::Outcome;
use results::counts::bytes_per_number;

use super::{Facts, Sources};
use crate::number::{count, fixed, list};

pub(super) fn add(sources: &Sources<'_>, facts: &mut Facts) {
    let estimates = &sources.inputs.estimates;
    let device = &estimates.device;
    facts.set("setting.nature", if device.simulated { "simulated" } else { "measured" });
    facts.set("setting.device", device.kind.clone());
    facts.set("setting.hardware", device.hardware.clone());
    facts.set("setting.backend", device.backend.clone());
    let (bits, bytes) = if bytes_per_number(&device.kind) < 4.0 { ("16-bit", "two") } else { ("32-bit", "four") };
    facts.set("setting.numbers", format!("{bits} floating point"));
    facts.set("setting.numbers.bytes", bytes);
    facts.set("setting.protocol", estimates.protocol.name.clone());

    let (asked, all) = (estimates.networks().len(), sources.inputs.counts.networks.len());
    let networks =
        if asked == all { format!("all {}", count(all)) } else { format!("{} of the {}", count(asked), count(all)) };
    facts.set("setting.networks", networks);
    let batches: Vec<String> = estimates.batches().iter().map(u32::to_string).collect();
    facts.set("setting.batches", list(&batches));
    facts.set("setting.points", fixed(estimates.points.len() as f64, 0));

    let measured = || estimates.points.iter().filter(|point| point.outcome == Outcome::Measured);
    let samples = measured().map(|point| point.samples).min().zip(measured().map(|point| point.samples).max());
    let range = samples.map(|(least, most)| if least == most { count(least) } else { format!("{least} to {most}") });
    facts.set_known("setting.samples", range);

    let missing: Vec<String> = estimates
        .points
        .iter()
        .filter_map(|point| {
            let why = match point.outcome {
                Outcome::Measured => return None,
                Outcome::OutOfMemory { .. } => "out of memory",
                Outcome::OutOfTime { .. } => "out of time",
                Outcome::Refused { .. } => "refused",
                Outcome::Implied { .. } => "not tried, since a smaller batch failed",
                Outcome::LeftOut { .. } => "left out for want of time",
            };
            Some(format!("{} at batch {} ({why})", sources.measured.title(&point.network), point.batch))
        })
        .collect();
    let sentence = match missing.as_slice() {
        [] => "Every one of them gave a time.".to_owned(),
        some => format!("Without a time remained {}.", list(some)),
    };
    facts.set("setting.missing", sentence);
}
