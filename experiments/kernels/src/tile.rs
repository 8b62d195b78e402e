//! Sums of products in the registers of the processor: the innermost part of a convolution.

#![expect(
    clippy::needless_range_loop,
    reason = "loops of constant length over two arrays are what keeps the sums in registers"
)]

use pulp::{Simd, WithSimd};

use crate::Rows;

/// Places of a tile at most. With [`vectors`] vectors of outputs for each of them, the sums fill the registers but for those that operands
/// need.
pub const MAX_PLACES: usize = 6;

/// Vectors of outputs in a tile at most.
#[inline(always)]
pub const fn vectors<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 4 } else { 2 }
}

/// Where a task writes: whole rows, or a piece of each.
pub enum Output<'a> {
    /// Rows of all outputs.
    Rows(Rows<'a>),
    /// Of each place's row the outputs of some blocks.
    Pieces(Vec<&'a mut [f32]>),
}

impl Output<'_> {
    /// `width` numbers of a place's row from `first` on.
    #[inline(always)]
    fn row(&mut self, place: usize, first: usize, width: usize) -> &mut [f32] {
        match self {
            Self::Rows(rows) => &mut rows.values[place * rows.stride + rows.first + first..][..width],
            Self::Pieces(pieces) => &mut pieces[place][first..][..width],
        }
    }
}

/// A piece of the sums of one block of outputs: the same taps and channels of all tiles.
#[derive(Clone, Copy)]
pub struct Piece<'a> {
    /// The input's numbers.
    pub values: &'a [f32],
    /// What is read in their place at the edges of a map.
    pub edges: &'a [f32],
    /// For each tap, where the input of each place of the part begins, in `values` with `edges` behind them: `[tap][place]`.
    pub offsets: &'a [u32],
    /// Places of the part.
    pub places: usize,
    /// The first of them in the output's rows.
    pub row: usize,
    /// Taps.
    pub taps: usize,
    /// The first channel of each tap.
    pub first: usize,
    /// Channels of each tap.
    pub channels: usize,
    /// `[tap][channel][output]`, whole vectors.
    pub weights: &'a [f32],
    /// Whether the sums begin here; else they go on from what lies in the output.
    pub begins: bool,
    /// What is added in the end: `[output]`, whole vectors; empty before the last piece, or where nothing is.
    pub bias: &'a [f32],
}

/// The sums of `M` places by `N` vectors of outputs, from the place `place` of the part on.
///
/// Each sum is one chain of fused multiply-adds, in the order of taps and channels.
pub struct Tile<'a, 'b, const M: usize, const N: usize> {
    /// What is summed.
    pub piece: &'a Piece<'a>,
    /// The first place.
    pub place: usize,
    /// Where the sums go: for each place as many numbers as the block has outputs.
    pub output: &'a mut Output<'b>,
    /// The first of them in the output's rows, and how many there are: at most `N` vectors.
    pub outputs: [usize; 2],
}

impl<const M: usize, const N: usize> WithSimd for Tile<'_, '_, M, N> {
    type Output = ();

    // In a function of its own, which the compiler optimises by itself.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { piece, place, output, outputs: [first, outputs] } = self;
        let is_whole = outputs == N * S::F32_LANES;
        let mut sums = [[simd.splat_f32s(0.0); N]; M];
        if !piece.begins {
            for m in 0..M {
                let (whole, rest) = S::as_simd_f32s(output.row(piece.row + place + m, first, outputs));
                for n in 0..N {
                    sums[m][n] = if n < whole.len() { whole[n] } else { simd.partial_load_f32s(rest) };
                }
            }
        }
        let mut sums = products(simd, piece, place, sums);
        let (bias, _) = S::as_simd_f32s(piece.bias);
        if bias.len() == N {
            for m in 0..M {
                for n in 0..N {
                    sums[m][n] = simd.add_f32s(sums[m][n], bias[n]);
                }
            }
        }
        for m in 0..M {
            let (whole, rest) = S::as_mut_simd_f32s(output.row(piece.row + place + m, first, outputs));
            if is_whole && whole.len() == N {
                whole.copy_from_slice(&sums[m]);
                continue;
            }
            for n in 0..N {
                match whole.get_mut(n) {
                    Some(place) => *place = sums[m][n],
                    None => simd.partial_store_f32s(rest, sums[m][n]),
                }
            }
        }
    }
}

/// What the taps and channels of a piece add to the sums. Loops of constant length and nothing that may fail: only so the sums stay in
/// registers.
#[inline(always)]
fn products<S: Simd, const M: usize, const N: usize>(
    simd: S,
    piece: &Piece<'_>,
    place: usize,
    begin: [[S::f32s; N]; M],
) -> [[S::f32s; N]; M] {
    let mut total = begin;
    let channels = piece.channels;
    let (weights, _) = S::as_simd_f32s(piece.weights);
    let (weights, _) = weights.as_chunks::<N>();
    for tap in 0..piece.taps {
        let offsets = &piece.offsets[tap * piece.places + place..][..M];
        let weights = &weights[tap * channels..][..channels];
        let mut inputs = [&piece.edges[..channels]; M];
        for m in 0..M {
            let offset = offsets[m] as usize;
            inputs[m] = match offset.checked_sub(piece.values.len()) {
                None => &piece.values[offset + piece.first..][..channels],
                Some(offset) => &piece.edges[offset + piece.first..][..channels],
            };
        }
        // Said once here, so that nothing is checked below: a check that may fail keeps the sums in memory, and the loop takes three times
        // as long.
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
