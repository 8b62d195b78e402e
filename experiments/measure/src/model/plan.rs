//! A network value as a list of steps over one buffer that holds every activation. Knows no weights, no tensor and no kernel: it
//! only says what is computed after what, and where in the buffer it lies.
//!
//! Maps lie channels last. All sizes and places are those of one image: a batch of `n` has `n` times as much of everything, at
//! `n` times the place, so that one plan serves every batch and a step can be run for some images after others. The next step has to wait
//! for all of them: what it writes for one image may lie where another image's input of the step before still is.
//!
//! A place in the buffer is an [`Area`]. It is in use from the first step that writes it to the last one that reads it, and areas
//! that are in use at the same time never overlap. What may be written over what follows from the network's definition: a value
//! between two layers of an branch has one reader, and the input of a sum or of a join has as many as there are branches.

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

/// Numbers in 64 bytes, a line of the cache. Areas begin at whole lines.
pub const LINE: usize = 16;

/// Maps of a batch with so many numbers cannot be addressed by a kernel: one more than `kernels::Dims::MAX`, which has no business here.
pub(super) const TOO_MANY: u64 = 1 << 31;

/// Which steps a layer becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Each layer by itself, in the order of the definition, so that it can be timed.
    Layers,
    /// As fast as it goes: what is done to each number by itself is done where the number is made, a sum where its last part is
    /// made, and the parts of a join are written where the join lies. The results are the same to the last bit.
    Whole,
    /// The same, and a batch goes a few images at a time through layers whose maps would not stay in the cache.
    Turns,
}

/// Height, width and channels of a map; a vector is a map of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Numbers at each place.
    pub channels: usize,
}

/// Where one image's map lies in the buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Of the map.
    pub size: Size,
    /// Numbers before it, a multiple of [`LINE`]; counted from the end of what lies there for the whole batch where there are `turns`.
    pub place: usize,
    /// So many images at a time lie there, where one segment alone touches it; else all of the batch.
    pub turns: Option<usize>,
    /// The layer, by its place in [`networks::shapes`], that the area was made for.
    pub layer: usize,
}

/// Some channels of an area, at each of its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Which of [`Plan::areas`].
    pub area: usize,
    /// The first channel.
    pub first: usize,
    /// How many.
    pub channels: usize,
}

/// What a step computes into its output. Inputs are whole areas; layers are named by their place in [`networks::shapes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The image, which lies in planes elsewhere.
    Image,
    /// A layer that is neither a sum nor a join, nor done to each number by itself.
    Layer {
        /// Which.
        layer: usize,
        /// What it reads.
        input: usize,
    },
    /// The numbers of an area.
    Copy(usize),
    /// Zeros.
    Zero,
    /// What is there already.
    InPlace,
}

/// What is then done to each number of a step's output by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// A norm, a relu or a prelu.
    Layer {
        /// Which.
        layer: usize,
        /// The layer's channel that the output's first one is.
        first: usize,
    },
    /// An area of the output's size is added.
    Add(usize),
}

/// One call of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is computed.
    pub work: Work,
    /// Where it is written.
    pub output: View,
    /// What is done to it there.
    pub after: Vec<After>,
    /// The layer that is finished now, with [`Schedule::Layers`].
    pub finished: Option<usize>,
}

/// The steps of a forward pass, and where its maps lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In order.
    pub steps: Vec<Step>,
    /// Which steps read and write.
    pub areas: Vec<Area>,
    /// The area that holds the network's output after the last step.
    pub output: usize,
    /// All steps, in order.
    pub segments: Vec<Segment>,
    /// Numbers of the buffer for each image of the batch.
    pub elements: usize,
    /// And for each segment those for each image of a turn.
    of_turns: Vec<usize>,
}

/// A batch that kernels cannot address.
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
    /// The network's layers do not fit each other.
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
            Schedule::Whole | Schedule::Turns => draft.whole(&network.layers),
        };
        Ok(draft.finish(output, schedule))
    }

    /// Numbers of the buffer for a batch; none where they are beyond what a computer counts.
    pub fn numbers(&self, batch: usize) -> Option<usize> {
        let of_turns = self.segments.iter().zip(&self.of_turns);
        let of_turns = of_turns.map(|(segment, elements)| elements.checked_mul(segment.images.min(batch)));
        let max = of_turns.collect::<Option<Vec<_>>>()?.into_iter().max().unwrap_or(0);
        self.elements.checked_mul(batch)?.checked_add(max)
    }

    /// Where some images of a batch lie in an area: of one with turns, images of the same turn.
    pub fn range(&self, area: usize, batch: usize, images: &Range<usize>) -> Range<usize> {
        let Area { place, turns, .. } = self.areas[area];
        let elements = self.areas[area].elements();
        let (begin, first) = match turns {
            None => (place * batch, images.start),
            Some(turns) => {
                let turns = turns.min(batch);
                (self.elements * batch + place * turns, images.start % turns)
            }
        };
        begin + first * elements..begin + (first + images.len()) * elements
    }

    /// Whether each map of so many images can be addressed by a kernel.
    ///
    /// # Errors
    /// The first that cannot.
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
