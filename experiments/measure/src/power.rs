//! Power around and during the timed windows of a point. A thread of the supervising process reads one source. Idle
//! power is read before each process and after the last, and the readings are cut to the windows.

pub mod interval;
pub mod period;
pub mod sampler;

use std::thread;
use std::time::{Duration, Instant};

use results::power::{Quantity, Rail, Sensor, Watched, budget, guard};
use results::{Power, Protocol, Seconds};

use self::interval::Read;
use self::sampler::Sampler;
use crate::environment::clock;
use crate::rail::meter::stream::MAX_DELAY;
use crate::rail::selection::Selection;
use crate::rail::source::{Reading, Readings};

/// The shortest time between two reads [s], so that reading takes less than a hundredth of one processor.
pub const MIN_INTERVAL: f64 = 0.02;
/// The longest time between two reads [s].
const MAX_INTERVAL: f64 = 0.25;
/// Reads in an update period, so that an update is noticed soon.
const READS_PER_PERIOD: f64 = 2.0;

/// The minimum length of a piece [s]. Power counts as idle when the means of two successive pieces differ by at most
/// [`IDLE_TOLERANCE`].
const PIECE_SECONDS: f64 = 0.25;
/// The minimum length of a piece in update periods.
const PIECE_PERIODS: f64 = 5.0;
/// The relative difference between two pieces that counts as idle. One step of the sensor always does.
const IDLE_TOLERANCE: f64 = 0.02;
/// The longest wait for idle power [s]. After it, the uncertainty budget shows the difference.
const MAX_WAIT: f64 = 5.0;
/// The minimum number of update periods in an idle interval.
const IDLE_PERIODS: f64 = 10.0;

/// The factor by which windows are longer than the number of readings requires, since a reading may be late.
const MARGIN: f64 = 1.1;

/// A source that is read while a point is measured.
pub struct Watch {
    selection: Selection,
    fixture: bool,
    sampler: Sampler,
    period: Option<f64>,
    began: f64,
    idle_intervals: Vec<(f64, f64)>,
}

impl Watch {
    /// Starts to read. `fixture` states that the files are not the kernel's own.
    pub fn start(selection: Selection, readings: Box<dyn Readings>, fixture: bool) -> anyhow::Result<Self> {
        let nominal = selection.source.nominal_period.unwrap_or(0.0);
        let sampler = Sampler::start(readings, interval(nominal))?;
        Ok(Self { selection, fixture, sampler, period: None, began: clock::now()?, idle_intervals: Vec::new() })
    }

    /// Waits until power is idle and then reads an idle interval. The first call also determines the update period from
    /// all readings so far, which should therefore include some load.
    pub fn record_idle(&mut self, protocol: &Protocol) -> anyhow::Result<()> {
        self.wait(self.piece(protocol))?;
        if self.idle_intervals.is_empty() {
            self.period = self.first_period()?;
            self.sampler.set_interval(interval(self.update_period()));
        }
        let start = Instant::now();
        let mut last = self.wait(self.piece(protocol))?;
        while start.elapsed().as_secs_f64() < MAX_WAIT.max(4.0 * self.piece(protocol)) {
            let now = self.wait(self.piece(protocol))?;
            let (Some(before), Some(after)) = (self.mean(last), self.mean(now)) else { break };
            if (after - before).abs() <= (IDLE_TOLERANCE * before.abs()).max(self.step()) {
                break;
            }
            last = now;
        }
        let periods = (IDLE_PERIODS * self.update_period()).min(protocol.power_limit_seconds);
        let idle = self.wait(protocol.idle_seconds.max(periods).max(PIECE_SECONDS))?;
        self.idle_intervals.push(idle);
        Ok(())
    }

    /// The length of each window that gives the number of readings in the protocol, up to the protocol's limit.
    pub fn min_window(&self, protocol: &Protocol) -> Seconds {
        min_window(protocol, self.update_period().max(self.sampler.interval().as_secs_f64()))
    }

    /// The state of power for a point whose measurement did not finish.
    pub fn unfinished(self) -> Power {
        let reason = "the measurement of the point did not finish".to_owned();
        Power::Unusable { source: self.selection.source.name, reason }
    }

    /// The power in these windows [s, monotonic time] and around them.
    pub fn end(self, windows: &[(f64, f64)], protocol: &Protocol) -> anyhow::Result<Power> {
        self.wait_for_the_end()?;
        let read = |(from, to): (f64, f64)| Read { from, to, readings: self.sampler.between(from, to) };
        let (idle, load): (Vec<Read>, Vec<Read>) =
            (self.idle_intervals.iter().copied().map(read).collect(), windows.iter().copied().map(read).collect());
        let source = self.selection.source.name.clone();
        Ok(match self.watched(idle, load, protocol) {
            Err(reason) => Power::Unusable { source, reason },
            Ok(watched) if guard::is_below_resolution(&watched.budget) => {
                Power::BelowResolution { watched: Box::new(watched) }
            }
            Ok(watched) => Power::Measured { watched: Box::new(watched) },
        })
    }

    fn watched(&self, idle: Vec<Read>, load: Vec<Read>, protocol: &Protocol) -> Result<Watched, String> {
        let source = &self.selection.source;
        // Windows come first, since a failure there is the one to report.
        let all: Vec<Read> = load.into_iter().chain(idle).collect();
        let lost: Vec<Option<String>> =
            source.rails.iter().enumerate().map(|(index, rail)| interval::lost(&all, index, &rail.name)).collect();
        if let Some(reason) = self.selection.total.iter().find_map(|&index| lost.get(index)?.clone()) {
            return Err(reason);
        }
        let is_lost: Vec<bool> = lost.iter().map(Option::is_some).collect();
        let mut load: Vec<_> = all.iter().map(|read| interval::power_interval(read, &is_lost)).collect();
        let idle = load.split_off(load.len() - self.idle_intervals.len());
        let rails = source.rails.iter().zip(lost).enumerate().map(|(index, (rail, lost))| Rail {
            name: rail.name.clone(),
            in_total: self.selection.total.contains(&index),
            reads: rail.access.quantity(),
            step: rail.step.or_else(|| min_step(&all, index, rail.access.quantity())),
            accuracy: rail.accuracy.clone(),
            lost,
        });
        let sensor = Sensor {
            source: source.name.clone(),
            what: source.what.clone(),
            scope: source.scope,
            fixture: self.fixture,
            rails: rails.collect(),
            total: self.selection.why.clone(),
            period_seconds: self.period.or_else(|| in_windows(&all, &self.selection.total)).or(source.nominal_period),
            interval_seconds: self.sampler.interval().as_secs_f64(),
            averaging_seconds: source.averaging,
            processor_share: self.sampler.processor_share(),
        };
        if let Some(reason) = guard::readings(&sensor, &idle, &load) {
            return Err(reason);
        }
        let budget = budget::budget(&sensor, &idle, &load)?;
        if let Some(reason) = guard::too_few(&budget, protocol.power_readings) {
            return Err(reason);
        }
        Ok(Watched { sensor, idle, load, budget })
    }

    /// The update period of the source from all readings so far. Waits for a source that pushes until it is known.
    fn first_period(&self) -> anyhow::Result<Option<f64>> {
        let start = Instant::now();
        loop {
            let so_far = self.sampler.between(self.began, clock::now()?);
            if !self.selection.source.pushes() {
                return Ok(period::slowest(&so_far, self.selection.total.iter().copied()));
            }
            let period = period::of_times(&so_far);
            if period.is_some() || start.elapsed().as_secs_f64() > MAX_WAIT {
                return Ok(period);
            }
            self.wait(PIECE_SECONDS)?;
        }
    }

    /// Waits for one more reading, after the end of the last interval. A source that pushes may be late.
    fn wait_for_the_end(&self) -> anyhow::Result<()> {
        let (now, start) = (clock::now()?, Instant::now());
        thread::sleep(2 * self.sampler.interval());
        let max = if self.selection.source.pushes() { MAX_DELAY + self.update_period() } else { 0.0 };
        while start.elapsed().as_secs_f64() < max && self.sampler.latest().is_none_or(|at| at < now) {
            thread::sleep(self.sampler.interval());
        }
        Ok(())
    }

    /// The measured or nominal update period of the source [s]; 0 where neither is known.
    fn update_period(&self) -> f64 {
        self.period.or(self.selection.source.nominal_period).unwrap_or(0.0)
    }

    /// The length of a piece for the idle criterion [s], limited so that a very slow source is not waited for.
    fn piece(&self, protocol: &Protocol) -> f64 {
        PIECE_SECONDS.max((PIECE_PERIODS * self.update_period()).min(protocol.power_limit_seconds))
    }

    /// The largest step of the rails of the total that is known in advance [W or J].
    fn step(&self) -> f64 {
        let steps = self.selection.total.iter().filter_map(|&index| self.selection.source.rails.get(index)?.step);
        steps.fold(0.0, f64::max)
    }

    /// Sleeps for some seconds. Returns the start and end of that time [s, monotonic time].
    fn wait(&self, seconds: f64) -> anyhow::Result<(f64, f64)> {
        let from = clock::now()?;
        thread::sleep(Duration::try_from_secs_f64(seconds).unwrap_or_default());
        Ok((from, clock::now()?))
    }

    /// The mean power of the total over an interval [W].
    fn mean(&self, (from, to): (f64, f64)) -> Option<f64> {
        let readings = self.sampler.between(from, to);
        self.selection.total.iter().map(|&index| mean(&readings, index, self.selection.source.rails.get(index)?)).sum()
    }
}

/// The length of each window that gives the number of readings in the protocol, where a reading arrives every `every`
/// seconds.
pub fn min_window(protocol: &Protocol, every: f64) -> Seconds {
    let each = f64::from(protocol.power_readings) / f64::from(protocol.processes.max(1));
    Seconds((MARGIN * each.ceil() * every).min(protocol.power_limit_seconds))
}

fn interval(period: f64) -> Duration {
    Duration::from_secs_f64((period / READS_PER_PERIOD).clamp(MIN_INTERVAL, MAX_INTERVAL))
}

/// The mean of power readings, or the slope of a counter [W].
fn mean(readings: &[Reading], index: usize, rail: &crate::rail::source::Rail) -> Option<f64> {
    match rail.access.quantity() {
        Quantity::Power => {
            let values: Vec<f64> = readings.iter().filter_map(|reading| reading.value(index)).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        }
        Quantity::Energy => {
            let (first, last) = (readings.first()?, readings.last()?);
            Some((last.value(index)? - first.value(index)?) / (last.at - first.at))
        }
    }
}

/// The update period of the slowest rail of the total, the shortest among all intervals [s].
fn in_windows(all: &[Read], total: &[usize]) -> Option<f64> {
    all.iter().filter_map(|read| period::slowest(&read.readings, total.iter().copied())).reduce(f64::min)
}

/// The smallest difference between two successive values of a rail. For a counter, that is the energy in between and
/// not its step.
fn min_step(all: &[Read], index: usize, quantity: Quantity) -> Option<f64> {
    if quantity == Quantity::Energy {
        return None;
    }
    let steps = all.iter().flat_map(|read| {
        let values: Vec<f64> = read.readings.iter().filter_map(|reading| reading.value(index)).collect();
        values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).filter(|step| *step > 0.0).collect::<Vec<f64>>()
    });
    // Rounded to a millionth, as readings in records are.
    steps.reduce(f64::min).map(|step| (step * 1e6).round() / 1e6).filter(|step| *step > 0.0)
}
