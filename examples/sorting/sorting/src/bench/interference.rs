//! Other activity of the machine while a sort is timed, from the counters of a Linux kernel.

use std::fs;
use std::time::Instant;

use crate::record::Interference;

/// The counters at one time.
pub struct Activity {
    moment: Instant,
    load: Option<f64>,
    /// How long this process has waited for a core [ns].
    waited: Option<f64>,
    /// Steal time and total time of all cores, in the kernel's unit.
    steal: Option<(f64, f64)>,
}

impl Activity {
    /// Reads the counters.
    pub fn read() -> Self {
        let text = |path| fs::read_to_string(path).unwrap_or_default();
        Self {
            moment: Instant::now(),
            load: field(&text("/proc/loadavg"), 0),
            waited: field(&text("/proc/self/schedstat"), 1),
            steal: steal(&text("/proc/stat")),
        }
    }

    /// The activity between this time and a later one.
    pub fn until(&self, after: &Self) -> Interference {
        let nanoseconds = (after.moment - self.moment).as_secs_f64() * 1e9;
        let waited = self.waited.zip(after.waited).map(|(before, after)| after - before);
        let steal = self
            .steal
            .zip(after.steal)
            .map(|((before, all_before), (after, all))| share(after - before, all - all_before));
        Interference {
            load_before: self.load,
            load_after: after.load,
            waiting: waited.map(|waited| share(waited, nanoseconds)),
            steal,
        }
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

fn field(text: &str, index: usize) -> Option<f64> {
    text.split_whitespace().nth(index)?.parse().ok()
}

/// The eighth counter of the line `cpu` of /proc/stat, and the sum of the first eight. The first two already include
/// the last two.
fn steal(stat: &str) -> Option<(f64, f64)> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let counters: Vec<f64> = line.split_whitespace().take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
    Some((*counters.get(7)?, counters.iter().sum()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn shares_are_differences_of_counters_over_the_time_between() {
        let before = Activity {
            moment: Instant::now(),
            load: field("0.25 0.10 0.05 1/100 42", 0),
            waited: field("900 1000000 5", 1),
            steal: steal("cpu  100 0 100 700 0 0 0 100 50 0\ncpu0 1 2 3"),
        };
        let after = Activity {
            moment: before.moment + Duration::from_millis(100),
            load: Some(1.5),
            waited: Some(11_000_000.0),
            steal: steal("cpu  150 0 150 790 0 0 0 110 60 0\n"),
        };
        let found = before.until(&after);
        assert_eq!((found.load_before, found.load_after), (Some(0.25), Some(1.5)));
        assert!((found.waiting.expect("known") - 0.1).abs() < 1e-12);
        assert!((found.steal.expect("known") - 10.0 / 200.0).abs() < 1e-12);
    }

    #[test]
    fn values_that_the_system_does_not_report_are_unknown() {
        assert_eq!((steal(""), steal("cpu  1 2 3\n"), field("", 0)), (None, None, None));
        let silent = || Activity { moment: Instant::now(), load: None, waited: None, steal: None };
        assert_eq!(silent().until(&silent()), Interference::default());
    }
}
