//! Numbers that cannot be true: a record that has them is refused, with the reason. Pure; asked by whoever measures and again
//! by whoever reads. Knows no device and no network.

use crate::record::{Ceiling, Process};
use crate::units::Seconds;

/// Two passes of one network over one input may differ by rounding only: this share of the largest logit.
const EQUAL: f32 = 1e-4;

/// How much faster than its own product benchmark a device may seem. Clocks that rise between both explain some per cent; a pass
/// that was not waited for is faster by far more. An algorithm that multiplies less than is counted, such as Winograd's with
/// up to 2.25 times for kernels of 3x3 (arXiv:1509.09308, Section 4.1), would need more; no device here has one.
pub const MARGIN: f64 = 1.25;

/// A device that failed silently shows in its logits: some are not finite, or they are not those of the warm-up.
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

/// A pass that ended before it began, or began before the last one ended. Times are of one clock [s].
pub fn clock(last_end: f64, began: f64, ended: f64) -> Option<String> {
    let forward = last_end <= began && began <= ended;
    (!forward).then(|| {
        format!(
            "the clock went backwards: a pass began at {began} s and ended at {ended} s, the one before at {last_end} s"
        )
    })
}

/// A peak that is no rate, or repetitions of its benchmark that do not lie as they must: the field of the peak, and what is wrong with it.
pub fn peaks(ceiling: &Ceiling) -> Option<(String, String)> {
    let of = [
        ("operations_per_second", ceiling.operations_per_second, "products", ceiling.products),
        ("bytes_per_second", ceiling.bytes_per_second, "copies", ceiling.copies),
    ];
    of.into_iter().find_map(|(field, best, name, repetitions)| {
        if !(best.is_finite() && best > 0.0) {
            return Some((field.to_owned(), format!("{best} is no rate of a device")));
        }
        let all = repetitions?;
        let rates = [0.0, all.lower_quartile_per_second, all.median_per_second, all.upper_quartile_per_second, best];
        let is_possible = all.count > 0 && rates[1] > 0.0 && rates.is_sorted_by(|lower, higher| lower <= higher);
        (!is_possible).then(|| {
            let [_, lower, median, upper, _] = rates;
            (
                name.to_owned(),
                format!("{lower}, {median} and {upper} are no quartiles of {} rates up to {best}", all.count),
            )
        })
    })
}

/// Operations of one pass over the time of the fastest, beyond what the device can do at all.
pub fn rate(operations: u64, fastest: Seconds, ceiling: &Ceiling) -> Option<String> {
    let rate = operations as f64 / fastest.0;
    let most = MARGIN * ceiling.operations_per_second;
    // A time of zero gives an infinite rate, and a ceiling that is no number none at all: neither is possible.
    let is_possible = rate <= most;
    (!is_possible).then(|| {
        format!(
            "{:.1} G operations a second in the fastest pass, the device's own peak is {:.1} G ({MARGIN} times that are allowed)",
            rate / 1e9,
            ceiling.operations_per_second / 1e9
        )
    })
}

/// The same of all passes of a point but the first ones, whether they are samples or were before.
pub fn fastest(operations: u64, ceiling: &Ceiling, processes: &[Process]) -> Option<String> {
    let passes = processes.iter().flat_map(|process| process.warm_up.iter().chain(&process.samples));
    let fastest = passes.copied().min_by(|a, b| a.0.total_cmp(&b.0))?;
    rate(operations, fastest, ceiling)
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
    fn repetitions_that_are_no_part_of_their_best_are_refused() {
        use crate::record::Repetitions;
        let of = |count, [lower_quartile_per_second, median_per_second, upper_quartile_per_second]: [f64; 3]| {
            let all = Repetitions { count, lower_quartile_per_second, median_per_second, upper_quartile_per_second };
            peaks(&Ceiling { copies: Some(all), ..Ceiling::best(5.0, 9.0) })
        };
        assert_eq!(of(4, [1.0, 2.0, 9.0]), None);
        for wrong in [[2.0, 1.0, 3.0], [1.0, 2.0, 10.0], [f64::NAN; 3], [1.0, f64::INFINITY, 9.0], [0.0, 1.0, 2.0]] {
            assert!(of(4, wrong).is_some_and(|(field, _)| field == "copies"), "{wrong:?}");
        }
        assert!(of(0, [1.0, 2.0, 9.0]).is_some());
        assert_eq!(
            peaks(&Ceiling::best(5.0, 0.0)),
            Some(("bytes_per_second".into(), "0 is no rate of a device".into()))
        );
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
        let ceiling = Ceiling::best(100e9, 1e9);
        let of = |seconds| rate(1_000_000_000, Seconds(seconds), &ceiling);
        // 1 G operations in 8 ms are 125 G a second, which is 1.25 times the peak.
        assert_eq!((of(0.01), of(0.008)), (None, None));
        assert!(of(0.0079).is_some_and(|reason| reason.contains("the device's own peak is 100.0 G")));
        assert!(of(0.0).is_some());
        let none = Ceiling::best(f64::NAN, 1e9);
        assert!(rate(1, Seconds(1.0), &none).is_some());
    }
}
