//! A network value through this workspace's own kernels: weights packed once, every activation in one buffer.

mod operator;
mod pass;

use std::sync::{Mutex, PoisonError};

use burn::tensor::{Device, Tensor, TensorData};
use burn_flex::Flex;
use kernels::{Dims, Processor, threads};
use networks::Network;

use self::operator::Operator;
use self::pass::Pass;
use super::plan::{LINE, Plan, Schedule, Size, TOO_MANY};
use crate::weights::{WeightError, Weights};

// What a plan lets through is what kernels take.
const _: () = assert!(TOO_MANY == Dims::MOST as u64 + 1);

/// A network of kernels.
pub struct Kernels {
    processor: Processor,
    image: Size,
    /// By place in `networks::shapes`, as the operators are.
    names: Vec<String>,
    operators: Vec<Operator>,
    /// The pass that nobody watches.
    whole: Plan,
    /// The one that is watched.
    layers: Plan,
    /// The activations of a pass, kept for the next one.
    buffer: Mutex<Buffer>,
}

impl Kernels {
    /// As [`Model::build`](super::Model::build). Each tensor is packed and dropped before the next is taken.
    pub fn build(network: &Network, weights: &mut dyn Weights, processor: Processor) -> Result<Self, WeightError> {
        let shapes = networks::shapes(network).unwrap_or_else(|error| panic!("{error}"));
        let operators = shapes.iter().map(|step| operator::build(step.name, step.layer, weights, processor));
        let operators = operators.collect::<Result<Vec<_>, _>>()?;
        weights.finish()?;
        let plan = |schedule| Plan::new(network, schedule).unwrap_or_else(|error| panic!("{error}"));
        let (whole, layers) = (plan(Schedule::Whole), plan(Schedule::Layers));
        let names = shapes.iter().map(|step| step.name.to_owned()).collect();
        let image = network.input.into();
        Ok(Self { processor, image, names, operators, whole, layers, buffer: Mutex::default() })
    }

    /// As [`Model::forward`](super::Model::forward).
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.pass(&self.whole, images, &mut |_| ())
    }

    /// As [`Model::forward_watched`](super::Model::forward_watched). Gives the same bits as [`Self::forward`].
    pub fn forward_watched<'a>(&'a self, images: Tensor<4>, watch: &mut (dyn FnMut(&'a str) + Send)) -> Tensor<2> {
        self.pass(&self.layers, images, &mut |layer| watch(&self.names[layer]))
    }

    fn pass(&self, plan: &Plan, images: Tensor<4>, watch: &mut (dyn FnMut(usize) + Send)) -> Tensor<2> {
        let (device, [count, channels, height, width]) = (images.device(), images.dims());
        assert_eq!(Size { height, width, channels }, self.image, "images of another size than the network's input");
        // On the processor the numbers are read where they are.
        let shared = images.clone().try_into_primitive::<Flex>().ok();
        match shared.as_ref().and_then(|shared| shared.as_slice::<f32>()) {
            Some(planes) => self.logits(plan, count, planes, &device, watch),
            None => {
                let planes = images.into_data().convert::<f32>().try_to_vec::<f32>();
                let planes = planes.unwrap_or_else(|error| panic!("the images cannot be read: {error:?}"));
                self.logits(plan, count, &planes, &device, watch)
            }
        }
    }

    fn logits(
        &self,
        plan: &Plan,
        images: usize,
        planes: &[f32],
        device: &Device,
        watch: &mut (dyn FnMut(usize) + Send),
    ) -> Tensor<2> {
        let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        // Watched passes and others take turns in the same buffer. What no step writes is not even touched.
        let elements = self.whole.elements.max(self.layers.elements);
        let elements = elements.checked_mul(images).expect("activations beyond any memory");
        let buffer = buffer.lines(elements);
        let (operators, processor) = (&self.operators[..], self.processor);
        let logits = threads::awake(|| {
            let mut pass = Pass { plan, operators, processor, images, planes, buffer };
            for step in &plan.steps {
                pass.run(step, 0..images);
                if let Some(layer) = step.finished {
                    watch(layer);
                }
            }
            pass.output().to_vec()
        });
        let classes = plan.areas[plan.output].elements();
        Tensor::from_data(TensorData::new(logits, [images, classes]), device)
    }
}

/// Numbers in whole lines of the cache.
#[derive(Default)]
struct Buffer(Vec<f32>);

impl Buffer {
    /// So many numbers, the first at the beginning of a line; what they were is not kept when their number changes.
    fn lines(&mut self, elements: usize) -> &mut [f32] {
        let room = elements + LINE - 1;
        if self.0.len() != room {
            // The old one goes first. Of the new one the system has zeros, so that only pages that are written take memory.
            self.0 = Vec::new();
            self.0 = vec![0.0; room];
        }
        let begin = self.0.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE - 1);
        &mut self.0[begin..][..elements]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_begins_at_a_line_and_stays_while_its_size_does() {
        let mut buffer = Buffer::default();
        for elements in [1, 1000, 100_000, 5] {
            let lines = buffer.lines(elements);
            assert_eq!((lines.len(), lines.as_ptr().addr() % 64), (elements, 0));
            lines.fill(1.0);
            assert_eq!(buffer.lines(elements)[elements - 1], 1.0);
        }
    }
}
