//! Weights of a convolution in the order in which its sums read them.

use bytemuck::{Pod, Zeroable};
use pulp::{Simd, WithSimd};

use crate::Processor;
use crate::tile;

/// Numbers of a line of the cache.
const LINE: usize = 16;

/// So many numbers that lie on whole lines of the cache: a vector is then never in two.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

/// Numbers that begin on a line of the cache.
#[derive(Clone, Debug)]
pub struct Lines(Vec<Line>);

impl Lines {
    /// So many zeros.
    pub fn zeros(numbers: usize) -> Self {
        Self(vec![Line([0.0; LINE]); numbers.div_ceil(LINE)])
    }

    /// The numbers, and zeros up to the end of the last line.
    pub fn numbers(&self) -> &[f32] {
        bytemuck::cast_slice(&self.0)
    }

    /// The same, to be changed.
    pub fn numbers_mut(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(&mut self.0)
    }
}

/// The width of a processor's vectors, and of a block of outputs [numbers].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Widths {
    /// Of a vector.
    pub vector: usize,
    /// Of a block: as many vectors as a tile has.
    pub block: usize,
}

impl Widths {
    /// Those of a processor.
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

    /// Blocks of a group's outputs.
    pub fn blocks(self, outputs: usize) -> usize {
        outputs.div_ceil(self.block)
    }

    /// Outputs of a group, filled up to whole vectors.
    pub fn filled(self, outputs: usize) -> usize {
        outputs.next_multiple_of(self.vector)
    }
}

/// `[outputs, channels, taps]` of one group to blocks of outputs, each `[tap][channel][output of the block]` and the last one filled up to whole
/// vectors. `order` says where in the result's sum the product of a channel and a tap stands.
pub fn pack(widths: Widths, weights: &[f32], [outputs, channels, taps]: [usize; 3], packed: &mut [f32]) {
    let sum = channels * taps;
    for (index, block) in packed.chunks_mut(widths.block * sum.max(1)).enumerate() {
        let width = block.len() / sum.max(1);
        let first = index * widths.block;
        for (output, weights) in
            weights.chunks_exact(sum.max(1)).skip(first).take(width.min(outputs - first)).enumerate()
        {
            for (channel, weights) in weights.chunks_exact(taps).enumerate() {
                for (tap, weight) in weights.iter().enumerate() {
                    block[(tap * channels + channel) * width + output] = *weight;
                }
            }
        }
    }
}
