//! Pooling of each channel: the maximum under a window, the mean under a window, and the mean of a whole map.

use std::marker::PhantomData;
use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::blocks::{with_none, with_one, with_three, with_two};
use crate::{Dims, Map, Processor, Rows, parts};

/// The window of a pooling layer. Pairs are `[height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its size.
    pub kernel: [usize; 2],
    /// Its stride.
    pub stride: [usize; 2],
    /// Padding on each side of an axis, at most half the size.
    pub padding: [usize; 2],
    /// Whether the sizes of the output are rounded up. As in PyTorch, a window that would begin in the right padding is
    /// dropped.
    pub ceil: bool,
    /// Whether a mean counts padding as zeros. Where rounding up adds a window, its part beyond the padding does not
    /// count.
    pub count_padding: bool,
}

impl Window {
    /// The sizes of the output.
    ///
    /// # Panics
    /// The window is larger than the padded map, its size or stride is zero, or its padding exceeds half its size, so
    /// that a window could be empty.
    pub fn output(&self, input: Dims) -> Dims {
        let Self { kernel, stride, padding, ceil, .. } = *self;
        let along = |axis: usize, size: usize| {
            let [kernel, stride, padding] = [kernel[axis], stride[axis], padding[axis]];
            assert!(
                padding <= kernel / 2 && stride > 0,
                "a window of {kernel} with stride {stride} must not be padded by {padding}"
            );
            let padded = size + 2 * padding;
            assert!(0 < kernel && kernel <= padded, "a window of {kernel} does not fit into a padded map of {padded}");
            let free = padded - kernel;
            let down = free / stride + 1;
            let one_more = ceil && !free.is_multiple_of(stride) && down * stride < size + padding;
            down + usize::from(one_more)
        };
        Dims { height: along(0, input.height), width: along(1, input.width), ..input }
    }
}

/// The maximum under each window of maps `[images, height, width, channels]`. Padding is never the maximum; NaN always
/// is.
///
/// # Panics
/// As [`Window::output`]; `output` does not have its pixels and channels; the values of `input` do not match its sizes,
/// or there are more than [`Dims::MAX`].
pub fn largest(processor: Processor, window: &Window, input: Map<'_>, output: Rows<'_>) {
    pool::<Largest>(processor, window, input, output);
}

/// The mean under each window of maps `[images, height, width, channels]`: each of its columns is summed from top to
/// bottom, then these sums from left to right, and the total is divided.
///
/// # Panics
/// As [`largest`].
pub fn mean(processor: Processor, window: &Window, input: Map<'_>, output: Rows<'_>) {
    pool::<Mean>(processor, window, input, output);
}

/// The mean of each channel of maps `[images, height, width, channels]`: the sum over rows and columns in order, then
/// divided. `output` is `[images, channels]`, one pixel for each image.
///
/// # Panics
/// `output` does not have one pixel for each image, or has other channels; the values of `input` do not match its
/// sizes, or there are more than [`Dims::MAX`].
pub fn global_mean(processor: Processor, input: Map<'_>, output: Rows<'_>) {
    let Dims { images, height, width, channels } = input.dims;
    input.check();
    output.check(Dims { height: 1, width: 1, ..input.dims });
    // One image has many channels: threads share those too, by whole cache lines.
    let piece = parts::units(images * channels, height * width).next_multiple_of(64);
    let rows = output.values.chunks_exact_mut(output.stride.max(1)).enumerate();
    let pieces = rows.flat_map(|(image, row)| {
        let pieces = row[output.first..output.first + channels].chunks_mut(piece).enumerate();
        pieces.map(move |(index, out)| GlobalMean { input, image, first: index * piece, out })
    });
    let arch = processor.arch();
    if piece >= images * channels {
        return pieces.for_each(|piece| arch.dispatch(piece));
    }
    pieces.collect::<Vec<_>>().into_par_iter().for_each(|piece| arch.dispatch(piece));
}

fn pool<G: Gather>(processor: Processor, window: &Window, input: Map<'_>, output: Rows<'_>) {
    input.check();
    let sizes = window.output(input.dims);
    output.check(sizes);
    let Rows { values, stride, first, channels } = output;
    let [height, width] = window.kernel;
    let cost = (input.dims.width * height + sizes.width * width) * channels;
    parts::share(values, (sizes.width * stride).max(1), cost, |first_line, lines| {
        processor.arch().dispatch(Pool {
            gather: PhantomData::<G>,
            window,
            input,
            sizes,
            first_line,
            lines,
            stride,
            first,
        });
    });
}

/// How the values under a window are combined.
trait Gather {
    /// The value of padding.
    const PADDING: f32;
    /// Whether the result is divided by the number of pixels.
    const DIVIDED: bool;
    fn both(so_far: f32, next: f32) -> f32;
}

struct Largest;

impl Gather for Largest {
    const PADDING: f32 = f32::NEG_INFINITY;
    const DIVIDED: bool = false;

    /// By comparisons, whose results are the same on all processors: those of their maximum instructions differ for
    /// NaN.
    #[inline(always)]
    fn both(so_far: f32, next: f32) -> f32 {
        let larger = if next > so_far { next } else { so_far };
        if next.is_nan() { next } else { larger }
    }
}

struct Mean;

impl Gather for Mean {
    const PADDING: f32 = 0.0;
    const DIVIDED: bool = true;

    #[inline(always)]
    fn both(so_far: f32, next: f32) -> f32 {
        so_far + next
    }
}

/// [`pool`] for some lines, that is, rows of pixels of the output.
struct Pool<'a, G> {
    gather: PhantomData<G>,
    window: &'a Window,
    input: Map<'a>,
    sizes: Dims,
    first_line: usize,
    lines: &'a mut [f32],
    stride: usize,
    first: usize,
}

impl<G: Gather> WithSimd for Pool<'_, G> {
    type Output = ();

    /// Combines first the rows under the windows, then the columns. This takes fewer steps than pixel by pixel, and
    /// most of them go over many contiguous values.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { window, input, sizes, first_line, lines, stride, first, gather: PhantomData } = self;
        let Dims { height, width, channels, .. } = input.dims;
        let (kernel, step, padding) = (window.kernel[1], window.stride[1], window.padding[1]);
        // Including the padding, and up to the end of the last window.
        let padded_width = ((sizes.width - 1) * step + kernel).max(padding + width);
        let mut columns = vec![G::PADDING; padded_width * channels];
        for (index, line) in lines.chunks_exact_mut(sizes.width * stride).enumerate() {
            let (image, index) = ((first_line + index) / sizes.height, (first_line + index) % sizes.height);
            let (rows, padded_rows) = window.under(0, index, height);
            let row = |row: usize| {
                let begin = (image * height + row) * width * channels;
                &input.values[begin..begin + width * channels]
            };
            let inner = &mut columns[padding * channels..][..width * channels];
            gather::<G>(inner, rows.len(), |i| row(rows.start + i));
            if step == 1 && stride == channels {
                // The pixels of the output are as far apart as those of the input.
                let length = line.len();
                gather::<G>(line, kernel, |i| &columns[i * channels..][..length]);
            } else {
                for (pixel, out) in line.chunks_exact_mut(stride).enumerate() {
                    let begin = &columns[pixel * step * channels..];
                    gather::<G>(&mut out[first..first + channels], kernel, |i| &begin[i * channels..][..channels]);
                }
            }
            if G::DIVIDED {
                for (pixel, out) in line.chunks_exact_mut(stride).enumerate() {
                    let (columns, padded_columns) = window.under(1, pixel, width);
                    let count = match window.count_padding {
                        true => padded_rows * padded_columns,
                        false => rows.len() * columns.len(),
                    };
                    divide(&mut out[first..first + channels], count);
                }
            }
        }
    }
}

impl Window {
    /// The rows or columns of the map under a window, and their number including padding.
    #[inline(always)]
    fn under(&self, axis: usize, index: usize, size: usize) -> (Range<usize>, usize) {
        let padding = self.padding[axis];
        // Counted from the start of the padding.
        let begin = index * self.stride[axis];
        let end = (begin + self.kernel[axis]).min(size + 2 * padding);
        (begin.saturating_sub(padding)..(end - padding).min(size), end - begin)
    }
}

/// Combines some rows into one, in their order.
#[inline(always)]
fn gather<'a, G: Gather>(out: &mut [f32], rows: usize, row: impl Fn(usize) -> &'a [f32]) {
    if rows == 1 {
        return out.copy_from_slice(row(0));
    }
    let mut next = match rows {
        2 => {
            with_two(out, row(0), row(1), |_, a, b| G::both(a, b));
            2
        }
        _ => {
            with_three(out, row(0), row(1), row(2), |_, a, b, c| G::both(G::both(a, b), c));
            3
        }
    };
    while next < rows {
        with_one(out, row(next), G::both);
        next += 1;
    }
}

#[inline(always)]
fn divide(row: &mut [f32], count: usize) {
    let count = count as f32;
    with_none(row, |sum| sum / count);
}

/// The mean of some channels of one image.
struct GlobalMean<'a> {
    input: Map<'a>,
    image: usize,
    first: usize,
    out: &'a mut [f32],
}

impl WithSimd for GlobalMean<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { input, image, first, out } = self;
        let pixels = input.dims.height * input.dims.width;
        let values = &input.values[image * pixels * input.dims.channels..];
        let channels = out.len();
        gather::<Mean>(out, pixels, |pixel| &values[pixel * input.dims.channels + first..][..channels]);
        divide(out, pixels);
    }
}
