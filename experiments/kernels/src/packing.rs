//! The weights of a convolution, in the order in which its sums read them.

use bytemuck::{Pod, Zeroable};
use pulp::{Simd, WithSimd};

use crate::Processor;
use crate::tile;

/// Values of a cache line.
const LINE: usize = 16;

/// One cache line, aligned so that no vector straddles two lines.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

/// Values that begin at a cache line.
#[derive(Clone, Debug)]
pub struct Lines(Vec<Line>);

impl Lines {
    /// At least `count` zeros.
    pub fn zeros(count: usize) -> Self {
        Self(vec![Line([0.0; LINE]); count.div_ceil(LINE)])
    }

    /// The values, and zeros up to the end of the last line.
    pub fn values(&self) -> &[f32] {
        bytemuck::cast_slice(&self.0)
    }

    /// The mutable values.
    pub fn values_mut(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(&mut self.0)
    }
}

/// The widths of a processor's vectors and of a block of outputs, in values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Widths {
    /// The width of a vector.
    pub vector: usize,
    /// The width of a block: as many vectors as a tile has.
    pub block: usize,
}

impl Widths {
    /// The widths for a processor.
    pub fn of(processor: Processor) -> Self {
        struct Find;
        impl WithSimd for Find {
            type Output = Widths;

            fn with_simd<S: Simd>(self, _simd: S) -> Widths {
                Widths { vector: S::F32_LANES, block: S::F32_LANES * tile::vectors::<S>() }
            }
        }
        processor.arch().dispatch(Find)
    }

    /// The number of blocks of a group's outputs.
    pub fn blocks(self, outputs: usize) -> usize {
        outputs.div_ceil(self.block)
    }

    /// The number of a group's outputs, rounded up to whole vectors.
    pub fn filled(self, outputs: usize) -> usize {
        outputs.next_multiple_of(self.vector)
    }
}

/// Packs the weights `[outputs, channels, taps]` of one group, all sizes positive, into blocks of outputs, each
/// `[tap][channel][output of the block]`. The zeros that `packed` contains fill the last block up to whole vectors.
pub fn pack(widths: Widths, weights: &[f32], [outputs, channels, taps]: [usize; 3], packed: &mut [f32]) {
    let sum = channels * taps;
    let of_blocks = weights.chunks(widths.block * sum);
    debug_assert_eq!(packed.len(), widths.filled(outputs) * sum);
    for (block, weights) in packed.chunks_mut(widths.block * sum).zip(of_blocks) {
        let width = block.len() / sum;
        for (output, weights) in weights.chunks_exact(sum).enumerate() {
            for (channel, weights) in weights.chunks_exact(taps).enumerate() {
                for (tap, weight) in weights.iter().enumerate() {
                    block[(tap * channels + channel) * width + output] = *weight;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_packed_in_blocks_by_tap_channel_and_output_and_padded_with_zeros() {
        let widths = Widths { vector: 4, block: 8 };
        for [outputs, channels, taps] in [[1, 1, 1], [8, 3, 9], [13, 5, 4], [10, 7, 1], [21, 1, 6], [16, 2, 2]] {
            let weight = |output: usize, channel: usize, tap: usize| match output < outputs {
                true => ((output * channels + channel) * taps + tap) as f32 + 1.0,
                false => 0.0,
            };
            let all = (0..outputs).flat_map(|output| {
                (0..channels).flat_map(move |channel| (0..taps).map(move |tap| weight(output, channel, tap)))
            });
            let mut packed = vec![0.0; widths.filled(outputs) * channels * taps];
            pack(widths, &all.collect::<Vec<_>>(), [outputs, channels, taps], &mut packed);
            let mut expected = Vec::new();
            for block in 0..widths.blocks(outputs) {
                let block = block * widths.block..((block + 1) * widths.block).min(widths.filled(outputs));
                for tap in 0..taps {
                    for channel in 0..channels {
                        expected.extend(block.clone().map(|output| weight(output, channel, tap)));
                    }
                }
            }
            assert_eq!(packed, expected, "{outputs} outputs of {channels} channels and {taps} taps");
        }
    }

    #[test]
    fn values_begin_at_a_cache_line() {
        for count in [0, 1, 16, 17, 1000] {
            let lines = Lines::zeros(count);
            assert_eq!(lines.values().as_ptr().addr() % 64, 0);
            assert_eq!(lines.values(), vec![0.0; count.next_multiple_of(LINE)]);
        }
    }

    #[test]
    fn a_block_consists_of_whole_vectors() {
        for processor in Processor::all() {
            let Widths { vector, block } = Widths::of(processor);
            assert!(vector.is_power_of_two() && block >= vector && block % vector == 0, "{}", processor.name());
        }
    }
}
