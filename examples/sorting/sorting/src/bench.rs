//! Times a sorting algorithm: warm-up, samples, and the checks that every recorded time has passed.

mod clock;
mod environment;
pub mod input;
mod interference;

use anyhow::{Context, Result, ensure};

use crate::algorithms::Sort;
use crate::median::median;
use crate::record::{Protocol, Record, WarmUp};
use input::{Fingerprint, SplitMix, fill};
use interference::Activity;

/// Minimum duration of a sample, in resolutions of the clock. Rounding is then below 0.1 %.
const TICKS: f64 = 1000.0;

/// Measures `sort`, called `algorithm`, on random inputs of `size` numbers.
///
/// Every sort gets numbers of its own, the same for all algorithms. Fails if a result is not the sorted input, or if
/// the clock is too coarse for the samples.
pub fn measure(algorithm: &str, sort: Sort, size: u64, protocol: Protocol) -> Result<Record> {
    let length = usize::try_from(size).context("this machine cannot address so many numbers")?;
    let clock_resolution = clock::resolution();
    let mut bench = Bench { algorithm, sort, length, random: SplitMix(protocol.seed), numbers: Vec::new() };
    let (warm_up, typical) = warm_up(&protocol, || bench.sample(1))?;
    let shortest = (protocol.sample_ms / 1e3).max(TICKS * clock_resolution);
    // A fifth more, since a later sort may be faster than a typical one.
    let sorts_per_sample = (1.2 * shortest / typical).ceil().max(1.0) as u64;
    let environment = environment::read();
    let before = Activity::read();
    let seconds_per_sort = (0..protocol.samples).map(|_| bench.sample(sorts_per_sample)).collect::<Result<Vec<_>>>()?;
    let interference = before.until(&Activity::read());
    resolved(&seconds_per_sort, sorts_per_sample, clock_resolution)?;
    Ok(Record {
        algorithm: algorithm.to_owned(),
        size,
        protocol,
        warm_up,
        clock_resolution,
        sorts_per_sample,
        seconds_per_sort,
        environment,
        interference,
    })
}

/// Calls `sort`, which returns its time [s], until two groups agree or the time limit is reached. Also returns the
/// median time of a sort in the last group [s].
fn warm_up(protocol: &Protocol, mut sort: impl FnMut() -> Result<f64>) -> Result<(WarmUp, f64)> {
    let mut sorts = 0;
    let (mut total, mut previous) = (0.0, None::<f64>);
    loop {
        let group = (0..protocol.warm_up_sorts).map(|_| sort()).collect::<Result<Vec<_>>>()?;
        sorts += u64::from(protocol.warm_up_sorts);
        total += group.iter().sum::<f64>();
        let median = median(&group).context("a group of the warm-up has a sort")?.max(f64::MIN_POSITIVE);
        let near = |previous: f64| (median / previous - 1.0).abs() <= protocol.warm_up_percent / 100.0;
        let stable = previous.is_some_and(near);
        if stable || total >= protocol.warm_up_ms / 1e3 {
            return Ok((WarmUp { sorts, stable }, median));
        }
        previous = Some(median);
    }
}

/// Refuses samples that are too short for the clock.
fn resolved(seconds_per_sort: &[f64], sorts_per_sample: u64, resolution: f64) -> Result<()> {
    for (number, seconds) in seconds_per_sort.iter().enumerate() {
        let sample = seconds * sorts_per_sample as f64;
        ensure!(
            sample >= TICKS / 10.0 * resolution,
            "sample {number} lasted {sample:e} s, too short for a clock that resolves {resolution:e} s\n\
             hint: measure again on a quiet machine; the warm-up may have been slower than the samples"
        );
    }
    Ok(())
}

struct Bench<'a> {
    algorithm: &'a str,
    sort: Sort,
    length: usize,
    random: SplitMix,
    numbers: Vec<u64>,
}

impl Bench<'_> {
    /// Time of one sort [s]: times `sorts` sorts of fresh numbers together, and checks them afterwards.
    fn sample(&mut self, sorts: u64) -> Result<f64> {
        self.numbers.resize(self.length * sorts as usize, 0);
        fill(&mut self.numbers, &mut self.random);
        let length = self.length.max(1);
        let expected: Vec<_> = self.numbers.chunks(length).map(Fingerprint::of).collect();
        let seconds = clock::time(|| self.numbers.chunks_mut(length).for_each(self.sort));
        for (numbers, expected) in self.numbers.chunks(length).zip(expected) {
            let wrong = |what| format!("{} sort of {} numbers: {what}", self.algorithm, self.length);
            if let Some(position) = numbers.windows(2).position(|pair| pair[0] > pair[1]) {
                anyhow::bail!(wrong(format!("its result is out of order at position {position}")));
            }
            ensure!(
                Fingerprint::of(numbers) == expected,
                wrong("its result has other numbers than its input".to_owned())
            );
        }
        Ok(seconds / sorts as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROTOCOL: Protocol =
        Protocol { samples: 7, seed: 1, sample_ms: 0.1, warm_up_sorts: 3, warm_up_percent: 5.0, warm_up_ms: 5.0 };

    fn error(sort: Sort) -> String {
        measure("broken", sort, 100, PROTOCOL).expect_err("a broken sort").to_string()
    }

    #[test]
    fn a_record_has_every_sample_and_each_lasts_as_long_as_asked() {
        let record = measure("standard", |numbers| numbers.sort_unstable(), 100, PROTOCOL).expect("a record");
        assert_eq!(record.seconds_per_sort.len(), 7);
        assert!(record.sorts_per_sample > 1, "a hundred numbers are sorted in less than 0.1 ms");
        let middle = median(&record.seconds_per_sort).expect("samples") * record.sorts_per_sample as f64;
        assert!(middle > 0.05e-3 && record.clock_resolution < 1e-4, "{record:?}");
    }

    #[test]
    fn a_sort_that_leaves_numbers_out_of_order_is_refused() {
        let text = error(|numbers| {
            numbers.sort_unstable();
            numbers.swap(41, 42);
        });
        assert_eq!(text, "broken sort of 100 numbers: its result is out of order at position 41");
    }

    #[test]
    fn a_sort_that_loses_numbers_is_refused() {
        let text = error(|numbers| {
            numbers.sort_unstable();
            numbers[1] = numbers[0];
        });
        assert_eq!(text, "broken sort of 100 numbers: its result has other numbers than its input");
        assert!(error(|numbers| numbers.fill(0)).contains("other numbers"));
    }

    #[test]
    fn samples_that_the_clock_cannot_resolve_are_refused() {
        assert!(resolved(&[1e-6, 1e-6], 100, 1e-9).is_ok());
        let text = resolved(&[1e-3, 1e-6], 1, 1e-7).expect_err("ten ticks").to_string();
        assert!(
            text.starts_with("sample 1 lasted 1e-6 s, too short for a clock that resolves 1e-7 s\nhint: "),
            "{text}"
        );
    }

    /// The warm-up of sorts that take these times [s], and then no time.
    fn warmed_up(times: &[f64]) -> (WarmUp, f64) {
        let mut times = times.iter();
        warm_up(&PROTOCOL, || Ok(times.next().copied().unwrap_or_default())).expect("a warm-up")
    }

    #[test]
    fn a_warm_up_ends_when_the_medians_of_two_groups_agree() {
        let (found, typical) = warmed_up(&[9e-4, 5e-4, 1e-4, 3e-4, 2e-4, 1e-4, 2.09e-4, 1e-4, 9e-4, 7e-3]);
        assert_eq!((found, typical), (WarmUp { sorts: 9, stable: true }, 2.09e-4));
    }

    #[test]
    fn a_warm_up_that_never_settles_ends_at_its_time_limit() {
        let (found, typical) = warmed_up(&[1e-4, 1e-4, 1e-4, 5e-4, 5e-4, 5e-4, 1e-3, 1.1e-3, 1.2e-3, 1e-3, 1e-3]);
        assert_eq!((found, typical), (WarmUp { sorts: 9, stable: false }, 1.1e-3));
    }
}
