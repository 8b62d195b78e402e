//! A network value as a list of steps over one buffer that holds all activations. A plan says in which order they are computed and
//! where they are in the buffer. Independent of weights, tensors and kernels.
//!
//! Maps are stored channels last. Sizes and offsets are those of one image. For a batch of `n` all are multiplied by `n`, so one plan
//! serves every batch, and a step can be run for some images after others. The next step has to wait for all of them: its output for
//! one image may overwrite the input of the step before for another image.
//!
//! A range of the buffer is an [`Area`]. It is live from the first step that writes it to the last one that reads it, and areas
//! that are live at the same time never overlap. What may be overwritten follows from the network's definition: a value between
//! two layers of a branch has one reader, and the input of a sum, product or concatenation has as many readers as there are branches.

mod arena;
mod draft;
mod layers;
#[cfg(test)]
mod replay;
mod segments;
mod whole;

use std::ops::Range;

use networks::{Network, NetworkError, Shape};

use draft::Draft;

pub use segments::Segment;

/// Numbers in a cache line of 64 bytes. Areas begin at cache lines.
pub const LINE: usize = 16;

/// Kernels cannot address the maps of a batch with this many numbers: `kernels::Dims::MAX` plus 1, repeated here because a plan knows
/// no kernels.
pub(super) const TOO_MANY: u64 = 1 << 31;

/// How layers become steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// One layer at a time in the order of the definition, so that each can be timed.
    Layers,
    /// As fast as possible. Elementwise layers are fused into the layer before, sums into the computation of their last part, and the
    /// parts of a concatenation are written directly into it. The results have the same bits.
    Whole,
    /// The same, in micro-batches for layers whose maps would not stay in the cache.
    MicroBatches,
}

/// Height, width and channels of a map; a vector is a map of one pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Numbers per pixel.
    pub channels: usize,
}

/// The range of one image's map in the buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Size of the map.
    pub size: Size,
    /// Numbers before it, a multiple of [`LINE`]. With a `micro_batch` they are counted from the end of the areas of the whole batch.
    pub offset: usize,
    /// How many images at a time it holds, if only one segment uses it; otherwise it holds the whole batch.
    pub micro_batch: Option<usize>,
    /// The layer whose output it is, by index in [`networks::shapes`].
    pub layer: usize,
}

/// Some channels of an area, at each of its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Index in [`Plan::areas`].
    pub area: usize,
    /// The first channel.
    pub first: usize,
    /// Number of channels.
    pub channels: usize,
}

/// What a step computes into its output. Inputs are indices of areas; layers are indices in [`networks::shapes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The image, converted from planes outside the buffer.
    Image,
    /// A layer other than a sum, a product, a concatenation or an elementwise layer.
    Layer {
        /// The layer.
        layer: usize,
        /// Its input.
        input: usize,
    },
    /// A copy of an area.
    Copy(usize),
    /// Zeros.
    Zero,
    /// Nothing: the output already has its values.
    InPlace,
}

/// An elementwise operation on the output of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// An elementwise layer.
    Layer {
        /// The layer.
        layer: usize,
        /// The layer's channel for the first channel of the output.
        first: usize,
    },
    /// Addition of an area of the same size.
    Add(usize),
    /// Multiplication by an area: of the same size, or with one number for each channel.
    Multiply(usize),
}

/// One call of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The computation.
    pub work: Work,
    /// Where the result is written.
    pub output: Slice,
    /// Elementwise operations on the result, in order.
    pub after: Vec<After>,
    /// The layer that this step finishes, with [`Schedule::Layers`].
    pub finished: Option<usize>,
}

/// The steps of a forward pass, and the offsets of its maps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In the order of execution.
    pub steps: Vec<Step>,
    /// The areas that steps read and write.
    pub areas: Vec<Area>,
    /// The area that holds the network's output after the last step.
    pub output: usize,
    /// All steps in order, in segments.
    pub segments: Vec<Segment>,
    /// Numbers of the buffer per image of the batch.
    pub elements: usize,
    /// Further numbers per image of a micro-batch, for each segment.
    of_micro_batches: Vec<usize>,
}

/// The batch is too large for the kernels to address.
#[derive(Debug, thiserror::Error)]
#[error("layer {layer}: its maps of {images} images have 2^31 numbers or more\nhint: give a smaller batch")]
pub struct TooLarge {
    /// The first layer with such maps.
    pub layer: String,
    /// Images of the batch.
    pub images: usize,
}

impl Plan {
    /// Plans `network` at its own input.
    ///
    /// # Errors
    /// The shapes of the network's layers do not match.
    ///
    /// # Panics
    /// The network does not end in a vector.
    pub fn new(network: &Network, schedule: Schedule) -> Result<Self, NetworkError> {
        let shapes = networks::shapes(network)?;
        let last = shapes.last().map_or(network.input, |step| step.output);
        assert!(matches!(last, Shape::Vector(_)), "the network {} ends in maps", network.name);
        let mut draft = Draft::new(&shapes, network.input);
        let output = match schedule {
            Schedule::Layers => draft.layers(&network.layers),
            Schedule::Whole | Schedule::MicroBatches => draft.whole(&network.layers),
        };
        Ok(draft.finish(output, schedule))
    }

    /// Numbers of the buffer for a batch; none on overflow.
    pub fn numbers(&self, batch: usize) -> Option<usize> {
        let of_micro_batches = self.segments.iter().zip(&self.of_micro_batches);
        let of_micro_batches =
            of_micro_batches.map(|(segment, elements)| elements.checked_mul(segment.images.min(batch)));
        let max = of_micro_batches.collect::<Option<Vec<_>>>()?.into_iter().max().unwrap_or(0);
        self.elements.checked_mul(batch)?.checked_add(max)
    }

    /// The range of some images of a batch in an area. In an area with a `micro_batch` they must be of the same one.
    pub fn range(&self, area: usize, batch: usize, images: &Range<usize>) -> Range<usize> {
        let Area { offset, micro_batch, .. } = self.areas[area];
        let elements = self.areas[area].elements();
        let (begin, first) = match micro_batch {
            None => (offset * batch, images.start),
            Some(size) => {
                let size = size.min(batch);
                (self.elements * batch + offset * size, images.start % size)
            }
        };
        begin + first * elements..begin + (first + images.len()) * elements
    }

    /// Whether kernels can address each map of `images` images.
    ///
    /// # Errors
    /// The first layer whose maps are too large.
    pub fn check(&self, network: &Network, images: usize) -> Result<(), TooLarge> {
        let is_too_large = |area: &&Area| {
            let elements = u64::try_from(area.elements()).ok();
            let elements = elements.zip(u64::try_from(images).ok()).and_then(|(area, images)| area.checked_mul(images));
            elements.is_none_or(|elements| elements >= TOO_MANY)
        };
        let Some(area) = self.areas.iter().find(is_too_large) else { return Ok(()) };
        let shapes = networks::shapes(network).unwrap_or_default();
        let layer = shapes.get(area.layer).map_or_else(String::new, |step| step.name.to_owned());
        Err(TooLarge { layer, images })
    }
}

impl Area {
    /// Numbers of one image.
    pub fn elements(&self) -> usize {
        let Size { height, width, channels } = self.size;
        height * width * channels
    }
}

impl From<Shape> for Size {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Map(channels, height, width) => Self { height, width, channels },
            Shape::Vector(channels) => Self { height: 1, width: 1, channels },
        }
    }
}
