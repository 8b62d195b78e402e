//! What a convolution is: its sizes, those of its output, and how its sums read the input.

use crate::packing::Widths;
use crate::sharing::{Shares, Work};
use crate::{Dims, Processor};

/// Input channels up to which the taps of a kernel's row are read as one run of numbers: with more, what it takes to begin a run counts for
/// little.
const FEW_CHANNELS: usize = 64;

/// What a convolution is. Pairs are `[height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Size of the kernel.
    pub kernel: [usize; 2],
    /// Step of the kernel.
    pub stride: [usize; 2],
    /// Zeros on each of the two sides of an axis.
    pub padding: [usize; 2],
    /// Distance between the kernel's taps.
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other.
    pub groups: usize,
}

impl Geometry {
    /// Of a fully connected layer: a convolution of maps of one place.
    pub fn linear(inputs: usize, outputs: usize) -> Self {
        let one = [1, 1];
        Self { inputs, outputs, kernel: one, stride: one, padding: [0, 0], dilation: one, groups: 1 }
    }

    /// The sizes of the output, whose channels are all outputs.
    ///
    /// # Panics
    /// The kernel is larger than the padded input, or has no place or no step.
    pub fn output(&self, input: Dims) -> Dims {
        let along = |axis: usize, size: usize| {
            assert!(self.kernel[axis] > 0 && self.stride[axis] > 0, "{self:?}");
            let kernel = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            let padded = size + 2 * self.padding[axis];
            assert!(kernel <= padded, "a kernel of {kernel} in {padded} places");
            (padded - kernel) / self.stride[axis] + 1
        };
        let (height, width) = (along(0, input.height), along(1, input.width));
        Dims { images: input.images, height, width, channels: self.outputs }
    }

    /// How so many threads of a processor share the work on such an input: multiply-accumulates of each task, those by the zeros that fill
    /// up its vectors included.
    ///
    /// # Panics
    /// As [`Self::output`]; there are no groups.
    pub fn tasks(&self, processor: Processor, input: Dims, threads: usize) -> Vec<usize> {
        let work = self.work(Widths::of(processor), input);
        let Shares { parts, groups } = Shares::of(work, threads);
        parts.iter().flat_map(|part| groups.iter().map(|group| part.len() * group.len() * work.macs)).collect()
    }

    /// What is shared among threads.
    pub(crate) fn work(&self, widths: Widths, input: Dims) -> Work {
        let [taps, channels] = self.taps();
        let blocks = self.groups * widths.blocks(self.outputs / self.groups);
        Work { places: self.output(input).places(), blocks, inputs: self.inputs, macs: taps * channels * widths.block }
    }

    /// Whether the taps of a kernel's row are read as one run of numbers.
    pub(crate) fn reads_rows(&self) -> bool {
        self.inputs <= FEW_CHANNELS && self.groups == 1 && self.dilation[1] == 1 && self.kernel[1] > 1
    }

    /// Taps, and the numbers that each reads in one run: those of one place of its group, or of a whole row of the kernel, which is one tap
    /// then.
    pub(crate) fn taps(&self) -> [usize; 2] {
        let [height, width] = self.kernel;
        match self.reads_rows() {
            true => [height, width * self.inputs],
            false => [height * width, self.inputs / self.groups],
        }
    }
}
