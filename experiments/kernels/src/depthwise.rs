//! Depthwise convolutions: each channel by itself, so that vectors contain channels and nothing is summed across them.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::elementwise::{self, After, Steps};
use crate::{Dims, Geometry, Map, Processor, Rows, parts};

/// Values of the output that stay in the first-level cache until `after` is applied to them.
const STRIP: usize = 4 << 10;

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
    fn with_simd<S: Simd>(self, _: S) {
        let Self { depthwise, input, dims, first_pixel, rows: Rows { values, stride, first, channels }, after } = self;
        let strip = (STRIP / stride).max(1);
        let mut pixel = first_pixel;
        for values in values.chunks_mut(strip * stride) {
            let begin = pixel;
            for row in values.chunks_exact_mut(stride) {
                depthwise.pixel(input, dims, pixel, &mut row[first..first + channels]);
                pixel += 1;
            }
            if !after.is_empty() {
                Steps { input: None, after, first_pixel: begin, rows: Rows { values, stride, first, channels } }.run();
            }
        }
    }
}

/// What one pixel of the output reads.
struct Taps<'a> {
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
    fn pixel(&self, input: Map<'_>, dims: Dims, pixel: usize, out: &mut [f32]) {
        let Geometry { kernel, stride, padding, dilation, .. } = self.geometry;
        let Dims { height, width, channels, .. } = input.dims;
        let (image, pixel) = (pixel / (dims.height * dims.width), pixel % (dims.height * dims.width));
        let at = [pixel / dims.width, pixel % dims.width];
        let origin = |axis: usize| (at[axis] * stride[axis]) as isize - padding[axis] as isize;
        let inside = |axis: usize, size: usize| {
            let step = dilation[axis] as isize;
            let first = (-origin(axis)).max(0).unsigned_abs().div_ceil(dilation[axis]);
            let last = (size as isize - origin(axis) + step - 1) / step;
            first..kernel[axis].min(last.max(0).unsigned_abs()).max(first)
        };
        let taps = Taps {
            values: &input.values[image * height * width * channels..][..height * width * channels],
            origin: [origin(0), origin(1)],
            rows: inside(0, height),
            columns: inside(1, width),
            width,
        };
        let first = self.blocks::<64>(&taps, out, 0);
        let first = self.blocks::<16>(&taps, out, first);
        let first = self.blocks::<4>(&taps, out, first);
        self.blocks::<1>(&taps, out, first);
    }

    /// Computes the channels from `first` on in whole blocks of `N`, and returns the first channel after them.
    #[inline(always)]
    fn blocks<const N: usize>(&self, taps: &Taps<'_>, out: &mut [f32], mut first: usize) -> usize {
        let Geometry { kernel, dilation, inputs: channels, .. } = self.geometry;
        while first + N <= channels {
            let mut sums = [0.0_f32; N];
            for i in taps.rows.clone() {
                let row = taps.origin[0] + (i * dilation[0]) as isize;
                for j in taps.columns.clone() {
                    let column = taps.origin[1] + (j * dilation[1]) as isize;
                    let at = (row.unsigned_abs() * taps.width + column.unsigned_abs()) * channels + first;
                    let values = &taps.values[at..at + N];
                    let weights = &self.weights[(i * kernel[1] + j) * channels + first..][..N];
                    for lane in 0..N {
                        sums[lane] = values[lane].mul_add(weights[lane], sums[lane]);
                    }
                }
            }
            if let Some(bias) = self.bias.get(first..first + N) {
                for lane in 0..N {
                    sums[lane] += bias[lane];
                }
            }
            out[first..first + N].copy_from_slice(&sums);
            first += N;
        }
        first
    }
}
