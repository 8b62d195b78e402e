//! Networks and points as tables for spreadsheets and other programs, with the values of 2016. Independent of files.

use crate::csv::{Csv, NANOSECONDS, fixed};
use crate::estimates::{Estimate, Point, PowerEstimate};
use crate::inputs::Inputs;
use crate::record::Outcome;
use crate::replication::Replication;
use crate::statistics::{Drift, Spread, Steadiness};

/// Decimals of a power [W] and an energy [J], more than any sensor resolves.
const MICRO: usize = 6;
/// Decimals of values that the original printed with two.
const PRINTED: usize = 2;

/// One row per network: its counts, the accuracy, measured or cited, and the counts that the original printed.
pub fn networks(inputs: &Inputs) -> String {
    let mut table = Csv::new(&[
        "network",
        "title",
        "family",
        "input_channels",
        "input_height_pixels",
        "input_width_pixels",
        "parameters",
        "multiply_accumulates_per_image",
        "operations_per_image",
        "peak_activation_elements_per_image",
        "weight_elements",
        "moved_elements_per_image",
        "top1_percent",
        "top1_source",
        "parameters_2016_millions",
        "operations_2016_per_image_billions",
        "net_power_2016_b1_w",
        "reference",
    ]);
    for network in &inputs.counts.networks {
        let published = inputs.published.networks.get(&network.name);
        let [channels, height, width] = network.input;
        // Later networks have no accuracy of 2016, and their cited ones are in a file of their own.
        let top1 = inputs.estimates.top1(&network.name, &inputs.published);
        let top1 = top1.filter(|top1| top1.is_measured || published.is_some());
        table.row(&[
            network.name.clone(),
            network.title.clone(),
            network.family.clone(),
            channels.to_string(),
            height.to_string(),
            width.to_string(),
            network.parameters.to_string(),
            network.macs.to_string(),
            network.operations_2016.to_string(),
            network.activations.to_string(),
            network.weights.to_string(),
            network.moved.to_string(),
            fixed(top1.as_ref().map(|top1| top1.percent.value), PRINTED),
            top1.map_or_else(String::new, |top1| top1.source),
            fixed(published.map(|known| known.parameters_m), PRINTED),
            fixed(published.map(|known| known.g_ops), PRINTED),
            fixed(inputs.published.power_w.get(&network.name).copied(), 1),
            network.reference.clone(),
        ]);
    }
    table.into_text()
}

/// One row per point, including those without numbers: what was measured, and the values in the original's figures.
pub fn points(inputs: &Inputs) -> String {
    let mut table = Csv::new(&[
        "device",
        "simulated",
        "network",
        "batch",
        "outcome",
        "reason",
        "flags",
        "sessions",
        "processes",
        "interval",
        "samples",
        "time_s",
        "time_low_s",
        "time_high_s",
        "time_per_image_s",
        "time_per_image_low_s",
        "time_per_image_high_s",
        "mean_per_image_s",
        "quartile_low_per_image_s",
        "quartile_high_per_image_s",
        "mad_per_image_s",
        "p90_per_image_s",
        "p99_per_image_s",
        "autocorrelation_lag1",
        "effective_samples",
        "steadiness",
        "drift_percent",
        "drift_low_percent",
        "drift_high_percent",
        "outliers",
        "bimodal",
        "first_run_s",
        "device_time_per_image_s",
        "operations_per_second",
        "peak_operations_per_second",
        "peak_repetitions",
        "peak_lower_quartile_operations_per_second",
        "peak_median_operations_per_second",
        "peak_upper_quartile_operations_per_second",
        "peak_memory_bytes",
        "net_memory_bytes",
        "building_peak_memory_bytes",
        "idle_power_w",
        "net_power_w",
        "net_power_low_w",
        "net_power_high_w",
        "net_energy_per_image_j",
        "net_energy_per_image_low_j",
        "net_energy_per_image_high_j",
        "images_per_joule",
        "power_state",
        "measured_on",
        "outdated",
        "time_per_image_2016_s",
        "net_memory_2016_mib",
    ]);
    for point in &inputs.estimates.points {
        let device = &inputs.estimates.device;
        let mut cells = vec![device.kind.clone(), device.simulated.to_string()];
        cells.extend(measured(point));
        cells.extend(published(inputs, point));
        table.row(&cells);
    }
    table.into_text()
}

/// The cells of a measured point.
fn measured(point: &Point) -> Vec<String> {
    let (outcome, reason) = outcome(&point.outcome);
    let images = f64::from(point.batch);
    let of = |time: Option<Estimate>, end: fn(Estimate) -> f64, factor: f64| {
        fixed(time.map(|time| end(time) * factor), NANOSECONDS)
    };
    let range = point.time.filter(|_| point.has_interval());
    let bytes = |bytes: Option<u64>| bytes.map_or_else(String::new, |bytes| bytes.to_string());
    let power = match point.power {
        PowerEstimate::Measured { net, idle, energy_per_image, .. } => Some((idle, net, energy_per_image)),
        _ => None,
    };
    let repeated = |of: fn(Replication) -> String| point.replication.map_or_else(String::new, of);
    let flags: Vec<String> = point.flags.iter().map(|flag| format!("{}: {}", flag.kind.words(), flag.words)).collect();
    let mut cells = vec![
        point.network.clone(),
        point.batch.to_string(),
        outcome.to_owned(),
        reason.to_owned(),
        flags.join("; "),
        repeated(|replication| replication.sessions.to_string()),
        repeated(|replication| replication.processes.to_string()),
        repeated(|replication| replication.interval.words().to_owned()),
        point.samples.to_string(),
        of(point.time, |time| time.value, images),
        of(range, |time| time.low, images),
        of(range, |time| time.high, images),
        of(point.time, |time| time.value, 1.0),
        of(range, |time| time.low, 1.0),
        of(range, |time| time.high, 1.0),
    ];
    cells.extend(spread(point.spread.as_ref()));
    let gemm = point.peak_rates.and_then(|peak| peak.gemm);
    cells.extend([
        fixed(point.first_run.map(|time| time.0), NANOSECONDS),
        fixed(point.device_time.map(|time| time.0), NANOSECONDS),
        fixed(point.peak_rates.zip(point.share_of_peak).map(|(peak, share)| peak.operations_per_second * share), 0),
        fixed(point.peak_rates.map(|peak| peak.operations_per_second), 0),
        gemm.map_or_else(String::new, |all| all.count.to_string()),
        fixed(gemm.map(|all| all.lower_quartile_per_second), 0),
        fixed(gemm.map(|all| all.median_per_second), 0),
        fixed(gemm.map(|all| all.upper_quartile_per_second), 0),
        bytes(point.memory.map(|memory| memory.peak.0)),
        bytes(point.memory.map(|memory| memory.net.0)),
        bytes(point.memory.map(|memory| memory.building.0)),
        fixed(power.map(|(idle, _, _)| idle), MICRO),
        fixed(power.map(|(_, net, _)| net.value), MICRO),
        fixed(power.map(|(_, net, _)| net.low), MICRO),
        fixed(power.map(|(_, net, _)| net.high), MICRO),
        fixed(power.map(|(_, _, energy)| energy.value), MICRO),
        fixed(power.map(|(_, _, energy)| energy.low), MICRO),
        fixed(power.map(|(_, _, energy)| energy.high), MICRO),
        // A net energy below 0, when idle power was not idle, cannot be the cost of an image.
        fixed(power.map(|(_, _, energy)| 1.0 / energy.value).filter(|images| *images > 0.0), MICRO),
        power_state(&point.power).to_owned(),
        point.measured_on.clone().unwrap_or_default(),
        point.outdated.to_string(),
    ]);
    cells
}

/// The state of power, as named in records.
fn power_state(power: &PowerEstimate) -> &'static str {
    match power {
        PowerEstimate::Measured { .. } => "measured",
        PowerEstimate::BelowResolution { .. } => "below-resolution",
        PowerEstimate::Unusable { .. } => "unusable",
        PowerEstimate::NoSensor => "no-sensor",
        PowerEstimate::NotReadable { .. } => "not-readable",
        PowerEstimate::NotChosen { .. } => "not-chosen",
    }
}

/// The spread of the samples.
fn spread(spread: Option<&Spread>) -> [String; 14] {
    let Some(spread) = spread else { return Default::default() };
    let drift = |of: fn(&Drift) -> f64| fixed(spread.drift.as_ref().map(of).map(|share| share * 100.0), 3);
    [
        fixed(Some(spread.mean), NANOSECONDS),
        fixed(Some(spread.quartile_low), NANOSECONDS),
        fixed(Some(spread.quartile_high), NANOSECONDS),
        fixed(Some(spread.mad), NANOSECONDS),
        fixed(Some(spread.p90), NANOSECONDS),
        fixed(Some(spread.p99), NANOSECONDS),
        fixed(Some(spread.autocorrelation), 3),
        fixed(Some(spread.effective_samples), 1),
        steadiness(spread.steadiness).to_owned(),
        drift(|drift| drift.relative),
        drift(|drift| drift.low),
        drift(|drift| drift.high),
        spread.outliers.count().to_string(),
        spread.bimodal.to_string(),
    ]
}

/// The class of a series, as named in estimates.
fn steadiness(class: Steadiness) -> &'static str {
    match class {
        Steadiness::Flat => "flat",
        Steadiness::WarmUp => "warm-up",
        Steadiness::Drifting => "drifting",
        Steadiness::Slowdown => "slowdown",
        Steadiness::NoSteadyState => "no-steady-state",
        Steadiness::TooFew => "too-few",
    }
}

/// How a point ended, as named in records, and the reason.
fn outcome(outcome: &Outcome) -> (&'static str, &str) {
    match outcome {
        Outcome::Measured => ("measured", ""),
        Outcome::OutOfMemory { reason } => ("out-of-memory", reason),
        Outcome::OutOfTime { reason } => ("out-of-time", reason),
        Outcome::Refused { reason } => ("refused", reason),
        Outcome::Implied { reason, .. } => ("implied", reason),
        Outcome::Skipped { reason } => ("skipped", reason),
    }
}

/// The values of the same point in the figures of 2016.
fn published(inputs: &Inputs, point: &Point) -> [String; 2] {
    let time = inputs.published.time_ms.get(&point.network).and_then(|batches| batches.get(&point.batch));
    let memory = inputs.published.memory_mb.get(&point.network).and_then(|batches| batches.get(&point.batch));
    // The original's "MB" are 2^20 bytes: its slope of Figure 6 follows from its own values only then.
    [fixed(time.map(|millis| millis / 1e3), MICRO), fixed(memory.map(|&(mebibytes, _)| mebibytes), 0)]
}
