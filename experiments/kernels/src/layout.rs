//! Between the order of images and of vectors, channel by channel, and that of the kernels, place by place.

use crate::{Dims, Map, parts};

/// Channels that are brought into planes together: a line of the cache.
const BLOCK: usize = 16;

/// Brings maps `[images, channels, height, width]` into `[images, height, width, channels]`. Only moves numbers.
///
/// # Panics
/// `planes` or `out` has not as many numbers as `dims` says, or there are more than [`Dims::MAX`].
pub fn from_planes(planes: &[f32], dims: Dims, out: &mut [f32]) {
    dims.check();
    let Dims { height, width, channels, .. } = dims;
    assert_eq!(planes.len(), dims.elements(), "numbers of planes {dims:?}");
    assert_eq!(out.len(), dims.elements(), "numbers of maps {dims:?}");
    let length = width * channels;
    parts::share(out, length, length, |first, rows| {
        for (row, out) in rows.chunks_exact_mut(length).enumerate() {
            let (image, row) = ((first + row) / height, (first + row) % height);
            for channel in 0..channels {
                let begin = ((image * channels + channel) * height + row) * width;
                for (place, value) in out.chunks_exact_mut(channels).zip(&planes[begin..begin + width]) {
                    place[channel] = *value;
                }
            }
        }
    });
}

/// Brings maps `[images, height, width, channels]` into `[images, channels, height, width]`, which is what flattening them means. Only
/// moves numbers.
///
/// # Panics
/// `input` or `out` has not as many numbers as `input.dims` says, or there are more than [`Dims::MAX`].
pub fn to_planes(input: Map<'_>, out: &mut [f32]) {
    input.check();
    let Dims { height, width, channels, .. } = input.dims;
    assert_eq!(out.len(), input.dims.elements(), "numbers of planes {:?}", input.dims);
    let places = height * width;
    parts::share(out, places * channels, places * channels, |first, images| {
        for (image, out) in images.chunks_exact_mut(places * channels).enumerate() {
            for (block, planes) in out.chunks_mut(BLOCK * places).enumerate() {
                let channel = block * BLOCK;
                for place in 0..places {
                    let begin = ((first + image) * places + place) * channels + channel;
                    let values = &input.values[begin..begin + planes.len() / places];
                    for (plane, value) in planes.chunks_exact_mut(places).zip(values) {
                        plane[place] = *value;
                    }
                }
            }
        }
    });
}
