//! How the work of a kernel that waits for memory is shared among threads: in parts of whole places, or not at all where waking
//! a thread would take longer.

use rayon::prelude::*;

use crate::threads;

/// Numbers up to which no other thread is asked.
const ALONE: usize = 32 << 10;
/// Numbers of a part at least.
const MIN: usize = 8 << 10;
/// Parts for each thread, so that one that is late costs the others little.
const PARTS_PER_THREAD: usize = 4;

/// Units of one part, where each unit costs so many numbers.
pub(crate) fn units(all: usize, numbers: usize) -> usize {
    let threads = threads::count();
    if threads == 1 || all.saturating_mul(numbers) <= ALONE {
        return all.max(1);
    }
    all.div_ceil(threads * PARTS_PER_THREAD).max(MIN.div_ceil(numbers.max(1))).max(1)
}

/// Calls `work` with each part of `values` and the index of its first unit. A unit has `length` numbers of `values` and costs
/// as much as reading or writing `numbers`.
pub(crate) fn share(values: &mut [f32], length: usize, numbers: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    if values.is_empty() {
        return;
    }
    let all = values.len() / length;
    let units = units(all, numbers);
    if units >= all {
        return work(0, values);
    }
    values.par_chunks_mut(units * length).enumerate().for_each(|(part, values)| work(part * units, values));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_work_is_one_part_and_large_work_has_a_few_for_each_thread() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().expect("a pool");
        pool.install(|| {
            assert_eq!(units(49, 512), 49);
            // As few places as have 8,192 numbers.
            assert_eq!(units(100, 512), 16);
            assert_eq!(units(16_000, 64), 1000);
            assert_eq!(units(2, 1 << 20), 1);
            assert_eq!(units(0, 64), 1);
        });
    }
}
