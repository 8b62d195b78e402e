//! The uncertainty budget of a point's net power: the sources of uncertainty and their sum. Independent of files.

use serde::{Deserialize, Serialize};

use super::{PowerInterval, Quantity, Sensor, energy};
use crate::statistics::student;

/// The half width of an interval in standard uncertainties: 95 % where many components add up
/// (JCGM 100:2008, Guide to the expression of uncertainty in measurement, 6.2 and G.6.6).
pub const COVERAGE: f64 = 2.0;

/// The window of a single process is cut into this many pieces, whose powers serve as repetitions.
const PIECES: u32 = 10;

/// The power of a point by the total of a sensor, with its uncertainty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UncertaintyBudget {
    /// Idle power [W].
    pub idle: f64,
    /// Power in the timed windows [W].
    pub load: f64,
    /// Energy of the timed windows, including idle power [J].
    pub energy: f64,
    /// Their total time [s].
    pub seconds: f64,
    /// Number of readings in them.
    pub readings: u32,
    /// Number of different values that the sensor can have returned in that time: at most one per update.
    pub updates: f64,
    /// Components of the standard uncertainty of net power [W].
    pub parts: Vec<Part>,
}

/// One component of the uncertainty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its source.
    pub kind: Kind,
    /// The standard uncertainty of net power [W]; none where unknown, which is not 0.
    pub watts: Option<f64>,
}

/// Sources of uncertainty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A window begins and ends between two updates of the sensor.
    Ends,
    /// The sensor's steps.
    Step,
    /// The sensor's own error.
    Accuracy,
    /// Power differs from process to process, or within the window of a single one.
    Repetitions,
    /// Idle power differed before and after.
    #[serde(alias = "rest")]
    Idle,
}

impl UncertaintyBudget {
    /// Net power: load minus idle [W].
    pub fn net(&self) -> f64 {
        self.load - self.idle
    }

    /// Whether both are equal up to the rounding of numbers when they are written.
    pub fn is_about(&self, other: &Self) -> bool {
        let about = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0);
        let numbers = |of: &Self| [of.idle, of.load, of.energy, of.seconds, of.updates, f64::from(of.readings)];
        let part = |(a, b): (&Part, &Part)| {
            a.kind == b.kind
                && a.watts.is_some() == b.watts.is_some()
                && about(a.watts.unwrap_or(0.0), b.watts.unwrap_or(0.0))
        };
        numbers(self).iter().zip(numbers(other)).all(|(a, b)| about(*a, b))
            && self.parts.len() == other.parts.len()
            && self.parts.iter().zip(&other.parts).all(part)
    }

    /// Half width of the 95 % interval of net power [W], from the components that are known.
    pub fn half_width(&self) -> f64 {
        COVERAGE * squares(self.parts.iter().filter_map(|part| part.watts)).sqrt()
    }
}

/// The budget of a point whose windows are `load`, with an idle interval before each and one after the last.
pub fn budget(sensor: &Sensor, idle: &[PowerInterval], load: &[PowerInterval]) -> Result<UncertaintyBudget, String> {
    if load.is_empty() || idle.len() != load.len() + 1 {
        let (idle, load) = (idle.len(), load.len());
        return Err(format!("{idle} idle intervals, expected one more than the {load} windows"));
    }
    let idles = idle.iter().map(|interval| power(sensor, interval)).collect::<Result<Vec<f64>, String>>()?;
    let energies = load.iter().map(|interval| energy::total(sensor, interval)).collect::<Result<Vec<f64>, String>>()?;
    let count = load.len() as f64;
    let seconds: f64 = load.iter().map(|interval| interval.seconds).sum();
    let energy: f64 = energies.iter().sum();
    // The idle power of a window is the mean of those around it. Longer windows have more weight.
    let around: Vec<f64> = idles.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
    let idle_energy: f64 = around.iter().zip(load).map(|(watts, interval)| watts * interval.seconds).sum();
    let nets: Vec<f64> = energies
        .iter()
        .zip(load)
        .zip(&around)
        .map(|((joules, interval), idle)| joules / interval.seconds - idle)
        .collect();
    let (idle_watts, load_watts) = (idle_energy / seconds, energy / seconds);
    let net = load_watts - idle_watts;
    let period = sensor.period_seconds.unwrap_or(0.0).max(sensor.interval_seconds);
    let updates = load.iter().map(|interval| updates(sensor, interval, period)).sum();
    let readings = load.iter().map(readings).sum();
    let late = period.max(sensor.averaging_seconds.unwrap_or(0.0));
    let parts = vec![
        // A value is from any moment of the last update period, or a mean up to then. So its time has a standard
        // deviation of that period / √12, and at both ends of each window the power steps by about the net power.
        Part { kind: Kind::Ends, watts: Some(net.abs() * late * (count / 6.0).sqrt() / seconds) },
        Part { kind: Kind::Step, watts: step(sensor, period, idle, load) },
        Part { kind: Kind::Accuracy, watts: accuracy(sensor, net) },
        Part { kind: Kind::Repetitions, watts: Some(repetitions(sensor, load, &nets)?) },
        // Between two idle powers that differ, each value is equally likely.
        Part {
            kind: Kind::Idle,
            watts: Some(squares(idles.windows(2).map(|pair| (pair[1] - pair[0]) / 12.0_f64.sqrt())).sqrt() / count),
        },
    ];
    let budget = UncertaintyBudget { idle: idle_watts, load: load_watts, energy, seconds, readings, updates, parts };
    let numbers = [budget.idle, budget.load, budget.energy, budget.seconds, budget.half_width()];
    if numbers.iter().any(|number| !number.is_finite()) {
        return Err("the readings give no finite power".to_owned());
    }
    Ok(budget)
}

/// Mean power of an interval by the total of the sensor [W].
fn power(sensor: &Sensor, interval: &PowerInterval) -> Result<f64, String> {
    Ok(energy::total(sensor, interval)? / interval.seconds)
}

/// Number of readings within an interval.
fn readings(interval: &PowerInterval) -> u32 {
    let within = interval.at.iter().filter(|at| (0.0..=interval.seconds).contains(*at)).count();
    u32::try_from(within).unwrap_or(u32::MAX)
}

fn squares(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum()
}

/// Number of different values that the sensor can have returned in an interval: one per update that was read. If the
/// update period is unknown, as many as a rail of the total showed.
fn updates(sensor: &Sensor, interval: &PowerInterval, period: f64) -> f64 {
    let max = (interval.seconds / period).floor().min(f64::from(readings(interval)));
    if sensor.period_seconds.is_some() {
        return max;
    }
    sensor.total().map(|rail| values(interval, rail)).fold(0.0, f64::max).min(max)
}

/// How many values the rail at that index showed in an interval, each different from the one before.
fn values(interval: &PowerInterval, rail: usize) -> f64 {
    let values = interval.rails.get(rail).map_or(&[][..], Vec::as_slice);
    1.0 + values.windows(2).filter(|pair| pair[0] != pair[1]).count() as f64
}

/// The component of the sensor's step: LSB / √(12 n) for the mean of n rounded values; for a counter, one step at each
/// end of each interval. None where the step of a rail is unknown.
///
/// Only values that differ from the one before are counted: averaging values that are all rounded in the same way gains
/// no resolution.
fn step(sensor: &Sensor, period: f64, idle: &[PowerInterval], load: &[PowerInterval]) -> Option<f64> {
    let mut sum = 0.0;
    for index in sensor.total() {
        let rail = &sensor.rails[index];
        let step = rail.step?;
        for intervals in [idle, load] {
            let seconds: f64 = intervals.iter().map(|interval| interval.seconds).sum();
            sum += step
                * step
                * match rail.reads {
                    Quantity::Power => {
                        let different =
                            |interval| values(interval, index).min(updates(sensor, interval, period).max(1.0));
                        1.0 / 12.0 / intervals.iter().map(different).sum::<f64>()
                    }
                    Quantity::Energy => intervals.len() as f64 / 6.0 / (seconds * seconds),
                };
        }
    }
    Some(sum.sqrt())
}

/// The component of a gain error: the same at idle and under load, uniform within its bounds. None where a rail's
/// accuracy is unknown.
fn accuracy(sensor: &Sensor, net: f64) -> Option<f64> {
    let mut max: f64 = 0.0;
    for rail in sensor.total().map(|index| &sensor.rails[index]) {
        max = max.max(rail.accuracy.as_ref()?.percent);
    }
    Some(max / 100.0 * net.abs() / 3.0_f64.sqrt())
}

/// The component of the variation between processes, or between the pieces of a single one. Student's factor accounts
/// for small numbers.
fn repetitions(sensor: &Sensor, load: &[PowerInterval], nets: &[f64]) -> Result<f64, String> {
    let [window] = load else { return Ok(of_mean(nets)) };
    let edge = |piece: u32| window.seconds * f64::from(piece) / f64::from(PIECES);
    let pieces = (0..PIECES).map(|piece| {
        let (from, to) = (edge(piece), edge(piece + 1));
        let joules = sensor.total().map(|rail| energy::between(sensor, window, rail, from, to));
        Ok(joules.sum::<Result<f64, String>>()? / (to - from))
    });
    Ok(of_mean(&pieces.collect::<Result<Vec<f64>, String>>()?))
}

/// The standard uncertainty of the mean of these values, widened so that times [`COVERAGE`] it gives Student's
/// interval.
fn of_mean(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = squares(values.iter().map(|value| value - mean)) / (count - 1.0);
    (variance / count).sqrt() * student::quantile(count - 1.0, 0.025) / COVERAGE
}

#[cfg(test)]
mod tests {
    use super::super::sample::{interval, rail, sensor};
    use super::*;
    use crate::statistics::split_mix::{SplitMix, tests::uniform};

    fn part(budget: &UncertaintyBudget, kind: Kind) -> f64 {
        let part = budget.parts.iter().find(|part| part.kind == kind).expect("every kind is there");
        part.watts.expect("it is known")
    }

    #[test]
    fn the_previous_layout_called_idle_power_rest() {
        assert_eq!(serde_json::from_str::<Kind>("\"rest\"").expect("it parses"), Kind::Idle);
        assert_eq!(serde_json::to_string(&Kind::Idle).expect("it prints"), "\"idle\"");
    }

    #[test]
    fn each_component_follows_the_textbook() {
        let one = sensor(&[rail(Quantity::Power)]);
        // Idle at 1 W before and 1.6 W after, 8.3 W for 3 s in between.
        let idle = [interval(1.0, |_| 1.0), interval(1.0, |_| 1.6)];
        let found = budget(&one, &idle, &[interval(3.0, |_| 8.3)]).expect("it is covered");
        assert!((found.net() - 7.0).abs() < 1e-12 && (found.energy - 24.9).abs() < 1e-9, "{found:?}");
        assert_eq!((found.updates, found.readings), (150.0, 150));
        let root = |square: f64| square.sqrt();
        // Two ends, each within one update period of 20 ms: 7 W * 20 ms / √12 * √2 over 3 s.
        assert!((part(&found, Kind::Ends) - 7.0 * 0.02 / root(12.0) * root(2.0) / 3.0).abs() < 1e-12);
        // Always rounded to 40 mW in the same way, once under load and twice at idle: LSB / √12 and LSB / √24.
        let expected = root(0.04 * 0.04 / 12.0 + 0.04 * 0.04 / 24.0);
        assert!((part(&found, Kind::Step) - expected).abs() < 1e-12);
        // An error of up to 1 % of 7 W is 70 mW / √3; idle power is anywhere in a range of 0.6 W.
        assert!((part(&found, Kind::Accuracy) - 0.07 / root(3.0)).abs() < 1e-12);
        assert!((part(&found, Kind::Idle) - 0.6 / root(12.0)).abs() < 1e-12);
        assert!(part(&found, Kind::Repetitions) < 1e-9);
    }

    #[test]
    fn values_that_change_reduce_the_uncertainty_of_the_step() {
        let one = sensor(&[rail(Quantity::Power)]);
        let changing = |watts: f64| move |at: f64| watts + 0.04 * (at * 50.0).floor().rem_euclid(2.0);
        let idle = [interval(1.0, changing(1.0)), interval(1.0, changing(1.0))];
        let found = budget(&one, &idle, &[interval(3.0, changing(8.0))]).expect("it is covered");
        // LSB / √(12 n), with 150 values under load and 100 at idle.
        let expected = (0.04_f64 * 0.04 / 12.0 / 150.0 + 0.04 * 0.04 / 12.0 / 100.0).sqrt();
        assert!((part(&found, Kind::Step) - expected).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_sensor_with_an_unknown_update_period_has_as_many_values_as_were_seen() {
        let one = Sensor { period_seconds: None, ..sensor(&[rail(Quantity::Power)]) };
        let idle = [interval(1.0, |_| 1.0), interval(1.0, |_| 1.0)];
        let found = budget(&one, &idle, &[interval(3.0, |at| 8.0 + (at * 4.0).floor())]).expect("it is covered");
        // From a quarter of a second before to one after the window.
        assert_eq!((found.updates, found.readings), (14.0, 150));
    }

    #[test]
    fn an_unknown_component_is_not_zero() {
        let mut unknown = rail(Quantity::Power);
        (unknown.step, unknown.accuracy) = (None, None);
        let idle = [interval(1.0, |_| 1.0), interval(1.0, |_| 1.0)];
        let found = budget(&sensor(&[unknown]), &idle, &[interval(2.0, |_| 5.0)]).expect("it is covered");
        let unknown: Vec<Kind> = found.parts.iter().filter(|part| part.watts.is_none()).map(|part| part.kind).collect();
        assert_eq!(unknown, [Kind::Step, Kind::Accuracy]);
        assert!(found.half_width() > 0.0);
    }

    #[test]
    fn processes_that_differ_widen_the_interval_by_students_factor() {
        let one = sensor(&[rail(Quantity::Power)]);
        let idle = [1.0; 4].map(|watts| interval(1.0, move |_| watts));
        let load = [10.0, 11.0, 12.0].map(|watts| interval(2.0, move |_| watts));
        let found = budget(&one, &idle, &load).expect("it is covered");
        // A standard deviation of 1 W over three processes: 1 / √3, and t(2) = 4.303 instead of 2.
        assert!((part(&found, Kind::Repetitions) - 4.303 / 2.0 / 3.0_f64.sqrt()).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn windows_without_idle_intervals_around_them_have_no_budget() {
        let one = sensor(&[rail(Quantity::Power)]);
        let some = || interval(1.0, |_| 1.0);
        let reason = budget(&one, &[some()], &[some()]).expect_err("one is missing");
        assert_eq!(reason, "1 idle intervals, expected one more than the 1 windows");
        assert!(budget(&one, &[some()], &[]).is_err());
        assert!(budget(&one, &[some(), some()], &[PowerInterval { seconds: 0.0, ..some() }]).is_err());
    }

    #[test]
    fn the_interval_covers_the_true_net_power_at_its_nominal_rate() {
        let one = sensor(&[rail(Quantity::Power)]);
        // A step at each end of the window, seen late by up to one update period; noise; rounding to the step; a gain
        // error of up to 1 %.
        let covers = |&seed: &u64| {
            let mut random = SplitMix(seed);
            let mut next = || uniform(&mut random);
            let gain = 1.0 + 0.01 * (2.0 * next() - 1.0);
            let late = 0.02 * next();
            let net = 5.0 + 5.0 * next();
            let mut read = |seconds: f64, power: &dyn Fn(f64) -> f64| {
                let mut interval = interval(seconds, |at| power(at - late));
                for value in &mut interval.rails[0] {
                    let noisy = *value * gain + 0.3 * (next() + next() - 1.0);
                    *value = (noisy.max(0.0) / 0.04).round() * 0.04;
                }
                interval
            };
            let idling = |_| 2.0;
            let idle = [read(1.0, &idling), read(1.0, &idling)];
            let load = [read(2.0, &|at| if (0.0..2.0).contains(&at) { 2.0 + net } else { 2.0 })];
            let found = budget(&one, &idle, &load).expect("it is covered");
            (found.net() - net).abs() <= found.half_width()
        };
        let covered = (0..1000).filter(covers).count();
        assert!(covered >= 930, "{covered} of 1000");
    }
}
