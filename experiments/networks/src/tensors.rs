//! The tensors of a network's state dict: names, shapes and roles. There are no values here.

use std::collections::BTreeSet;

use crate::error::{NetworkError, Problem};
use crate::layer::{Layer, Named};
use crate::network::Network;

/// A tensor of the state dict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// For example `layer1.0.conv1.weight`.
    pub name: String,
    /// Sizes, outermost first.
    pub shape: Vec<usize>,
    /// Its role.
    pub role: Role,
}

/// The role of a tensor, which determines its initialisation and whether training changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The weight of a convolution or a fully connected layer.
    Weight {
        /// The number of inputs of one output: elements divided by the first size.
        fan_in: usize,
    },
    /// The bias of a convolution or a fully connected layer.
    Bias,
    /// Scale of a batch or layer normalisation.
    NormWeight,
    /// Offset of a batch or layer normalisation.
    NormBias,
    /// Running mean of a batch normalisation; not trained.
    NormMean,
    /// Running variance of a batch normalisation; not trained.
    NormVariance,
    /// Slopes of a [`Layer::PRelu`].
    Slope,
    /// Factors of a [`Layer::Scale`].
    Scale,
    /// A learned token, or the vectors of a [`Layer::PositionEmbedding`].
    Embedding,
}

impl Role {
    /// Whether training changes the tensor: published parameter counts exclude running statistics.
    pub fn is_parameter(self) -> bool {
        !matches!(self, Self::NormMean | Self::NormVariance)
    }
}

impl Tensor {
    /// Number of elements; `None` if 64 bits overflow.
    pub fn elements(&self) -> Option<u64> {
        self.shape.iter().try_fold(1_u64, |product, &size| product.checked_mul(u64::try_from(size).ok()?))
    }
}

/// All tensors in the order of definition, which is the order in the checkpoints' state dicts, except that these have
/// tensors with a layer's own name before those of their module's layers.
pub fn tensors(network: &Network) -> Result<Vec<Tensor>, NetworkError> {
    let mut tensors = Vec::new();
    collect(&network.layers, &mut tensors)
        .and_then(|()| unique(&tensors))
        .map_err(|(layer, problem)| NetworkError { network: network.name.to_owned(), layer, problem })?;
    Ok(tensors)
}

/// The tensors of one layer, without those of its branches. Shapes are as defined, even if the layer does not accept
/// its input.
pub fn of_layer(name: &str, layer: &Layer) -> Result<Vec<Tensor>, Problem> {
    let named =
        |suffix: &str, shape: &[usize], role| Tensor { name: format!("{name}.{suffix}"), shape: shape.to_vec(), role };
    let own = |shape: &[usize], role| Tensor { name: name.to_owned(), shape: shape.to_vec(), role };
    let tensors = match layer {
        Layer::Conv(conv) => {
            let inputs = conv.inputs.checked_div(conv.groups).ok_or(Problem::Zero("number of groups"))?;
            let [height, width] = conv.kernel;
            let fan_in = [height, width].into_iter().try_fold(inputs, usize::checked_mul).ok_or(Problem::TooLarge)?;
            let weight = named("weight", &[conv.outputs, inputs, height, width], Role::Weight { fan_in });
            let bias = conv.bias.then(|| named("bias", &[conv.outputs], Role::Bias));
            [weight].into_iter().chain(bias).collect()
        }
        Layer::Linear { inputs, outputs } => vec![
            named("weight", &[*outputs, *inputs], Role::Weight { fan_in: *inputs }),
            named("bias", &[*outputs], Role::Bias),
        ],
        Layer::Norm(norm) => vec![
            named("weight", &[norm.channels], Role::NormWeight),
            named("bias", &[norm.channels], Role::NormBias),
            named("running_mean", &[norm.channels], Role::NormMean),
            named("running_var", &[norm.channels], Role::NormVariance),
        ],
        Layer::LayerNorm(norm) => {
            vec![named("weight", &[norm.channels], Role::NormWeight), named("bias", &[norm.channels], Role::NormBias)]
        }
        Layer::PRelu { channels } => vec![named("weight", &[*channels], Role::Slope)],
        Layer::Projection { features } => {
            let all = features.checked_mul(3).ok_or(Problem::TooLarge)?;
            vec![
                named("in_proj_weight", &[all, *features], Role::Weight { fan_in: *features }),
                named("in_proj_bias", &[all], Role::Bias),
            ]
        }
        Layer::Scale { channels } => vec![own(&[*channels, 1, 1], Role::Scale)],
        Layer::ClassToken { features } => vec![own(&[1, 1, *features], Role::Embedding)],
        Layer::PositionEmbedding { tokens, features } => vec![own(&[1, *tokens, *features], Role::Embedding)],
        _ => vec![],
    };
    if tensors.iter().any(|tensor| tensor.elements().is_none()) {
        return Err(Problem::TooLarge);
    }
    Ok(tensors)
}

fn collect(layers: &[Named], tensors: &mut Vec<Tensor>) -> Result<(), (String, Problem)> {
    for Named { name, layer } in layers {
        tensors.extend(of_layer(name, layer).map_err(|problem| (name.clone(), problem))?);
        layer.branches().iter().try_for_each(|branch| collect(branch, tensors))?;
    }
    Ok(())
}

fn unique(tensors: &[Tensor]) -> Result<(), (String, Problem)> {
    let mut seen = BTreeSet::new();
    match tensors.iter().find(|tensor| !seen.insert(&tensor.name)) {
        None => Ok(()),
        Some(Tensor { name, .. }) => {
            let layer = name.rsplit_once('.').map_or(name.as_str(), |(layer, _)| layer);
            Err((layer.to_owned(), Problem::TensorTwice(name.clone())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Family, Shape};
    use crate::notation::{conv, layers, relu};

    fn network(layers: Vec<Named>) -> Network {
        let input = Shape::Map(4, 10, 10);
        Network { name: "sample", title: "Sample", family: Family::Vgg, reference: "", input, layers }
    }

    #[test]
    fn the_fan_in_is_that_of_one_group() {
        let network = network(layers![conv("c", 4, 8, [1, 3]).groups(2), relu("r")]);
        let tensors = tensors(&network).expect("a valid network");
        assert_eq!(tensors.len(), 2);
        assert_eq!((&tensors[0].shape[..], tensors[0].role), (&[8, 2, 1, 3][..], Role::Weight { fan_in: 6 }));
        assert_eq!((tensors[1].name.as_str(), tensors[1].role), ("c.bias", Role::Bias));
    }

    #[test]
    fn a_duplicate_name_is_an_error() {
        let error = tensors(&network(layers![conv("c", 4, 4, 1), conv("c", 4, 4, 1)])).expect_err("twice");
        assert_eq!((error.layer.as_str(), error.problem), ("c", Problem::TensorTwice("c.weight".to_owned())));
    }

    #[test]
    fn absurd_sizes_are_errors() {
        for layers in [layers![conv("c", usize::MAX, 4, 2)], layers![conv("c", 4, usize::MAX, 2)]] {
            assert_eq!(tensors(&network(layers)).expect_err("too large").problem, Problem::TooLarge);
        }
    }
}
