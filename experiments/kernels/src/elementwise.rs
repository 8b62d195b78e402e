//! What is done to each number by itself, by plain loops.

use crate::map::{Map, Rows};
use crate::processor::Processor;

/// What is done to each number of a row by itself.
#[derive(Clone, Copy, Debug)]
pub enum After<'a> {
    /// `x * scale + shift`.
    Affine {
        /// By channel.
        scale: &'a [f32],
        /// By channel.
        shift: &'a [f32],
    },
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, else `slope * x`.
    PRelu {
        /// By channel.
        slope: &'a [f32],
    },
    /// Another map.
    Add(&'a [f32]),
}

pub(crate) fn apply(
    after: &[After<'_>],
    first_place: usize,
    rows: &mut [f32],
    stride: usize,
    first: usize,
    channels: usize,
) {
    for (place, row) in rows.chunks_mut(stride).enumerate() {
        let row = &mut row[first..][..channels];
        for after in after {
            match after {
                After::Affine { scale, shift } => {
                    assert_eq!((scale.len(), shift.len()), (channels, channels));
                    row.iter_mut().zip(scale.iter().zip(*shift)).for_each(|(x, (a, b))| *x = *x * a + b);
                }
                After::Relu => row.iter_mut().for_each(|x| *x = if *x < 0.0 { 0.0 } else { *x }),
                After::PRelu { slope } => {
                    assert_eq!(slope.len(), channels);
                    row.iter_mut().zip(*slope).for_each(|(x, a)| *x = if *x < 0.0 { *x * a } else { *x });
                }
                After::Add(other) => {
                    let other = &other[(first_place + place) * channels..][..channels];
                    row.iter_mut().zip(other).for_each(|(x, y)| *x += y);
                }
            }
        }
    }
}

/// In place.
pub fn run(_: Processor, after: &[After<'_>], rows: Rows<'_>) {
    apply(after, 0, rows.values, rows.stride, rows.first, rows.channels);
}

/// A copy, then `after`.
pub fn copy(_: Processor, input: Map<'_>, output: Rows<'_>, after: &[After<'_>]) {
    let (dims, around) = (input.dims, input.frame.around(input.dims));
    for place in 0..dims.places() {
        let (image, y, x) = (place / dims.width / dims.height, place / dims.width % dims.height, place % dims.width);
        let begin =
            ((image * around.height + y + input.frame.vertical[0]) * around.width + x + input.frame.horizontal[0])
                * dims.channels;
        output.values[place * output.stride + output.first..][..output.channels]
            .copy_from_slice(&input.values[begin..][..dims.channels]);
    }
    apply(after, 0, output.values, output.stride, output.first, output.channels);
}

/// Zeros.
pub fn zero(output: Rows<'_>) {
    for row in output.values.chunks_mut(output.stride) {
        row[output.first..][..output.channels].fill(0.0);
    }
}
