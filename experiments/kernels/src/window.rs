//! Pools by plain loops.

use crate::map::{Dims, Map, Rows};
use crate::processor::Processor;

/// A window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Height and width.
    pub kernel: [usize; 2],
    /// Step.
    pub stride: [usize; 2],
    /// On each side of an axis.
    pub padding: [usize; 2],
    /// Whether sizes round up.
    pub ceil: bool,
    /// Whether a mean counts padding.
    pub count_padding: bool,
}

impl Window {
    /// The sizes of the output.
    pub fn output(&self, input: Dims) -> Dims {
        let size = |axis: usize, size: usize| {
            let free = size + 2 * self.padding[axis] - self.kernel[axis];
            let down = free / self.stride[axis] + 1;
            let rest = !free.is_multiple_of(self.stride[axis]);
            if self.ceil && rest && down * self.stride[axis] < size + self.padding[axis] { down + 1 } else { down }
        };
        Dims { height: size(0, input.height), width: size(1, input.width), ..input }
    }
}

/// The largest.
pub fn largest(_: Processor, window: &Window, input: Map<'_>, output: Rows<'_>) {
    windows(window, input, output, f32::NEG_INFINITY, |a, b| if b > a || b.is_nan() { b } else { a }, false);
}

/// The mean.
pub fn mean(_: Processor, window: &Window, input: Map<'_>, output: Rows<'_>) {
    windows(window, input, output, 0.0, |a, b| a + b, true);
}

/// The mean of all places.
pub fn global_mean(processor: Processor, input: Map<'_>, output: Rows<'_>) {
    let kernel = [input.dims.height, input.dims.width];
    let window = Window { kernel, stride: [1, 1], padding: [0, 0], ceil: false, count_padding: false };
    mean(processor, &window, input, output);
}

fn windows(window: &Window, input: Map<'_>, output: Rows<'_>, start: f32, join: fn(f32, f32) -> f32, is_mean: bool) {
    let (dims, out, around) = (input.dims, window.output(input.dims), input.frame.around(input.dims));
    assert_eq!((output.channels, output.places()), (dims.channels, out.places()));
    for place in 0..out.places() {
        let (image, y, x) = (place / out.width / out.height, place / out.width % out.height, place % out.width);
        let row = &mut output.values[place * output.stride + output.first..][..output.channels];
        row.fill(start);
        let (mut inside, mut padded) = (0, 0);
        for ky in 0..window.kernel[0] {
            for kx in 0..window.kernel[1] {
                let [py, px] = [y * window.stride[0] + ky, x * window.stride[1] + kx];
                if py < dims.height + 2 * window.padding[0] && px < dims.width + 2 * window.padding[1] {
                    padded += 1;
                }
                let [iy, ix] = [py.wrapping_sub(window.padding[0]), px.wrapping_sub(window.padding[1])];
                if iy >= dims.height || ix >= dims.width {
                    continue;
                }
                inside += 1;
                let from = (image * around.height + iy + input.frame.vertical[0]) * around.width
                    + ix
                    + input.frame.horizontal[0];
                let values = &input.values[from * dims.channels..][..dims.channels];
                row.iter_mut().zip(values).for_each(|(a, b)| *a = join(*a, *b));
            }
        }
        if is_mean {
            let number = if window.count_padding { padded } else { inside } as f32;
            row.iter_mut().for_each(|a| *a /= number);
        }
    }
}
