//! Between orders of numbers, by plain loops.

use crate::map::{Dims, Frame, Map};

/// From `[n, c, h, w]` to channels last within a frame of zeros.
pub fn from_planes(planes: &[f32], dims: Dims, frame: Frame, out: &mut [f32]) {
    let around = frame.around(dims);
    assert_eq!((planes.len(), out.len()), (dims.elements(), around.elements()));
    out.fill(0.0);
    for image in 0..dims.images {
        for channel in 0..dims.channels {
            for y in 0..dims.height {
                for x in 0..dims.width {
                    let to = (image * around.height + y + frame.vertical[0]) * around.width + x + frame.horizontal[0];
                    out[to * dims.channels + channel] =
                        planes[((image * dims.channels + channel) * dims.height + y) * dims.width + x];
                }
            }
        }
    }
}

/// Maps into a frame of zeros.
pub fn into_frame(input: Map<'_>, frame: Frame, out: &mut [f32]) {
    let (dims, around, from) = (input.dims, frame.around(input.dims), input.frame.around(input.dims));
    assert_eq!(out.len(), around.elements());
    out.fill(0.0);
    let row = dims.width * dims.channels;
    for image in 0..dims.images {
        for y in 0..dims.height {
            let begin = (image * from.height + y + input.frame.vertical[0]) * from.width + input.frame.horizontal[0];
            let to = (image * around.height + y + frame.vertical[0]) * around.width + frame.horizontal[0];
            out[to * dims.channels..][..row].copy_from_slice(&input.values[begin * dims.channels..][..row]);
        }
    }
}

/// From `[n, h, w, c]` to `[n, c, h, w]`.
pub fn to_planes(input: Map<'_>, out: &mut [f32]) {
    let (dims, around, frame) = (input.dims, input.frame.around(input.dims), input.frame);
    assert_eq!(out.len(), dims.elements());
    for image in 0..dims.images {
        for channel in 0..dims.channels {
            for y in 0..dims.height {
                for x in 0..dims.width {
                    let from = (image * around.height + y + frame.vertical[0]) * around.width + x + frame.horizontal[0];
                    out[((image * dims.channels + channel) * dims.height + y) * dims.width + x] =
                        input.values[from * dims.channels + channel];
                }
            }
        }
    }
}
