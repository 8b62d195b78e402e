//! Numbers that cannot be true: a record with such numbers is refused, with the reason. Pure functions, called both
//! when measuring and when reading. Independent of devices and networks.

use crate::record::{Benchmark, End, Process, Protocol};
use crate::units::Seconds;

/// Two passes of one network over one input may differ by rounding only: this share of the largest logit.
const EQUAL: f32 = 1e-4;

/// How much faster than its own matrix product benchmark a device may appear. Clocks that rise in between explain a few
/// per cent; a pass that was not waited for is faster by much more. An algorithm with fewer multiplications than
/// counted, such as Winograd's with up to 2.25 times for kernels of 3x3 (arXiv:1509.09308, Section 4.1), would need
/// more; no device here uses one.
pub const MARGIN: f64 = 1.25;

/// A silent failure of the device shows in its logits: some are not finite, or they differ from those of the warm-up.
pub fn logits(before: &[f32], after: &[f32]) -> Option<String> {
    if before.len() != after.len() {
        return Some(format!("{} logits in the warm-up, {} after the samples", before.len(), after.len()));
    }
    if let Some(index) = before.iter().chain(after).position(|logit| !logit.is_finite()) {
        return Some(format!("logit {} is not finite", index % before.len()));
    }
    let largest = before.iter().fold(0.0_f32, |largest, logit| largest.max(logit.abs()));
    let apart = before.iter().zip(after).fold(0.0_f32, |apart, (before, after)| apart.max((before - after).abs()));
    (apart > EQUAL * largest)
        .then(|| format!("logits changed by {apart:e} between warm-up and last sample, the largest is {largest:e}"))
}

/// A pass that ended before it began, or began before the previous one ended. All times are by one clock [s].
pub fn clock(last_end: f64, began: f64, ended: f64) -> Option<String> {
    let forward = last_end <= began && began <= ended;
    (!forward).then(|| {
        format!(
            "the clock went backwards: a pass began at {began} s and ended at {ended} s, \
             the previous one ended at {last_end} s"
        )
    })
}

/// A peak that is not a positive rate, or not the best of its repetitions: the field and the problem.
pub fn peaks(peak_rates: &Benchmark) -> Option<(String, String)> {
    let of = [
        ("operations_per_second", peak_rates.operations_per_second, "gemm", &peak_rates.gemm),
        ("bytes_per_second", peak_rates.bytes_per_second, "bandwidth", &peak_rates.bandwidth),
    ];
    of.into_iter().find_map(|(field, best, name, repetitions)| {
        let is_rate = |rate: f64| rate.is_finite() && rate > 0.0;
        if !is_rate(best) {
            return Some((field.to_owned(), format!("{best} is not a rate of a device")));
        }
        if let Some(wrong) = repetitions.iter().position(|&rate| !is_rate(rate)) {
            return Some((format!("{name}[{wrong}]"), format!("{} is not a rate of a device", repetitions[wrong])));
        }
        let fastest = repetitions.iter().copied().reduce(f64::max)?;
        (fastest != best).then(|| (name.to_owned(), format!("the best repetition is {fastest}, expected {best}")))
    })
}

/// A rate, operations of one pass over the time of the fastest, that exceeds what the device can do.
pub fn rate(operations: u64, fastest: Seconds, peak_rates: &Benchmark) -> Option<String> {
    let rate = operations as f64 / fastest.0;
    let max = MARGIN * peak_rates.operations_per_second;
    // A time of zero gives an infinite rate, and a peak that is NaN gives no bound: both are refused.
    let is_possible = rate <= max;
    (!is_possible).then(|| {
        format!(
            "{:.1} G operations a second in the fastest pass, the device's own peak is {:.1} G \
             ({MARGIN} times that is allowed)",
            rate / 1e9,
            peak_rates.operations_per_second / 1e9
        )
    })
}

/// The same for all passes of a point, warm-up and samples, except each process's first.
pub fn fastest(operations: u64, peak_rates: &Benchmark, processes: &[Process]) -> Option<String> {
    let passes = processes.iter().flat_map(|process| process.warm_up.iter().chain(&process.samples));
    let fastest = passes.copied().min_by(|a, b| a.0.total_cmp(&b.0))?;
    rate(operations, fastest, peak_rates)
}

/// A process with less than its protocol asks for, or than the reason why its window ended: the field and the problem.
pub fn too_few(protocol: &Protocol, process: &Process) -> Option<(&'static str, String)> {
    let asked = |field, count: usize, min: u32, why: &str| {
        (count < min as usize).then(|| (field, format!("{count}, but {why} at least {min}")))
    };
    // Sums of the same times in the same order, but another reader may have rounded them.
    let lasted = |times: &[Seconds], min: f64| times.iter().map(|time| time.0).sum::<f64>() >= min * (1.0 - 1e-9);
    let Process { warm_up, samples, end, .. } = process;
    let at_end = match end {
        End::Precise => protocol.samples,
        End::Max => protocol.max_samples,
        End::Enough => 0,
    };
    asked("samples", samples.len(), protocol.min_samples, "the protocol asks for")
        .or_else(|| asked("samples", samples.len(), at_end, "a window that ended for this reason has"))
        .or_else(|| asked("warm_up", warm_up.len(), protocol.warm_up_runs, "the protocol asks for"))
        .or_else(|| {
            let is_early = *end == End::Enough && !lasted(samples, protocol.enough_seconds);
            is_early.then(|| ("end", format!("`enough`, but its samples took less than {} s", protocol.enough_seconds)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_that_change_or_are_not_finite_are_refused() {
        assert_eq!(logits(&[0.5, -2.0], &[0.5, -2.0001]), None);
        assert_eq!(logits(&[], &[]), None);
        assert!(logits(&[0.5, -2.0], &[0.5, -2.001]).is_some_and(|reason| reason.starts_with("logits changed by ")));
        assert_eq!(logits(&[1.0, 2.0], &[1.0, f32::NAN]).as_deref(), Some("logit 1 is not finite"));
        assert_eq!(logits(&[f32::INFINITY], &[f32::INFINITY]).as_deref(), Some("logit 0 is not finite"));
        assert!(logits(&[1.0], &[1.0, 1.0]).is_some());
    }

    #[test]
    fn repetitions_that_are_not_rates_or_do_not_include_the_best_are_refused() {
        let of = |bandwidth: &[f64]| {
            peaks(&Benchmark { bandwidth: bandwidth.to_vec(), ..benchmark(5.0, 9.0) }).map(|(field, _)| field)
        };
        assert_eq!((of(&[1.0, 9.0, 2.0]), of(&[])), (None, None));
        for (wrong, field) in [
            (&[1.0, 8.0][..], "bandwidth"),
            (&[9.0, 10.0], "bandwidth"),
            (&[9.0, f64::NAN], "bandwidth[1]"),
            (&[f64::INFINITY], "bandwidth[0]"),
            (&[0.0, 9.0], "bandwidth[0]"),
        ] {
            assert_eq!(of(wrong).as_deref(), Some(field), "{wrong:?}");
        }
        let expected = Some(("bytes_per_second".into(), "0 is not a rate of a device".into()));
        assert_eq!(peaks(&benchmark(5.0, 0.0)), expected);
    }

    fn benchmark(operations_per_second: f64, bytes_per_second: f64) -> Benchmark {
        Benchmark { operations_per_second, bytes_per_second, ..Benchmark::default() }
    }

    #[test]
    fn a_clock_that_goes_backwards_is_refused() {
        assert_eq!(clock(1.0, 1.0, 2.0), None);
        assert!(clock(1.0, 3.0, 2.0).is_some());
        assert!(clock(1.0, 0.5, 2.0).is_some());
        assert!(clock(1.0, f64::NAN, 2.0).is_some());
    }

    #[test]
    fn a_pass_faster_than_the_device_is_refused() {
        let peak_rates = benchmark(100e9, 1e9);
        let of = |seconds| rate(1_000_000_000, Seconds(seconds), &peak_rates);
        // 1 G operations in 8 ms are 125 G per second, which is 1.25 times the peak.
        assert_eq!((of(0.01), of(0.008)), (None, None));
        assert!(of(0.0079).is_some_and(|reason| reason.contains("the device's own peak is 100.0 G")));
        assert!(of(0.0).is_some());
        let none = benchmark(f64::NAN, 1e9);
        assert!(rate(1, Seconds(1.0), &none).is_some());
    }
}
