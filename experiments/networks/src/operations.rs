//! Operations for one image by the rules of the counter that the 2016 paper used (`torch-opCounter`,
//! `src/profiler.lua`), for comparison with the published counts. Its rules, including their quirks:
//!
//! | layer | operations |
//! |---|---|
//! | convolution | 2 per multiply-accumulate and 1 per output, with or without a bias; groups are ignored |
//! | fully connected, projection | 2 per weight and 1 per output, for each token |
//! | rectifier, other activation | 1 per element |
//! | pooling | the kernel's area per pixel of the output, once for all channels; sizes are rounded down |
//! | sum, product | 1 per output of each branch |
//! | attention | 2 per multiply-accumulate of its two products |
//! | log-softmax after the last layer | 3 per element |
//! | anything else | 0 |
//!
//! The counter has no activations other than rectifiers, no products of branches and no attention; their rules here are those of
//! the most similar layers that it has. Later versions of the counter multiply pooling by the channels; the published digits of AlexNet, ResNet-18 and
//! VGG-19 are reproduced only without that.

use crate::error::{NetworkError, Problem};
use crate::layer::{Layer, Pool};
use crate::macs;
use crate::network::{Network, Shape};
use crate::shapes::{Step, trace};

/// How the counter's rules are applied. The two conventions differ only for AlexNet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// As in the original: a grouped convolution costs as much as a full one, and AlexNet's input is a crop of 224.
    /// This gives the published 2.26 G.
    Original,
    /// As timed: groups are respected, and every network has its own input size (227 for AlexNet).
    Timed,
}

/// Operations for one image by the counter's rules.
pub fn operations_2016(network: &Network, convention: Convention) -> Result<u64, NetworkError> {
    let mut steps = Vec::new();
    let logits = trace(network, counted_input(network, convention), &mut steps)?;
    let log_softmax = logits.elements().and_then(|elements| elements.checked_mul(3));
    let too_large =
        |layer: &str| NetworkError { network: network.name.into(), layer: layer.into(), problem: Problem::TooLarge };
    let start = log_softmax.ok_or_else(|| too_large("log-softmax"))?;
    steps.iter().try_fold(start, |sum, step| {
        of_step(step, convention).and_then(|operations| sum.checked_add(operations)).ok_or_else(|| too_large(step.name))
    })
}

/// The original counts every network at its own input size, except AlexNet: at 224 instead of Caffe's 227.
fn counted_input(network: &Network, convention: Convention) -> Shape {
    match (convention, network.input) {
        (Convention::Original, Shape::Map(channels, 227, 227)) => Shape::Map(channels, 224, 224),
        (_, own) => own,
    }
}

fn of_step(step: &Step, convention: Convention) -> Option<u64> {
    let outputs = step.output.elements()?;
    let each = match step.layer {
        Layer::Conv(conv) => {
            let groups = match convention {
                Convention::Original => 1,
                Convention::Timed => conv.groups,
            };
            let [height, width] = conv.kernel;
            [height, width, 2]
                .into_iter()
                .try_fold(conv.inputs.checked_div(groups)?, usize::checked_mul)?
                .checked_add(1)?
        }
        Layer::Linear { inputs, .. } | Layer::Projection { features: inputs } => {
            inputs.checked_mul(2)?.checked_add(1)?
        }
        Layer::Attention { .. } => return macs::of_step(step)?.checked_mul(2),
        Layer::Relu | Layer::Activation(_) | Layer::PRelu { .. } => 1,
        Layer::Sum(branches) | Layer::Product(branches) => branches.len(),
        Layer::MaxPool(pool) | Layer::AvgPool(pool) => return pooled(pool, step.input),
        Layer::GlobalAvgPool => return pixels(step.input),
        _ => 0,
    };
    outputs.checked_mul(u64::try_from(each).ok()?)
}

fn pooled(pool: &Pool, input: Shape) -> Option<u64> {
    let Shape::Map(_, height, width) = input else { return None };
    let operations = |axis: usize, size: usize| {
        let padded = pool.padding[axis].checked_mul(2)?.checked_add(size)?;
        let outputs = padded.checked_sub(pool.kernel[axis])?.checked_div(pool.stride[axis])?.checked_add(1)?;
        outputs.checked_mul(pool.kernel[axis])
    };
    u64::try_from(operations(0, height)?.checked_mul(operations(1, width)?)?).ok()
}

fn pixels(input: Shape) -> Option<u64> {
    let Shape::Map(_, height, width) = input else { return None };
    u64::try_from(height.checked_mul(width)?).ok()
}
