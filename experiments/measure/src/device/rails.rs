//! Simulated readings of a board's power monitor, idle and in windows, with the resolution of the sensor. The same arguments give the
//! same readings on every machine. Independent of networks.

use results::power::budget::budget;
use results::power::{Accuracy, PowerInterval, Quantity, Rail, Scope, Sensor, Watched, guard};
use results::{Power, Protocol, Seconds};

use crate::device::board::Board;
use crate::formula;
use crate::power::MIN_INTERVAL;

/// Maximum deviation of a reading from the mean power, as a share: after a sensor's averaging, this is left of the swings that the
/// original saw with its current probe.
const RIPPLE: f64 = 0.04;
/// Idle power is nearly constant.
const IDLE_RIPPLE: f64 = 0.01;

/// A rail of the modelled board.
struct Model {
    name: &'static str,
    /// Its share of the board's idle power, and of the power above idle under load.
    share: (f64, f64),
    in_total: bool,
}

/// The rails of a Jetson TX1's module; their shares are invented.
const RAILS: [Model; 3] = [
    Model { name: "VDD_IN", share: (1.0, 1.0), in_total: true },
    Model { name: "VDD_GPU", share: (0.05, 0.62), in_total: false },
    Model { name: "VDD_CPU", share: (0.2, 0.08), in_total: false },
];

/// The power of a point whose windows draw `net` watts above idle. `name` and `seed` determine the readings.
pub fn power(board: &Board, protocol: &Protocol, windows: &[Seconds], net: f64, (name, seed): (&str, u64)) -> Power {
    let idle_time = Seconds(protocol.idle_seconds.max(MIN_INTERVAL * 10.0));
    let of = |number: usize, seconds: Seconds, net: f64, ripple: f64| {
        let name = format!("{name} {number} {net}");
        interval(board, seconds, net, ripple, |reading| {
            formula::uniform(&name, seed, reading + 1).last().unwrap_or(0.5)
        })
    };
    let idle: Vec<PowerInterval> = (0..=windows.len()).map(|number| of(number, idle_time, 0.0, IDLE_RIPPLE)).collect();
    let load: Vec<PowerInterval> =
        windows.iter().enumerate().map(|(number, time)| of(number, *time, net, RIPPLE)).collect();
    let rail = |model: &Model| Rail {
        name: model.name.to_owned(),
        in_total: model.in_total,
        reads: Quantity::Power,
        step: Some(board.power_step),
        accuracy: Some(Accuracy {
            percent: 0.5,
            source: "INA3221 data sheet SBOS576: 0.25 % each of shunt and bus voltage".to_owned(),
        }),
        lost: None,
    };
    let sensor = Sensor {
        source: "ina3221".to_owned(),
        what: "a model of the power monitor of a board like the Jetson TX1".to_owned(),
        scope: Scope::Module,
        fixture: true,
        rails: RAILS.iter().map(rail).collect(),
        total: "VDD_IN feeds the module".to_owned(),
        period_seconds: Some(MIN_INTERVAL),
        interval_seconds: MIN_INTERVAL,
        averaging_seconds: None,
        processor_share: 0.0,
    };
    let source = sensor.source.clone();
    match budget(&sensor, &idle, &load) {
        Err(reason) => Power::Unusable { source, reason },
        Ok(budget) => {
            let is_below = guard::is_below_resolution(&budget);
            let watched = Box::new(Watched { sensor, idle, load, budget });
            if is_below { Power::BelowResolution { watched } } else { Power::Measured { watched } }
        }
    }
}

/// Readings of all rails, from one before the interval to one after it.
fn interval(board: &Board, time: Seconds, net: f64, ripple: f64, uniform: impl Fn(usize) -> f64) -> PowerInterval {
    let count = (time.0 / MIN_INTERVAL).ceil() as usize + 2;
    let mut interval = PowerInterval { seconds: time.0, at: Vec::new(), rails: vec![Vec::new(); RAILS.len()] };
    for reading in 0..count {
        interval.at.push(rounded((reading as f64 - 0.5) * MIN_INTERVAL));
        let factor = 1.0 + ripple * (2.0 * uniform(reading) - 1.0);
        for (model, values) in RAILS.iter().zip(&mut interval.rails) {
            let watts = (model.share.0 * board.idle + model.share.1 * net) * factor;
            values.push(rounded((watts / board.power_step).round() * board.power_step));
        }
    }
    interval
}

/// To a millionth, like real readings.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::board::TX1;

    #[test]
    fn simulated_readings_give_the_modelled_power_within_their_uncertainty() {
        let protocol = Protocol { processes: 2, idle_seconds: 1.0, ..Protocol::default() };
        let power = power(&TX1, &protocol, &[Seconds(2.0), Seconds(2.5)], 11.0, ("a network", 7));
        let Power::Measured { watched } = power else { panic!("{power:?}") };
        let (net, uncertainty) = (watched.budget.net(), watched.budget.half_width());
        assert!((net - 11.0).abs() < uncertainty && uncertainty < 0.5, "{net} ± {uncertainty}");
        assert!((watched.budget.idle - TX1.idle).abs() < TX1.power_step);
        assert_eq!(guard::readings(&watched.sensor, &watched.idle, &watched.load), None);
    }
}
