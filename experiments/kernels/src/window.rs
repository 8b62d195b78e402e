//! Windows that go over each channel by itself: the largest number under the window, the mean, the mean of a whole map.

use std::array;
use std::marker::PhantomData;
use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::{Dims, Map, Processor, Rows, parts};

/// Vectors of channels that a window goes over together: their results depend on no other, so that one needs not wait for another.
const VECTORS: usize = 4;

/// The window of a pooling layer. Pairs are `[height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its size.
    pub kernel: [usize; 2],
    /// Its step.
    pub stride: [usize; 2],
    /// Padding on each side of an axis, at most half the size.
    pub padding: [usize; 2],
    /// Whether the sizes of the output round up. As in PyTorch, a window that would begin in the right padding is dropped.
    pub ceil: bool,
    /// Whether a mean counts padding as zeros. What a window that rounding up added has beyond the padding does not count.
    pub count_padding: bool,
}

impl Window {
    /// The sizes of the output.
    ///
    /// # Panics
    /// The window is larger than the padded map, its step is zero, or its padding is more than half its size: then there might
    /// be nothing under it.
    pub fn output(&self, input: Dims) -> Dims {
        let Self { kernel, stride, padding, ceil, .. } = *self;
        let along = |axis: usize, size: usize| {
            let [kernel, stride, padding] = [kernel[axis], stride[axis], padding[axis]];
            assert!(
                padding <= kernel / 2 && stride > 0,
                "a window of {kernel} by steps of {stride}, padded by {padding}"
            );
            let padded = size + 2 * padding;
            assert!(0 < kernel && kernel <= padded, "a window of {kernel} in {padded} places");
            let free = padded - kernel;
            let down = free / stride + 1;
            let one_more = ceil && !free.is_multiple_of(stride) && down * stride < size + padding;
            down + usize::from(one_more)
        };
        Dims { height: along(0, input.height), width: along(1, input.width), ..input }
    }
}

/// The largest number under each window. Padding never wins, and what is not a number always does.
///
/// # Panics
/// As [`Window::output`]; `output` has not its places and channels.
pub fn largest(processor: Processor, window: &Window, input: Map<'_>, output: Rows<'_>) {
    pool::<Largest>(processor, window, input, output);
}

/// The mean under each window: the sum in the order of rows and columns, then divided.
///
/// # Panics
/// As [`Window::output`]; `output` has not its places and channels.
pub fn mean(processor: Processor, window: &Window, input: Map<'_>, output: Rows<'_>) {
    pool::<Sum>(processor, window, input, output);
}

/// The mean of each channel: the sum in the order of rows and columns, then divided. `output` has one place for each image.
///
/// # Panics
/// `output` has not as many places as there are images, or other channels.
pub fn global_mean(processor: Processor, input: Map<'_>, output: Rows<'_>) {
    let Dims { images, height, width, channels } = input.dims;
    check(input, Dims { height: 1, width: 1, ..input.dims }, &output);
    let places = height * width;
    // Few images have many channels: those are shared too, by whole lines of the cache.
    let piece = parts::units(images * channels, places).next_multiple_of(64);
    let whole = Span { begin: 0, rows: height, columns: width, divisor: places as f32 };
    let write = |image: usize, piece_of_channels: usize, out: &mut [f32]| {
        let begin = input.begin(image * places) + piece_of_channels * piece;
        processor.arch().dispatch(Pieces { input, span: Span { begin, ..whole }, out });
    };
    let rows = output.values.chunks_exact_mut(output.stride.max(1));
    let pieces = rows.enumerate().flat_map(|(image, row)| {
        let channels = &mut row[output.first..output.first + channels];
        channels.chunks_mut(piece).enumerate().map(move |(index, out)| (image, index, out))
    });
    if piece >= images * channels {
        return pieces.for_each(|(image, index, out)| write(image, index, out));
    }
    pieces.collect::<Vec<_>>().into_par_iter().for_each(|(image, index, out)| write(image, index, out));
}

fn pool<G: Gather>(processor: Processor, window: &Window, input: Map<'_>, output: Rows<'_>) {
    let sizes = window.output(input.dims);
    check(input, sizes, &output);
    let Rows { values, stride, first, channels } = output;
    let [height, width] = window.kernel;
    parts::share(values, stride.max(1), channels * height * width, |first_place, rows| {
        processor.arch().dispatch(Pool::<G> {
            window,
            input,
            sizes,
            first_place,
            rows,
            stride,
            first,
            gather: PhantomData,
        });
    });
}

fn check(input: Map<'_>, sizes: Dims, output: &Rows<'_>) {
    input.dims.check();
    assert_eq!(output.channels, sizes.channels, "channels that are written");
    assert_eq!(output.values.len(), sizes.places() * output.stride, "places that are written");
    assert!(output.first + output.channels <= output.stride, "channels that lie at a place");
}

/// Places of one image and what their sum is divided by.
#[derive(Clone, Copy)]
struct Span {
    /// Where the numbers of the first place begin.
    begin: usize,
    rows: usize,
    columns: usize,
    divisor: f32,
}

/// What becomes of the numbers under a window.
trait Gather {
    fn begin<S: Simd>(simd: S) -> S::f32s;
    fn take<S: Simd>(simd: S, so_far: S::f32s, next: S::f32s) -> S::f32s;
    fn end<S: Simd>(simd: S, all: S::f32s, divisor: f32) -> S::f32s;
}

struct Largest;

impl Gather for Largest {
    #[inline(always)]
    fn begin<S: Simd>(simd: S) -> S::f32s {
        simd.splat_f32s(f32::NEG_INFINITY)
    }

    #[inline(always)]
    fn take<S: Simd>(simd: S, so_far: S::f32s, next: S::f32s) -> S::f32s {
        // Processors disagree on the larger of two when one is not a number; on comparisons they agree.
        let larger = simd.greater_than_f32s(next, so_far);
        let number = simd.equal_f32s(next, next);
        simd.select_f32s(simd.or_m32s(larger, simd.not_m32s(number)), next, so_far)
    }

    #[inline(always)]
    fn end<S: Simd>(_: S, all: S::f32s, _: f32) -> S::f32s {
        all
    }
}

struct Sum;

impl Gather for Sum {
    #[inline(always)]
    fn begin<S: Simd>(simd: S) -> S::f32s {
        simd.splat_f32s(0.0)
    }

    #[inline(always)]
    fn take<S: Simd>(simd: S, so_far: S::f32s, next: S::f32s) -> S::f32s {
        simd.add_f32s(so_far, next)
    }

    #[inline(always)]
    fn end<S: Simd>(simd: S, all: S::f32s, divisor: f32) -> S::f32s {
        simd.div_f32s(all, simd.splat_f32s(divisor))
    }
}

/// [`pool`] for some places.
struct Pool<'a, G> {
    window: &'a Window,
    input: Map<'a>,
    sizes: Dims,
    first_place: usize,
    rows: &'a mut [f32],
    stride: usize,
    first: usize,
    gather: PhantomData<G>,
}

impl<G: Gather> WithSimd for Pool<'_, G> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { window, input, sizes, first_place, rows, stride, first, .. } = self;
        let Dims { height, width, channels, .. } = input.dims;
        for (index, row) in rows.chunks_exact_mut(stride).enumerate() {
            let place = first_place + index;
            let (line, column) = (place / sizes.width, place % sizes.width);
            let (image, line) = (line / sizes.height, line % sizes.height);
            let (rows, padded_rows) = window.under(0, line, height);
            let (columns, padded_columns) = window.under(1, column, width);
            let count = match window.count_padding {
                true => padded_rows * padded_columns,
                false => rows.len() * columns.len(),
            };
            let span = Span {
                begin: input.begin((image * height + rows.start) * width + columns.start),
                rows: rows.len(),
                columns: columns.len(),
                divisor: count as f32,
            };
            gather::<S, G>(simd, input, span, &mut row[first..first + channels]);
        }
    }
}

impl Window {
    /// The rows or columns of the map under a window, and how many they are with the padding.
    #[inline(always)]
    fn under(&self, axis: usize, index: usize, size: usize) -> (Range<usize>, usize) {
        let padding = self.padding[axis];
        // Counted from the beginning of the padding.
        let begin = index * self.stride[axis];
        let end = (begin + self.kernel[axis]).min(size + 2 * padding);
        (begin.saturating_sub(padding)..(end - padding).min(size), end - begin)
    }
}

/// The mean of some channels of one image.
struct Pieces<'a> {
    input: Map<'a>,
    span: Span,
    out: &'a mut [f32],
}

impl WithSimd for Pieces<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        gather::<S, Sum>(simd, self.input, self.span, self.out);
    }
}

/// Gathers the channels from the first of `span` on, as many as `out` has.
#[inline(always)]
fn gather<S: Simd, G: Gather>(simd: S, input: Map<'_>, mut span: Span, out: &mut [f32]) {
    let (vectors, rest) = S::as_mut_simd_f32s(out);
    let (groups, singles) = vectors.as_chunks_mut::<VECTORS>();
    for group in groups {
        vectors_of::<S, G, VECTORS>(simd, input, span, group);
        span.begin += VECTORS * S::F32_LANES;
    }
    for single in singles {
        vectors_of::<S, G, 1>(simd, input, span, array::from_mut(single));
        span.begin += S::F32_LANES;
    }
    if !rest.is_empty() {
        let length = rest.len();
        let mut all = G::begin(simd);
        each_place(input, span, length, |place| all = G::take(simd, all, simd.partial_load_f32s(place)));
        simd.partial_store_f32s(rest, G::end(simd, all, span.divisor));
    }
}

#[inline(always)]
fn vectors_of<S: Simd, G: Gather, const N: usize>(simd: S, input: Map<'_>, span: Span, out: &mut [S::f32s; N]) {
    let mut all = [G::begin(simd); N];
    each_place(input, span, N * S::F32_LANES, |place| {
        // Always so: the condition only saves the compiler a way to panic.
        if let Some(vectors) = S::as_simd_f32s(place).0.first_chunk::<N>() {
            for i in 0..N {
                all[i] = G::take(simd, all[i], vectors[i]);
            }
        }
    });
    for i in 0..N {
        out[i] = G::end(simd, all[i], span.divisor);
    }
}

/// Calls `take` with the first numbers of each place, row by row.
#[inline(always)]
fn each_place(input: Map<'_>, span: Span, length: usize, mut take: impl FnMut(&[f32])) {
    let channels = input.dims.channels;
    let step = input.frame.around(input.dims).width * channels;
    for row in 0..span.rows {
        let begin = span.begin + row * step;
        let row = &input.values[begin..begin + (span.columns - 1) * channels + length];
        row.chunks(channels).for_each(|place| take(&place[..length]));
    }
}
