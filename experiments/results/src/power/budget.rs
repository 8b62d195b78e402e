//! The uncertainty budget of a point's net power: where doubt comes from, part by part, and what it comes to. Knows no file.

use serde::{Deserialize, Serialize};

use super::{PowerInterval, Quantity, Sensor, energy};
use crate::statistics::student;

/// An interval reaches this many standard uncertainties to either side: 95 % where many parts add up
/// (JCGM 100:2008, Guide to the expression of uncertainty in measurement, 6.2 and G.6.6).
pub const COVERAGE: f64 = 2.0;

/// The window of a single process is cut into so many pieces, whose powers stand for those of repetitions.
const PIECES: u32 = 10;

/// What the total of a sensor says of a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Power at rest [W].
    pub idle: f64,
    /// Power in the timed windows [W].
    pub load: f64,
    /// Energy of the timed windows, with what the machine draws at rest [J].
    pub energy: f64,
    /// Their time [s].
    pub seconds: f64,
    /// Readings in them.
    pub readings: u32,
    /// Different values that the sensor can have told in that time: no more than it renews its own.
    pub updates: f64,
    /// Standard uncertainties of load less idle [W].
    pub parts: Vec<Part>,
}

/// One reason for doubt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Of which kind.
    pub kind: Kind,
    /// The standard uncertainty of load less idle [W]; none where nobody says, which is not the same as none at all.
    pub watts: Option<f64>,
}

/// Kinds of doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A window begins and ends between two renewals of the sensor.
    Ends,
    /// The sensor's steps.
    Step,
    /// The sensor's own error.
    Accuracy,
    /// Power differs from process to process, or within the window of a single one.
    Repetitions,
    /// Power at rest was not the same before and after.
    Rest,
}

impl Budget {
    /// Load less idle [W].
    pub fn net(&self) -> f64 {
        self.load - self.idle
    }

    /// Whether it is the same but for what numbers lose when they are written.
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

    /// Half of the 95 % interval of load less idle [W], from the parts that are known.
    pub fn half_width(&self) -> f64 {
        COVERAGE * squares(self.parts.iter().filter_map(|part| part.watts)).sqrt()
    }
}

/// The budget of a point whose windows are `load`, with a interval of rest before each and one after the last.
pub fn budget(sensor: &Sensor, idle: &[PowerInterval], load: &[PowerInterval]) -> Result<Budget, String> {
    if load.is_empty() || idle.len() != load.len() + 1 {
        return Err(format!("{} intervals of rest do not enclose {} windows", idle.len(), load.len()));
    }
    let rests = idle.iter().map(|interval| power(sensor, interval)).collect::<Result<Vec<f64>, String>>()?;
    let energies = load.iter().map(|interval| energy::total(sensor, interval)).collect::<Result<Vec<f64>, String>>()?;
    let count = load.len() as f64;
    let seconds: f64 = load.iter().map(|interval| interval.seconds).sum();
    let energy: f64 = energies.iter().sum();
    // Each window has its own rest: the mean of those around it. Long windows count for more.
    let at_rest: Vec<f64> = rests.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
    let resting: f64 = at_rest.iter().zip(load).map(|(watts, interval)| watts * interval.seconds).sum();
    let nets: Vec<f64> = energies
        .iter()
        .zip(load)
        .zip(&at_rest)
        .map(|((joules, interval), rest)| joules / interval.seconds - rest)
        .collect();
    let (idle_watts, load_watts) = (resting / seconds, energy / seconds);
    let net = load_watts - idle_watts;
    let period = sensor.period_seconds.unwrap_or(0.0).max(sensor.interval_seconds);
    let updates = load.iter().map(|interval| updates(sensor, interval, period)).sum();
    let readings = load.iter().map(readings).sum();
    let late = period.max(sensor.averaging_seconds.unwrap_or(0.0));
    let parts = vec![
        // A value is of some moment within the last renewal, or a mean up to then, each moment as likely: its standard deviation is
        // that time / √12, and there the power steps by about the net power, at two ends of each window.
        Part { kind: Kind::Ends, watts: Some(net.abs() * late * (count / 6.0).sqrt() / seconds) },
        Part { kind: Kind::Step, watts: step(sensor, period, idle, load) },
        Part { kind: Kind::Accuracy, watts: accuracy(sensor, net) },
        Part { kind: Kind::Repetitions, watts: Some(repetitions(sensor, load, &nets)?) },
        // Between two rests that differ, each value is as likely.
        Part {
            kind: Kind::Rest,
            watts: Some(squares(rests.windows(2).map(|pair| (pair[1] - pair[0]) / 12.0_f64.sqrt())).sqrt() / count),
        },
    ];
    let budget = Budget { idle: idle_watts, load: load_watts, energy, seconds, readings, updates, parts };
    let numbers = [budget.idle, budget.load, budget.energy, budget.seconds, budget.half_width()];
    if numbers.iter().any(|number| !number.is_finite()) {
        return Err("the readings give no finite power".to_owned());
    }
    Ok(budget)
}

/// Power over a interval by the total of the sensor [W].
fn power(sensor: &Sensor, interval: &PowerInterval) -> Result<f64, String> {
    Ok(energy::total(sensor, interval)? / interval.seconds)
}

/// Readings within a interval.
fn readings(interval: &PowerInterval) -> u32 {
    let within = interval.at.iter().filter(|at| (0.0..=interval.seconds).contains(*at)).count();
    u32::try_from(within).unwrap_or(u32::MAX)
}

fn squares(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum()
}

/// Different values that the sensor can have told in a interval: as often as it is renewed and was read. Where nobody knows how often that
/// is, as often as a rail of the total changed.
fn updates(sensor: &Sensor, interval: &PowerInterval, period: f64) -> f64 {
    let max = (interval.seconds / period).floor().min(f64::from(readings(interval)));
    if sensor.period_seconds.is_some() {
        return max;
    }
    sensor.total().map(|place| values(interval, place)).fold(0.0, f64::max).min(max)
}

/// How many values a rail told in a interval, each other than the one before.
fn values(interval: &PowerInterval, place: usize) -> f64 {
    let values = interval.rails.get(place).map_or(&[][..], Vec::as_slice);
    1.0 + values.windows(2).filter(|pair| pair[0] != pair[1]).count() as f64
}

/// Of the mean of n values that were rounded to a step, LSB / √(12 n); of a counter, a step at each end of each interval. None
/// where the step of a rail is not known.
///
/// Only values that differ from the one before are counted: means of what is rounded in the same way each time are no finer than
/// one of it.
fn step(sensor: &Sensor, period: f64, idle: &[PowerInterval], load: &[PowerInterval]) -> Option<f64> {
    let mut sum = 0.0;
    for place in sensor.total() {
        let rail = &sensor.rails[place];
        let step = rail.step?;
        for intervals in [idle, load] {
            let seconds: f64 = intervals.iter().map(|interval| interval.seconds).sum();
            sum += step
                * step
                * match rail.reads {
                    Quantity::Power => {
                        let different =
                            |interval| values(interval, place).min(updates(sensor, interval, period).max(1.0));
                        1.0 / 12.0 / intervals.iter().map(different).sum::<f64>()
                    }
                    Quantity::Energy => intervals.len() as f64 / 6.0 / (seconds * seconds),
                };
        }
    }
    Some(sum.sqrt())
}

/// An error of gain, the same at rest and under load, each value within its bounds as likely. None where a rail's is not known.
fn accuracy(sensor: &Sensor, net: f64) -> Option<f64> {
    let mut max: f64 = 0.0;
    for rail in sensor.total().map(|place| &sensor.rails[place]) {
        max = max.max(rail.accuracy.as_ref()?.percent);
    }
    Some(max / 100.0 * net.abs() / 3.0_f64.sqrt())
}

/// Of the mean of several processes, or of the pieces of one. Of few, Student's factor makes up for their number.
fn repetitions(sensor: &Sensor, load: &[PowerInterval], nets: &[f64]) -> Result<f64, String> {
    let [window] = load else { return Ok(of_mean(nets)) };
    let edge = |piece: u32| window.seconds * f64::from(piece) / f64::from(PIECES);
    let pieces = (0..PIECES).map(|piece| {
        let (from, to) = (edge(piece), edge(piece + 1));
        let joules = sensor.total().map(|place| energy::between(sensor, window, place, from, to));
        Ok(joules.sum::<Result<f64, String>>()? / (to - from))
    });
    Ok(of_mean(&pieces.collect::<Result<Vec<f64>, String>>()?))
}

/// The standard uncertainty of the mean of these, widened so that twice it has the chance that Student's t says.
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

    fn part(budget: &Budget, kind: Kind) -> f64 {
        let part = budget.parts.iter().find(|part| part.kind == kind).expect("every kind is there");
        part.watts.expect("it is known")
    }

    #[test]
    fn each_part_is_what_the_textbook_says() {
        let one = sensor(&[rail(Quantity::Power)]);
        // At rest 1 W before and 1.6 W after, 8.3 W for 3 s between them.
        let idle = [interval(1.0, |_| 1.0), interval(1.0, |_| 1.6)];
        let found = budget(&one, &idle, &[interval(3.0, |_| 8.3)]).expect("it is covered");
        assert!((found.net() - 7.0).abs() < 1e-12 && (found.energy - 24.9).abs() < 1e-9, "{found:?}");
        assert_eq!((found.updates, found.readings), (150.0, 150));
        let root = |square: f64| square.sqrt();
        // Two ends, each within one renewal of 20 ms: 7 W * 20 ms / √12 * √2 over 3 s.
        assert!((part(&found, Kind::Ends) - 7.0 * 0.02 / root(12.0) * root(2.0) / 3.0).abs() < 1e-12);
        // Rounded to 40 mW in the same way all the time, under load once and at rest twice: LSB / √12 and LSB / √24.
        let expected = root(0.04 * 0.04 / 12.0 + 0.04 * 0.04 / 24.0);
        assert!((part(&found, Kind::Step) - expected).abs() < 1e-12);
        // 1 % of 7 W, anywhere within, is 70 mW / √3; rest lies anywhere between both ends of 0.6 W.
        assert!((part(&found, Kind::Accuracy) - 0.07 / root(3.0)).abs() < 1e-12);
        assert!((part(&found, Kind::Rest) - 0.6 / root(12.0)).abs() < 1e-12);
        assert!(part(&found, Kind::Repetitions) < 1e-9);
    }

    #[test]
    fn values_that_change_make_the_step_of_the_sensor_count_less() {
        let one = sensor(&[rail(Quantity::Power)]);
        let changing = |watts: f64| move |at: f64| watts + 0.04 * (at * 50.0).floor().rem_euclid(2.0);
        let idle = [interval(1.0, changing(1.0)), interval(1.0, changing(1.0))];
        let found = budget(&one, &idle, &[interval(3.0, changing(8.0))]).expect("it is covered");
        // LSB / √(12 n), of 150 values under load and 100 at rest.
        let expected = (0.04_f64 * 0.04 / 12.0 / 150.0 + 0.04 * 0.04 / 12.0 / 100.0).sqrt();
        assert!((part(&found, Kind::Step) - expected).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_sensor_whose_period_nobody_knows_has_as_many_values_as_were_seen() {
        let one = Sensor { period_seconds: None, ..sensor(&[rail(Quantity::Power)]) };
        let idle = [interval(1.0, |_| 1.0), interval(1.0, |_| 1.0)];
        let found = budget(&one, &idle, &[interval(3.0, |at| 8.0 + (at * 4.0).floor())]).expect("it is covered");
        // From a quarter of a second before to one after the window.
        assert_eq!((found.updates, found.readings), (14.0, 150));
    }

    #[test]
    fn what_nobody_knows_is_no_part_and_not_zero() {
        let mut unknown = rail(Quantity::Power);
        (unknown.step, unknown.accuracy) = (None, None);
        let idle = [interval(1.0, |_| 1.0), interval(1.0, |_| 1.0)];
        let found = budget(&sensor(&[unknown]), &idle, &[interval(2.0, |_| 5.0)]).expect("it is covered");
        let unknown: Vec<Kind> = found.parts.iter().filter(|part| part.watts.is_none()).map(|part| part.kind).collect();
        assert_eq!(unknown, [Kind::Step, Kind::Accuracy]);
        assert!(found.half_width() > 0.0);
    }

    #[test]
    fn processes_that_differ_widen_it_by_students_factor() {
        let one = sensor(&[rail(Quantity::Power)]);
        let idle = [1.0; 4].map(|watts| interval(1.0, move |_| watts));
        let load = [10.0, 11.0, 12.0].map(|watts| interval(2.0, move |_| watts));
        let found = budget(&one, &idle, &load).expect("it is covered");
        // A standard deviation of 1 W over three: 1 / √3, and t(2) = 4.303 instead of 2.
        assert!((part(&found, Kind::Repetitions) - 4.303 / 2.0 / 3.0_f64.sqrt()).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn windows_without_rest_around_them_have_no_budget() {
        let one = sensor(&[rail(Quantity::Power)]);
        let some = || interval(1.0, |_| 1.0);
        assert!(budget(&one, &[some()], &[some()]).is_err());
        assert!(budget(&one, &[some()], &[]).is_err());
        assert!(budget(&one, &[some(), some()], &[PowerInterval { seconds: 0.0, ..some() }]).is_err());
    }

    #[test]
    fn the_interval_holds_the_true_net_power_as_often_as_it_says() {
        let one = sensor(&[rail(Quantity::Power)]);
        // A step at each end of the window, seen late by up to one renewal; noise; rounding to the step; a gain that is off by up
        // to 1 %.
        let covers = |&seed: &u64| {
            let mut random = SplitMix(seed);
            let mut next = || uniform(&mut random);
            let gain = 1.0 + 0.01 * (2.0 * next() - 1.0);
            let late = 0.02 * next();
            let level = 5.0 + 5.0 * next();
            let mut read = |seconds: f64, power: &dyn Fn(f64) -> f64| {
                let mut interval = interval(seconds, |at| power(at - late));
                for value in &mut interval.rails[0] {
                    let noisy = *value * gain + 0.3 * (next() + next() - 1.0);
                    *value = (noisy.max(0.0) / 0.04).round() * 0.04;
                }
                interval
            };
            let rest = |_| 2.0;
            let idle = [read(1.0, &rest), read(1.0, &rest)];
            let load = [read(2.0, &|at| if (0.0..2.0).contains(&at) { 2.0 + level } else { 2.0 })];
            let found = budget(&one, &idle, &load).expect("it is covered");
            (found.net() - level).abs() <= found.half_width()
        };
        let covered = (0..1000).filter(covers).count();
        assert!(covered >= 930, "{covered} of 1000");
    }
}
