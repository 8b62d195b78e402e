//! Between the order of images and of vectors, channel by channel, and that of the kernels, place by place.

use crate::{Dims, Frame, Map, parts};

/// Channels that are brought into planes together: a line of the cache.
const BLOCK: usize = 16;

/// Brings maps `[images, channels, height, width]` into `[images, height, width, channels]`, each within a frame whose zeros
/// are written too.
///
/// # Panics
/// `planes` has not as many numbers as `dims`, or `out` as the maps with their frame.
pub fn from_planes(planes: &[f32], dims: Dims, frame: Frame, out: &mut [f32]) {
    let framed = frame.around(dims);
    framed.check();
    let Dims { height, width, channels, .. } = dims;
    assert_eq!(planes.len(), dims.elements(), "values of maps {dims:?}");
    assert_eq!(out.len(), framed.elements(), "values of maps {dims:?} within {frame:?}");
    let length = framed.width * channels;
    let ([above, _], [left, _]) = (frame.vertical, frame.horizontal);
    parts::share(out, length, length, |first, rows| {
        for (row, out) in rows.chunks_exact_mut(length).enumerate() {
            let (image, row) = ((first + row) / framed.height, (first + row) % framed.height);
            if row < above || row >= above + height {
                out.fill(0.0);
                continue;
            }
            let (before, out) = out.split_at_mut(left * channels);
            let (out, behind) = out.split_at_mut(width * channels);
            before.fill(0.0);
            behind.fill(0.0);
            for channel in 0..channels {
                let begin = ((image * channels + channel) * height + row - above) * width;
                for (place, value) in out.chunks_exact_mut(channels).zip(&planes[begin..begin + width]) {
                    place[channel] = *value;
                }
            }
        }
    });
}

/// Brings maps into the order `[images, channels, height, width]`, which is what flattening them means.
///
/// # Panics
/// `out` has not as many numbers as the maps without their frame.
pub fn to_planes(input: Map<'_>, out: &mut [f32]) {
    input.dims.check();
    let Dims { height, width, channels, .. } = input.dims;
    assert_eq!(out.len(), input.dims.elements(), "values of maps {:?}", input.dims);
    let places = height * width;
    parts::share(out, places * channels, places * channels, |first, images| {
        for (image, out) in images.chunks_exact_mut(places * channels).enumerate() {
            for (block, planes) in out.chunks_mut(BLOCK * places).enumerate() {
                let channel = block * BLOCK;
                for place in 0..places {
                    let begin = input.begin((first + image) * places + place) + channel;
                    let values = &input.values[begin..begin + planes.len() / places];
                    for (plane, value) in planes.chunks_exact_mut(places).zip(values) {
                        plane[place] = *value;
                    }
                }
            }
        }
    });
}
