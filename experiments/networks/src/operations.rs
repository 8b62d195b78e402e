//! Operations for one image by the rules of the counter the 2016 paper used (`torch-opCounter`, `src/profiler.lua`), so
//! that our counts can stand beside the published ones. Its rules, quirks included:
//!
//! | layer | operations |
//! |---|---|
//! | convolution | 2 a multiply-accumulate and 1 an output, whether or not it has a bias; groups are not seen |
//! | fully connected | 2 a weight and 1 an output |
//! | rectifier | 1 an element |
//! | pool | the kernel's area for each place of the output, once for all channels; sizes round down |
//! | sum | 1 an element of each branch |
//! | log-softmax after the last layer | 3 an element |
//! | anything else | nothing |
//!
//! Later versions of the counter multiply a pool by its channels; the published digits of AlexNet, ResNet-18 and VGG-19
//! come out only without that.

use crate::error::{NetworkError, Problem};
use crate::layer::{Layer, Pool};
use crate::network::{Network, Shape};
use crate::shapes::{Step, trace};

/// How the counter's rules are applied. The two differ for AlexNet alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// As the original did: a grouped convolution costs as much as a full one, and AlexNet gets a crop of 224. Gives its published 2.26 G.
    Original,
    /// What is computed when the network is timed: groups are honoured, and every network gets its own crop (AlexNet's is 227).
    Timed,
}

/// Operations of one image by the counter's rules.
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

/// The original counts every network at its own crop but AlexNet, whose 227 of Caffe it feeds with 224.
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
            let seen = match convention {
                Convention::Original => 1,
                Convention::Timed => conv.groups,
            };
            let [height, width] = conv.kernel;
            [height, width, 2]
                .into_iter()
                .try_fold(conv.inputs.checked_div(seen)?, usize::checked_mul)?
                .checked_add(1)?
        }
        Layer::Linear { inputs, .. } => inputs.checked_mul(2)?.checked_add(1)?,
        Layer::Relu | Layer::PRelu { .. } => 1,
        Layer::Sum(branches) => branches.len(),
        Layer::MaxPool(pool) | Layer::AvgPool(pool) => return pooled(pool, step.input),
        Layer::GlobalAvgPool => return places(step.input),
        _ => 0,
    };
    outputs.checked_mul(u64::try_from(each).ok()?)
}

fn pooled(pool: &Pool, input: Shape) -> Option<u64> {
    let Shape::Map(_, height, width) = input else { return None };
    let places = |axis: usize, size: usize| {
        let room = pool.padding[axis].checked_mul(2)?.checked_add(size)?;
        let places = room.checked_sub(pool.kernel[axis])?.checked_div(pool.stride[axis])?.checked_add(1)?;
        places.checked_mul(pool.kernel[axis])
    };
    u64::try_from(places(0, height)?.checked_mul(places(1, width)?)?).ok()
}

fn places(input: Shape) -> Option<u64> {
    let Shape::Map(_, height, width) = input else { return None };
    u64::try_from(height.checked_mul(width)?).ok()
}
