//! Lines on standard error while pictures are classified: how many, how fast, and how long the rest takes.

use std::time::{Duration, Instant};

/// Time between two lines.
const INTERVAL: Duration = Duration::from_secs(10);

/// The state of a run.
pub(super) struct Progress {
    began: Instant,
    printed: Instant,
    start: usize,
    done: usize,
    all: usize,
    decoded: usize,
    /// Time in which pictures were decoded [s].
    seconds: f64,
}

impl Progress {
    /// A run over `all` pictures, of which an interrupted run has classified `start`.
    pub(super) fn new(start: usize, all: usize) -> Self {
        if start > 0 {
            eprintln!("{start} of {all} pictures are classified already");
        }
        let now = Instant::now();
        Self { began: now, printed: now, start, done: start, all, decoded: 0, seconds: 0.0 }
    }

    /// Pictures were decoded in so many seconds.
    pub(super) fn decoded(&mut self, pictures: usize, seconds: f64) {
        self.decoded += pictures;
        self.seconds += seconds;
    }

    /// Pictures were classified.
    pub(super) fn classified(&mut self, pictures: usize) {
        self.done += pictures;
        if self.printed.elapsed() >= INTERVAL {
            self.printed = Instant::now();
            let rate = self.rate();
            let left = left((self.all - self.done) as f64 / rate);
            eprintln!("{} of {} pictures, {rate:.1} per second, {left} left", self.done, self.all);
        }
    }

    /// The end of the run.
    pub(super) fn finish(&self) {
        let (count, decoding) = (self.done - self.start, self.decoded as f64 / self.seconds.max(f64::MIN_POSITIVE));
        if count > 0 {
            eprintln!(
                "{count} pictures, {:.1} per second; decoding in parallel, {decoding:.1} per second",
                self.rate()
            );
        }
    }

    /// Pictures per second.
    fn rate(&self) -> f64 {
        (self.done - self.start) as f64 / self.began.elapsed().as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// A time [s] in words.
fn left(seconds: f64) -> String {
    match seconds.round() as u64 {
        seconds @ 0..100 => format!("{seconds} s"),
        seconds @ 100..6000 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_time_that_is_left_has_a_suitable_unit() {
        assert_eq!(
            [0.4, 99.4, 100.0, 5999.0, 9000.0].map(super::left),
            ["0 s", "99 s", "2 min", "100 min", "2 h 30 min"]
        );
    }
}
