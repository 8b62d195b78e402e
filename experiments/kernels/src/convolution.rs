//! Convolutions, and fully connected layers as convolutions of maps of one pixel: weights are packed once, threads
//! share the work, and each thread computes tile by tile.

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::elementwise::{self, After, Steps};
use crate::inputs::Inputs;
use crate::packing::{self, Lines, Widths};
use crate::pieces::Pieces;
use crate::sharing::{self, Shares, equal};
use crate::tile::{self, MAX_PIXELS, Output, Piece, Tile};
use crate::{Dims, Geometry, Map, Processor, Rows, threads};

/// Maximum number of weights of a piece of the sum: they should stay in the cache next to the core from one tile to the
/// next.
const PIECE: usize = 32 << 10;

/// A convolution with its weights, packed for one processor's vectors.
#[derive(Clone, Debug)]
pub struct Convolution {
    processor: Processor,
    geometry: Geometry,
    widths: Widths,
    /// The blocks of each group, each `[tap][channel][output of the block]`.
    weights: Lines,
    /// The bias of each group's outputs, rounded up to whole vectors; empty without a bias.
    bias: Lines,
}

impl Convolution {
    /// Packs `weights` `[outputs, inputs / groups, kernel height, kernel width]` and `bias` `[outputs]`.
    ///
    /// # Panics
    /// The lengths do not match the geometry, one of its sizes other than the padding is zero, or its groups do not
    /// divide its channels.
    pub fn pack(processor: Processor, geometry: Geometry, weights: &[f32], bias: Option<&[f32]>) -> Self {
        Self::empty(processor, geometry).fill(weights, bias)
    }

    /// A convolution whose weights are zero. Allocating it before the weights are read leaves no gap in memory when
    /// those are dropped.
    ///
    /// # Panics
    /// As [`Self::pack`] for the geometry.
    pub fn empty(processor: Processor, geometry: Geometry) -> Self {
        let Geometry { inputs, outputs, kernel, stride, dilation, groups, .. } = geometry;
        assert!(
            ![[inputs, outputs], kernel, stride, dilation, [groups; 2]].as_flattened().contains(&0),
            "{geometry:?}"
        );
        assert!(inputs.is_multiple_of(groups) && outputs.is_multiple_of(groups), "groups of {geometry:?}");
        let widths = Widths::of(processor);
        let filled = groups * widths.filled(outputs / groups);
        let weights = Lines::zeros(filled * inputs / groups * kernel[0] * kernel[1]);
        Self { processor, geometry, widths, weights, bias: Lines::zeros(0) }
    }

    /// The same convolution with these weights and this bias, as in [`Self::pack`].
    ///
    /// # Panics
    /// As [`Self::pack`] for the lengths.
    pub fn fill(mut self, weights: &[f32], bias: Option<&[f32]>) -> Self {
        let (geometry, widths) = (self.geometry, self.widths);
        let Geometry { inputs, outputs, kernel, groups, .. } = geometry;
        let (inputs, outputs, taps) = (inputs / groups, outputs / groups, kernel[0] * kernel[1]);
        let sum = inputs * taps;
        assert_eq!(weights.len(), groups * outputs * sum, "weights of {geometry:?}");
        let filled = widths.filled(outputs);
        let of_groups = self.weights.values_mut().chunks_exact_mut(filled * sum);
        for (weights, packed) in weights.chunks_exact(outputs * sum).zip(of_groups) {
            packing::pack(widths, weights, [outputs, inputs, taps], packed);
        }
        if let Some(bias) = bias {
            assert_eq!(bias.len(), geometry.outputs, "bias of {geometry:?}");
            self.bias = Lines::zeros(groups * filled);
            for (bias, line) in bias.chunks_exact(outputs).zip(self.bias.values_mut().chunks_exact_mut(filled)) {
                line[..outputs].copy_from_slice(bias);
            }
        }
        self
    }

    /// The parameters.
    pub fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// The sizes of the output, as [`Geometry::output`].
    ///
    /// # Panics
    /// As [`Geometry::output`].
    pub fn output(&self, input: Dims) -> Dims {
        self.geometry.output(input)
    }

    /// Computes `output` `[pixels, outputs]` from `input` `[images, height, width, inputs]`, and applies `after` to
    /// each row while it is in the cache.
    ///
    /// Each output is one chain of fused multiply-adds that starts with zero. It goes over the rows of the kernel, over
    /// the columns of each row, and over the channels of the group. Then the bias is added. Padding is multiplied as
    /// zeros.
    ///
    /// # Panics
    /// As [`Self::output`]; `input` has other channels than the convolution, or its values do not match its sizes, or
    /// there are more than [`Dims::MAX`]; `output` does not have the pixels and channels of [`Self::output`]; a slice
    /// of `after` does not match, as in [`elementwise::run`].
    pub fn run(&self, input: Map<'_>, output: Rows<'_>, after: &[After<'_>]) {
        input.check();
        assert_eq!(input.dims.channels, self.geometry.inputs, "channels of the input");
        let dims = self.output(input.dims);
        output.check(dims);
        elementwise::check(after, dims.pixels(), dims.channels);
        let Shares { parts, groups } = Shares::of(self.geometry.work(self.widths, input.dims), threads::count());
        let Rows { mut values, stride, first, channels } = output;
        let mut tasks = Vec::with_capacity(parts.len() * groups.len());
        for part in parts {
            let rows;
            (rows, values) = values.split_at_mut(part.len() * stride);
            if let [_] = groups[..] {
                let rows = Output::Rows(Rows { values: rows, stride, first, channels });
                tasks.push(Task { pixels: part, blocks: groups[0].clone(), output: rows });
                continue;
            }
            // Each row is split into the outputs of the groups.
            let mut cut: Vec<Vec<&mut [f32]>> = groups.iter().map(|_| Vec::with_capacity(part.len())).collect();
            for row in rows.chunks_exact_mut(stride) {
                let mut row = &mut row[first..first + channels];
                for (group, cut) in groups.iter().zip(&mut cut) {
                    let outputs = self.outputs(group);
                    let piece;
                    (piece, row) = row.split_at_mut(outputs.len());
                    cut.push(piece);
                }
            }
            for (group, pieces) in groups.iter().zip(cut) {
                tasks.push(Task { pixels: part.clone(), blocks: group.clone(), output: Output::Pieces(pieces) });
            }
        }
        let run = |task: Task<'_>| {
            self.processor.arch().dispatch(Run { convolution: self, input, dims, task, after });
        };
        match tasks.len() {
            1 => tasks.into_iter().for_each(run),
            _ => tasks.into_par_iter().with_max_len(1).for_each(run),
        }
    }

    /// The number of blocks of a group.
    fn blocks(&self) -> usize {
        self.widths.blocks(self.geometry.outputs / self.geometry.groups)
    }

    /// The outputs of some blocks, counted over all groups.
    fn outputs(&self, blocks: &Range<usize>) -> Range<usize> {
        let of_group = self.geometry.outputs / self.geometry.groups;
        let first = |block: usize| {
            let (group, block) = (block / self.blocks(), block % self.blocks());
            group * of_group + block * self.widths.block
        };
        first(blocks.start)..first(blocks.end)
    }
}

/// Some blocks of the outputs of some pixels.
struct Task<'a> {
    pixels: Range<usize>,
    blocks: Range<usize>,
    output: Output<'a>,
}

/// A task, with the inputs of all tasks.
struct Run<'a, 'b> {
    convolution: &'b Convolution,
    input: Map<'b>,
    dims: Dims,
    task: Task<'a>,
    after: &'b [After<'b>],
}

impl WithSimd for Run<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for part in sharing::in_cache(self.task.pixels.len(), self.convolution.geometry.inputs) {
            self.part(simd, part);
        }
    }
}

impl Run<'_, '_> {
    /// Computes some pixels of the task, counted from its first.
    #[inline(always)]
    fn part<S: Simd>(&mut self, simd: S, part: Range<usize>) {
        let Self { convolution, input, dims, task: Task { pixels, blocks, output }, after } = self;
        let geometry = convolution.geometry;
        let [taps, channels] = geometry.taps();
        let pixels = pixels.start + part.start..pixels.start + part.end;
        let Inputs { offsets, edges } = Inputs::of(&geometry, *input, *dims, pixels.clone());
        let widths = convolution.widths;
        let of_group = geometry.outputs / geometry.groups;
        let filled = widths.filled(of_group);
        let tiles = equal(part.len(), part.len().div_ceil(MAX_PIXELS));
        let origin = convolution.outputs(blocks).start;
        for block in blocks.clone() {
            let (group, block) = (block / convolution.blocks(), block % convolution.blocks());
            let begin = block * widths.block;
            let width = (filled - begin).min(widths.block);
            let outputs = width.min(of_group - begin);
            let weights =
                &convolution.weights.values()[(group * filled + begin) * taps * channels..][..width * taps * channels];
            let bias = convolution.bias.values().get(group * filled + begin..).and_then(|bias| bias.get(..width));
            let column = group * of_group + begin - origin;
            let pieces = Pieces::of(taps, channels, (PIECE / width).max(1));
            for (some_taps, some_channels) in pieces.ranges() {
                let is_last = some_taps.end == taps && some_channels.end == channels;
                let from = some_taps.start * channels + some_channels.start;
                let piece = Piece {
                    values: input.values,
                    edges: &edges,
                    offsets: &offsets[some_taps.start * part.len()..some_taps.end * part.len()],
                    pixels: part.len(),
                    row: part.start,
                    taps: some_taps.len(),
                    first: group * channels + some_channels.start,
                    channels: some_channels.len(),
                    weights: &weights[from * width..][..some_taps.len() * some_channels.len() * width],
                    begins: from == 0,
                    bias: if is_last { bias.unwrap_or_default() } else { &[] },
                };
                for tile in &tiles {
                    of_tile(simd, &piece, tile, width / S::F32_LANES, output, [column, outputs]);
                }
            }
        }
        finish(convolution, after, pixels, blocks, part, output);
    }
}

/// Computes one tile with the function for its size.
#[inline(always)]
fn of_tile<S: Simd>(
    simd: S,
    piece: &Piece<'_>,
    tile: &Range<usize>,
    vectors: usize,
    output: &mut Output<'_>,
    outputs: [usize; 2],
) {
    macro_rules! sizes {
        ($($pixels:literal)*) => {
            match (tile.len(), vectors) {
                $(
                    ($pixels, 1) => simd.vectorize(Tile::<$pixels, 1> { piece, pixel: tile.start, output, outputs }),
                    ($pixels, 2) => simd.vectorize(Tile::<$pixels, 2> { piece, pixel: tile.start, output, outputs }),
                    ($pixels, 3) if tile::vectors::<S>() > 2 => {
                        simd.vectorize(Tile::<$pixels, 3> { piece, pixel: tile.start, output, outputs });
                    }
                    ($pixels, 4) if tile::vectors::<S>() > 2 => {
                        simd.vectorize(Tile::<$pixels, 4> { piece, pixel: tile.start, output, outputs });
                    }
                )*
                (pixels, vectors) => unreachable!("a tile of {pixels} pixels and {vectors} vectors"),
            }
        };
    }
    sizes!(1 2 3 4 5 6);
}

/// Applies `after` to the outputs of some blocks at some pixels, which are the `rows` of the output.
#[inline(always)]
fn finish(
    convolution: &Convolution,
    after: &[After<'_>],
    pixels: Range<usize>,
    blocks: &Range<usize>,
    rows: Range<usize>,
    output: &mut Output<'_>,
) {
    if after.is_empty() {
        return;
    }
    match output {
        Output::Rows(Rows { values, stride, first, channels }) => {
            let values = &mut values[rows.start * *stride..rows.end * *stride];
            let rows = Rows { values, stride: *stride, first: *first, channels: *channels };
            Steps { input: None, after, first_pixel: pixels.start, rows }.run();
        }
        Output::Pieces(pieces) => {
            let outputs = convolution.outputs(blocks);
            for (pixel, piece) in pixels.zip(&mut pieces[rows]) {
                elementwise::apply_to(after, pixel, convolution.geometry.outputs, outputs.clone(), piece);
            }
        }
    }
}
