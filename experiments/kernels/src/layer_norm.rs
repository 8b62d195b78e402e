//! Layer normalisation over the channels of each pixel.

use pulp::{Simd, WithSimd};

use crate::{Map, Processor, Rows, parts};

/// Partial sums, so that vectors of any width add in the same order.
const LANES: usize = 16;

/// The learned values and the constant of a layer normalisation.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerNorm {
    /// The factors, `[channels]`.
    pub weight: Vec<f32>,
    /// The summands, `[channels]`.
    pub bias: Vec<f32>,
    /// Added to the variance.
    pub eps: f32,
}

impl LayerNorm {
    /// `(x - mean) / sqrt(variance + eps) * weight + bias`, with the mean and the variance of each pixel's channels.
    ///
    /// # Panics
    /// `output` does not have the pixels and channels of `input`, or these are not those of the learned values; the
    /// values of `input` do not match its sizes, or there are more than [`Dims::MAX`](crate::Dims::MAX).
    pub fn run(&self, processor: Processor, input: Map<'_>, output: Rows<'_>) {
        input.check();
        output.check(input.dims);
        let channels = output.channels;
        assert_eq!([self.weight.len(), self.bias.len()], [channels; 2], "values of a layer normalisation");
        parts::share_rows(output, 4 * channels, |first_pixel, rows| {
            let values = &input.values[first_pixel * channels..];
            processor.arch().dispatch(Run { norm: self, values, rows });
        });
    }
}

struct Run<'a> {
    norm: &'a LayerNorm,
    values: &'a [f32],
    rows: Rows<'a>,
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { norm: LayerNorm { weight, bias, eps }, values, mut rows } = self;
        let channels = rows.channels;
        for (row, x) in rows.written().zip(values.chunks_exact(channels.max(1))) {
            let mean = sum(x, |x| x) / channels as f32;
            let variance = sum(x, |x| (x - mean) * (x - mean)) / channels as f32;
            let scale = 1.0 / (variance + eps).sqrt();
            for (((y, x), weight), bias) in row.iter_mut().zip(x).zip(weight).zip(bias) {
                *y = (x - mean) * scale * weight + bias;
            }
        }
    }
}

/// The sum of a function of all values, in an order that depends on nothing but their number.
#[inline(always)]
pub(crate) fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (blocks, tail) = values.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for block in blocks {
        for lane in 0..LANES {
            sums[lane] += of(block[lane]);
        }
    }
    let whole: f32 = sums.iter().sum();
    tail.iter().fold(whole, |sum, x| sum + of(*x))
}
