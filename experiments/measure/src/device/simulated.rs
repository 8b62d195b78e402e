//! A simulated device: times, memory and power of a board by a roofline model, with seeded jitter. The same arguments give the same
//! record on every machine, within milliseconds. Computes no logits.

use anyhow::{Result, ensure};
use networks::{Cost, Network};
use results::record::{Allocator, Benchmark, Covers, Interference, Memory, Process, Protocol};
use results::{Bytes, Observation, Outcome};

use crate::device::board::{Board, TX1};
use crate::device::rails;
use crate::measured::Measurements;
use crate::passes::{Pass, Passes};
use crate::power::MIN_INTERVAL;
use crate::window::{self, Window};
use crate::{formula, power};

/// Bytes of a 32-bit floating-point number.
const WIDTH: f64 = 4.0;
/// Maximum deviation of an ordinary pass from the model, as a share.
const JITTER: f64 = 0.01;
/// Share of passes with interference ...
const INTERFERENCE: f64 = 1.0 / 20.0;
/// ... which take this share longer.
const SLOWDOWN: f64 = 0.05;
/// Factor of the first pass, for the one-time preparation of a device.
const FIRST: f64 = 4.0;

/// The model's measurements of `network` at `batch`.
pub fn measure(network: &Network, batch: u32, seed: u64, protocol: &Protocol) -> Result<Measurements> {
    let board = &TX1;
    let costs = networks::costs(network)?;
    let peak = memory(board, &costs, batch);
    if peak > board.memory as f64 {
        let reason = format!("the model needs {:.0} MB, its board has {:.0} MB", peak / 1e6, board.memory as f64 / 1e6);
        return Ok(Measurements::none(Outcome::OutOfMemory { reason }));
    }
    let (time, computing) = time(board, &costs, batch);
    ensure!(time.is_finite(), "the model of {} at batch {batch} gives no time", network.name);
    let built = board.process as f64 + WIDTH * costs.iter().map(|cost| cost.weights as f64).sum::<f64>();
    let memory = Memory {
        before_model: Bytes(board.process),
        after_model: Bytes(built as u64),
        building_peak: Bytes(built as u64),
        peak: Bytes(peak as u64),
        covers: Covers::Passes,
        allocator: Allocator::Unknown { reason: SIMULATED.to_owned() },
    };
    let min = power::min_window(protocol, MIN_INTERVAL);
    let (mut processes, mut windows) = (Vec::new(), Vec::new());
    for number in 1..=protocol.processes {
        let name = format!("{} {batch} {number}", network.name);
        let mut passes = Jittered { time, seed, name, made: 0, now: 0.0 };
        let window = window::run(&mut passes, protocol, min, &mut |_| (), &mut || ())?;
        windows.push(window.wall());
        processes.push(process(window, memory.clone()));
    }
    let net = board.moving + (board.computing - board.moving) * computing / time;
    let power = rails::power(board, protocol, &windows, net, (&format!("{} {batch}", network.name), seed));
    Ok(Measurements {
        outcome: Outcome::Measured,
        peak_rates: Some(peak_rates(board)),
        processes,
        power,
        threads: None,
    })
}

/// The model's time of each layer by name [s], and the peak rates of the board.
pub fn layers(network: &Network, batch: u32) -> Result<(Vec<(String, f64)>, Benchmark)> {
    let costs = networks::costs(network)?;
    let times = costs.into_iter().map(|cost| {
        let (time, _) = layer_time(&TX1, &cost, batch);
        (cost.name, time)
    });
    Ok((times.collect(), peak_rates(&TX1)))
}

fn peak_rates(board: &Board) -> Benchmark {
    Benchmark { operations_per_second: board.operations, bytes_per_second: board.bandwidth, ..Benchmark::default() }
}

/// Why there are no counters.
const SIMULATED: &str = "simulated: there is no machine";

fn process(window: Window<()>, memory: Memory) -> Process {
    let unknown = || Observation::Unknown { reason: SIMULATED.to_owned() };
    let interference = Interference {
        wall_seconds: window.wall().0,
        processors: 1,
        processor_seconds: unknown(),
        waiting_seconds: unknown(),
        others_seconds: unknown(),
        steal_seconds: unknown(),
        psi_seconds: unknown(),
        swapped_pages: unknown(),
        major_faults: unknown(),
        throttle_events: unknown(),
    };
    Process {
        device_samples: Vec::new(),
        first_run: window.first_run,
        warm_up: window.warm_up,
        warmth: window.warmth,
        samples: window.samples,
        end: window.end,
        memory,
        interference,
    }
}

/// Time of one pass, and the part of it that is bound by arithmetic [s].
fn time(board: &Board, costs: &[Cost], batch: u32) -> (f64, f64) {
    costs.iter().map(|cost| layer_time(board, cost, batch)).fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

/// The same for one layer.
fn layer_time(board: &Board, cost: &Cost, batch: u32) -> (f64, f64) {
    let images = f64::from(batch);
    let arithmetic = 2.0 * cost.macs as f64 * images / board.operations;
    // Weights are read once per batch, which is what larger batches save.
    let bytes = WIDTH * (cost.weights as f64 + images * (cost.inputs as f64 + cost.outputs as f64));
    let traffic = bytes / board.bandwidth;
    let busy = if arithmetic > traffic { arithmetic } else { 0.0 };
    (board.launch + arithmetic.max(traffic), busy)
}

/// Peak memory of the process [bytes]: itself, the library, all weights, and half of all activations, since later ones reuse the memory of
/// earlier ones.
fn memory(board: &Board, costs: &[Cost], batch: u32) -> f64 {
    let weights: f64 = costs.iter().map(|cost| cost.weights as f64).sum();
    let activations: f64 = costs.iter().map(|cost| cost.outputs as f64).sum();
    (board.process + board.library) as f64 + WIDTH * (weights + f64::from(batch) * activations / 2.0)
}

/// Passes that take the model's time with jitter.
struct Jittered {
    time: f64,
    seed: u64,
    name: String,
    made: usize,
    now: f64,
}

impl Passes for Jittered {
    fn pass(&mut self) -> Result<Pass> {
        let of = |what: &str, made| formula::uniform(&format!("{what} {}", self.name), self.seed, made + 1).last();
        let ordinary = 1.0 + JITTER * (2.0 * of("jitter", self.made).unwrap_or(0.5) - 1.0);
        let is_slowed = of("slowed", self.made).is_some_and(|u| u < INTERFERENCE);
        let first = if self.made == 0 { FIRST } else { 1.0 };
        self.made += 1;
        let began = self.now;
        self.now += self.time * ordinary * first * if is_slowed { 1.0 + SLOWDOWN } else { 1.0 };
        Ok(Pass { began, ended: self.now })
    }

    fn logits(&mut self) -> Result<Vec<f32>> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::Power;

    fn simulated(name: &str, batch: u32, seed: u64) -> Measurements {
        let network = networks::find(name).expect("it is known");
        let protocol = Protocol {
            name: "test".to_owned(),
            processes: 2,
            warm_up_runs: 1,
            warm_up_seconds: 1.0,
            steady_percent: 100.0,
            warm_up_limit_seconds: 1.0,
            samples: 20,
            window_seconds: 0.0,
            width_percent: 100.0,
            max_samples: 20,
            min_samples: 20,
            enough_seconds: 0.0,
            idle_seconds: 1.0,
            power_readings: 100,
            power_limit_seconds: 10.0,
            limit_seconds: 1.0,
        };
        measure(&network, batch, seed, &protocol).expect("the model gives times")
    }

    fn per_image(name: &str, batch: u32) -> f64 {
        let processes = simulated(name, batch, 1).processes;
        let samples: Vec<f64> = processes.iter().flat_map(|process| &process.samples).map(|sample| sample.0).collect();
        samples.iter().sum::<f64>() / samples.len() as f64 / f64::from(batch)
    }

    #[test]
    fn the_same_arguments_give_the_same_times() {
        assert_eq!(simulated("enet", 4, 7).processes, simulated("enet", 4, 7).processes);
        assert_ne!(simulated("enet", 4, 7).processes, simulated("enet", 4, 8).processes);
    }

    #[test]
    fn processes_differ() {
        let processes = simulated("enet", 4, 7).processes;
        assert!(processes.len() == 2 && processes[0].samples != processes[1].samples);
    }

    #[test]
    fn the_model_is_a_roofline() {
        // One layer with arithmetic only, then one with traffic only.
        let layer = |macs, weights| Cost { name: String::new(), macs, weights, inputs: 0, outputs: 0 };
        let (arithmetic, busy) = time(&TX1, &[layer(1_000_000_000, 0)], 1);
        assert_eq!((arithmetic, busy), (TX1.launch + 2e9 / TX1.operations, 2e9 / TX1.operations));
        let (traffic, busy) = time(&TX1, &[layer(0, 1_000_000_000)], 8);
        assert_eq!((traffic, busy), (TX1.launch + 4e9 / TX1.bandwidth, 0.0));
    }

    #[test]
    fn batches_amortise_the_weights_of_fully_connected_layers() {
        assert!(per_image("alexnet", 1) > 2.0 * per_image("alexnet", 64));
        assert!(per_image("googlenet", 1) < 3.0 * per_image("googlenet", 64));
    }

    #[test]
    fn a_point_that_does_not_fit_the_board_is_out_of_memory() {
        let point = simulated("vgg-19", 64, 1);
        assert!(matches!(point.outcome, Outcome::OutOfMemory { .. }) && point.processes.is_empty());
        assert_eq!(simulated("alexnet", 64, 1).outcome, Outcome::Measured);
    }

    #[test]
    fn the_first_pass_is_slower_and_net_power_is_within_the_bounds_of_the_board() {
        let Measurements { processes, power, .. } = simulated("resnet-50", 2, 1);
        assert!(processes[0].first_run.0 > 2.0 * processes[0].warm_up[0].0);
        let Power::Measured { watched } = power else { panic!("the model has power") };
        assert!(watched.budget.net() >= TX1.moving && watched.budget.net() <= TX1.computing);
    }
}
