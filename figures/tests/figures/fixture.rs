//! Data to draw: the values of 2016 as if they had been measured here, and variations of them.

use std::path::{Path, PathBuf};

use figures::FigureData;
use results::record::{Covers, Protocol};
use results::{
    Bytes, Counts, DeviceIdentity, Estimate, Estimates, LayerWork, MemoryEstimate, NetworkCounts, Outcome, PeakRates,
    Point, PowerEstimate, Published, Replication,
};

/// The batches of the original.
pub const BATCHES: [u32; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The values of 2016 lie next to the records.
pub fn folder_of_2016() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../experiments/published/2016")
}

/// The 2016 values.
pub fn published() -> Published {
    Published::read(&folder_of_2016()).expect("the published values parse")
}

/// Counts of all networks, as printed in 2016.
pub fn counts() -> Counts {
    let networks = published().networks.into_iter().map(|(name, network)| NetworkCounts {
        family: name.split('-').next().unwrap_or_default().to_owned(),
        title: network.title,
        reference: String::new(),
        later: false,
        input: [3, 224, 224],
        parameters: (network.parameters_m * 1e6) as u64,
        macs: (network.g_ops * 5e8) as u64,
        operations_2016: (network.g_ops * 1e9) as u64,
        activations: 1_000_000,
        weights: (network.parameters_m * 1e6) as u64,
        moved: 20_000_000,
        layers: vec![LayerWork {
            macs: (network.g_ops * 5e8) as u64,
            weights: (network.parameters_m * 1e6) as u64,
            moved: 20_000_000,
        }],
        name,
    });
    Counts { networks: networks.collect() }
}

/// Every network at the batches, with times that are `slowness` times those of the TX1, and with memory and power.
pub fn estimates(batches: &[u32], slowness: f64) -> Estimates {
    let point = |network: &NetworkCounts, batch: u32| {
        let (g_ops, millions) = (network.operations_2016 as f64 / 1e9, network.parameters as f64 / 1e6);
        let value = slowness * (5e-3 * g_ops + 16e-3 + millions * 1e-4 / f64::from(batch));
        let net = Bytes(((120.0 + 5.2 * millions + 7.0 * g_ops * f64::from(batch)) * 1e6) as u64);
        let watts = 20.0 + millions / 50.0 + f64::from(batch) / 16.0;
        Point {
            outcome: Outcome::Measured,
            samples: 10,
            // Higher than the speed of every network.
            peak_rates: Some(PeakRates::best(1e12 / slowness, 5e10 / slowness)),
            time: Some(Estimate { value, low: 0.98 * value, high: 1.3 * value }),
            replication: Some(Replication::new(1, 1, 10)),
            memory: Some(MemoryEstimate { peak: net, net, building: net, covers: Covers::Passes }),
            power: PowerEstimate::Measured {
                net: Estimate { value: watts, low: watts, high: watts },
                idle: 4.5,
                energy_per_image: Estimate { value: watts * value, low: watts * value, high: watts * value },
                source: "RAPL, package".to_owned(),
                rails: Vec::new(),
                parts: Vec::new(),
            },
            ..Point::skipped(&network.name, batch, "")
        }
    };
    let points = counts();
    let points = points.networks.iter().flat_map(|network| batches.iter().map(|&batch| point(network, batch)));
    Estimates {
        device: DeviceIdentity {
            kind: "cpu".to_owned(),
            hardware: "Some processor, 2 cores".to_owned(),
            backend: "burn (flex)".to_owned(),
            simulated: false,
        },
        protocol: Protocol { name: "quick".to_owned(), processes: 1, ..Protocol::default() },
        sessions_asked: 1,
        between_sessions: None,
        memory_between_sessions: None,
        accuracies: results::MeasuredAccuracies::default(),
        environment: Default::default(),
        points: points.collect(),
    }
}

/// The same without the points that `keep` drops.
pub fn only(mut estimates: Estimates, keep: impl Fn(&Point) -> bool) -> Estimates {
    estimates.points.retain(keep);
    estimates
}

/// The same with changed points.
pub fn each(mut estimates: Estimates, change: impl Fn(&mut Point)) -> Estimates {
    estimates.points.iter_mut().for_each(change);
    estimates
}

/// A point that ended without numbers.
pub fn without_numbers(point: &mut Point, outcome: Outcome) {
    point.outcome = outcome;
    (point.time, point.memory) = (None, None);
    point.power = PowerEstimate::NoSensor;
}

/// The data of some estimates.
pub fn figure_data(estimates: Estimates) -> FigureData {
    FigureData::new(&counts(), estimates, &published())
}
