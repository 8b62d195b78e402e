//! The processor through burn's flex backend: pure Rust, eager, in the memory of the process.

use std::time::Instant;

use anyhow::{Context, Result};
use burn::tensor::{Device, Tensor, TensorData};
use networks::{Network, Shape};
use results::Seconds;

use crate::formula::{self, Formula};
use crate::model::Model;
use crate::passes::Passes;

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

    fn quiet(&self) -> Result<()> {
        self.device.sync().context("the device did not finish its work")
    }
}

impl Passes for Flex {
    fn pass(&mut self) -> Result<Seconds> {
        // The last logits go before the clock starts: their memory is part of no pass.
        self.logits = None;
        self.quiet()?;
        let start = Instant::now();
        let logits = self.model.forward(self.images.clone());
        self.quiet()?;
        let elapsed = start.elapsed();
        self.logits = Some(logits);
        Ok(Seconds(elapsed.as_secs_f64()))
    }

    fn logits(&mut self) -> Result<Vec<f32>> {
        let logits = self.logits.clone().context("no pass was made")?;
        logits.into_data().try_to_vec().context("the logits could not be read from the device")
    }
}
