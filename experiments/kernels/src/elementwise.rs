//! What is done to each number by itself: batch normalisation, activations, sums of maps, copies into joined maps. Products and
//! sums are rounded one by one, so that a layer gives the same bits by itself and as part of another.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::blocks::{with_none, with_one, with_two};
use crate::{Map, Processor, Rows, parts};

/// Numbers that stay in the fastest cache, beside those of another map.
const STRIP: usize = 2 << 10;

/// What is done to each number of a row by itself.
#[derive(Clone, Copy, Debug)]
pub enum After<'a> {
    /// `x * scale + shift`, rounded twice: batch normalisation. Each `[channels]`.
    Affine {
        /// Multiplies.
        scale: &'a [f32],
        /// Is added.
        shift: &'a [f32],
    },
    /// Zero where negative. What is not a number stays so.
    Relu,
    /// `x * slope` where not positive. `[channels]`.
    PRelu {
        /// Multiplies what is not positive.
        slope: &'a [f32],
    },
    /// Another map `[places, channels]` of the same places and channels is added.
    Add(&'a [f32]),
}

/// Does all of `after` to each row of `[places, channels]`, one after the other, in place.
///
/// # Panics
/// The channels are not among those that lie at a place; a slice of `after` has not as many numbers as there are channels, or an added map
/// not as many as are written.
pub fn run(processor: Processor, after: &[After<'_>], rows: Rows<'_>) {
    rows.check_channels();
    let Rows { values, stride, first, channels } = rows;
    check(after, values.len() / stride.max(1), channels);
    if after.is_empty() || channels == 0 {
        return;
    }
    parts::share(values, stride, channels * after.len(), |first_place, rows| {
        processor.arch().dispatch(InPlace { after, first_place, rows, stride, first, channels });
    });
}

/// Copies maps `[images, height, width, channels]`, also into some channels of joined maps, and does all of `after` to each copied row.
///
/// # Panics
/// `output` has not the places and channels of `input`; the numbers of `input` are not as many as its sizes say, or more than
/// [`Dims::MAX`](crate::Dims::MAX); a slice of `after` is of another length, as in [`run`].
pub fn copy(processor: Processor, input: Map<'_>, output: Rows<'_>, after: &[After<'_>]) {
    input.check();
    output.check(input.dims);
    let Rows { values, stride, first, channels } = output;
    check(after, input.dims.places(), channels);
    if channels == 0 {
        return;
    }
    parts::share(values, stride, channels * (1 + after.len()), |first_place, rows| {
        processor.arch().dispatch(Copied { input: input.values, after, first_place, rows, stride, first, channels });
    });
}

/// Writes zeros into the channels.
///
/// # Panics
/// The channels are not among those that lie at a place.
pub fn zero(output: Rows<'_>) {
    output.check_channels();
    let Rows { values, stride, first, channels } = output;
    parts::share(values, stride.max(1), channels, |_, rows| {
        rows.chunks_exact_mut(stride).for_each(|row| row[first..first + channels].fill(0.0));
    });
}

/// That no slice is shorter than the loops over it.
pub(crate) fn check(after: &[After<'_>], places: usize, channels: usize) {
    for after in after {
        match after {
            After::Affine { scale, shift } => {
                assert_eq!([scale.len(), shift.len()], [channels; 2], "numbers of a normalisation");
            }
            After::Relu => {}
            After::PRelu { slope } => assert_eq!(slope.len(), channels, "slopes"),
            After::Add(other) => assert_eq!(other.len(), places * channels, "numbers of an added map"),
        }
    }
}

/// Does all of `after` to the written channels of each row; `first_place` is that of the first row. For code that runs within
/// `Arch::dispatch`.
#[inline(always)]
pub(crate) fn apply(
    after: &[After<'_>],
    first_place: usize,
    rows: &mut [f32],
    stride: usize,
    first: usize,
    channels: usize,
) {
    // As many rows as stay in the fastest cache from one step to the next.
    let strip = (STRIP / stride).max(1);
    for (index, rows) in rows.chunks_mut(strip * stride).enumerate() {
        let begin = (first_place + index * strip) * channels;
        after.iter().for_each(|after| step(*after, begin, rows, stride, first, channels));
    }
}

/// One step on some rows; `begin`: where the numbers that are added to the first of them lie in an added map.
#[inline(always)]
fn step(after: After<'_>, begin: usize, rows: &mut [f32], stride: usize, first: usize, channels: usize) {
    let whole = channels == stride;
    let all = first..first + channels;
    match after {
        // Nothing differs from channel to channel: all rows are one.
        After::Relu if whole => with_none(rows, relu),
        After::Relu => rows.chunks_exact_mut(stride).for_each(|row| with_none(&mut row[all.clone()], relu)),
        After::Add(other) => {
            let other = &other[begin..begin + rows.len() / stride * channels];
            if whole {
                return with_one(rows, other, add);
            }
            for (row, other) in rows.chunks_exact_mut(stride).zip(other.chunks_exact(channels)) {
                with_one(&mut row[all.clone()], other, add);
            }
        }
        After::Affine { scale, shift } => {
            for row in rows.chunks_exact_mut(stride) {
                with_two(&mut row[all.clone()], &scale[..channels], &shift[..channels], affine);
            }
        }
        After::PRelu { slope } => {
            for row in rows.chunks_exact_mut(stride) {
                with_one(&mut row[all.clone()], &slope[..channels], prelu);
            }
        }
    }
}

/// Does all of `after` to a row of one place that has only the channels `range` of all.
#[inline(always)]
pub(crate) fn apply_to(after: &[After<'_>], place: usize, channels: usize, range: Range<usize>, row: &mut [f32]) {
    let begin = place * channels + range.start;
    for after in after {
        match *after {
            After::Affine { scale, shift } => with_two(row, &scale[range.clone()], &shift[range.clone()], affine),
            After::Relu => with_none(row, relu),
            After::PRelu { slope } => with_one(row, &slope[range.clone()], prelu),
            After::Add(other) => with_one(row, &other[begin..begin + range.len()], add),
        }
    }
}

#[inline(always)]
fn affine(x: f32, scale: f32, shift: f32) -> f32 {
    x * scale + shift
}

#[inline(always)]
fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}

#[inline(always)]
fn prelu(x: f32, slope: f32) -> f32 {
    // Both are computed, so that there is nothing to jump over.
    let sloped = x * slope;
    if x > 0.0 { x } else { sloped }
}

#[inline(always)]
fn add(x: f32, other: f32) -> f32 {
    x + other
}

/// [`run`] on some rows.
struct InPlace<'a> {
    after: &'a [After<'a>],
    first_place: usize,
    rows: &'a mut [f32],
    stride: usize,
    first: usize,
    channels: usize,
}

impl WithSimd for InPlace<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { after, first_place, rows, stride, first, channels } = self;
        apply(after, first_place, rows, stride, first, channels);
    }
}

/// [`copy`] into some rows.
struct Copied<'a> {
    input: &'a [f32],
    after: &'a [After<'a>],
    first_place: usize,
    rows: &'a mut [f32],
    stride: usize,
    first: usize,
    channels: usize,
}

impl WithSimd for Copied<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { input, after, first_place, rows, stride, first, channels } = self;
        let strip = (STRIP / stride).max(1);
        for (index, rows) in rows.chunks_mut(strip * stride).enumerate() {
            let first_place = first_place + index * strip;
            let input = &input[first_place * channels..][..rows.len() / stride * channels];
            if channels == stride {
                with_one(rows, input, |_, value| value);
            } else {
                for (row, input) in rows.chunks_exact_mut(stride).zip(input.chunks_exact(channels)) {
                    with_one(&mut row[first..first + channels], input, |_, value| value);
                }
            }
            apply(after, first_place, rows, stride, first, channels);
        }
    }
}
