//! A network value on the kernels of this workspace: weights are packed once, all activations are in one buffer.

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

// A plan and the kernels have the same limit.
const _: () = assert!(TOO_MANY == Dims::MAX as u64 + 1);

/// A network of kernels.
pub struct Kernels {
    processor: Processor,
    image: Size,
    /// By index in `networks::shapes`, like the operators.
    names: Vec<String>,
    operators: Vec<Operator>,
    /// For an ordinary pass, with the whole batch at once or in micro-batches.
    whole: Plan,
    micro_batches: Plan,
    /// For a pass layer by layer.
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
        let [whole, micro_batches, layers] = [Schedule::Whole, Schedule::MicroBatches, Schedule::Layers].map(plan);
        let names = shapes.iter().map(|step| step.name.to_owned()).collect();
        let image = network.input.into();
        Ok(Self { processor, image, names, operators, whole, micro_batches, layers, buffer: Mutex::default() })
    }

    /// As [`Model::forward`](super::Model::forward).
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let [count, ..] = images.dims();
        // Micro-batches need extra memory, which does not pay for a small batch.
        let plan =
            [&self.micro_batches, &self.whole].into_iter().min_by_key(|plan| plan.numbers(count).unwrap_or(usize::MAX));
        self.pass(plan.unwrap_or(&self.whole), images, &mut |_| ())
    }

    /// As [`Model::forward_by_layer`](super::Model::forward_by_layer). The result has the same bits as [`Self::forward`].
    pub fn forward_by_layer<'a>(&'a self, images: Tensor<4>, on_layer: &mut (dyn FnMut(&'a str) + Send)) -> Tensor<2> {
        self.pass(&self.layers, images, &mut |layer| on_layer(&self.names[layer]))
    }

    fn pass(&self, plan: &Plan, images: Tensor<4>, on_layer: &mut (dyn FnMut(usize) + Send)) -> Tensor<2> {
        let (device, [count, channels, height, width]) = (images.device(), images.dims());
        assert_eq!(
            Size { height, width, channels },
            self.image,
            "the images must have the size of the network's input"
        );
        // On the processor the numbers are read in place.
        let shared = images.clone().try_into_primitive::<Flex>().ok();
        match shared.as_ref().and_then(|shared| shared.as_slice::<f32>()) {
            Some(planes) => self.logits(plan, count, planes, &device, on_layer),
            None => {
                let planes = images.into_data().convert::<f32>().try_to_vec::<f32>();
                let planes = planes.unwrap_or_else(|error| panic!("cannot read the images: {error:?}"));
                self.logits(plan, count, &planes, &device, on_layer)
            }
        }
    }

    fn logits(
        &self,
        plan: &Plan,
        images: usize,
        planes: &[f32],
        device: &Device,
        on_layer: &mut (dyn FnMut(usize) + Send),
    ) -> Tensor<2> {
        let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        // All plans use the same buffer. Pages that no step writes are never touched.
        let elements = plan.numbers(images).zip(self.layers.numbers(images));
        let elements =
            elements.map(|(plan, layers)| plan.max(layers)).expect("activations that fit into an address space");
        let buffer = buffer.lines(elements);
        let (operators, processor) = (&self.operators[..], self.processor);
        let logits = threads::awake(|| {
            let mut pass = Pass { plan, operators, processor, images, planes, buffer };
            for segment in &plan.segments {
                for micro_batch in segment.micro_batches(images) {
                    for step in &plan.steps[segment.steps.clone()] {
                        pass.run(step, micro_batch.clone());
                        if let Some(layer) = step.finished {
                            on_layer(layer);
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

/// Numbers, aligned to cache lines.
#[derive(Default)]
struct Buffer(Vec<f32>);

impl Buffer {
    /// A slice of `elements` numbers that begins at a cache line. A change of the length discards the contents.
    fn lines(&mut self, elements: usize) -> &mut [f32] {
        let room = elements + LINE - 1;
        if self.0.len() != room {
            // The old buffer is freed first. The system provides zeroed pages, so only pages that are written take memory.
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

    /// Tensors of small, distinct numbers.
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

    /// A residual block that contains a concatenation, on images of 2 x 5 x 3.
    fn sample() -> Network {
        let named = |name: &str, layer| Named { name: name.to_owned(), layer };
        let conv = |name: &str, inputs, outputs| {
            let (kernel, one) = ([3, 3], [1, 1]);
            let (stride, padding, extra_padding, dilation) = (one, one, [0, 0], one);
            let conv =
                Conv { inputs, outputs, kernel, stride, padding, extra_padding, dilation, groups: 1, bias: true };
            named(name, Layer::Conv(conv))
        };
        let concat = Layer::Concat(vec![vec![conv("a", 4, 3), named("a.relu", Layer::Relu)], vec![conv("b", 4, 1)]]);
        let main =
            vec![named("concat", concat), named("norm", Layer::Norm(Norm { channels: 4, eps: 1e-3 })), conv("c", 4, 4)];
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
    #[expect(clippy::single_range_in_vec_init, reason = "one part, not its numbers")]
    fn a_step_in_parts_of_a_batch_gives_the_same_bits_as_at_once() {
        let network = sample();
        let kernels = Kernels::build(&network, &mut Counting(0.0), Processor::new()).expect("all tensors exist");
        let images = 3;
        let planes: Vec<f32> = (0..images * 30).map(|index| (index as f32 * 0.73).sin()).collect();
        let logits = |plan: &Plan, parts: &[std::ops::Range<usize>]| {
            // A number that no step writes makes the logits NaN.
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
        for plan in [&kernels.layers, &kernels.whole, &kernels.micro_batches] {
            for parts in [&[0..3][..], &[0..1, 1..2, 2..3], &[1..3, 0..1]] {
                assert_eq!(logits(plan, parts), all, "{parts:?}");
            }
        }
    }

    #[test]
    fn a_pass_layer_by_layer_reports_layers_in_the_order_of_costs() {
        let network = sample();
        let kernels = Kernels::build(&network, &mut Counting(0.0), Processor::new()).expect("all tensors exist");
        let mut reported = Vec::new();
        let images = Tensor::ones([2, 2, 5, 3], &Device::flex());
        let logits = kernels.forward_by_layer(images.clone(), &mut |name| reported.push(name));
        assert_eq!(reported, ["entry", "a", "a.relu", "b", "concat", "norm", "c", "add", "slopes", "fc"]);
        logits.into_data().assert_eq(&kernels.forward(images).into_data(), true);
    }

    #[test]
    fn a_buffer_begins_at_a_cache_line_and_keeps_its_contents_while_its_length_is_the_same() {
        let mut buffer = Buffer::default();
        for elements in [1, 1000, 100_000, 5] {
            let lines = buffer.lines(elements);
            assert_eq!((lines.len(), lines.as_ptr().addr() % 64), (elements, 0));
            lines.fill(1.0);
            assert_eq!(buffer.lines(elements)[elements - 1], 1.0);
        }
    }
}
