//! The thread that reads a power source during a computation. It keeps every reading with its time, and counts its own
//! processor time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::rail::source::{Reading, Readings};

/// The maximum number of readings that are kept: some hours of the fastest source.
const MAX_READINGS: usize = 2_000_000;

/// The maximum number of successive failed readings before and after an interval, as on a busy bus.
const MAX_FAILED: usize = 3;

/// A source that is being read.
pub struct Sampler {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    began: Instant,
}

struct Shared {
    log: Mutex<Vec<Reading>>,
    interval_nanoseconds: AtomicU64,
    processor_nanoseconds: AtomicU64,
    ends: AtomicBool,
}

impl Sampler {
    /// Starts to read every `interval`, until the sampler is dropped.
    pub fn start(mut source: Box<dyn Readings>, interval: Duration) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            log: Mutex::new(Vec::new()),
            interval_nanoseconds: AtomicU64::new(nanoseconds(interval)),
            processor_nanoseconds: AtomicU64::new(0),
            ends: AtomicBool::new(false),
        });
        let of_thread = shared.clone();
        let thread = thread::Builder::new().name("power".to_owned()).spawn(move || sample(&of_thread, &mut *source))?;
        Ok(Self { shared, thread: Some(thread), began: Instant::now() })
    }

    /// Changes the time between two reads, from the next reading on.
    pub fn set_interval(&self, interval: Duration) {
        self.shared.interval_nanoseconds.store(nanoseconds(interval), Ordering::Relaxed);
    }

    /// The time between two reads.
    pub fn interval(&self) -> Duration {
        Duration::from_nanos(self.shared.interval_nanoseconds.load(Ordering::Relaxed))
    }

    /// The readings of an interval of time, with one beyond each end if it exists, and a few more where that one
    /// failed.
    pub fn between(&self, from: f64, to: f64) -> Vec<Reading> {
        let log = self.shared.log();
        let failed = |index: usize| log.get(index).is_some_and(|reading| reading.values.iter().any(Result::is_err));
        let mut first = log.partition_point(|reading| reading.at <= from).saturating_sub(1);
        let min = first.saturating_sub(MAX_FAILED);
        while first > min && failed(first) {
            first -= 1;
        }
        let mut last = (log.partition_point(|reading| reading.at < to) + 1).min(log.len());
        let max = (last + MAX_FAILED).min(log.len());
        while last < max && last > first && failed(last - 1) {
            last += 1;
        }
        log.get(first..last).unwrap_or_default().to_vec()
    }

    /// The time of the last reading [s, monotonic time].
    pub fn latest(&self) -> Option<f64> {
        self.shared.log().last().map(|reading| reading.at)
    }

    /// The processor time of reading, divided by the time since it started.
    pub fn processor_share(&self) -> f64 {
        let spent = self.shared.processor_nanoseconds.load(Ordering::Relaxed) as f64 / 1e9;
        spent / self.began.elapsed().as_secs_f64().max(1e-9)
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // Readings from before a panic of the thread are kept.
            thread.join().ok();
        }
    }
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Vec<Reading>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Reads at times that do not drift: a slow read does not delay the next.
fn sample(shared: &Shared, source: &mut dyn Readings) {
    let mut due = Instant::now();
    while !shared.ends.load(Ordering::Relaxed) {
        let new = source.take();
        {
            let mut log = shared.log();
            let room = MAX_READINGS.saturating_sub(log.len());
            log.extend(new.into_iter().take(room));
        }
        shared.processor_nanoseconds.store(processor_nanoseconds(), Ordering::Relaxed);
        due += Duration::from_nanos(shared.interval_nanoseconds.load(Ordering::Relaxed));
        let now = Instant::now();
        match due.checked_duration_since(now) {
            Some(pause) => thread::park_timeout(pause),
            None => due = now,
        }
    }
}

/// The processor time of the calling thread [ns].
#[cfg(unix)]
fn processor_nanoseconds() -> u64 {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ThreadCPUTime);
    (time.tv_sec as u64).saturating_mul(1_000_000_000).saturating_add(time.tv_nsec as u64)
}

#[cfg(not(unix))]
fn processor_nanoseconds() -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::clock;

    /// A source whose value is the number of its reads.
    struct Count(f64);

    impl Readings for Count {
        fn take(&mut self) -> Vec<Reading> {
            self.0 += 1.0;
            vec![Reading { at: clock::now().expect("a clock"), values: vec![Ok(self.0)] }]
        }
    }

    #[test]
    fn readings_are_in_order_and_those_of_an_interval_extend_beyond_both_ends() {
        let sampler = Sampler::start(Box::new(Count(0.0)), Duration::from_millis(2)).expect("a thread");
        thread::sleep(Duration::from_millis(60));
        let all = sampler.between(0.0, f64::INFINITY);
        assert!(all.len() >= 5 && all.is_sorted_by(|one, next| one.at < next.at && one.values != next.values));
        let (from, to) = (f64::midpoint(all[1].at, all[2].at), f64::midpoint(all[3].at, all[4].at));
        assert_eq!(sampler.between(from, to), all[1..=4]);
        assert_eq!(sampler.between(to, from).len(), 0);
        assert!(sampler.processor_share() < 0.5);
    }

    /// A source of which only every fourth read succeeds.
    struct Seldom(u32);

    impl Readings for Seldom {
        fn take(&mut self) -> Vec<Reading> {
            self.0 += 1;
            let value = if self.0.is_multiple_of(4) { Ok(f64::from(self.0)) } else { Err("busy".to_owned()) };
            vec![Reading { at: clock::now().expect("a clock"), values: vec![value] }]
        }
    }

    #[test]
    fn an_interval_extends_to_a_reading_that_did_not_fail() {
        let sampler = Sampler::start(Box::new(Seldom(0)), Duration::from_millis(2)).expect("a thread");
        while sampler.between(0.0, f64::INFINITY).len() < 40 {
            thread::sleep(Duration::from_millis(2));
        }
        let all = sampler.between(0.0, f64::INFINITY);
        for (from, to) in [(10, 20), (11, 21), (12, 22), (13, 23)] {
            let interval = sampler.between(all[from].at, all[to].at);
            let (first, last) = (&interval[0], &interval[interval.len() - 1]);
            assert!(first.value(0).is_some() && last.value(0).is_some(), "{interval:?}");
            assert!(first.at <= all[from].at && last.at >= all[to].at);
        }
    }

    #[test]
    fn a_sampler_ends_immediately_when_it_is_dropped() {
        let sampler = Sampler::start(Box::new(Count(0.0)), Duration::from_secs(1000)).expect("a thread");
        let before = Instant::now();
        drop(sampler);
        assert!(before.elapsed() < Duration::from_secs(100));
    }
}
