//! What is estimated from one record. Knows no other record and no file.

use crate::day;
use crate::estimates::{Estimate, MemoryEstimate, Point, PowerEstimate, RailEstimate};
use crate::flag;
use crate::power::{Power, Stretch, Watched, energy, guard};
use crate::record::{Allocator, Covers, DeviceIdentity, Memory, Outcome, Record};
use crate::statistics;
use crate::statistics::spread::{Series, Spread};
use crate::units::{Bytes, Seconds};

impl Point {
    /// The point of a checked record, which by itself does not know whether it is outdated.
    ///
    /// Only a point that was measured has numbers: what a process held or drew before it failed is not what the network
    /// needs.
    pub fn of(record: &Record) -> Self {
        let is_measured = record.outcome == Outcome::Measured;
        let time = if is_measured { time(record) } else { None };
        let spread = if is_measured { spread(record) } else { None };
        let per_image = record.operations as f64 / f64::from(record.batch);
        let first_runs: Vec<f64> = record.processes.iter().map(|process| process.first_run.0).collect();
        Self {
            network: record.network.clone(),
            batch: record.batch,
            outcome: record.outcome.clone(),
            samples: if is_measured { record.samples().map(<[_]>::len).sum() } else { 0 },
            time,
            flags: spread.as_ref().map_or_else(Vec::new, |spread| flag::flags(record, spread)),
            spread,
            first_run: statistics::median(&first_runs).filter(|_| is_measured).map(Seconds),
            ceiling: record.ceiling,
            share_of_ceiling: time
                .zip(record.ceiling)
                .map(|(time, ceiling)| per_image / time.value / ceiling.operations_per_second)
                .filter(|share| share.is_finite()),
            device_time: device_time(record).filter(|_| is_measured),
            memory: match is_measured {
                true if has_own_memory(&record.device) => {
                    allocated(record.processes.iter().map(|process| &process.memory))
                }
                true => memory(record.processes.iter().map(|process| &process.memory)),
                false => None,
            },
            power: power(record),
            measured_on: day::of(&record.environment).ok().flatten(),
            outdated: false,
            source: None,
        }
    }

    /// A point that was asked for and has no record.
    pub fn left_out(network: &str, batch: u32, reason: &str) -> Self {
        Self {
            network: network.to_owned(),
            batch,
            outcome: Outcome::LeftOut { reason: reason.to_owned() },
            samples: 0,
            time: None,
            spread: None,
            flags: Vec::new(),
            first_run: None,
            device_time: None,
            ceiling: None,
            share_of_ceiling: None,
            memory: None,
            power: PowerEstimate::NotChosen { reason: "the point was left out".to_owned() },
            measured_on: None,
            outdated: false,
            source: None,
        }
    }
}

/// Passes over the whole batch as times per image.
fn per_image(record: &Record, passes: &[Seconds]) -> Vec<f64> {
    let images = f64::from(record.batch);
    passes.iter().map(|pass| pass.0 / images).collect()
}

/// Times per image, one list a process.
pub(crate) fn samples(record: &Record) -> Vec<Vec<f64>> {
    record.samples().map(|samples| per_image(record, samples)).collect()
}

fn time(record: &Record) -> Option<Estimate> {
    let samples = samples(record);
    let processes: Vec<&[f64]> = samples.iter().map(Vec::as_slice).collect();
    statistics::estimate(&processes, seed(&record.network, record.batch))
}

fn spread(record: &Record) -> Option<Spread> {
    let times: Vec<(Vec<f64>, Vec<f64>)> = record
        .processes
        .iter()
        .map(|process| (per_image(record, &process.warm_up), per_image(record, &process.samples)))
        .collect();
    let series: Vec<Series<'_>> = times.iter().map(|(warm_up, samples)| Series { warm_up, samples }).collect();
    Spread::of(&series)
}

/// Of the point alone, so that its interval does not depend on which other points were asked for.
///
/// FNV-1a, 64 bits, over the name, a byte that no name holds, and the batch (draft-eastlake-fnv, offset basis and prime).
pub(crate) fn seed(network: &str, batch: u32) -> u64 {
    let bytes = network.bytes().chain([0xff]).chain(batch.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// The median by the device's own clock [s an image], of all processes together.
fn device_time(record: &Record) -> Option<Seconds> {
    let passes: Vec<f64> =
        record.processes.iter().flat_map(|process| per_image(record, &process.device_samples)).collect();
    statistics::median(&passes).map(Seconds)
}

/// Whether a network lies in other memory than that of its process: not where the processor stands in for a graphics processor.
fn has_own_memory(device: &DeviceIdentity) -> bool {
    let is_graphics = ["vulkan", "cuda"].iter().any(|kind| device.kind.starts_with(kind));
    is_graphics && !device.kind.starts_with("vulkan-software")
}

/// What the allocator of the device held, of several processes the most; it held nothing before the network was built.
fn allocated<'a>(processes: impl Iterator<Item = &'a Memory>) -> Option<MemoryEstimate> {
    let held = processes.map(|memory| match memory.allocator {
        Allocator::Known { reserved, .. } => Some(reserved),
        Allocator::Unknown { .. } => None,
    });
    let most = held.collect::<Option<Vec<Bytes>>>()?.into_iter().max()?;
    Some(MemoryEstimate { peak: most, net: most, building: most, covers: Covers::Allocator })
}

/// The largest peak, and the largest net of it: a process whose model needed no new pages has a net of 0, never less.
fn memory<'a>(processes: impl Iterator<Item = &'a Memory> + Clone) -> Option<MemoryEstimate> {
    let largest = |of: fn(&Memory) -> u64| processes.clone().map(of).max().map(Bytes);
    let covers =
        if processes.clone().all(|memory| memory.covers == Covers::Passes) { Covers::Passes } else { Covers::Process };
    Some(MemoryEstimate {
        peak: largest(|memory| memory.peak.0)?,
        net: largest(|memory| memory.peak.0.saturating_sub(memory.before_model.0))?,
        building: largest(|memory| memory.building_peak.0)?,
        covers,
    })
}

/// What the record's power says; without a time there is no pass whose power it could be.
fn power(record: &Record) -> PowerEstimate {
    if record.outcome != Outcome::Measured && record.power.watched().is_some() {
        let reason = "the point has no time, so there is no pass whose power it could be; see its outcome".to_owned();
        return PowerEstimate::Unusable { reason };
    }
    match &record.power {
        Power::Measured { watched } => {
            let passes: usize = record.samples().map(<[_]>::len).sum();
            measured(watched, passes as f64 * f64::from(record.batch))
        }
        Power::BelowResolution { watched } => {
            PowerEstimate::BelowResolution { resolution: guard::resolution(&watched.budget) }
        }
        Power::Unusable { source, reason } => PowerEstimate::Unusable { reason: format!("{source}: {reason}") },
        Power::NoSensor => PowerEstimate::NoSensor,
        Power::NotReadable { remedy, .. } => PowerEstimate::NotReadable { remedy: remedy.clone() },
        Power::NotChosen { reason } => PowerEstimate::NotChosen { reason: reason.clone() },
    }
}

fn measured(watched: &Watched, images: f64) -> PowerEstimate {
    let Watched { sensor, idle, load, budget } = watched;
    let net = Estimate {
        value: budget.net(),
        low: budget.net() - budget.half_width(),
        high: budget.net() + budget.half_width(),
    };
    let of_image = |watts: f64| watts * budget.seconds / images;
    let rails = sensor.rails.iter().enumerate().filter_map(|(place, rail)| {
        let mean = |stretches: &[Stretch]| {
            let joules = stretches.iter().map(|stretch| energy::of_rail(sensor, stretch, place));
            let joules = joules.sum::<Result<f64, String>>().ok()?;
            Some(joules / stretches.iter().map(|stretch| stretch.seconds).sum::<f64>())
        };
        let idle = mean(idle)?;
        Some(RailEstimate { name: rail.name.clone(), in_total: rail.in_total, net: mean(load)? - idle, idle })
    });
    PowerEstimate::Measured {
        net,
        idle: budget.idle,
        energy_per_image: Estimate { value: of_image(net.value), low: of_image(net.low), high: of_image(net.high) },
        source: sensor.words(),
        rails: rails.collect(),
        parts: budget.parts.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn net_memory_is_the_largest_of_the_processes_and_never_wraps() {
        let held = |before, peak| Memory {
            before_model: Bytes(before),
            after_model: Bytes(0),
            building_peak: Bytes(7),
            peak: Bytes(peak),
            covers: Covers::Passes,
            allocator: Allocator::Unknown { reason: String::new() },
        };
        let net = |processes: &[Memory]| memory(processes.iter()).map(|memory| (memory.peak.0, memory.net.0));
        assert_eq!(net(&[held(10, 30)]), Some((30, 20)));
        assert_eq!(net(&[held(30, 10)]), Some((10, 0)));
        assert_eq!(net(&[held(10, 30), held(5, 28)]), Some((30, 23)));
        assert_eq!(net(&[]), None);
    }

    #[test]
    fn a_graphics_processors_memory_is_what_its_allocator_held_and_unknown_where_one_does_not_tell() {
        let held = |allocator| Memory {
            before_model: Bytes(1),
            after_model: Bytes(2),
            building_peak: Bytes(3),
            peak: Bytes(4),
            covers: Covers::Passes,
            allocator,
        };
        let known = |reserved| held(Allocator::Known { reserved: Bytes(reserved), used: Bytes(5) });
        let unknown = held(Allocator::Unknown { reason: String::new() });
        let most = allocated([known(70), known(90)].iter()).map(|memory| (memory.net.0, memory.covers));
        assert_eq!(most, Some((90, Covers::Allocator)));
        assert_eq!(allocated([known(70), unknown].iter()), None);
        let of = |kind: &str| DeviceIdentity {
            kind: kind.to_owned(),
            hardware: String::new(),
            backend: String::new(),
            simulated: false,
        };
        let kinds = ["cpu", "vulkan", "vulkan-1", "vulkan-software", "cuda", "simulated"];
        assert_eq!(kinds.map(|kind| has_own_memory(&of(kind))), [false, true, true, false, true, false]);
    }

    #[test]
    fn points_have_seeds_of_their_own() {
        let seeds = [seed("vgg-1", 1), seed("vgg-1", 2), seed("vgg-11", 1), seed("alexnet", 1)];
        let distinct: std::collections::BTreeSet<_> = seeds.into_iter().collect();
        assert_eq!(distinct.len(), seeds.len());
    }
}
