//! A network value ready to run, with the operators of one of two libraries: the only file that chooses between them. Independent of time, files and protocols.

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
pub struct Model(Backend);

enum Backend {
    Modules(Modules),
    Kernels(Box<Kernels>),
}

impl Model {
    /// Builds `network` from `operators` with the tensors of `weights`, which must be exactly those of the network. Images and logits
    /// are tensors on `device`; for kernels it must be the processor.
    ///
    /// # Errors
    /// The weights are not those of the network.
    ///
    /// # Panics
    /// With kernels, if the shapes of the layers do not match; check `networks::shapes` first.
    pub fn build(
        network: &Network,
        weights: &mut dyn Weights,
        device: &Device,
        operators: Operators,
    ) -> Result<Self, WeightError> {
        Ok(Self(match operators {
            Operators::Burn { max_bytes } => {
                Backend::Modules(Modules::build_within(network, weights, device, max_bytes)?)
            }
            Operators::Kernels { processor } => {
                Backend::Kernels(Box::new(Kernels::build(network, weights, processor)?))
            }
        }))
    }

    /// Whether the operators can address a pass of `images` images. Allocates nothing.
    ///
    /// # Errors
    /// The first layer whose maps are too large.
    ///
    /// # Panics
    /// As [`Model::build`].
    pub fn check(network: &Network, images: usize, operators: Operators) -> Result<(), TooLarge> {
        match operators {
            // Its devices report their own limits.
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
    /// The shape of `images` is not the network's input, the shapes of the layers do not match, or there are more images than
    /// [`Model::check`] allows.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        match &self.0 {
            Backend::Modules(modules) => modules.forward(images),
            Backend::Kernels(kernels) => kernels.forward(images),
        }
    }

    /// The same; `on_layer` is called with the name of each layer once its operators are submitted to the device. The order is that of
    /// [`networks::costs`], which lacks the layers without a cost: a sum or concatenation follows the layers of its branches.
    ///
    /// # Panics
    /// As [`Model::forward`].
    pub fn forward_by_layer<'a>(&'a self, images: Tensor<4>, on_layer: &mut (dyn FnMut(&'a str) + Send)) -> Tensor<2> {
        match &self.0 {
            Backend::Modules(modules) => modules.forward_by_layer(images, on_layer),
            Backend::Kernels(kernels) => kernels.forward_by_layer(images, on_layer),
        }
    }
}
