//! How threads share the work of a memory-bound kernel: in parts of whole pixels, or not at all where waking a thread
//! would take longer.

use rayon::prelude::*;

use crate::{Rows, threads};

/// Maximum number of values that one thread processes without the others.
const SERIAL: usize = 32 << 10;
/// Minimum number of values of a part.
const MIN: usize = 8 << 10;
/// Parts for each thread, so that a late thread delays the others little.
const PARTS_PER_THREAD: usize = 4;

/// Units of one part, when each unit costs as much as `cost` values.
pub(crate) fn units(all: usize, cost: usize) -> usize {
    let threads = threads::count();
    if threads == 1 || all.saturating_mul(cost) <= SERIAL {
        return all.max(1);
    }
    all.div_ceil(threads * PARTS_PER_THREAD).max(MIN.div_ceil(cost.max(1))).max(1)
}

/// Calls `work` with each part of `values` and the index of its first unit. A unit is `length` of the `values` and
/// costs as much as reading or writing `cost` values.
pub(crate) fn share(values: &mut [f32], length: usize, cost: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    if values.is_empty() {
        return;
    }
    let all = values.len() / length;
    let units = units(all, cost);
    if units >= all {
        return work(0, values);
    }
    values.par_chunks_mut(units * length).enumerate().for_each(|(part, values)| work(part * units, values));
}

/// [`share`] for an output whose pixels cost as much as `cost` values each: `work` gets the index of a part's first
/// pixel.
pub(crate) fn share_rows(rows: Rows<'_>, cost: usize, work: impl Fn(usize, Rows<'_>) + Sync) {
    let Rows { values, stride, first, channels } = rows;
    share(values, stride.max(1), cost, |first_pixel, values| {
        work(first_pixel, Rows { values, stride, first, channels });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_work_is_one_part_and_large_work_has_a_few_parts_for_each_thread() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().expect("a pool");
        pool.install(|| {
            assert_eq!(units(49, 512), 49);
            // The fewest pixels that have 8,192 values.
            assert_eq!(units(100, 512), 16);
            assert_eq!(units(16_000, 64), 1000);
            assert_eq!(units(2, 1 << 20), 1);
            assert_eq!(units(0, 64), 1);
        });
    }
}
