//! Convolutions, and fully connected layers as convolutions of maps of one place.

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::elementwise::{self, After};
use crate::packing::{self, Lines, Widths};
use crate::sharing::{Shares, Work, equal};
use crate::tile::{self, MOST_PLACES, Output, Piece, Tile};
use crate::{Dims, Frame, Map, Processor, Rows, threads};

/// Input channels up to which the taps of a kernel's row are read as one run of numbers: with more, what it takes to begin a run counts for little.
const FEW_CHANNELS: usize = 64;
/// Weights of a piece of the sum at most [numbers]: they shall stay in the cache next to the core from one tile to the next.
const PIECE: usize = 32 << 10;

/// What a convolution is. Pairs are `[height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Size of the kernel.
    pub kernel: [usize; 2],
    /// Step of the kernel.
    pub stride: [usize; 2],
    /// Zeros on each of the two sides of an axis.
    pub padding: [usize; 2],
    /// Distance between the kernel's taps.
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other.
    pub groups: usize,
}

impl Geometry {
    /// Of a fully connected layer.
    pub fn linear(inputs: usize, outputs: usize) -> Self {
        let one = [1, 1];
        Self { inputs, outputs, kernel: one, stride: one, padding: [0, 0], dilation: one, groups: 1 }
    }

    /// The sizes of the output.
    ///
    /// # Panics
    /// The kernel is larger than the padded input.
    pub fn output(&self, input: Dims) -> Dims {
        let along = |axis: usize, size: usize| {
            let kernel = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            let padded = size + 2 * self.padding[axis];
            assert!(kernel <= padded, "a kernel of {kernel} in {padded} places");
            (padded - kernel) / self.stride[axis] + 1
        };
        let (height, width) = (along(0, input.height), along(1, input.width));
        Dims { images: input.images, height, width, channels: self.outputs }
    }

    /// How a processor's threads share the work on such an input: multiply-accumulates of each task, those by the zeros that fill up its
    /// vectors included.
    pub fn tasks(&self, processor: Processor, input: Dims, threads: usize) -> Vec<usize> {
        let work = self.work(Widths::of(processor), input);
        let Shares { parts, groups } = Shares::of(work, threads);
        parts.iter().flat_map(|part| groups.iter().map(|group| part.len() * group.len() * work.macs)).collect()
    }

    fn work(&self, widths: Widths, input: Dims) -> Work {
        let [taps, channels] = self.taps();
        let blocks = self.groups * widths.blocks(self.outputs / self.groups);
        Work { places: self.output(input).places(), blocks, inputs: self.inputs, macs: taps * channels * widths.block }
    }

    /// Whether the taps of a kernel's row are read as one run of numbers.
    fn reads_rows(&self) -> bool {
        self.inputs <= FEW_CHANNELS && self.groups == 1 && self.dilation[1] == 1 && self.kernel[1] > 1
    }

    /// Taps, and the numbers that each reads in one run.
    fn taps(&self) -> [usize; 2] {
        let [height, width] = self.kernel;
        match self.reads_rows() {
            true => [height, width * self.inputs],
            false => [height * width, self.inputs / self.groups],
        }
    }
}

/// A convolution with its weights, packed for one processor's vectors.
#[derive(Clone, Debug)]
pub struct Convolution {
    processor: Processor,
    geometry: Geometry,
    widths: Widths,
    /// For each group its blocks, each `[tap][channel][output of the block]`.
    weights: Lines,
    /// For each group its outputs, filled up; empty without a bias.
    bias: Lines,
}

impl Convolution {
    /// Packs `weights` `[outputs, inputs / groups, kernel height, kernel width]` and `bias` `[outputs]`.
    ///
    /// # Panics
    /// There are not as many numbers as the geometry says, or its groups do not divide its channels.
    pub fn pack(processor: Processor, geometry: Geometry, weights: &[f32], bias: Option<&[f32]>) -> Self {
        let Geometry { inputs, outputs, kernel, groups, .. } = geometry;
        assert!(groups > 0 && inputs % groups == 0 && outputs % groups == 0, "{geometry:?}");
        let (inputs, outputs, taps) = (inputs / groups, outputs / groups, kernel[0] * kernel[1]);
        let sum = inputs * taps;
        assert_eq!(weights.len(), groups * outputs * sum, "weights of {geometry:?}");
        let widths = Widths::of(processor);
        let filled = widths.filled(outputs);
        let mut packed = Lines::zeros(groups * filled * sum);
        let groups_of = |numbers: usize| numbers.max(1);
        for (weights, packed) in weights
            .chunks_exact(groups_of(outputs * sum))
            .zip(packed.numbers_mut().chunks_exact_mut(groups_of(filled * sum)))
        {
            packing::pack(widths, weights, [outputs, inputs, taps], packed);
        }
        let mut lines = Lines::zeros(if bias.is_some() { groups * filled } else { 0 });
        if let Some(bias) = bias {
            assert_eq!(bias.len(), geometry.outputs, "bias of {geometry:?}");
            for (bias, line) in
                bias.chunks_exact(groups_of(outputs)).zip(lines.numbers_mut().chunks_exact_mut(groups_of(filled)))
            {
                line[..outputs].copy_from_slice(bias);
            }
        }
        Self { processor, geometry, widths, weights: packed, bias: lines }
    }

    /// What it is.
    pub fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// None: the numbers at the edges of a map are copied where they are needed.
    pub fn frame(&self) -> Frame {
        Frame::default()
    }

    /// As [`Geometry::output`].
    pub fn output(&self, input: Dims) -> Dims {
        self.geometry.output(input)
    }

    /// Computes `output` from `input`, and applies `after` to each row while it is in the cache.
    ///
    /// Each output is one chain of fused multiply-adds over rows, columns and channels of the kernel, in this order, then the bias is added.
    ///
    /// # Panics
    /// The sizes do not fit each other, or `input` has more numbers than 32 bits count.
    pub fn run(&self, input: Map<'_>, output: Rows<'_>, after: &[After<'_>]) {
        let dims = self.output(input.dims);
        assert_eq!(input.dims.channels, self.geometry.inputs, "channels of the input");
        assert_eq!((output.places(), output.channels), (dims.places(), dims.channels), "{dims:?}");
        assert_eq!(input.values.len(), input.frame.around(input.dims).elements(), "numbers of the input");
        assert!(input.values.len() <= (u32::MAX / 2) as usize, "an input of {} numbers", input.values.len());
        let Shares { parts, groups } = Shares::of(self.geometry.work(self.widths, input.dims), threads::count());
        let Rows { mut values, stride, first, channels } = output;
        let mut tasks = Vec::with_capacity(parts.len() * groups.len());
        for part in parts {
            let rows;
            (rows, values) = values.split_at_mut(part.len() * stride);
            if let [_] = groups[..] {
                let rows = Output::Rows(Rows { values: rows, stride, first, channels });
                tasks.push(Task { places: part, blocks: groups[0].clone(), output: rows });
                continue;
            }
            // Each row is cut into the outputs of the groups.
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
                tasks.push(Task { places: part.clone(), blocks: group.clone(), output: Output::Pieces(pieces) });
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

    /// Blocks of a group.
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

/// Some blocks of the outputs of some places.
struct Task<'a> {
    places: Range<usize>,
    blocks: Range<usize>,
    output: Output<'a>,
}

/// A task with what all share.
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
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { convolution, input, dims, task: Task { places, blocks, mut output }, after } = self;
        let geometry = convolution.geometry;
        let [taps, channels] = geometry.taps();
        let Inputs { offsets, edges } = Inputs::of(&geometry, input, dims, places.clone());
        let widths = convolution.widths;
        let of_group = geometry.outputs / geometry.groups;
        let filled = widths.filled(of_group);
        let tiles = equal(places.len(), places.len().div_ceil(MOST_PLACES));
        let origin = convolution.outputs(&blocks).start;
        for block in blocks.clone() {
            let (group, block) = (block / convolution.blocks(), block % convolution.blocks());
            let begin = block * widths.block;
            let width = (filled - begin).min(widths.block);
            let outputs = width.min(of_group - begin);
            let weights =
                &convolution.weights.numbers()[(group * filled + begin) * taps * channels..][..width * taps * channels];
            let bias = convolution.bias.numbers().get(group * filled + begin..).and_then(|bias| bias.get(..width));
            let column = group * of_group + begin - origin;
            let pieces = Pieces::of(taps, channels, (PIECE / width).max(1));
            for (some_taps, some_channels) in pieces.ranges() {
                let is_last = some_taps.end == taps && some_channels.end == channels;
                let from = some_taps.start * channels + some_channels.start;
                let piece = Piece {
                    values: input.values,
                    offsets: &offsets[some_taps.start * places.len()..some_taps.end * places.len()],
                    places: places.len(),
                    edges: &edges,
                    taps: some_taps.len(),
                    first: group * channels + some_channels.start,
                    channels: some_channels.len(),
                    weights: &weights[from * width..][..some_taps.len() * some_channels.len() * width],
                    begins: from == 0,
                    bias: if is_last { bias.unwrap_or_default() } else { &[] },
                };
                for tile in &tiles {
                    of_tile(simd, &piece, tile, width / S::F32_LANES, &mut output, [column, outputs]);
                }
            }
        }
        finish(convolution, after, places, &blocks, output);
    }
}

/// The pieces of a sum: some taps with all their channels, or some channels of one tap.
struct Pieces {
    taps: usize,
    channels: usize,
    some_taps: usize,
    some_channels: usize,
}

impl Pieces {
    /// Pieces of at most so many products for each output.
    fn of(taps: usize, channels: usize, most: usize) -> Self {
        // Of nearly equal length.
        let some_channels = if channels <= most { channels } else { channels.div_ceil(channels.div_ceil(most)) };
        let some_taps = if channels <= most { (most / channels.max(1)).clamp(1, taps) } else { 1 };
        Self { taps, channels, some_taps, some_channels }
    }

    fn ranges(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + use<> {
        let Self { taps, channels, some_taps, some_channels } = *self;
        let along = |all: usize, some: usize| (0..all).step_by(some.max(1)).map(move |at| at..(at + some).min(all));
        along(taps, some_taps)
            .flat_map(move |taps| along(channels, some_channels).map(move |channels| (taps.clone(), channels)))
    }
}

/// What the taps of some places read.
struct Inputs {
    /// For each tap, where the input of each place begins, in the values of the input with the edges behind them: `[tap][place]`.
    offsets: Vec<u32>,
    /// A run of zeros for the taps that lie outside, and a copy of each run that does in part.
    edges: Vec<f32>,
}

impl Inputs {
    fn of(geometry: &Geometry, input: Map<'_>, dims: Dims, places: Range<usize>) -> Self {
        let [taps, run] = geometry.taps();
        // Columns of a run, and runs of a kernel's row.
        let columns = if geometry.reads_rows() { geometry.kernel[1] } else { 1 };
        let runs = taps / geometry.kernel[0];
        let Dims { height, width, channels, .. } = input.dims;
        let end = input.values.len();
        let mut edges = vec![0.0; run * geometry.groups];
        let mut offsets = vec![end as u32; taps * places.len()];
        for (tap, offsets) in offsets.chunks_exact_mut(places.len()).enumerate() {
            let down = tap / runs * geometry.dilation[0];
            let right = tap % runs * geometry.dilation[1];
            // The line of the input that a row of places reads, counted over all images; none outside of the map.
            let line = |row: usize| {
                let (image, y) = (row / dims.height, row % dims.height * geometry.stride[0] + down);
                y.checked_sub(geometry.padding[0]).filter(|y| *y < height).map(|y| (image * height + y) * width)
            };
            let (mut row, mut column) = (places.start / dims.width, places.start % dims.width);
            let mut of_row = line(row);
            for offset in offsets {
                // The columns from `from` on, of which the first `before` lie to the left of the map.
                let from = column * geometry.stride[1] + right;
                if let Some(line) = of_row {
                    match from.checked_sub(geometry.padding[1]) {
                        Some(x) if x + columns <= width => *offset = ((line + x) * channels) as u32,
                        _ => {
                            let before = geometry.padding[1].saturating_sub(from);
                            let x = from.saturating_sub(geometry.padding[1]);
                            let inside = width.saturating_sub(x).min(columns.saturating_sub(before));
                            if inside > 0 {
                                let at = edges.len();
                                edges.resize(at + run, 0.0);
                                edges[at + before * channels..][..inside * channels]
                                    .copy_from_slice(&input.values[(line + x) * channels..][..inside * channels]);
                                *offset = (end + at) as u32;
                            }
                        }
                    }
                }
                column += 1;
                if column == dims.width {
                    (row, column) = (row + 1, 0);
                    of_row = line(row);
                }
            }
        }
        Self { offsets, edges }
    }
}

/// One tile by the function for its size.
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
        ($($places:literal)*) => {
            match (tile.len(), vectors) {
                $(
                    ($places, 1) => simd.vectorize(Tile::<$places, 1> { piece, place: tile.start, output, outputs }),
                    ($places, 2) => simd.vectorize(Tile::<$places, 2> { piece, place: tile.start, output, outputs }),
                    ($places, 3) if tile::vectors::<S>() > 2 => {
                        simd.vectorize(Tile::<$places, 3> { piece, place: tile.start, output, outputs });
                    }
                    ($places, 4) if tile::vectors::<S>() > 2 => {
                        simd.vectorize(Tile::<$places, 4> { piece, place: tile.start, output, outputs });
                    }
                )*
                (places, vectors) => unreachable!("a tile of {places} places and {vectors} vectors"),
            }
        };
    }
    sizes!(1 2 3 4 5 6);
}

/// Applies what follows to the outputs of some blocks.
#[inline(always)]
fn finish(
    convolution: &Convolution,
    after: &[After<'_>],
    places: Range<usize>,
    blocks: &Range<usize>,
    output: Output<'_>,
) {
    if after.is_empty() {
        return;
    }
    match output {
        Output::Rows(rows) => {
            elementwise::apply(after, places.start, rows.values, rows.stride, rows.first, rows.channels);
        }
        Output::Pieces(pieces) => {
            let outputs = convolution.outputs(blocks);
            for (place, piece) in places.zip(pieces) {
                elementwise::apply_to(after, place, convolution.geometry.outputs, outputs.clone(), piece);
            }
        }
    }
}
