//! Depthwise convolutions: each channel by itself, so that vectors contain channels and nothing is summed across them.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::elementwise::{self, After, Steps};
use crate::{Dims, Geometry, Map, Processor, Rows, parts};

/// Values of the output that stay in the first-level cache until `after` is applied to them.
const STRIP: usize = 4 << 10;
/// Neighbouring pixels that use loaded weights together.
const PIXELS: usize = 4;

/// A convolution with as many groups as channels of the input and of the output.
#[derive(Clone, Debug)]
pub struct Depthwise {
    processor: Processor,
    geometry: Geometry,
    /// `[tap][channel]`.
    weights: Vec<f32>,
    /// `[channel]`; empty without a bias.
    bias: Vec<f32>,
}

impl Depthwise {
    /// Whether a convolution is of this kind.
    pub fn fits(geometry: &Geometry) -> bool {
        let Geometry { inputs, outputs, groups, .. } = *geometry;
        groups > 1 && inputs == groups && outputs == groups
    }

    /// From `weights` `[channels, 1, kernel height, kernel width]` and `bias` `[channels]`.
    ///
    /// # Panics
    /// The lengths do not match the geometry, or it is not one that [`Self::fits`].
    pub fn pack(processor: Processor, geometry: Geometry, weights: &[f32], bias: Option<&[f32]>) -> Self {
        assert!(Self::fits(&geometry), "{geometry:?} is not depthwise");
        let (channels, taps) = (geometry.inputs, geometry.kernel[0] * geometry.kernel[1]);
        assert_eq!(weights.len(), channels * taps, "weights of {geometry:?}");
        let bias = bias.unwrap_or_default();
        assert!(bias.is_empty() || bias.len() == channels, "bias of {geometry:?}");
        let mut by_tap = vec![0.0; weights.len()];
        for (channel, weights) in weights.chunks_exact(taps).enumerate() {
            weights.iter().enumerate().for_each(|(tap, weight)| by_tap[tap * channels + channel] = *weight);
        }
        Self { processor, geometry, weights: by_tap, bias: bias.to_vec() }
    }

    /// The sizes of the output, as [`Geometry::output`].
    ///
    /// # Panics
    /// As [`Geometry::output`].
    pub fn output(&self, input: Dims) -> Dims {
        self.geometry.output(input)
    }

    /// Computes `output` `[pixels, channels]` from `input` `[images, height, width, channels]`, and applies `after`.
    /// Each output is a chain of fused multiply-adds over the taps inside the map, row by row; then the bias is added.
    ///
    /// # Panics
    /// As [`Convolution::run`](crate::Convolution::run).
    pub fn run(&self, input: Map<'_>, output: Rows<'_>, after: &[After<'_>]) {
        input.check();
        assert_eq!(input.dims.channels, self.geometry.inputs, "channels of the input");
        let dims = self.output(input.dims);
        output.check(dims);
        elementwise::check(after, dims.pixels(), dims.channels);
        let cost = dims.channels * (self.geometry.kernel[0] * self.geometry.kernel[1] + after.len());
        parts::share_rows(output, cost, |first_pixel, rows| {
            self.processor.arch().dispatch(Run { depthwise: self, input, dims, first_pixel, rows, after });
        });
    }
}

/// Some pixels of the output.
struct Run<'a> {
    depthwise: &'a Depthwise,
    input: Map<'a>,
    dims: Dims,
    first_pixel: usize,
    rows: Rows<'a>,
    after: &'a [After<'a>],
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { depthwise, input, dims, first_pixel, rows: Rows { values, stride, first, channels }, after } = self;
        let strip = (STRIP / stride).max(1);
        let mut pixel = first_pixel;
        for values in values.chunks_mut(strip * stride) {
            let (begin, end) = (pixel, pixel + values.len() / stride);
            while pixel < end {
                let taps = depthwise.taps(input, dims, pixel);
                let out = &mut values[(pixel - begin) * stride + first..];
                if pixel % dims.width + PIXELS <= dims.width.min(pixel % dims.width + end - pixel)
                    && taps.columns.len() == depthwise.geometry.kernel[1]
                    && depthwise.taps(input, dims, pixel + PIXELS - 1).columns == taps.columns
                {
                    let channel =
                        simd.vectorize(Tile::<PIXELS, 2> { depthwise, taps: &taps, out, stride, first_channel: 0 });
                    simd.vectorize(Tile::<PIXELS, 1> { depthwise, taps: &taps, out, stride, first_channel: channel });
                    pixel += PIXELS;
                } else {
                    let channel =
                        simd.vectorize(Tile::<1, 4> { depthwise, taps: &taps, out, stride, first_channel: 0 });
                    simd.vectorize(Tile::<1, 1> { depthwise, taps: &taps, out, stride, first_channel: channel });
                    pixel += 1;
                }
            }
            if !after.is_empty() {
                Steps { input: None, after, first_pixel: begin, rows: Rows { values, stride, first, channels } }.run();
            }
        }
    }
}

/// What one pixel of the output reads.
struct Taps<'a> {
    /// The values of its image.
    values: &'a [f32],
    /// Where the kernel's first tap is, or would be outside the map.
    origin: [isize; 2],
    /// The taps inside the map.
    rows: Range<usize>,
    columns: Range<usize>,
    width: usize,
}

impl Depthwise {
    #[inline(always)]
    fn taps<'a>(&self, input: Map<'a>, dims: Dims, pixel: usize) -> Taps<'a> {
        let Geometry { kernel, stride, padding, dilation, .. } = self.geometry;
        let Dims { height, width, channels, .. } = input.dims;
        let (image, pixel) = (pixel / (dims.height * dims.width), pixel % (dims.height * dims.width));
        let at = [pixel / dims.width, pixel % dims.width];
        let origin = [0, 1].map(|axis| (at[axis] * stride[axis]) as isize - padding[axis] as isize);
        let [rows, columns] = [(0, height), (1, width)].map(|(axis, size)| {
            let step = dilation[axis] as isize;
            let first = (-origin[axis]).max(0).unsigned_abs().div_ceil(dilation[axis]);
            let last = (size as isize - origin[axis] + step - 1) / step;
            first..kernel[axis].min(last.max(0).unsigned_abs()).max(first)
        });
        let values = &input.values[image * height * width * channels..][..height * width * channels];
        Taps { values, origin, rows, columns, width }
    }
}

/// The sums of `M` neighbouring pixels, whose taps are inside the map alike, by `N` vectors of channels at a time.
struct Tile<'a, const M: usize, const N: usize> {
    depthwise: &'a Depthwise,
    /// Of the first pixel.
    taps: &'a Taps<'a>,
    /// The rows of the output from the first channel of the first pixel on.
    out: &'a mut [f32],
    stride: usize,
    first_channel: usize,
}

impl<const M: usize, const N: usize> WithSimd for Tile<'_, M, N> {
    /// The first channel that is left, because less than `N` vectors remain.
    type Output = usize;

    // In a function of its own, as in `tile.rs`.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let Self { depthwise, taps, out, stride, first_channel } = self;
        let Geometry { kernel, stride: step, dilation, inputs: channels, .. } = depthwise.geometry;
        let block = N * S::F32_LANES;
        let apart = dilation[1] * channels;
        let mut channel = first_channel;
        while channel + block <= channels || N == 1 && channel < channels {
            let width = block.min(channels - channel);
            let mut sums = [[simd.splat_f32s(0.0); N]; M];
            let rows = if taps.columns.is_empty() { 0..0 } else { taps.rows.clone() };
            for i in rows {
                // Slices of a kernel row, so that little is computed and checked for each tap.
                let row = (taps.origin[0] + (i * dilation[0]) as isize).unsigned_abs();
                let column = (taps.origin[1] + (taps.columns.start * dilation[1]) as isize).unsigned_abs();
                let at = (row * taps.width + column) * channels + channel;
                let mut inputs = [taps.values; M];
                for (m, input) in inputs.iter_mut().enumerate() {
                    *input = &taps.values[at + m * step[1] * channels..];
                }
                let weights = &depthwise.weights[(i * kernel[1] + taps.columns.start) * channels + channel..];
                for j in 0..taps.columns.len() {
                    let weights: [S::f32s; N] = load(simd, &weights[j * channels..]);
                    for m in 0..M {
                        let values: [S::f32s; N] = load(simd, &inputs[m][j * apart..]);
                        for n in 0..N {
                            sums[m][n] = simd.mul_add_f32s(values[n], weights[n], sums[m][n]);
                        }
                    }
                }
            }
            if let Some(bias) = depthwise.bias.get(channel..channel + width) {
                let bias: [S::f32s; N] = load(simd, bias);
                for sums in &mut sums {
                    for n in 0..N {
                        sums[n] = simd.add_f32s(sums[n], bias[n]);
                    }
                }
            }
            for (m, sums) in sums.iter().enumerate() {
                let out = &mut out[m * stride + channel..][..width];
                match S::as_mut_simd_f32s(out).0.first_chunk_mut::<N>() {
                    Some(out) => *out = *sums,
                    None => simd.partial_store_f32s(out, sums[0]),
                }
            }
            channel += width;
        }
        channel
    }
}

/// The first `N` vectors, or the values of less than one.
#[inline(always)]
fn load<S: Simd, const N: usize>(simd: S, values: &[f32]) -> [S::f32s; N] {
    match S::as_simd_f32s(values).0.first_chunk::<N>() {
        Some(vectors) => *vectors,
        None => [simd.partial_load_f32s(values); N],
    }
}
