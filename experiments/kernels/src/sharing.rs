//! How threads share the work of a convolution: parts of pixels times groups of blocks of outputs.

use std::ops::Range;

use crate::tile::MAX_PIXELS;

/// Tasks for each thread, so that a late thread delays the others little.
const TASKS_PER_THREAD: usize = 4;
/// Maximum number of pixels of a part: what it reads and writes should stay in the cache next to the core.
const MAX_PART: usize = 384;
/// Minimum number of pixels of a part, so that many tiles use the weights that are loaded into the cache once.
const MIN_PART: usize = 48;
/// The minimum where there would otherwise be too few tasks.
const SMALLEST_PART: usize = 2 * MAX_PIXELS;
/// Minimum number of multiply-accumulates of a task, about ten microseconds: less is not worth sharing.
const MIN_MACS: usize = 1 << 18;
/// Approximate number of input values of a part.
const PART_INPUTS: usize = 1 << 16;
/// Weights for each value of the input from which on the time depends on reading weights.
const HEAVY: usize = 4;

/// The work of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Pixels of all images.
    pub pixels: usize,
    /// Blocks of outputs.
    pub blocks: usize,
    /// Channels of the input.
    pub inputs: usize,
    /// Multiply-accumulates for one pixel and one block.
    pub macs: usize,
}

/// The tasks: one for each part of the pixels and each group of blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Together all pixels.
    pub parts: Vec<Range<usize>>,
    /// Together all blocks; one group where threads do not share a part.
    pub groups: Vec<Range<usize>>,
}

impl Shares {
    /// Shares the work among `threads` threads.
    pub fn of(work: Work, threads: usize) -> Self {
        let all = work.pixels * work.blocks * work.macs;
        let wanted = if threads == 1 { 1 } else { (threads * TASKS_PER_THREAD).min(all / MIN_MACS).max(1) };
        // Where there are many more weights than inputs, each thread reads its own weights and all inputs. The weights,
        // whose reading takes most of the time, are then read from memory once and used for all pixels.
        let is_heavy = work.blocks * work.macs > HEAVY * work.pixels * work.inputs;
        let mut parts = if is_heavy { 1 } else { wanted.min(work.pixels / MIN_PART).max(1) };
        let max = work.blocks.min(wanted.div_ceil(parts)).max(1);
        // Blocks of the busiest thread, if all blocks take the same time.
        let longest = |groups: usize| work.blocks.div_ceil(groups) * (parts * groups).div_ceil(threads);
        let groups = (max.div_ceil(2)..=max).rev().min_by_key(|groups| longest(*groups)).unwrap_or(1);
        if parts * groups < wanted {
            parts = wanted.div_ceil(groups).min(work.pixels.div_ceil(SMALLEST_PART)).max(parts);
        }
        Self { parts: equal(work.pixels, parts), groups: equal(work.blocks, groups) }
    }
}

/// The parts in which a task processes its pixels, so that what it reads and writes stays in the cache next to the
/// core.
pub fn in_cache(pixels: usize, inputs: usize) -> Vec<Range<usize>> {
    equal(pixels, pixels.div_ceil((PART_INPUTS / inputs.max(1)).clamp(MIN_PART, MAX_PART)))
}

/// Ranges of nearly equal length that cover `0..all`: `parts` of them, or fewer if `all` is less.
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
    fn one_thread_has_one_task() {
        let work = Work { pixels: 49, blocks: 32, inputs: 512, macs: 4608 * 16 };
        assert_eq!(Shares::of(work, 1), Shares { parts: equal(49, 1), groups: equal(32, 1) });
    }

    #[test]
    fn the_last_layers_of_a_residual_network_keep_sixteen_threads_busy_at_batch_one() {
        // 7 x 7 pixels, 512 outputs in blocks of 16 or 64, 3 x 3 x 512 products each.
        for block in [16, 64] {
            let work = Work { pixels: 49, blocks: 512 / block, inputs: 512, macs: 4608 * block };
            let shares = Shares::of(work, 16);
            assert!(shares.parts.len() * shares.groups.len() >= 16, "{shares:?}");
        }
    }
}
