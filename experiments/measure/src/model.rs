//! A network value ready to run, on the operators of one of two libraries: the one place where they are chosen. Knows no time, no
//! file and no protocol.

mod kernels;
mod modules;
mod operators;
mod plan;

use burn::tensor::{Device, Tensor};
use networks::Network;

use self::kernels::Kernels;
use self::modules::Modules;
use crate::weights::{WeightError, Weights};

pub use self::operators::Operators;
pub use self::plan::{Plan, Schedule, TooLarge};

/// A network ready to run.
pub struct Model(Choice);

enum Choice {
    Modules(Modules),
    Kernels(Box<Kernels>),
}

impl Model {
    /// Builds `network` from `operators` with the tensors of `weights`, which must be exactly those the network has. `device` is
    /// burn's, where images come from and logits go to; kernels want the processor.
    ///
    /// # Errors
    /// The weights are not the network's.
    ///
    /// # Panics
    /// The layers do not fit each other, which the kernels want to know now; walk `networks::shapes` first.
    pub fn build(
        network: &Network,
        weights: &mut dyn Weights,
        device: &Device,
        operators: Operators,
    ) -> Result<Self, WeightError> {
        Ok(Self(match operators {
            Operators::Burn { max_bytes } => {
                Choice::Modules(Modules::build_within(network, weights, device, max_bytes)?)
            }
            Operators::Kernels { processor } => Choice::Kernels(Box::new(Kernels::build(network, weights, processor)?)),
        }))
    }

    /// Whether a pass of so many images is within what the operators can address; before anything is allocated.
    ///
    /// # Errors
    /// The first layer whose maps are not.
    ///
    /// # Panics
    /// As [`Model::build`].
    pub fn check(network: &Network, images: usize, operators: Operators) -> Result<(), TooLarge> {
        match operators {
            // Its devices tell of their own bounds.
            Operators::Burn { .. } => Ok(()),
            Operators::Kernels { .. } => {
                let plan = Plan::new(network, Schedule::Layers);
                plan.unwrap_or_else(|error| panic!("{error}")).check(network, images)
            }
        }
    }

    /// The logits `[n, classes]` of the images `[n, channels, height, width]`.
    ///
    /// # Panics
    /// When the shape of `images` is not the network's input, its shapes do not fit each other, or there are more images than
    /// [`Model::check`] allows.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        match &self.0 {
            Choice::Modules(modules) => modules.forward(images),
            Choice::Kernels(kernels) => kernels.forward(images),
        }
    }

    /// The same, and `watch` is told each layer's name as soon as its operators were given to the device: in the order of
    /// [`networks::costs`], and without the layers that have no cost. A sum or a join is told after the layers of its branches.
    ///
    /// # Panics
    /// As [`Model::forward`].
    pub fn forward_watched<'a>(&'a self, images: Tensor<4>, watch: &mut (dyn FnMut(&'a str) + Send)) -> Tensor<2> {
        match &self.0 {
            Choice::Modules(modules) => modules.forward_watched(images, watch),
            Choice::Kernels(kernels) => kernels.forward_watched(images, watch),
        }
    }
}
