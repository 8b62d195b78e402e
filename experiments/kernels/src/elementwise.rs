//! What is done to each number by itself: batch normalisation, activations, sums of maps, copies into joined maps. Products and
//! sums are rounded one by one, so that a layer gives the same bits by itself and as part of another.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::{Map, Processor, Rows, parts};

/// What is done to each number of a row by itself.
#[derive(Clone, Copy, Debug)]
pub enum After<'a> {
    /// `x * scale + shift`, rounded twice: batch normalisation. One number of each for every channel.
    Affine {
        /// Multiplies.
        scale: &'a [f32],
        /// Is added.
        shift: &'a [f32],
    },
    /// Zero where negative. What is not a number stays so.
    Relu,
    /// `x * slope` where not positive. One slope for every channel.
    PRelu {
        /// Multiplies what is not positive.
        slope: &'a [f32],
    },
    /// Another map `[places, channels]` is added.
    Add(&'a [f32]),
}

/// Does all of `after` to each row, one after the other, in place.
///
/// # Panics
/// A slice of `after` has not as many numbers as there are channels, or an added map as the written channels.
pub fn run(processor: Processor, after: &[After<'_>], rows: Rows<'_>) {
    let Rows { values, stride, first, channels } = rows;
    check(after, values.len() / stride.max(1), stride, first, channels);
    if after.is_empty() || channels == 0 {
        return;
    }
    parts::share(values, stride, channels * after.len(), |first_place, rows| {
        processor.arch().dispatch(InPlace { after, first_place, rows, stride, first, channels });
    });
}

/// Copies maps from within their frame, also into some channels of joined maps, and does all of `after` to each copied row.
///
/// # Panics
/// `output` has not the places and channels of `input`; as [`run`].
pub fn copy(processor: Processor, input: Map<'_>, output: Rows<'_>, after: &[After<'_>]) {
    input.dims.check();
    let Rows { values, stride, first, channels } = output;
    assert_eq!(channels, input.dims.channels, "channels that are copied");
    assert_eq!(values.len(), input.dims.places() * stride, "places that are copied");
    check(after, input.dims.places(), stride, first, channels);
    if channels == 0 {
        return;
    }
    parts::share(values, stride, channels * (1 + after.len()), |first_place, rows| {
        processor.arch().dispatch(Copied { input, after, first_place, rows, stride, first });
    });
}

/// Writes zeros into the channels.
///
/// # Panics
/// The channels are not among those that lie at a place.
pub fn zero(output: Rows<'_>) {
    let Rows { values, stride, first, channels } = output;
    check(&[], 0, stride, first, channels);
    parts::share(values, stride.max(1), channels, |_, rows| {
        rows.chunks_exact_mut(stride).for_each(|row| row[first..first + channels].fill(0.0));
    });
}

/// That no slice is shorter than the loops over it.
fn check(after: &[After<'_>], places: usize, stride: usize, first: usize, channels: usize) {
    assert!(first + channels <= stride, "channels {first} to {} of {stride}", first + channels);
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
    if after.is_empty() {
        return;
    }
    if channels == stride && after.iter().all(|after| matches!(after, After::Relu | After::Add(_))) {
        // Nothing differs from channel to channel: all rows are one.
        let begin = first_place * channels;
        return after.iter().for_each(|after| each(*after, begin, 0..channels, rows));
    }
    for (place, row) in rows.chunks_exact_mut(stride).enumerate() {
        apply_to(after, first_place + place, channels, 0..channels, &mut row[first..first + channels]);
    }
}

/// Does all of `after` to a row of one place that has only the channels `range` of all.
#[inline(always)]
pub(crate) fn apply_to(after: &[After<'_>], place: usize, channels: usize, range: Range<usize>, row: &mut [f32]) {
    let begin = place * channels + range.start;
    after.iter().for_each(|after| each(*after, begin, range.clone(), row));
}

/// `begin`: where the numbers that are added to the row lie in an added map; `range`: the row's channels.
#[inline(always)]
fn each(after: After<'_>, begin: usize, range: Range<usize>, row: &mut [f32]) {
    match after {
        After::Affine { scale, shift } => with_two(row, &scale[range.clone()], &shift[range], |x, a, b| x * a + b),
        After::Relu => with_none(row, |x| if x < 0.0 { 0.0 } else { x }),
        After::PRelu { slope } => with_one(row, &slope[range], |x, a| if x > 0.0 { x } else { x * a }),
        After::Add(other) => {
            let length = row.len();
            with_one(row, &other[begin..begin + length], |x, y| x + y);
        }
    }
}

// The loops go over blocks of 16, 4 and 1 numbers. A block is read whole before it is written, so that the compiler makes vectors of
// it without asking whether slices overlap: a row of 16 channels costs one vector and little more.

#[inline(always)]
fn with_none(row: &mut [f32], op: impl Fn(f32) -> f32 + Copy) {
    let row = none_by::<16>(row, op);
    let row = none_by::<4>(row, op);
    none_by::<1>(row, op);
}

#[inline(always)]
fn with_one(row: &mut [f32], a: &[f32], op: impl Fn(f32, f32) -> f32 + Copy) {
    let (row, a) = one_by::<16>(row, a, op);
    let (row, a) = one_by::<4>(row, a, op);
    one_by::<1>(row, a, op);
}

#[inline(always)]
fn with_two(row: &mut [f32], a: &[f32], b: &[f32], op: impl Fn(f32, f32, f32) -> f32 + Copy) {
    let (row, a, b) = two_by::<16>(row, a, b, op);
    let (row, a, b) = two_by::<4>(row, a, b, op);
    two_by::<1>(row, a, b, op);
}

/// As many blocks of `N` as there are; returns the rest.
#[inline(always)]
fn none_by<const N: usize>(row: &mut [f32], op: impl Fn(f32) -> f32) -> &mut [f32] {
    let (blocks, rest) = row.as_chunks_mut::<N>();
    for block in blocks {
        let mut x = *block;
        for x in &mut x {
            *x = op(*x);
        }
        *block = x;
    }
    rest
}

#[inline(always)]
fn one_by<'r, 'a, const N: usize>(
    row: &'r mut [f32],
    a: &'a [f32],
    op: impl Fn(f32, f32) -> f32,
) -> (&'r mut [f32], &'a [f32]) {
    let (blocks, rest) = row.as_chunks_mut::<N>();
    let (blocks_a, rest_a) = a.as_chunks::<N>();
    for (block, a) in blocks.iter_mut().zip(blocks_a) {
        let (mut x, a) = (*block, *a);
        for i in 0..N {
            x[i] = op(x[i], a[i]);
        }
        *block = x;
    }
    (rest, rest_a)
}

#[inline(always)]
fn two_by<'r, 'a, const N: usize>(
    row: &'r mut [f32],
    a: &'a [f32],
    b: &'a [f32],
    op: impl Fn(f32, f32, f32) -> f32,
) -> (&'r mut [f32], &'a [f32], &'a [f32]) {
    let (blocks, rest) = row.as_chunks_mut::<N>();
    let (blocks_a, rest_a) = a.as_chunks::<N>();
    let (blocks_b, rest_b) = b.as_chunks::<N>();
    for ((block, a), b) in blocks.iter_mut().zip(blocks_a).zip(blocks_b) {
        let (mut x, a, b) = (*block, *a, *b);
        for i in 0..N {
            x[i] = op(x[i], a[i], b[i]);
        }
        *block = x;
    }
    (rest, rest_a, rest_b)
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
    input: Map<'a>,
    after: &'a [After<'a>],
    first_place: usize,
    rows: &'a mut [f32],
    stride: usize,
    first: usize,
}

impl WithSimd for Copied<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { input, after, first_place, rows, stride, first } = self;
        let channels = input.dims.channels;
        for (index, row) in rows.chunks_exact_mut(stride).enumerate() {
            let place = first_place + index;
            let begin = input.begin(place);
            let row = &mut row[first..first + channels];
            with_one(row, &input.values[begin..begin + channels], |_, y| y);
            apply_to(after, place, channels, 0..channels, row);
        }
    }
}
