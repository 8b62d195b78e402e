//! Resizing with Pillow's numbers, bit for bit: filters with antialiasing, 22-bit weights, width first into 8 bits, then height.
//!
//! Pillow 13, `src/libImaging/Resample.c`. Only the pixels of a window are computed, which is why the size of the whole
//! result does not matter.

use std::fmt;

use serde::Serialize;

use crate::crop::{Size, Window};
use crate::picture::{CHANNELS, Picture};

/// Bits after the point of a weight: sums of 8-bit values with two bits to spare fit into 32.
const FRACTION_BITS: u32 = 22;

/// How values between pixels are found. Both widen with the scale when a picture shrinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    /// A triangle over two pixels.
    Bilinear,
    /// Cubic convolution over four pixels with a = -1/2 (R. G. Keys, Cubic Convolution Interpolation for Digital Image
    /// Processing, IEEE Transactions on Acoustics, Speech, and Signal Processing 29, 1981).
    Bicubic,
}

impl Filter {
    /// How far it reaches, in pixels of the smaller picture.
    fn support(self) -> f64 {
        match self {
            Self::Bilinear => 1.0,
            Self::Bicubic => 2.0,
        }
    }

    fn weight(self, x: f64) -> f64 {
        const A: f64 = -0.5;
        let x = x.abs();
        match self {
            Self::Bilinear if x < 1.0 => 1.0 - x,
            Self::Bicubic if x < 1.0 => ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0,
            Self::Bicubic if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * A,
            _ => 0.0,
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bilinear => "bilinear",
            Self::Bicubic => "bicubic",
        })
    }
}

/// One pixel of a row or column: the first pixel that it is made from, and the weights of that and the following ones.
struct Taps {
    first: usize,
    weights: Vec<i32>,
}

/// The taps of `count` pixels from number `start` on, of `to` pixels made from `from`.
fn taps(filter: Filter, from: u32, to: u32, start: u32, count: u32) -> Vec<Taps> {
    if from == to {
        let one = |pixel: u32| Taps { first: pixel as usize, weights: vec![1 << FRACTION_BITS] };
        return (start..start + count).map(one).collect();
    }
    let scale = f64::from(from) / f64::from(to);
    let widening = scale.max(1.0);
    let (support, narrowing) = (filter.support() * widening, 1.0 / widening);
    let of = |pixel: u32| {
        let centre = (f64::from(pixel) + 0.5) * scale;
        // Casts to integers truncate; a negative start becomes 0.
        let first = (centre - support + 0.5) as u32;
        let end = ((centre + support + 0.5) as u32).min(from);
        let weights: Vec<f64> =
            (first..end).map(|tap| filter.weight((f64::from(tap) - centre + 0.5) * narrowing)).collect();
        let sum: f64 = weights.iter().sum();
        let fixed = |weight: &f64| {
            let fixed = weight / sum * f64::from(1 << FRACTION_BITS);
            (fixed + if fixed < 0.0 { -0.5 } else { 0.5 }) as i32
        };
        Taps { first: first as usize, weights: weights.iter().map(fixed).collect() }
    };
    (start..start + count).map(of).collect()
}

/// A weighted sum in 8 bits.
fn rounded(sum: i32) -> u8 {
    (sum >> FRACTION_BITS).clamp(0, 255) as u8
}

/// One half in the units of the weights.
const HALF: i32 = 1 << (FRACTION_BITS - 1);

/// The part `window` of `picture` resized to `to`, by `filter`. None if the window is empty, or leaves that size.
pub fn resample(picture: &Picture, to: Size, filter: Filter, window: Window) -> Option<Picture> {
    let Window { x, y, size } = window;
    let fits = x.checked_add(size.width)? <= to.width && y.checked_add(size.height)? <= to.height;
    if !fits || size.width == 0 || size.height == 0 {
        return None;
    }
    let columns = taps(filter, picture.width(), to.width, x, size.width);
    let rows = taps(filter, picture.height(), to.height, y, size.height);
    // The rows of the picture that the window is made from.
    let first = rows.first()?.first;
    let end = rows.iter().map(|row| row.first + row.weights.len()).max()?;
    let length = size.width as usize * CHANNELS;
    let mut narrow = vec![0; (end - first) * length];
    for (row, out) in (first..end).zip(narrow.chunks_exact_mut(length)) {
        across(picture.row(row), &columns, out);
    }
    let mut bytes = vec![0; rows.len() * length];
    let mut sums = vec![0; length];
    for (taps, out) in rows.iter().zip(bytes.chunks_exact_mut(length)) {
        sums.fill(HALF);
        let inputs = narrow[(taps.first - first) * length..].chunks_exact(length);
        for (weight, input) in taps.weights.iter().zip(inputs) {
            for (sum, value) in sums.iter_mut().zip(input) {
                *sum += weight * i32::from(*value);
            }
        }
        for (out, sum) in out.iter_mut().zip(&sums) {
            *out = rounded(*sum);
        }
    }
    Picture::new(size.width, size.height, bytes)
}

/// One row.
fn across(row: &[u8], columns: &[Taps], out: &mut [u8]) {
    let (pixels, _) = row.as_chunks::<CHANNELS>();
    for (taps, out) in columns.iter().zip(out.chunks_exact_mut(CHANNELS)) {
        let mut sums = [HALF; CHANNELS];
        for (weight, pixel) in taps.weights.iter().zip(&pixels[taps.first..]) {
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += weight * i32::from(*value);
            }
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = rounded(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red is `(37 x + 91 y) mod 256`.
    fn pattern(width: u32, height: u32) -> Picture {
        let bytes = (0..height).flat_map(|y| (0..width).flat_map(move |x| [((37 * x + 91 * y) % 256) as u8, 0, 0]));
        Picture::new(width, height, bytes.collect()).expect("a picture")
    }

    fn red(picture: &Picture) -> Vec<u8> {
        picture.bytes().iter().step_by(CHANNELS).copied().collect()
    }

    fn whole(size: Size) -> Window {
        Window { x: 0, y: 0, size }
    }

    #[test]
    fn a_small_picture_has_the_numbers_of_pillow() {
        let size = Size { width: 5, height: 4 };
        // `Image.resize((5, 4), filter)` of Pillow 13.0.0.
        for (filter, expected) in [
            (
                Filter::Bilinear,
                [49, 105, 160, 144, 88, 148, 99, 117, 109, 133, 81, 116, 125, 140, 112, 180, 118, 87, 97, 153],
            ),
            (
                Filter::Bicubic,
                [40, 105, 170, 148, 81, 162, 94, 115, 105, 137, 68, 119, 125, 148, 108, 189, 121, 79, 89, 158],
            ),
        ] {
            let resized = resample(&pattern(8, 6), size, filter, whole(size)).expect("a window");
            assert_eq!(red(&resized), expected, "{filter}");
        }
    }

    #[test]
    fn a_window_has_the_pixels_of_the_whole() {
        let (size, picture) = (Size { width: 31, height: 23 }, pattern(80, 57));
        for filter in [Filter::Bilinear, Filter::Bicubic] {
            let all = red(&resample(&picture, size, filter, whole(size)).expect("a window"));
            let window = Window { x: 7, y: 5, size: Size { width: 9, height: 11 } };
            let part = red(&resample(&picture, size, filter, window).expect("a window"));
            let expected = (5..16).flat_map(|y| (7..16).map(move |x| (y, x))).map(|(y, x)| all[y * 31 + x]);
            assert!(part.into_iter().eq(expected), "{filter}");
        }
    }

    #[test]
    fn the_same_size_changes_nothing() {
        let (size, picture) = (Size { width: 8, height: 6 }, pattern(8, 6));
        let same = resample(&picture, size, Filter::Bicubic, whole(size)).expect("a window");
        assert!(same == picture);
    }

    #[test]
    fn a_window_outside_of_the_result_is_none() {
        let (size, picture) = (Size { width: 5, height: 4 }, pattern(8, 6));
        for (x, y, width, height) in [(1, 0, 5, 4), (0, 1, 5, 4), (u32::MAX, 0, 5, 4), (0, 0, 0, 4)] {
            let window = Window { x, y, size: Size { width, height } };
            assert_eq!(resample(&picture, size, Filter::Bilinear, window), None);
        }
    }
}
