//! What each layer computes and moves, for the roofline model and for layer timings.

use crate::error::{NetworkError, Problem};
use crate::layer::Layer;
use crate::network::Network;
use crate::shapes::{Step, shapes};
use crate::{macs, tensors};

/// One layer's work for one image. Elements are counted, not bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The layer's name.
    pub name: String,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Elements of its tensors, including running statistics; read once per batch.
    pub weights: u64,
    /// Elements it reads, from all branches for a sum, product or concatenation.
    pub inputs: u64,
    /// Elements it writes.
    pub outputs: u64,
}

/// All layers in the order of execution, except those that neither compute nor move anything (flatten, dropout).
pub fn costs(network: &Network) -> Result<Vec<Cost>, NetworkError> {
    let steps = shapes(network)?;
    let working = steps.iter().filter(|step| !matches!(step.layer, Layer::Flatten | Layer::Dropout { .. }));
    working
        .map(|step| {
            of_step(step).ok_or_else(|| NetworkError {
                network: network.name.to_owned(),
                layer: step.name.to_owned(),
                problem: Problem::TooLarge,
            })
        })
        .collect()
}

fn of_step(step: &Step) -> Option<Cost> {
    let outputs = step.output.elements()?;
    let inputs = match step.parts.as_slice() {
        [] => step.input.elements()?,
        parts => parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(part.elements()?))?,
    };
    let tensors = tensors::of_layer(step.name, step.layer).ok()?;
    let weights = tensors.iter().try_fold(0_u64, |sum, tensor| sum.checked_add(tensor.elements()?))?;
    Some(Cost { name: step.name.to_owned(), macs: macs::of_step(step)?, weights, inputs, outputs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Family, Shape};
    use crate::notation::{conv, dropout, layers, norm, sum};

    #[test]
    fn costs_are_multiply_accumulates_tensors_and_memory_traffic() {
        let layers = layers![sum("add", vec![layers![conv("c", 4, 4, 3).same(), norm("n", 4, 1e-5)], layers![]])];
        let layers = [layers, layers![dropout("d", 0.5)]].concat();
        let input = Shape::Map(4, 10, 10);
        let network = Network { name: "sample", title: "", family: Family::Vgg, reference: "", input, layers };
        let cost = |name: &str, macs, weights, inputs| Cost { name: name.into(), macs, weights, inputs, outputs: 400 };
        // 400 outputs of 4 x 3 x 3 products; a norm has four tensors; a sum of two branches reads both.
        let expected = vec![cost("c", 14_400, 148, 400), cost("n", 0, 16, 400), cost("add", 0, 0, 800)];
        assert_eq!(costs(&network), Ok(expected));
    }
}
