//! Sums of products in the registers of the processor: the innermost part of a convolution.

#![expect(
    clippy::needless_range_loop,
    reason = "loops of constant length over two arrays are what keeps the sums in registers"
)]

use pulp::{Simd, WithSimd};

use crate::Rows;

/// Maximum number of pixels of a tile. With [`vectors`] vectors of outputs for each pixel, the sums fill all registers
/// but those for the operands.
pub const MAX_PIXELS: usize = 6;

/// Maximum number of vectors of outputs in a tile.
#[inline(always)]
pub const fn vectors<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 4 } else { 2 }
}

/// Where a task writes: into whole rows, or into a piece of each.
pub enum Output<'a> {
    /// Rows of all outputs.
    Rows(Rows<'a>),
    /// The outputs of some blocks, from each pixel's row.
    Pieces(Vec<&'a mut [f32]>),
}

impl Output<'_> {
    /// `width` values of a pixel's row from `first` on.
    #[inline(always)]
    fn row(&mut self, pixel: usize, first: usize, width: usize) -> &mut [f32] {
        match self {
            Self::Rows(rows) => &mut rows.values[pixel * rows.stride + rows.first + first..][..width],
            Self::Pieces(pieces) => &mut pieces[pixel][first..][..width],
        }
    }
}

/// A piece of the sums of one block of outputs, with the same taps and channels for all tiles.
#[derive(Clone, Copy)]
pub struct Piece<'a> {
    /// The values of the input.
    pub values: &'a [f32],
    /// What is read instead at the edges of a map.
    pub edges: &'a [f32],
    /// For each tap and pixel of the part, the offset of its input in `values` followed by `edges`: `[tap][pixel]`.
    pub offsets: &'a [u32],
    /// Pixels of the part.
    pub pixels: usize,
    /// The output row of the first of them.
    pub row: usize,
    /// Taps.
    pub taps: usize,
    /// The first channel of each tap.
    pub first: usize,
    /// Channels of each tap.
    pub channels: usize,
    /// `[tap][channel][output]`, whole vectors.
    pub weights: &'a [f32],
    /// Whether the sums begin here; otherwise they continue from the values in the output.
    pub begins: bool,
    /// The bias: `[output]`, whole vectors; empty before the last piece, or without a bias.
    pub bias: &'a [f32],
}

/// The sums of `M` pixels by `N` vectors of outputs, from the pixel `pixel` of the part on.
///
/// Each sum is one chain of fused multiply-adds, in the order of taps and channels.
pub struct Tile<'a, 'b, const M: usize, const N: usize> {
    /// The piece that is summed.
    pub piece: &'a Piece<'a>,
    /// The first pixel.
    pub pixel: usize,
    /// Where the sums are written: for each pixel as many values as the block has outputs.
    pub output: &'a mut Output<'b>,
    /// The first of these outputs in each row, and their number: at most `N` vectors.
    pub outputs: [usize; 2],
}

impl<const M: usize, const N: usize> WithSimd for Tile<'_, '_, M, N> {
    type Output = ();

    // Called through `vectorize`, in a function of its own: the compiler optimises each size separately.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { piece, pixel, output, outputs: [first, outputs] } = self;
        let is_whole = outputs == N * S::F32_LANES;
        let mut sums = [[simd.splat_f32s(0.0); N]; M];
        if !piece.begins {
            for m in 0..M {
                let (whole, tail) = S::as_simd_f32s(output.row(piece.row + pixel + m, first, outputs));
                for n in 0..N {
                    sums[m][n] = if n < whole.len() { whole[n] } else { simd.partial_load_f32s(tail) };
                }
            }
        }
        let mut sums = add_products(simd, piece, pixel, sums);
        let (bias, _) = S::as_simd_f32s(piece.bias);
        if bias.len() == N {
            for m in 0..M {
                for n in 0..N {
                    sums[m][n] = simd.add_f32s(sums[m][n], bias[n]);
                }
            }
        }
        for m in 0..M {
            let (whole, tail) = S::as_mut_simd_f32s(output.row(piece.row + pixel + m, first, outputs));
            if is_whole && whole.len() == N {
                whole.copy_from_slice(&sums[m]);
                continue;
            }
            for n in 0..N {
                match whole.get_mut(n) {
                    Some(vector) => *vector = sums[m][n],
                    None => simd.partial_store_f32s(tail, sums[m][n]),
                }
            }
        }
    }
}

/// Adds the products of a piece's taps and channels to the sums, which stay in registers only because the loops have
/// constant lengths and contain nothing that can panic.
#[inline(always)]
fn add_products<S: Simd, const M: usize, const N: usize>(
    simd: S,
    piece: &Piece<'_>,
    pixel: usize,
    begin: [[S::f32s; N]; M],
) -> [[S::f32s; N]; M] {
    let mut total = begin;
    let channels = piece.channels;
    let (weights, _) = S::as_simd_f32s(piece.weights);
    let (weights, _) = weights.as_chunks::<N>();
    for tap in 0..piece.taps {
        let offsets = &piece.offsets[tap * piece.pixels + pixel..][..M];
        let weights = &weights[tap * channels..][..channels];
        let mut inputs = [&piece.edges[..channels]; M];
        for m in 0..M {
            let offset = offsets[m] as usize;
            inputs[m] = match offset.checked_sub(piece.values.len()) {
                None => &piece.values[offset + piece.first..][..channels],
                Some(offset) => &piece.edges[offset + piece.first..][..channels],
            };
        }
        // Asserted once here, so that nothing is checked below: a check that can panic keeps the sums in memory, and
        // the loop takes three times as long.
        assert!(weights.len() == channels && inputs.iter().all(|input| input.len() == channels));
        let mut sums = total;
        for (channel, weights) in weights.iter().enumerate() {
            for m in 0..M {
                let input = simd.splat_f32s(inputs[m][channel]);
                for n in 0..N {
                    sums[m][n] = simd.mul_add_f32s(input, weights[n], sums[m][n]);
                }
            }
        }
        total = sums;
    }
    total
}
