//! Elementwise steps: batch normalisation, activations, sums of maps, and copies into concatenated maps. Products and
//! sums are rounded separately, so that a layer gives the same bits on its own and fused with another.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::activation::{Function, gelu, hard_sigmoid, hard_swish, relu6, sigmoid, silu};
use crate::blocks::{in_blocks, with_none, with_one, with_two};
use crate::{Map, Processor, Rows, parts};

/// Values that stay in the first-level cache next to those of another map.
const STRIP: usize = 2 << 10;

/// An elementwise step.
#[derive(Clone, Copy, Debug)]
pub enum After<'a> {
    /// `x * scale + shift`, rounded twice: batch normalisation. Both are `[channels]`.
    Affine {
        /// The factors.
        scale: &'a [f32],
        /// The summands.
        shift: &'a [f32],
    },
    /// Zero for negative values. NaN stays NaN.
    Relu,
    /// `x * slope` where `x` is not positive.
    PRelu {
        /// The factors, `[channels]`.
        slope: &'a [f32],
    },
    /// A function of each value.
    Function(Function),
    /// Adds another map `[pixels, channels]` of the same sizes.
    Add(&'a [f32]),
    /// Multiplies each channel of an image by one number.
    Multiply {
        /// The numbers, `[images, channels]`.
        factors: &'a [f32],
        /// Pixels of an image.
        pixels: usize,
    },
}

/// Applies all steps of `after` in order, in place, to each row of `[pixels, channels]`.
///
/// # Panics
/// A pixel does not have all of the channels, or a slice of `after` does not match the channels or the pixels.
pub fn run(processor: Processor, after: &[After<'_>], rows: Rows<'_>) {
    rows.check_channels();
    check(after, rows.pixels(), rows.channels);
    if after.is_empty() || rows.channels == 0 {
        return;
    }
    let cost = rows.channels * after.len();
    parts::share_rows(rows, cost, |first_pixel, rows| {
        processor.arch().dispatch(Steps { input: None, after, first_pixel, rows });
    });
}

/// Copies maps `[images, height, width, channels]`, possibly into some channels of concatenated maps, and applies all
/// steps of `after` to each row of the copy.
///
/// # Panics
/// `output` does not have the pixels and channels of `input`; the values of `input` do not match its sizes, or there
/// are more than [`Dims::MAX`](crate::Dims::MAX); a slice of `after` does not match the channels or the pixels.
pub fn copy(processor: Processor, input: Map<'_>, output: Rows<'_>, after: &[After<'_>]) {
    input.check();
    output.check(input.dims);
    let channels = output.channels;
    check(after, input.dims.pixels(), channels);
    if channels == 0 {
        return;
    }
    parts::share_rows(output, channels * (1 + after.len()), |first_pixel, rows| {
        processor.arch().dispatch(Steps { input: Some(input.values), after, first_pixel, rows });
    });
}

/// Writes zeros into the channels.
///
/// # Panics
/// A pixel does not have all of the channels.
pub fn zero(output: Rows<'_>) {
    output.check_channels();
    let channels = output.channels;
    parts::share_rows(output, channels, |_, mut rows| rows.written().for_each(|row| row.fill(0.0)));
}

/// Checks that no slice is shorter than the loops over it.
pub(crate) fn check(after: &[After<'_>], pixels: usize, channels: usize) {
    for after in after {
        match after {
            After::Affine { scale, shift } => {
                assert_eq!([scale.len(), shift.len()], [channels; 2], "values of a normalisation");
            }
            After::Relu | After::Function(_) => {}
            After::PRelu { slope } => assert_eq!(slope.len(), channels, "slopes"),
            After::Add(other) => assert_eq!(other.len(), pixels * channels, "values of an added map"),
            After::Multiply { factors, pixels: of_image } => {
                assert_eq!(factors.len() * of_image, pixels * channels, "factors of the channels of each image");
            }
        }
    }
}

/// Some rows of a batch, from the pixel `first_pixel` on: copied from `input`, if there is one, then changed by all
/// steps.
pub(crate) struct Steps<'a> {
    pub(crate) input: Option<&'a [f32]>,
    pub(crate) after: &'a [After<'a>],
    pub(crate) first_pixel: usize,
    pub(crate) rows: Rows<'a>,
}

impl WithSimd for Steps<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.run();
    }
}

impl Steps<'_> {
    /// For code that runs within `Arch::dispatch`.
    #[inline(always)]
    pub(crate) fn run(self) {
        let Self { input, after, first_pixel, rows: Rows { values, stride, first, channels } } = self;
        // As many rows as stay in the first-level cache from one step to the next.
        let strip = (STRIP / stride).max(1);
        for (index, values) in values.chunks_mut(strip * stride).enumerate() {
            let begin = (first_pixel + index * strip) * channels;
            let mut rows = Rows { values, stride, first, channels };
            if let Some(input) = input {
                with_map(&mut rows, &input[begin..], |_, value| value);
            }
            for after in after {
                match *after {
                    After::Function(function) if function != Function::Relu6 => {
                        // All channels are treated alike, so whole rows are one.
                        let length = if channels == stride { rows.values.len() } else { channels };
                        for row in rows.values.chunks_mut(length.max(stride)) {
                            apply(function, &mut row[first..first + length]);
                        }
                    }
                    after => step(after, begin, &mut rows),
                }
            }
        }
    }
}

/// Applies one step to some rows, whose values in an added map start at `begin`.
///
/// Not inlined, so that it uses the vectors of every processor of the architecture. With those of `Arch::dispatch` it
/// would wait for memory as well, and the compiler would write rectified values by masked stores, which take AMD's
/// processors several times as long.
#[inline(never)]
fn step(after: After<'_>, begin: usize, rows: &mut Rows<'_>) {
    let channels = rows.channels;
    match after {
        // All channels are treated alike, so whole rows are one.
        After::Relu if channels == rows.stride => with_none(rows.values, relu),
        After::Relu => rows.written().for_each(|row| with_none(row, relu)),
        After::Function(function) if channels == rows.stride => apply(function, rows.values),
        After::Function(function) => rows.written().for_each(|row| apply(function, row)),
        After::Add(other) => with_map(rows, &other[begin..], add),
        After::Multiply { factors, pixels } => {
            for (pixel, row) in (begin / channels..).zip(rows.written()) {
                with_one(row, &factors[pixel / pixels * channels..][..channels], multiply);
            }
        }
        After::Affine { scale, shift } => {
            for row in rows.written() {
                with_two(row, &scale[..channels], &shift[..channels], affine);
            }
        }
        After::PRelu { slope } => {
            for row in rows.written() {
                with_one(row, &slope[..channels], prelu);
            }
        }
    }
}

/// Combines each written value with the value of another map `[pixels, channels]` that has at least these pixels.
#[inline(always)]
fn with_map(rows: &mut Rows<'_>, other: &[f32], op: impl Fn(f32, f32) -> f32 + Copy) {
    let channels = rows.channels;
    let other = &other[..rows.pixels() * channels];
    if channels == rows.stride {
        return with_one(rows.values, other, op);
    }
    for (row, other) in rows.written().zip(other.chunks_exact(channels)) {
        with_one(row, other, op);
    }
}

/// Applies all steps of `after` to the channels `range` of one pixel; `row` has only these.
#[inline(always)]
pub(crate) fn apply_to(after: &[After<'_>], pixel: usize, channels: usize, range: Range<usize>, row: &mut [f32]) {
    let begin = pixel * channels + range.start;
    for after in after {
        match *after {
            After::Affine { scale, shift } => with_two(row, &scale[range.clone()], &shift[range.clone()], affine),
            After::Relu => with_none(row, relu),
            After::Function(function) => apply(function, row),
            After::PRelu { slope } => with_one(row, &slope[range.clone()], prelu),
            After::Add(other) => with_one(row, &other[begin..begin + range.len()], add),
            After::Multiply { factors, pixels } => {
                with_one(row, &factors[pixel / pixels * channels..][range.clone()], multiply);
            }
        }
    }
}

/// Applies a function to each value.
#[inline(always)]
fn apply(function: Function, row: &mut [f32]) {
    match function {
        Function::Relu6 => with_none(row, relu6),
        Function::HardSigmoid => in_blocks(row, hard_sigmoid),
        Function::HardSwish => in_blocks(row, hard_swish),
        Function::Sigmoid => in_blocks(row, sigmoid),
        Function::Silu => in_blocks(row, silu),
        Function::Gelu => in_blocks(row, gelu),
    }
}

#[inline(always)]
fn multiply(x: f32, factor: f32) -> f32 {
    x * factor
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
    // Both are computed, so that there is no branch.
    let sloped = x * slope;
    if x > 0.0 { x } else { sloped }
}

#[inline(always)]
fn add(x: f32, other: f32) -> f32 {
    x + other
}
