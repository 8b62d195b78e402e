//! The monotonic clock: durations and resolution.

use std::time::{Duration, Instant};

/// Duration of `work` [s].
pub fn time(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// The smallest positive difference of successive times [s].
pub fn resolution() -> f64 {
    let step = || {
        let start = Instant::now();
        std::iter::repeat_with(|| start.elapsed()).find(|passed| *passed > Duration::ZERO)
    };
    (0..1000).filter_map(|_| step()).min().unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_that_of_the_work() {
        let seconds = time(|| std::thread::sleep(Duration::from_millis(20)));
        assert!((0.02..5.0).contains(&seconds), "{seconds}");
    }

    #[test]
    fn the_clock_resolves_a_millisecond() {
        assert!((1e-10..1e-3).contains(&resolution()));
    }
}
