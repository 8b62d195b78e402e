//! Convolutions by plain loops.

use crate::elementwise::{After, apply};
use crate::map::{Dims, Frame, Map, Rows};
use crate::processor::Processor;

/// The sizes of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Height and width.
    pub kernel: [usize; 2],
    /// Step of the kernel.
    pub stride: [usize; 2],
    /// Zeros on each side of an axis.
    pub padding: [usize; 2],
    /// Distance of taps.
    pub dilation: [usize; 2],
    /// Groups of channels.
    pub groups: usize,
}

/// A convolution with its weights.
#[derive(Debug)]
pub struct Convolution {
    geometry: Geometry,
    /// `[tap, input of a group, output]`
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Convolution {
    /// From weights `[outputs, inputs / groups, height, width]`.
    pub fn pack(_: Processor, geometry: Geometry, weights: &[f32], bias: Option<&[f32]>) -> Self {
        let taps = geometry.kernel[0] * geometry.kernel[1];
        let inputs = geometry.inputs / geometry.groups;
        let mut packed = vec![0.0; weights.len()];
        for output in 0..geometry.outputs {
            for input in 0..inputs {
                for tap in 0..taps {
                    packed[(tap * inputs + input) * geometry.outputs + output] =
                        weights[(output * inputs + input) * taps + tap];
                }
            }
        }
        let bias = bias.map_or_else(|| vec![0.0; geometry.outputs], <[f32]>::to_vec);
        Self { geometry, weights: packed, bias }
    }

    /// The frame that its input must lie in.
    pub fn frame(&self) -> Frame {
        if self.geometry.inputs > 4 || self.geometry.kernel == [1, 1] {
            return Frame::default();
        }
        let [vertical, horizontal] = self.geometry.padding;
        Frame { vertical: [vertical; 2], horizontal: [horizontal, horizontal + 1] }
    }

    /// The sizes of the output.
    pub fn output(&self, input: Dims) -> Dims {
        let g = &self.geometry;
        let size = |axis: usize, size: usize| {
            (size + 2 * g.padding[axis] - g.dilation[axis] * (g.kernel[axis] - 1) - 1) / g.stride[axis] + 1
        };
        Dims { height: size(0, input.height), width: size(1, input.width), channels: g.outputs, ..input }
    }

    /// The convolution, then `after`.
    pub fn run(&self, input: Map<'_>, output: Rows<'_>, after: &[After<'_>]) {
        let (g, dims, out) = (&self.geometry, input.dims, self.output(input.dims));
        assert_eq!(input.frame, self.frame());
        assert_eq!((dims.channels, output.channels, output.places()), (g.inputs, g.outputs, out.places()));
        let around = input.frame.around(dims);
        let (inputs, outputs) = (g.inputs / g.groups, g.outputs / g.groups);
        let mut sums = vec![0.0; g.outputs];
        for place in 0..out.places() {
            let (image, y, x) = (place / (out.width * out.height), place / out.width % out.height, place % out.width);
            sums.fill(0.0);
            for tap in 0..g.kernel[0] * g.kernel[1] {
                let [ky, kx] = [tap / g.kernel[1], tap % g.kernel[1]];
                let row = (y * g.stride[0] + ky * g.dilation[0]).wrapping_sub(g.padding[0]);
                let column = (x * g.stride[1] + kx * g.dilation[1]).wrapping_sub(g.padding[1]);
                if row >= dims.height || column >= dims.width {
                    continue;
                }
                let begin = ((image * around.height + row + input.frame.vertical[0]) * around.width
                    + column
                    + input.frame.horizontal[0])
                    * g.inputs;
                for group in 0..g.groups {
                    let sums = &mut sums[group * outputs..][..outputs];
                    for channel in 0..inputs {
                        let value = input.values[begin + group * inputs + channel];
                        let weights =
                            &self.weights[(tap * inputs + channel) * g.outputs + group * outputs..][..outputs];
                        for (sum, weight) in sums.iter_mut().zip(weights) {
                            *sum += value * weight;
                        }
                    }
                }
            }
            let row = &mut output.values[place * output.stride + output.first..][..g.outputs];
            for ((row, sum), bias) in row.iter_mut().zip(&sums).zip(&self.bias) {
                *row = sum + bias;
            }
        }
        apply(after, 0, output.values, output.stride, output.first, output.channels);
    }
}
