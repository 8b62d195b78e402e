//! Multiply-accumulates: one for each product of a weight and an input in a convolution or a fully connected layer. In
//! a grouped convolution each output has the inputs of its group only. The two matrix products of attention, queries by
//! keys and weights by values, count as well. Biases, activations, normalisation, products of branches and pooling are
//! not counted.

use crate::error::{NetworkError, Problem};
use crate::layer::Layer;
use crate::network::{Network, Shape};
use crate::shapes::{Step, shapes};

/// Multiply-accumulates for one image of the network's own input size.
pub fn macs(network: &Network) -> Result<u64, NetworkError> {
    shapes(network)?.iter().try_fold(0_u64, |sum, step| {
        let sum = of_step(step).and_then(|macs| sum.checked_add(macs));
        sum.ok_or_else(|| NetworkError {
            network: network.name.to_owned(),
            layer: step.name.to_owned(),
            problem: Problem::TooLarge,
        })
    })
}

/// Multiply-accumulates of one layer, without its branches; `None` if 64 bits overflow.
pub fn of_step(step: &Step) -> Option<u64> {
    let inputs = match step.layer {
        Layer::Conv(conv) => {
            let [height, width] = conv.kernel;
            [height, width].into_iter().try_fold(conv.inputs.checked_div(conv.groups)?, usize::checked_mul)?
        }
        Layer::Linear { inputs, .. } => *inputs,
        Layer::Projection { features } => *features,
        // Each output is a sum over all tokens of a weight times a value. Each weight is a sum over the features of its
        // head, so all weights of a token together have as many products as its outputs.
        Layer::Attention { .. } => match step.input {
            Shape::Map(_, tokens, _) => tokens.checked_mul(2)?,
            Shape::Vector(_) => return None,
        },
        _ => return Some(0),
    };
    step.output.elements()?.checked_mul(u64::try_from(inputs).ok()?)
}
