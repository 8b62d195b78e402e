//! Conversion between the layout of images and of flattened maps, channels first, and that of the kernels, channels
//! last.

use crate::{Dims, Map, parts};

/// Channels that are moved into planes together: one cache line.
const BLOCK: usize = 16;

/// Transposes maps `[images, channels, height, width]` to `[images, height, width, channels]`.
///
/// # Panics
/// The length of `planes` or `out` is not that of `dims`, or exceeds [`Dims::MAX`].
pub fn from_planes(planes: &[f32], dims: Dims, out: &mut [f32]) {
    dims.check();
    let Dims { height, width, channels, .. } = dims;
    assert_eq!(planes.len(), dims.elements(), "values of planes {dims:?}");
    assert_eq!(out.len(), dims.elements(), "values of maps {dims:?}");
    let length = width * channels;
    parts::share(out, length, length, |first, rows| {
        for (row, out) in rows.chunks_exact_mut(length).enumerate() {
            let (image, row) = ((first + row) / height, (first + row) % height);
            for channel in 0..channels {
                let begin = ((image * channels + channel) * height + row) * width;
                for (pixel, value) in out.chunks_exact_mut(channels).zip(&planes[begin..begin + width]) {
                    pixel[channel] = *value;
                }
            }
        }
    });
}

/// Transposes maps `[images, height, width, channels]` to `[images, channels, height, width]`, the layout of flattened
/// maps.
///
/// # Panics
/// The length of `input` or `out` is not that of `input.dims`, or exceeds [`Dims::MAX`].
pub fn to_planes(input: Map<'_>, out: &mut [f32]) {
    input.check();
    let Dims { height, width, channels, .. } = input.dims;
    assert_eq!(out.len(), input.dims.elements(), "values of planes {:?}", input.dims);
    let pixels = height * width;
    parts::share(out, pixels * channels, pixels * channels, |first, images| {
        for (image, out) in images.chunks_exact_mut(pixels * channels).enumerate() {
            for (block, planes) in out.chunks_mut(BLOCK * pixels).enumerate() {
                let channel = block * BLOCK;
                for pixel in 0..pixels {
                    let begin = ((first + image) * pixels + pixel) * channels + channel;
                    let values = &input.values[begin..begin + planes.len() / pixels];
                    for (plane, value) in planes.chunks_exact_mut(pixels).zip(values) {
                        plane[pixel] = *value;
                    }
                }
            }
        }
    });
}
