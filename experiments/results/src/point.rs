//! Estimates from the records of one point. Independent of other points and files.

use crate::estimates::{Estimate, MemoryEstimate, Point, PowerEstimate, RailEstimate, Source};
use crate::flag;
use crate::peak_rates::PeakRates;
use crate::power::{Power, PowerInterval, Watched, energy, guard};
use crate::record::{Allocator, Covers, DeviceIdentity, Memory, Outcome, Record};
use crate::records::Session;
use crate::replication::{Interval, Replication};
use crate::statistics;
use crate::statistics::propagation::exact;
use crate::statistics::sessions::{BetweenSessions, OverSessions};
use crate::statistics::spread::{Series, Spread};
use crate::units::{Bytes, Seconds};

impl Point {
    /// The estimates of one checked record, without its file.
    pub fn of(record: &Record) -> Self {
        let session = Session { number: 1, record: record.clone(), sha256: String::new(), outdated: false };
        Self { sources: Vec::new(), ..Self::over(&[session], None) }
    }

    /// The estimates of a point's checked sessions, at least one; `between` is the variation of all points' sessions.
    ///
    /// Only measured sessions give numbers: the memory and power of a process that failed are not those of the network.
    /// If none was measured, the outcome is that of the latest session.
    pub(crate) fn over(sessions: &[Session], between: Option<&BetweenSessions>) -> Self {
        let measured: Vec<&Record> =
            sessions.iter().map(|session| &session.record).filter(|record| is_measured(record)).collect();
        let sources: Vec<Source> = sessions.iter().map(Source::of).collect();
        let measured_on = sources.iter().filter_map(|source| source.measured_on.clone()).max();
        let (first, last) = (&sessions[0].record, &sessions[sessions.len() - 1].record);
        let (network, batch) = (first.network.clone(), first.batch);
        let peak_rates = PeakRates::over(sessions.iter().filter_map(|session| session.record.peak_rates.as_ref()));
        let common = Self {
            outcome: last.outcome.clone(),
            peak_rates,
            power: power(last),
            measured_on,
            outdated: sessions.iter().any(|session| session.outdated),
            sources,
            ..Self::skipped(&network, batch, "")
        };
        let Some(record) = measured.first() else { return common };

        let own: Vec<Estimate> = measured.iter().filter_map(|record| time(record)).collect();
        let time = match &own[..] {
            [only] => Some(*only),
            several => between.and_then(|between| between.over(several)).map(OverSessions::estimate),
        };
        let processes = || measured.iter().flat_map(|record| &record.processes);
        let samples = processes().map(|process| process.samples.len()).sum();
        let spread = spread(&measured);
        let per_image = record.operations as f64 / f64::from(batch);
        let first_runs: Vec<f64> = processes().map(|process| process.first_run.0).collect();
        Self {
            outcome: Outcome::Measured,
            samples,
            time,
            replication: time.map(|_| Replication::new(own.len() as u32, record.protocol.processes, samples)),
            flags: spread.as_ref().map_or_else(Vec::new, |spread| flag::flags(&measured, spread)),
            spread,
            first_run: statistics::median(&first_runs).map(Seconds),
            share_of_peak: time
                .zip(peak_rates)
                .map(|(time, peak_rates)| per_image / time.value / peak_rates.operations_per_second)
                .filter(|share| share.is_finite()),
            device_time: device_time(&measured),
            memory: memory_of(&measured),
            power: together(measured.iter().map(|record| power(record)).collect()),
            ..common
        }
    }

    /// Number and time of each session that has one.
    pub(crate) fn times(sessions: &[Session]) -> Vec<(u32, Estimate)> {
        let measured = sessions.iter().filter(|session| is_measured(&session.record));
        measured.filter_map(|session| Some((session.number, time(&session.record)?))).collect()
    }

    /// Number and net memory of each session that has one.
    pub(crate) fn memories(sessions: &[Session]) -> Vec<(u32, Estimate)> {
        let measured = sessions.iter().filter(|session| is_measured(&session.record));
        let net = |session: &Session| Some(exact(memory_of(&[&session.record])?.net.0 as f64));
        measured.filter_map(|session| Some((session.number, net(session)?))).collect()
    }

    /// Whether its time has an interval, which a single sample does not give: then both ends are the time itself.
    pub fn has_interval(&self) -> bool {
        self.replication.is_none_or(|replication| replication.interval != Interval::None)
    }

    /// A point that was requested but not tried, with the reason: it has no record and no numbers.
    pub fn skipped(network: &str, batch: u32, reason: &str) -> Self {
        Self {
            network: network.to_owned(),
            batch,
            outcome: Outcome::Skipped { reason: reason.to_owned() },
            samples: 0,
            time: None,
            replication: None,
            spread: None,
            flags: Vec::new(),
            first_run: None,
            device_time: None,
            peak_rates: None,
            share_of_peak: None,
            memory: None,
            power: PowerEstimate::NotChosen { reason: "the point was skipped".to_owned() },
            measured_on: None,
            outdated: false,
            sources: Vec::new(),
        }
    }
}

/// Times of passes over the batch as times per image [s].
fn per_image(record: &Record, passes: &[Seconds]) -> Vec<f64> {
    let images = f64::from(record.batch);
    passes.iter().map(|pass| pass.0 / images).collect()
}

/// Times per image [s], one list per process.
pub(crate) fn samples(record: &Record) -> Vec<Vec<f64>> {
    record.samples().map(|samples| per_image(record, samples)).collect()
}

fn time(record: &Record) -> Option<Estimate> {
    let samples = samples(record);
    let processes: Vec<&[f64]> = samples.iter().map(Vec::as_slice).collect();
    statistics::estimate(&processes, seed(&record.network, record.batch))
}

fn is_measured(record: &Record) -> bool {
    record.outcome == Outcome::Measured
}

fn spread(sessions: &[&Record]) -> Option<Spread> {
    let processes = sessions.iter().flat_map(|record| record.processes.iter().map(move |process| (*record, process)));
    let times: Vec<(Vec<f64>, Vec<f64>)> = processes
        .map(|(record, process)| (per_image(record, &process.warm_up), per_image(record, &process.samples)))
        .collect();
    let series: Vec<Series<'_>> = times.iter().map(|(warm_up, samples)| Series { warm_up, samples }).collect();
    Spread::of(&series)
}

/// The seed of a point, so that its interval does not depend on which other points were requested.
///
/// FNV-1a, 64 bits, over the name, a byte that no name contains, and the batch (draft-eastlake-fnv, offset basis and
/// prime).
pub(crate) fn seed(network: &str, batch: u32) -> u64 {
    let bytes = network.bytes().chain([0xff]).chain(batch.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// The median time per image by the device's own clock [s], over all processes.
fn device_time(sessions: &[&Record]) -> Option<Seconds> {
    let passes = sessions
        .iter()
        .flat_map(|record| record.processes.iter().flat_map(|process| per_image(record, &process.device_samples)));
    statistics::median(&passes.collect::<Vec<f64>>()).map(Seconds)
}

/// Whether a network is in device memory, not in that of its process. False if the processor emulates the device.
fn has_own_memory(device: &DeviceIdentity) -> bool {
    let is_graphics = ["vulkan", "cuda"].iter().any(|kind| device.kind.starts_with(kind));
    is_graphics && !device.kind.starts_with("vulkan-software")
}

/// The maximum over processes of the memory that the device's allocator reserved; it reserved none before the network
/// was built.
fn allocated<'a>(processes: impl Iterator<Item = &'a Memory>) -> Option<MemoryEstimate> {
    let memory = processes.map(|memory| match memory.allocator {
        Allocator::Known { reserved, .. } => Some(reserved),
        Allocator::Unknown { .. } => None,
    });
    let max = memory.collect::<Option<Vec<Bytes>>>()?.into_iter().max()?;
    Some(MemoryEstimate { peak: max, net: max, building: max, covers: Covers::Allocator })
}

fn memory_of(sessions: &[&Record]) -> Option<MemoryEstimate> {
    let processes = sessions.iter().flat_map(|record| &record.processes).map(|process| &process.memory);
    if has_own_memory(&sessions.first()?.device) { allocated(processes) } else { memory(processes) }
}

/// The maximum peak and the maximum net memory of all processes. Net memory is 0 if the model needed no new pages.
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

/// The power of a record; none without a time, since it would not be the power of a pass.
fn power(record: &Record) -> PowerEstimate {
    if record.outcome != Outcome::Measured && record.power.watched().is_some() {
        let reason = "the point has no time, so its power is not that of a pass; see its outcome".to_owned();
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

/// The power of several sessions of one point: the mean of those that have one. Its interval is at least as wide as
/// theirs on average, since the sensor's error is the same in all, and contains the value of each. If none has a power,
/// the reason of the last one.
fn together(sessions: Vec<PowerEstimate>) -> PowerEstimate {
    let known: Vec<(Estimate, f64, Estimate)> = sessions
        .iter()
        .filter_map(|session| match session {
            PowerEstimate::Measured { net, idle, energy_per_image, .. } => Some((*net, *idle, *energy_per_image)),
            _ => None,
        })
        .collect();
    let is_measured = |session: &PowerEstimate| matches!(session, PowerEstimate::Measured { .. });
    let index = sessions.iter().rposition(is_measured).or(sessions.len().checked_sub(1));
    let nothing = || PowerEstimate::NotChosen { reason: "no session has a power".to_owned() };
    let mut last = index.and_then(|index| sessions.into_iter().nth(index)).unwrap_or_else(nothing);
    let count = known.len() as f64;
    let mean = |of: &dyn Fn(&(Estimate, f64, Estimate)) -> f64| known.iter().map(of).sum::<f64>() / count;
    let all = |of: &dyn Fn(&(Estimate, f64, Estimate)) -> Estimate| Estimate {
        value: mean(&|session| of(session).value),
        low: known.iter().map(|session| of(session).value).fold(mean(&|session| of(session).low), f64::min),
        high: known.iter().map(|session| of(session).value).fold(mean(&|session| of(session).high), f64::max),
    };
    if let PowerEstimate::Measured { net, idle, energy_per_image, .. } = &mut last {
        (*net, *idle, *energy_per_image) =
            (all(&|session| session.0), mean(&|session| session.1), all(&|session| session.2));
    }
    last
}

fn measured(watched: &Watched, images: f64) -> PowerEstimate {
    let Watched { sensor, idle, load, budget } = watched;
    let net = Estimate {
        value: budget.net(),
        low: budget.net() - budget.half_width(),
        high: budget.net() + budget.half_width(),
    };
    let of_image = |watts: f64| watts * budget.seconds / images;
    let rails = sensor.rails.iter().enumerate().filter_map(|(index, rail)| {
        let mean = |intervals: &[PowerInterval]| {
            let joules = intervals.iter().map(|interval| energy::of_rail(sensor, interval, index));
            let joules = joules.sum::<Result<f64, String>>().ok()?;
            Some(joules / intervals.iter().map(|interval| interval.seconds).sum::<f64>())
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
    fn net_memory_is_the_maximum_over_processes_and_never_wraps() {
        let used = |before, peak| Memory {
            before_model: Bytes(before),
            after_model: Bytes(0),
            building_peak: Bytes(7),
            peak: Bytes(peak),
            covers: Covers::Passes,
            allocator: Allocator::Unknown { reason: String::new() },
        };
        let net = |processes: &[Memory]| memory(processes.iter()).map(|memory| (memory.peak.0, memory.net.0));
        assert_eq!(net(&[used(10, 30)]), Some((30, 20)));
        assert_eq!(net(&[used(30, 10)]), Some((10, 0)));
        assert_eq!(net(&[used(10, 30), used(5, 28)]), Some((30, 23)));
        assert_eq!(net(&[]), None);
    }

    #[test]
    fn a_graphics_processors_memory_is_that_of_its_allocator_and_unknown_if_one_is_unknown() {
        let used = |allocator| Memory {
            before_model: Bytes(1),
            after_model: Bytes(2),
            building_peak: Bytes(3),
            peak: Bytes(4),
            covers: Covers::Passes,
            allocator,
        };
        let known = |reserved| used(Allocator::Known { reserved: Bytes(reserved), used: Bytes(5) });
        let unknown = used(Allocator::Unknown { reason: String::new() });
        let max = allocated([known(70), known(90)].iter()).map(|memory| (memory.net.0, memory.covers));
        assert_eq!(max, Some((90, Covers::Allocator)));
        assert_eq!(allocated([known(70), unknown].iter()), None);
        let of = |kind: &str| DeviceIdentity {
            kind: kind.to_owned(),
            hardware: String::new(),
            backend: String::new(),
            simulated: false,
        };
        let kinds = ["cpu", "cpu-burn", "vulkan", "vulkan-1", "vulkan-software", "cuda", "simulated"];
        assert_eq!(kinds.map(|kind| has_own_memory(&of(kind))), [false, false, true, true, false, true, false]);
    }

    #[test]
    fn points_have_seeds_of_their_own() {
        let seeds = [seed("vgg-1", 1), seed("vgg-1", 2), seed("vgg-11", 1), seed("alexnet", 1)];
        let distinct: std::collections::BTreeSet<_> = seeds.into_iter().collect();
        assert_eq!(distinct.len(), seeds.len());
    }
}
