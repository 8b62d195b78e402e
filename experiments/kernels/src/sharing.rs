//! How the work of a convolution is shared among threads: parts of places times groups of blocks of outputs. Pure.

use std::ops::Range;

use crate::tile::MAX_PLACES;

/// Tasks for each thread, so that one that is late costs the others little.
const TASKS_PER_THREAD: usize = 4;
/// Places of a part at most: what a part reads and writes shall stay in the cache next to the core.
const MAX_PART: usize = 384;
/// Places of a part at least: so many tiles read the weights that are brought into the cache once.
const MIN_PART: usize = 48;
/// The same where there would be too few tasks otherwise.
const SMALLEST_PART: usize = 2 * MAX_PLACES;
/// Multiply-accumulates of a task at least, about ten microseconds: less is not worth being shared.
const MIN_MACS: usize = 1 << 18;
/// Numbers of a part's input, about.
const PART_INPUTS: usize = 1 << 16;
/// Weights for each number of the input from which on they are what is read from memory.
const HEAVY: usize = 4;

/// What is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Places of all images.
    pub places: usize,
    /// Blocks of outputs.
    pub blocks: usize,
    /// Channels of the input.
    pub inputs: usize,
    /// Multiply-accumulates for a place and a block.
    pub macs: usize,
}

/// Tasks: for each part of the places and each group of blocks one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Together all places.
    pub parts: Vec<Range<usize>>,
    /// Together all blocks; one group where threads need not share a part.
    pub groups: Vec<Range<usize>>,
}

impl Shares {
    /// For so many threads.
    pub fn of(work: Work, threads: usize) -> Self {
        let all = work.places * work.blocks * work.macs;
        let wanted = if threads == 1 { 1 } else { (threads * TASKS_PER_THREAD).min(all / MIN_MACS).max(1) };
        // Where there are many more weights than inputs, each thread reads its own weights and all inputs: what comes from memory, and is
        // waited for, is then read once, and used for as many places as there are.
        let is_heavy = work.blocks * work.macs > HEAVY * work.places * work.inputs;
        let mut parts = if is_heavy { 1 } else { wanted.min(work.places / MIN_PART).max(1) };
        let max = work.blocks.min(wanted.div_ceil(parts)).max(1);
        // Blocks for the thread that is busy longest, if all tasks took the same time.
        let longest = |groups: usize| work.blocks.div_ceil(groups) * (parts * groups).div_ceil(threads);
        let groups = (max.div_ceil(2)..=max).rev().min_by_key(|groups| longest(*groups)).unwrap_or(1);
        if parts * groups < wanted {
            parts = wanted.div_ceil(groups).min(work.places.div_ceil(SMALLEST_PART)).max(parts);
        }
        Self { parts: equal(work.places, parts), groups: equal(work.blocks, groups) }
    }
}

/// The parts in which a task goes through its places, so that what it reads and writes stays in the cache next to the core.
pub fn in_cache(places: usize, inputs: usize) -> Vec<Range<usize>> {
    equal(places, places.div_ceil((PART_INPUTS / inputs.max(1)).clamp(MIN_PART, MAX_PART)))
}

/// So many ranges of nearly equal length that cover `0..all`; fewer where there are not so many numbers.
pub fn equal(all: usize, parts: usize) -> Vec<Range<usize>> {
    let parts = parts.min(all);
    (0..parts).map(|part| part * all / parts..(part + 1) * all / parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_everything_once_and_differ_by_one() {
        for (all, parts) in [(0, 3), (1, 3), (7, 3), (49, 9), (12_544, 48)] {
            let ranges = equal(all, parts);
            assert_eq!(ranges.iter().cloned().flatten().collect::<Vec<_>>(), (0..all).collect::<Vec<_>>());
            let lengths = ranges.iter().map(ExactSizeIterator::len);
            assert!(lengths.clone().max().unwrap_or(0) - lengths.min().unwrap_or(0) <= 1);
        }
    }

    #[test]
    fn one_thread_shares_nothing_but_what_fits_into_its_cache() {
        let work = Work { places: 49, blocks: 32, inputs: 512, macs: 4608 * 16 };
        assert_eq!(Shares::of(work, 1), Shares { parts: equal(49, 1), groups: equal(32, 1) });
    }

    #[test]
    fn the_last_layers_of_a_residual_network_keep_sixteen_threads_busy_at_batch_one() {
        // 7 x 7 places, 512 outputs in blocks of 16 or 64, 3 x 3 x 512 products each.
        for block in [16, 64] {
            let work = Work { places: 49, blocks: 512 / block, inputs: 512, macs: 4608 * block };
            let shares = Shares::of(work, 16);
            assert!(shares.parts.len() * shares.groups.len() >= 16, "{shares:?}");
        }
    }
}
