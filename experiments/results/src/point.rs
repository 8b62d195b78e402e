//! What is estimated from one record. Knows no other record and no file.

use crate::day;
use crate::estimates::{Estimate, MemoryEstimate, Point, PowerEstimate};
use crate::record::{Memory, Outcome, Power, Record};
use crate::statistics;
use crate::units::Bytes;

impl Point {
    /// The point of a checked record, which by itself does not know whether it is outdated.
    ///
    /// Only a point that was measured has numbers: what a process held or drew before it failed is not what the network
    /// needs.
    pub fn of(record: &Record) -> Self {
        let is_measured = record.outcome == Outcome::Measured;
        let time = if is_measured { time(record) } else { None };
        Self {
            network: record.network.clone(),
            batch: record.batch,
            outcome: record.outcome.clone(),
            samples: if is_measured { record.samples.len() } else { 0 },
            time,
            first_run: record.first_run.filter(|_| is_measured),
            memory: record.memory.as_ref().filter(|_| is_measured).map(memory),
            power: power(&record.power, time),
            measured_on: day::of(&record.environment).ok().flatten(),
            outdated: false,
        }
    }
}

/// Per image, from passes over the whole batch.
fn time(record: &Record) -> Option<Estimate> {
    let images = f64::from(record.batch);
    let samples: Vec<f64> = record.samples.iter().map(|sample| sample.0 / images).collect();
    statistics::estimate(&[&samples], seed(&record.network, record.batch))
}

/// Of the point alone, so that its interval does not depend on which other points were asked for.
///
/// FNV-1a, 64 bits, over the name, a byte that no name holds, and the batch (draft-eastlake-fnv, offset basis and prime).
fn seed(network: &str, batch: u32) -> u64 {
    let bytes = network.bytes().chain([0xff]).chain(batch.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// A process whose model needed no new pages has a net of 0, never less.
fn memory(memory: &Memory) -> MemoryEstimate {
    MemoryEstimate { peak: memory.peak, net: Bytes(memory.peak.0.saturating_sub(memory.before_model.0)) }
}

/// A net power may come out negative, when idle was not idle; it is told as it is.
fn power(power: &Power, time: Option<Estimate>) -> PowerEstimate {
    match power {
        Power::Measured { source, scope, idle, load, .. } => match time {
            Some(time) => {
                let net = load.0 - idle.0;
                let source = format!("{source} ({scope})");
                PowerEstimate::Measured { net, idle: idle.0, energy_per_image: net * time.value, source }
            }
            None => PowerEstimate::NotReadable {
                remedy: "the point has no time, so there is no pass whose power it could be; see its outcome"
                    .to_owned(),
            },
        },
        Power::NoSensor => PowerEstimate::NoSensor,
        Power::NotReadable { remedy } => PowerEstimate::NotReadable { remedy: remedy.clone() },
        Power::BelowResolution { resolution } => PowerEstimate::BelowResolution { resolution: resolution.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Joules, Watts};

    fn drawn() -> Power {
        let (source, scope) = ("INA3221 VDD_IN".to_owned(), "module".to_owned());
        Power::Measured { source, scope, idle: Watts(1.5), load: Watts(11.5), energy: Joules(1.0), readings: 100 }
    }

    #[test]
    fn power_is_load_less_idle_and_energy_is_power_by_time() {
        let time = Estimate { value: 0.5, low: 0.4, high: 0.6 };
        let source = "INA3221 VDD_IN (module)".to_owned();
        let expected = PowerEstimate::Measured { net: 10.0, idle: 1.5, energy_per_image: 5.0, source };
        assert_eq!(power(&drawn(), Some(time)), expected);
    }

    #[test]
    fn without_a_time_there_is_no_power() {
        assert!(matches!(power(&drawn(), None), PowerEstimate::NotReadable { .. }));
        assert_eq!(power(&Power::NoSensor, None), PowerEstimate::NoSensor);
        let coarse = PowerEstimate::BelowResolution { resolution: 0.4 };
        assert_eq!(power(&Power::BelowResolution { resolution: Watts(0.4) }, None), coarse);
    }

    #[test]
    fn net_memory_never_wraps() {
        let of = |before, peak| memory(&Memory { before_model: Bytes(before), peak: Bytes(peak) }).net;
        assert_eq!((of(10, 30), of(30, 10)), (Bytes(20), Bytes(0)));
    }

    #[test]
    fn points_have_seeds_of_their_own() {
        let seeds = [seed("vgg-1", 1), seed("vgg-1", 2), seed("vgg-11", 1), seed("alexnet", 1)];
        let distinct: std::collections::BTreeSet<_> = seeds.into_iter().collect();
        assert_eq!(distinct.len(), seeds.len());
    }
}
