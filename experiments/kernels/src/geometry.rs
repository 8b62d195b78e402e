//! The parameters of a convolution, the size of its output, and how its sums read the input.

use crate::packing::Widths;
use crate::sharing::{Shares, Work};
use crate::{Dims, Processor};

/// Maximum number of input channels with which all taps of a kernel row are read as one run of values. With more
/// channels, the cost of starting a run is negligible.
const FEW_CHANNELS: usize = 64;

/// The parameters of a convolution. Pairs are `[height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Size of the kernel.
    pub kernel: [usize; 2],
    /// Stride of the kernel.
    pub stride: [usize; 2],
    /// Zeros on each side of an axis.
    pub padding: [usize; 2],
    /// More zeros below and to the right.
    pub extra_padding: [usize; 2],
    /// Distance between the kernel's taps.
    pub dilation: [usize; 2],
    /// Independent groups of channels.
    pub groups: usize,
}

impl Geometry {
    /// A fully connected layer: a 1x1 convolution of maps of one pixel.
    pub fn linear(inputs: usize, outputs: usize) -> Self {
        let (one, none) = ([1, 1], [0, 0]);
        let (kernel, stride, dilation, padding, extra_padding) = (one, one, one, none, none);
        Self { inputs, outputs, kernel, stride, padding, extra_padding, dilation, groups: 1 }
    }

    /// The sizes of the output, with the channels of all groups.
    ///
    /// # Panics
    /// The kernel is larger than the padded input, or its size or stride is zero.
    pub fn output(&self, input: Dims) -> Dims {
        let along = |axis: usize, size: usize| {
            assert!(self.kernel[axis] > 0 && self.stride[axis] > 0, "{self:?}");
            let kernel = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            let padded = size + 2 * self.padding[axis] + self.extra_padding[axis];
            assert!(kernel <= padded, "a kernel of {kernel} does not fit into a padded input of {padded}");
            (padded - kernel) / self.stride[axis] + 1
        };
        let (height, width) = (along(0, input.height), along(1, input.width));
        Dims { images: input.images, height, width, channels: self.outputs }
    }

    /// How `threads` threads share the work on an input of these sizes: the multiply-accumulates of each task,
    /// including those with the zeros that fill its vectors.
    ///
    /// # Panics
    /// As [`Self::output`], or `groups` is zero.
    pub fn tasks(&self, processor: Processor, input: Dims, threads: usize) -> Vec<usize> {
        let work = self.work(Widths::of(processor), input);
        let Shares { parts, groups } = Shares::of(work, threads);
        parts.iter().flat_map(|part| groups.iter().map(|group| part.len() * group.len() * work.macs)).collect()
    }

    /// The work that threads share.
    pub(crate) fn work(&self, widths: Widths, input: Dims) -> Work {
        let [taps, channels] = self.taps();
        let blocks = self.groups * widths.blocks(self.outputs / self.groups);
        Work { pixels: self.output(input).pixels(), blocks, inputs: self.inputs, macs: taps * channels * widths.block }
    }

    /// Whether all taps of a kernel row are read as one run of values.
    pub(crate) fn reads_rows(&self) -> bool {
        self.inputs <= FEW_CHANNELS && self.groups == 1 && self.dilation[1] == 1 && self.kernel[1] > 1
    }

    /// The number of taps, and the values that each reads in one run: those of one pixel in its group, or of a whole
    /// kernel row, which then counts as one tap.
    pub(crate) fn taps(&self) -> [usize; 2] {
        let [height, width] = self.kernel;
        match self.reads_rows() {
            true => [height, width * self.inputs],
            false => [height * width, self.inputs / self.groups],
        }
    }
}
