//! A network with weights and images on one of burn's devices, ready to be timed. The same code serves all devices and operators.

use anyhow::{Context, Result};
use burn::tensor::{Device, Tensor, TensorData};
use networks::{Network, Shape};
use results::Bytes;
#[cfg(any(feature = "vulkan", feature = "cuda"))]
use results::Seconds;
use results::record::Allocator;

use crate::environment::clock;
use crate::formula::{self, Formula};
use crate::model::{Model, Operators};
use crate::passes::{Pass, Passes};

/// Maximum layers of a pass layer by layer, for which memory is reserved before it.
const MAX_LAYERS: usize = 4096;

/// Passes by the device's own clock: the maximum, the minimum, and the time [s] after which only the minimum counts.
#[cfg(any(feature = "vulkan", feature = "cuda"))]
const PASSES_BY_DEVICE: usize = 10;
#[cfg(any(feature = "vulkan", feature = "cuda"))]
const MIN_BY_DEVICE: usize = 3;
#[cfg(any(feature = "vulkan", feature = "cuda"))]
const LONG: u64 = 5;

/// A network with weights and images by formula, ready to be timed.
pub struct Loaded {
    device: Device,
    model: Model,
    images: Tensor<4>,
    logits: Option<Tensor<2>>,
}

impl Loaded {
    /// Builds the network. The images of the batch are on the device before the first pass.
    ///
    /// # Errors
    /// The shapes of the layers do not match, or the batch is too large for the memory or for the operators.
    pub fn build(network: &Network, batch: u32, seed: u64, device: Device, operators: Operators) -> Result<Self> {
        networks::shapes(network)?;
        Model::check(network, usize::try_from(batch)?, operators)?;
        let Shape::Map(channels, height, width) = network.input else {
            anyhow::bail!("network {} takes no images", network.name)
        };
        let model = Model::build(network, &mut Formula::new(network, formula::GAIN, seed)?, &device, operators)?;
        let shape = [usize::try_from(batch)?, channels, height, width];
        let elements = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
        let elements = elements.filter(|elements| *elements <= isize::MAX as usize / 4);
        let elements = elements.with_context(|| format!("a batch of {batch} images is too large for any memory"))?;
        let images = Tensor::from_data(TensorData::new(formula::images(seed, elements), shape), &device);
        Ok(Self { device, model, images, logits: None })
    }

    /// A forward pass that waits for the device after each layer: the time of its beginning, and the name of each layer with the time at
    /// which the device was idle again [s].
    pub fn pass_by_layer(&mut self) -> Result<(f64, Vec<(String, f64)>)> {
        self.logits = None;
        self.synchronise()?;
        // Reserved now, so that no layer's time includes the growth of this list.
        let mut marks = Vec::with_capacity(MAX_LAYERS);
        let began = clock::now()?;
        let mut on_layer = |name| marks.push((name, self.synchronise().and_then(|()| clock::now())));
        let logits = self.model.forward_by_layer(self.images.clone(), &mut on_layer);
        let marks: Result<Vec<_>> = marks.into_iter().map(|(name, end)| Ok((str::to_owned(name), end?))).collect();
        let marks = marks?;
        self.logits = Some(logits);
        Ok((began, marks))
    }

    fn synchronise(&self) -> Result<()> {
        self.device.sync().context("the device did not finish its work")
    }
}

impl Passes for Loaded {
    fn pass(&mut self) -> Result<Pass> {
        // The last logits are dropped before the clock starts, so that no pass includes it.
        self.logits = None;
        self.synchronise()?;
        let began = clock::now()?;
        let logits = self.model.forward(self.images.clone());
        self.synchronise()?;
        let ended = clock::now()?;
        self.logits = Some(logits);
        Ok(Pass { began, ended })
    }

    fn logits(&mut self) -> Result<Vec<f32>> {
        let logits = self.logits.clone().context("there has been no pass")?;
        logits.into_data().convert::<f32>().try_to_vec().context("cannot read the logits from the device")
    }

    fn allocator(&self) -> Allocator {
        match self.device.memory_pool_usage() {
            Some(usage) => Allocator::Known { reserved: Bytes(usage.bytes_reserved), used: Bytes(usage.bytes_in_use) },
            None => {
                let reason = "the device has no allocator of its own: its tensors are in the memory of the process";
                Allocator::Unknown { reason: reason.to_owned() }
            }
        }
    }

    #[cfg(any(feature = "vulkan", feature = "cuda"))]
    fn by_its_own_clock(&mut self) -> Result<Vec<Seconds>> {
        use burn::tensor::{ProfileOptions, TimingMethod};
        let mut samples = Vec::new();
        // The processor computes in the memory of the process and by its clock.
        if matches!(self.allocator(), Allocator::Unknown { .. }) {
            return Ok(samples);
        }
        let start = std::time::Instant::now();
        while samples.len() < PASSES_BY_DEVICE && (samples.len() < MIN_BY_DEVICE || start.elapsed().as_secs() < LONG) {
            self.logits = None;
            self.synchronise()?;
            let images = self.images.clone();
            // Operations that lazy evaluation has deferred are flushed and count too.
            let (logits, profile) =
                self.device.profile_with(ProfileOptions::default().flush(), || self.model.forward(images))?;
            if profile.timing_method() != TimingMethod::Device {
                return Ok(Vec::new());
            }
            // A driver may report no time for a window.
            let Some(ticks) = futures_lite::future::block_on(profile.resolve()) else { break };
            samples.push(Seconds(ticks.duration().as_secs_f64()));
            self.logits = Some(logits);
        }
        Ok(samples)
    }
}
