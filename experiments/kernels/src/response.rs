//! Local response normalisation across channels, as in Caffe.

use pulp::{Simd, WithSimd};

use crate::{Map, Processor, Rows, parts};

/// `x / (k + alpha / size * sum of the squares of size channels)^beta`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Response {
    /// Channels of the sum: `size / 2` below the channel itself, the others from it upwards. Channels beyond the ends
    /// count as zero.
    pub size: usize,
    /// Scale, divided by `size`.
    pub alpha: f64,
    /// Exponent.
    pub beta: f64,
    /// Offset.
    pub k: f64,
}

/// Normalises each value of maps `[images, height, width, channels]` by the channels around it. The sum goes from the
/// lowest channel to the highest. The exponent 0.75, which all published networks use, is computed by two square roots
/// instead of a logarithm and an exponential.
///
/// # Panics
/// `size` is zero; `output` does not have the pixels and channels of `input`; the values of `input` do not match its
/// sizes, or there are more than [`Dims::MAX`](crate::Dims::MAX).
pub fn normalise(processor: Processor, response: &Response, input: Map<'_>, output: Rows<'_>) {
    input.check();
    output.check(input.dims);
    assert!(response.size > 0, "channels of the sum");
    let cost = output.channels * response.size;
    parts::share_rows(output, cost, |first_pixel, rows| {
        processor.arch().dispatch(Normalise { response, input, first_pixel, rows });
    });
}

/// [`normalise`] for some pixels.
struct Normalise<'a> {
    response: &'a Response,
    input: Map<'a>,
    first_pixel: usize,
    rows: Rows<'a>,
}

impl WithSimd for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { response, input, first_pixel, mut rows } = self;
        let channels = input.dims.channels;
        let (below, above) = (response.size / 2, (response.size - 1) / 2);
        // A whole vector is read from each channel on, also from the last.
        let mut squares = vec![0.0; below + channels.next_multiple_of(S::F32_LANES) + above];
        for (index, row) in rows.written().enumerate() {
            let begin = (first_pixel + index) * channels;
            let x = &input.values[begin..begin + channels];
            for (square, x) in squares[below..below + channels].iter_mut().zip(x) {
                *square = x * x;
            }
            let (x, tail_of_x) = S::as_simd_f32s(x);
            let (out, tail) = S::as_mut_simd_f32s(row);
            for (i, (x, out)) in x.iter().zip(out).enumerate() {
                *out = simd.div_f32s(*x, power(simd, response, &squares[i * S::F32_LANES..]));
            }
            if !tail.is_empty() {
                let power = power(simd, response, &squares[x.len() * S::F32_LANES..]);
                simd.partial_store_f32s(tail, simd.div_f32s(simd.partial_load_f32s(tail_of_x), power));
            }
        }
    }
}

/// The divisors of a vector of channels; `squares` starts with the lowest channel in the sum of the first one.
#[inline(always)]
fn power<S: Simd>(simd: S, response: &Response, squares: &[f32]) -> S::f32s {
    // A constant size, which all published networks use, so that the loop is unrolled.
    let sum = match response.size {
        5 => sum_of(simd, squares, 5),
        size => sum_of(simd, squares, size),
    };
    let scale = (response.alpha / response.size as f64) as f32;
    let base = simd.add_f32s(simd.mul_f32s(sum, simd.splat_f32s(scale)), simd.splat_f32s(response.k as f32));
    if response.beta == 0.75 {
        let root = simd.sqrt_f32s(base);
        return simd.mul_f32s(root, simd.sqrt_f32s(root));
    }
    let mut base = [base];
    let values: &mut [f32] = bytemuck::cast_slice_mut(&mut base);
    values.iter_mut().for_each(|value| *value = value.powf(response.beta as f32));
    base[0]
}

/// The sums of `size` squares from each channel on.
#[inline(always)]
fn sum_of<S: Simd>(simd: S, squares: &[f32], size: usize) -> S::f32s {
    let squares = &squares[..size - 1 + S::F32_LANES];
    let mut sum = simd.splat_f32s(0.0);
    for shift in 0..size {
        if let [square, ..] = S::as_simd_f32s(&squares[shift..]).0 {
            sum = simd.add_f32s(sum, *square);
        }
    }
    sum
}
