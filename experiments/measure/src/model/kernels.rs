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
const _: () = assert!(TOO_MANY == Dims::MAX as u64 + 1);

/// A network of kernels.
pub struct Kernels {
    processor: Processor,
    image: Size,
    /// By place in `networks::shapes`, as the operators are.
    names: Vec<String>,
    operators: Vec<Operator>,
    /// The pass that nobody watches, with all images of a batch at once, and with a few at a time.
    whole: Plan,
    turns: Plan,
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
        let [whole, turns, layers] = [Schedule::Whole, Schedule::Turns, Schedule::Layers].map(plan);
        let names = shapes.iter().map(|step| step.name.to_owned()).collect();
        let image = network.input.into();
        Ok(Self { processor, image, names, operators, whole, turns, layers, buffer: Mutex::default() })
    }

    /// As [`Model::forward`](super::Model::forward).
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let [count, ..] = images.dims();
        // Turns have room of their own, which a small batch does not repay.
        let plan = [&self.turns, &self.whole].into_iter().min_by_key(|plan| plan.numbers(count).unwrap_or(usize::MAX));
        self.pass(plan.unwrap_or(&self.whole), images, &mut |_| ())
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
        let elements = plan.numbers(images).zip(self.layers.numbers(images));
        let elements = elements.map(|(plan, layers)| plan.max(layers)).expect("activations beyond any memory");
        let buffer = buffer.lines(elements);
        let (operators, processor) = (&self.operators[..], self.processor);
        let logits = threads::awake(|| {
            let mut pass = Pass { plan, operators, processor, images, planes, buffer };
            for segment in &plan.segments {
                for turn in segment.turns(images) {
                    for step in &plan.steps[segment.steps.clone()] {
                        pass.run(step, turn.clone());
                        if let Some(layer) = step.finished {
                            watch(layer);
                        }
                    }
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
    use networks::{Conv, Family, Layer, Named, Norm, Shape};

    use super::*;

    /// Tensors of small numbers, every one different.
    struct Counting(f32);

    impl Weights for Counting {
        fn take(&mut self, _name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightError> {
            let mut next = || {
                self.0 = (self.0 + 0.37) % 1.0;
                self.0
            };
            Ok((0..shape.iter().product()).map(|_| next()).collect())
        }

        fn finish(&mut self) -> Result<(), WeightError> {
            Ok(())
        }
    }

    /// A residual block with a join in it, on images of 2 x 5 x 3.
    fn sample() -> Network {
        let named = |name: &str, layer| Named { name: name.to_owned(), layer };
        let conv = |name: &str, inputs, outputs| {
            let (kernel, one) = ([3, 3], [1, 1]);
            let (stride, padding, dilation) = (one, one, one);
            named(name, Layer::Conv(Conv { inputs, outputs, kernel, stride, padding, dilation, groups: 1, bias: true }))
        };
        let join = Layer::Concat(vec![vec![conv("a", 4, 3), named("a.relu", Layer::Relu)], vec![conv("b", 4, 1)]]);
        let main =
            vec![named("join", join), named("norm", Layer::Norm(Norm { channels: 4, eps: 1e-3 })), conv("c", 4, 4)];
        let layers = vec![
            conv("entry", 2, 4),
            named("add", Layer::Sum(vec![main, vec![]])),
            named("slopes", Layer::PRelu { channels: 4 }),
            named("flatten", Layer::Flatten),
            named("fc", Layer::Linear { inputs: 60, outputs: 7 }),
        ];
        let (family, input) = (Family::Vgg, Shape::Map(2, 5, 3));
        Network { name: "sample", title: "Sample", family, reference: "", input, layers }
    }

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "one part, and not its numbers")]
    fn a_step_for_some_images_after_others_gives_the_same_bits_as_for_all() {
        let network = sample();
        let kernels = Kernels::build(&network, &mut Counting(0.0), Processor::new()).expect("it has all tensors");
        let images = 3;
        let planes: Vec<f32> = (0..images * 30).map(|index| (index as f32 * 0.73).sin()).collect();
        let logits = |plan: &Plan, parts: &[std::ops::Range<usize>]| {
            // What no step wrote would show.
            let mut buffer = vec![f32::NAN; plan.numbers(images).expect("it fits")];
            let (operators, processor) = (&kernels.operators[..], kernels.processor);
            let mut pass = Pass { plan, operators, processor, images, planes: &planes, buffer: &mut buffer };
            for step in &plan.steps {
                parts.iter().for_each(|part| pass.run(step, part.clone()));
            }
            pass.output().iter().map(|logit| logit.to_bits()).collect::<Vec<_>>()
        };
        let all = logits(&kernels.layers, &[0..images]);
        assert!(all.iter().all(|bits| f32::from_bits(*bits).is_finite()));
        for plan in [&kernels.layers, &kernels.whole, &kernels.turns] {
            for parts in [&[0..3][..], &[0..1, 1..2, 2..3], &[1..3, 0..1]] {
                assert_eq!(logits(plan, parts), all, "{parts:?}");
            }
        }
    }

    #[test]
    fn a_pass_layer_by_layer_is_told_in_the_order_of_the_costs() {
        let network = sample();
        let kernels = Kernels::build(&network, &mut Counting(0.0), Processor::new()).expect("it has all tensors");
        let mut told = Vec::new();
        let images = Tensor::ones([2, 2, 5, 3], &Device::flex());
        let logits = kernels.forward_watched(images.clone(), &mut |name| told.push(name));
        assert_eq!(told, ["entry", "a", "a.relu", "b", "join", "norm", "c", "add", "slopes", "fc"]);
        logits.into_data().assert_eq(&kernels.forward(images).into_data(), true);
    }

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
