//! The processor through burn's flex backend: pure Rust, eager, in the memory of the process.

use anyhow::{Context, Result};
use burn::tensor::{Device, Tensor, TensorData};
use networks::{Network, Shape};
use results::record::Allocator;

use crate::environment::clock;
use crate::formula::{self, Formula};
use crate::model::Model;
use crate::passes::{Pass, Passes};

/// Layers for which there is room before a watched pass begins.
const MOST_LAYERS: usize = 4096;

/// The device itself.
pub fn device() -> Device {
    Device::flex()
}

/// A network with weights and images by formula, ready to be timed.
pub struct Flex {
    device: Device,
    model: Model,
    images: Tensor<4>,
    logits: Option<Tensor<2>>,
}

impl Flex {
    /// Builds the network; the images of the batch lie on the device before any pass.
    pub fn build(network: &Network, batch: u32, seed: u64) -> Result<Self> {
        networks::shapes(network)?;
        let Shape::Map(channels, height, width) = network.input else {
            anyhow::bail!("network {} takes no images", network.name)
        };
        let device = device();
        let model = Model::build(network, &mut Formula::new(network, formula::GAIN, seed)?, &device)?;
        let shape = [usize::try_from(batch)?, channels, height, width];
        let elements = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
        let elements = elements.filter(|elements| *elements <= isize::MAX as usize / 4);
        let elements = elements.with_context(|| format!("a batch of {batch} images is beyond any memory"))?;
        let images = Tensor::from_data(TensorData::new(formula::images(seed, elements), shape), &device);
        Ok(Self { device, model, images, logits: None })
    }

    /// A forward pass that waits for the device after each layer: when it began, and each layer's name with when the device had
    /// nothing to do again [s].
    pub fn watched(&mut self) -> Result<(f64, Vec<(String, f64)>)> {
        self.logits = None;
        self.quiet()?;
        // More than any network has, so that no time of a layer is that of moving this list.
        let mut marks = Vec::with_capacity(MOST_LAYERS);
        let began = clock::now()?;
        let mut watch = |name| marks.push((name, self.quiet().and_then(|()| clock::now())));
        let logits = self.model.forward_watched(self.images.clone(), &mut watch);
        let marks: Result<Vec<_>> = marks.into_iter().map(|(name, end)| Ok((str::to_owned(name), end?))).collect();
        let marks = marks?;
        self.logits = Some(logits);
        Ok((began, marks))
    }

    /// What its allocator tells.
    pub fn allocator(&self) -> Allocator {
        let reason = "flex has no allocator of its own: its tensors lie in the memory of the process";
        Allocator::Unknown { reason: reason.to_owned() }
    }

    fn quiet(&self) -> Result<()> {
        self.device.sync().context("the device did not finish its work")
    }
}

impl Passes for Flex {
    fn pass(&mut self) -> Result<Pass> {
        // The last logits go before the clock starts: their memory is part of no pass.
        self.logits = None;
        self.quiet()?;
        let began = clock::now()?;
        let logits = self.model.forward(self.images.clone());
        self.quiet()?;
        let ended = clock::now()?;
        self.logits = Some(logits);
        Ok(Pass { began, ended })
    }

    fn logits(&mut self) -> Result<Vec<f32>> {
        let logits = self.logits.clone().context("no pass was made")?;
        logits.into_data().try_to_vec().context("the logits could not be read from the device")
    }
}
