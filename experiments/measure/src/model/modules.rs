//! A network value as burn modules on one device. The only file that uses burn's modules.

use burn::module::{Flag, Param, RunningState};
use burn::nn::conv::Conv2d;
use burn::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig, AvgPool2d, MaxPool2d};
use burn::nn::{BatchNorm, LayerNorm, LayerNormConfig, Linear, PRelu, PaddingConfig2d};
use burn::tensor::{Device, Tensor, TensorData, activation};
use networks::{Activation as Function, Layer, Lrn, Named, Network, Pool};

use crate::weights::{WeightError, Weights};

/// A network of burn's modules.
pub struct Modules {
    operators: Branch,
}

/// A layer's operator under the layer's name.
struct NamedOperator {
    name: String,
    operator: Operator,
}

/// Operators applied one after the other.
type Branch = Vec<NamedOperator>;

/// One layer with its weights. Not burn's `Module` derive, since the network value already has the structure.
enum Operator {
    Conv(Conv2d),
    Norm(BatchNorm),
    Relu,
    Function(Function),
    Scale(Tensor<4>),
    LayerNorm(LayerNorm),
    PRelu(PRelu),
    Lrn(Lrn),
    MaxPool(MaxPool2d),
    AvgPool(AvgPool2d),
    GlobalAvgPool(AdaptiveAvgPool2d),
    Flatten,
    /// In as many pieces as the weights need buffers.
    Linear(Vec<Linear>),
    Attention {
        heads: usize,
    },
    ClassToken(Tensor<4>),
    PositionEmbedding(Tensor<4>),
    FirstToken,
    Identity,
    ZeroPadChannels(usize),
    Sum(Vec<Branch>),
    Product(Vec<Branch>),
    Concat(Vec<Branch>),
}

/// What flows between layers.
#[derive(Clone)]
enum Activation {
    /// `[n, channels, height, width]`
    Map(Tensor<4>),
    /// `[n, features]`
    Vector(Tensor<2>),
}

impl Modules {
    /// Builds `network` on a device whose buffers have at most `max_bytes`: a fully connected layer with more weights is computed in
    /// pieces.
    pub fn build_within(
        network: &Network,
        weights: &mut dyn Weights,
        device: &Device,
        max_bytes: u64,
    ) -> Result<Self, WeightError> {
        let operators = branch(&network.layers, weights, &Destination { device, max_bytes })?;
        weights.finish()?;
        Ok(Self { operators })
    }

    /// As [`Model::forward`](super::Model::forward).
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        run(&self.operators, Activation::Map(images), &mut |_| ()).vector()
    }

    /// As [`Model::forward_by_layer`](super::Model::forward_by_layer).
    pub fn forward_by_layer<'a>(&'a self, images: Tensor<4>, on_layer: &mut dyn FnMut(&'a str)) -> Tensor<2> {
        run(&self.operators, Activation::Map(images), &mut |name| on_layer(name)).vector()
    }
}

/// Where a network is built.
struct Destination<'a> {
    device: &'a Device,
    /// Maximum size of one buffer.
    max_bytes: u64,
}

fn branch(layers: &[Named], weights: &mut dyn Weights, destination: &Destination<'_>) -> Result<Branch, WeightError> {
    let named = |named: &Named| {
        Ok(NamedOperator { name: named.name.clone(), operator: operator(named, weights, destination)? })
    };
    layers.iter().map(named).collect()
}

fn branches(
    branches: &[Vec<Named>],
    weights: &mut dyn Weights,
    destination: &Destination<'_>,
) -> Result<Vec<Branch>, WeightError> {
    branches.iter().map(|layers| branch(layers, weights, destination)).collect()
}

fn operator(named: &Named, weights: &mut dyn Weights, destination: &Destination<'_>) -> Result<Operator, WeightError> {
    let mut tensors = Loader { prefix: &named.name, weights, device: destination.device };
    Ok(match &named.layer {
        Layer::Conv(conv) => {
            let [kernel_height, kernel_width] = conv.kernel;
            let ([vertical, horizontal], [below, right]) = (conv.padding, conv.extra_padding);
            let shape = [conv.outputs, conv.inputs / conv.groups, kernel_height, kernel_width];
            Operator::Conv(Conv2d {
                weight: Param::from_tensor(tensors.load("weight", shape)?),
                bias: match conv.bias {
                    true => Some(Param::from_tensor(tensors.load("bias", [conv.outputs])?)),
                    false => None,
                },
                stride: conv.stride,
                kernel_size: conv.kernel,
                dilation: conv.dilation,
                groups: conv.groups,
                padding: PaddingConfig2d::Explicit(vertical, horizontal, vertical + below, horizontal + right),
            })
        }
        Layer::Norm(norm) => Operator::Norm(BatchNorm {
            gamma: Param::from_tensor(tensors.load("weight", [norm.channels])?),
            beta: Param::from_tensor(tensors.load("bias", [norm.channels])?),
            training: Param::<Flag>::from_bool(false),
            running_mean: RunningState::new(tensors.load("running_mean", [norm.channels])?),
            running_var: RunningState::new(tensors.load("running_var", [norm.channels])?),
            // Not used at inference.
            momentum: 0.1,
            epsilon: norm.eps,
        }),
        Layer::Relu => Operator::Relu,
        Layer::Activation(function) => Operator::Function(*function),
        Layer::Scale { channels } => Operator::Scale(tensors.own(&[*channels, 1, 1], [1, *channels, 1, 1])?),
        Layer::LayerNorm(norm) => {
            let mut operator = LayerNormConfig::new(norm.channels).with_epsilon(norm.eps).init(tensors.device);
            operator.gamma = Param::from_tensor(tensors.load("weight", [norm.channels])?);
            operator.beta = Some(Param::from_tensor(tensors.load("bias", [norm.channels])?));
            Operator::LayerNorm(operator)
        }
        Layer::PRelu { channels } => Operator::PRelu(PRelu {
            alpha: Param::from_tensor(tensors.load("weight", [*channels])?),
            // The initial value of `alpha`, which burn does not use here.
            alpha_value: 0.0,
        }),
        Layer::Lrn(lrn) => Operator::Lrn(lrn.clone()),
        Layer::MaxPool(pool) => Operator::MaxPool(MaxPool2d {
            stride: pool.stride,
            kernel_size: pool.kernel,
            padding: padding(pool),
            dilation: [1, 1],
            ceil_mode: pool.ceil,
        }),
        Layer::AvgPool(pool) => Operator::AvgPool(AvgPool2d {
            stride: pool.stride,
            kernel_size: pool.kernel,
            padding: padding(pool),
            count_include_pad: pool.count_padding,
            ceil_mode: pool.ceil,
        }),
        Layer::GlobalAvgPool => Operator::GlobalAvgPool(AdaptiveAvgPool2dConfig::new([1, 1]).init()),
        Layer::Flatten => Operator::Flatten,
        Layer::Linear { inputs, outputs } => {
            Operator::Linear(tensors.linear(["weight", "bias"], [*inputs, *outputs], destination.max_bytes)?)
        }
        Layer::Projection { features } => {
            let sizes = [*features, 3 * features];
            Operator::Linear(tensors.linear(["in_proj_weight", "in_proj_bias"], sizes, destination.max_bytes)?)
        }
        Layer::Attention { heads } => Operator::Attention { heads: *heads },
        Layer::ClassToken { features } => Operator::ClassToken(tensors.own(&[1, 1, *features], [1, *features, 1, 1])?),
        Layer::PositionEmbedding { tokens, features } => {
            let rows = tensors.own(&[1, *tokens, *features], [1, 1, *tokens, *features])?;
            // Channels first.
            Operator::PositionEmbedding(rows.permute([0, 3, 2, 1]))
        }
        Layer::FirstToken => Operator::FirstToken,
        Layer::Dropout { .. } => Operator::Identity,
        Layer::ZeroPadChannels { channels } => Operator::ZeroPadChannels(*channels),
        Layer::Sum(list) => Operator::Sum(branches(list, weights, destination)?),
        Layer::Product(list) => Operator::Product(branches(list, weights, destination)?),
        Layer::Concat(list) => Operator::Concat(branches(list, weights, destination)?),
    })
}

fn padding(pool: &Pool) -> PaddingConfig2d {
    let [vertical, horizontal] = pool.padding;
    PaddingConfig2d::Explicit(vertical, horizontal, vertical, horizontal)
}

/// Loads the tensors of one layer.
struct Loader<'a> {
    prefix: &'a str,
    weights: &'a mut dyn Weights,
    device: &'a Device,
}

/// How many outputs of a fully connected layer have weights that fit into one buffer; 1 if not even one row fits.
fn rows(inputs: usize, max_bytes: u64) -> usize {
    let row = (inputs as u64).saturating_mul(size_of::<f32>() as u64).max(1);
    usize::try_from(max_bytes / row).unwrap_or(usize::MAX).max(1)
}

impl Loader<'_> {
    /// A fully connected layer in pieces whose weights have at most `max_bytes`, from the tensors with these suffixes.
    fn linear(
        &mut self,
        [weight, bias]: [&str; 2],
        [inputs, outputs]: [usize; 2],
        max_bytes: u64,
    ) -> Result<Vec<Linear>, WeightError> {
        let max = rows(inputs, max_bytes);
        let weight = self.weights.take(&format!("{}.{weight}", self.prefix), &[outputs, inputs])?;
        let bias = self.weights.take(&format!("{}.{bias}", self.prefix), &[outputs])?;
        let piece = |(weight, bias): (&[f32], &[f32])| {
            let tensor = Tensor::<2>::from_data(TensorData::new(weight.to_vec(), [bias.len(), inputs]), self.device);
            Linear {
                // burn multiplies by `[inputs, outputs]`. Transposing the published layout keeps each output's row contiguous.
                weight: Param::from_tensor(tensor.transpose()),
                bias: Some(Param::from_tensor(Tensor::from_data(
                    TensorData::new(bias.to_vec(), [bias.len()]),
                    self.device,
                ))),
            }
        };
        let max = max.min(outputs.max(1));
        Ok(weight.chunks(max.saturating_mul(inputs).max(1)).zip(bias.chunks(max)).map(piece).collect())
    }

    /// The tensor with the layer's own name and this shape, as another shape.
    fn own(&mut self, shape: &[usize], as_shape: [usize; 4]) -> Result<Tensor<4>, WeightError> {
        let values = self.weights.take(self.prefix, shape)?;
        Ok(Tensor::from_data(TensorData::new(values, as_shape), self.device))
    }

    fn load<const D: usize>(&mut self, suffix: &str, shape: [usize; D]) -> Result<Tensor<D>, WeightError> {
        let values = self.weights.take(&format!("{}.{suffix}", self.prefix), &shape)?;
        Ok(Tensor::from_data(TensorData::new(values, shape), self.device))
    }
}

/// Generic over `on_layer`, so that an ordinary pass is compiled without calls of it.
fn run<'a, W: FnMut(&'a str)>(operators: &'a [NamedOperator], input: Activation, on_layer: &mut W) -> Activation {
    operators.iter().fold(input, |activation, NamedOperator { name, operator }| {
        let output = operator.apply(activation, on_layer);
        // The layers without a cost.
        if !matches!(operator, Operator::Flatten | Operator::Identity) {
            on_layer(name);
        }
        output
    })
}

impl Operator {
    fn apply<'a, W: FnMut(&'a str)>(&'a self, input: Activation, on_layer: &mut W) -> Activation {
        use Activation::{Map, Vector};
        match (self, input) {
            (Self::Conv(conv), input) => Map(conv.forward(input.map())),
            (Self::Norm(norm), Map(x)) => Map(norm.forward(x)),
            (Self::Norm(norm), Vector(x)) => Vector(norm.forward(x)),
            (Self::Relu, Map(x)) => Map(activation::relu(x)),
            (Self::Relu, Vector(x)) => Vector(activation::relu(x)),
            (Self::Function(function), Map(x)) => Map(apply(*function, x)),
            (Self::Function(function), Vector(x)) => Vector(apply(*function, x)),
            (Self::Scale(factors), input) => Map(input.map() * factors.clone()),
            (Self::LayerNorm(norm), Map(x)) => Map(last(x, |x| norm.forward(x))),
            (Self::LayerNorm(norm), Vector(x)) => Vector(norm.forward(x)),
            (Self::PRelu(prelu), Map(x)) => Map(prelu.forward(x)),
            (Self::PRelu(prelu), Vector(x)) => Vector(prelu.forward(x)),
            (Self::Lrn(lrn), input) => Map(normalise(input.map(), lrn)),
            (Self::MaxPool(pool), input) => Map(pool.forward(input.map())),
            (Self::AvgPool(pool), input) => Map(pool.forward(input.map())),
            (Self::GlobalAvgPool(pool), input) => Map(pool.forward(input.map())),
            (Self::Flatten, Map(x)) => Vector(x.flatten(1, 3)),
            (Self::Flatten | Self::Identity, input) => input,
            (Self::Linear(pieces), Vector(x)) => Vector(linear(pieces, x)),
            (Self::Linear(pieces), Map(x)) => Map(last(x, |x| {
                let [n, height, width, channels] = x.dims();
                let y = linear(pieces, x.reshape([n * height * width, channels]));
                let [_, channels] = y.dims();
                y.reshape([n, height, width, channels])
            })),
            (Self::Attention { heads }, input) => Map(attend(*heads, input.map())),
            (Self::ClassToken(token), input) => {
                let x = input.map();
                let [n, features, height, width] = x.dims();
                let token = token.clone().expand([n, features, 1, 1]);
                Map(Tensor::cat(vec![token, x.reshape([n, features, height * width, 1])], 2))
            }
            (Self::PositionEmbedding(vectors), input) => Map(input.map() + vectors.clone()),
            (Self::FirstToken, input) => Vector(input.map().narrow(2, 0, 1).flatten::<2>(1, 3)),
            (Self::ZeroPadChannels(channels), input) => Map(zero_pad(input.map(), *channels)),
            (Self::Sum(branches), input) => Map(sum(branches, input, on_layer)),
            (Self::Product(branches), input) => {
                let parts = branches.iter().map(|branch| run(branch, input.clone(), on_layer).map());
                Map(parts.reduce(|product, part| product * part).unwrap_or_else(|| input.clone().map()))
            }
            (Self::Concat(branches), input) => {
                let parts = branches.iter().map(|branch| run(branch, input.clone(), on_layer).map()).collect();
                Map(Tensor::cat(parts, 1))
            }
        }
    }
}

fn sum<'a, W: FnMut(&'a str)>(branches: &'a [Branch], input: Activation, on_layer: &mut W) -> Tensor<4> {
    let Some((last, first)) = branches.split_last() else { return input.map() };
    let parts: Vec<Tensor<4>> = first.iter().map(|branch| run(branch, input.clone(), on_layer).map()).collect();
    // The last branch takes the input itself, so that the device may reuse its memory.
    parts.into_iter().fold(run(last, input, on_layer).map(), |total, part| part + total)
}

fn apply<const D: usize>(function: Function, x: Tensor<D>) -> Tensor<D> {
    match function {
        Function::Relu6 => activation::relu6(x),
        Function::HardSigmoid => activation::hard_sigmoid(x, 1.0 / 6.0, 0.5),
        Function::HardSwish => activation::hard_swish(x),
        Function::Sigmoid => activation::sigmoid(x),
        Function::Silu => activation::silu(x),
        Function::Gelu => activation::gelu(x),
    }
}

/// Calls `of` with the channels as the last dimension.
fn last(x: Tensor<4>, of: impl FnOnce(Tensor<4>) -> Tensor<4>) -> Tensor<4> {
    of(x.permute([0, 2, 3, 1])).permute([0, 3, 1, 2])
}

/// Attention between tokens `[n, 3 * features, tokens, 1]`.
fn attend(heads: usize, x: Tensor<4>) -> Tensor<4> {
    let [n, channels, tokens, _] = x.dims();
    let size = channels / 3 / heads;
    let [queries, keys, values] = [0, 1, 2].map(|part| {
        let part = x.clone().narrow(1, part * heads * size, heads * size);
        part.reshape([n, heads, size, tokens])
    });
    let products = queries.swap_dims(2, 3).matmul(keys).div_scalar((size as f64).sqrt());
    let weights = activation::softmax(products, 3);
    values.matmul(weights.swap_dims(2, 3)).reshape([n, heads * size, tokens, 1])
}

/// Local response normalisation as a sum of shifted channels. burn's own layer permutes the maps to average them with a pool, which
/// takes two to six times as long on flex.
fn normalise(x: Tensor<4>, lrn: &Lrn) -> Tensor<4> {
    let [n, channels, height, width] = x.dims();
    let (below, above) = (lrn.size / 2, (lrn.size - 1) / 2);
    let zeros = |channels| Tensor::zeros([n, channels, height, width], &x.device());
    let squares = Tensor::cat(vec![zeros(below), x.clone() * x.clone(), zeros(above)], 1);
    let first = squares.clone().narrow(1, 0, channels);
    let sum = (1..lrn.size).fold(first, |sum, shift| sum + squares.clone().narrow(1, shift, channels));
    let base = sum.mul_scalar(lrn.alpha / lrn.size as f64).add_scalar(lrn.k);
    if lrn.beta == 0.75 {
        // The exponent of all published networks: two roots instead of a logarithm and an exponential.
        let root = base.sqrt();
        return x / (root.clone() * root.sqrt());
    }
    x / base.powf_scalar(lrn.beta)
}

fn linear(pieces: &[Linear], input: Tensor<2>) -> Tensor<2> {
    match pieces {
        [whole] => whole.forward(input),
        _ => Tensor::cat(pieces.iter().map(|piece| piece.forward(input.clone())).collect(), 1),
    }
}

fn zero_pad(x: Tensor<4>, channels: usize) -> Tensor<4> {
    let [n, present, height, width] = x.dims();
    let zeros = Tensor::zeros([n, channels - present, height, width], &x.device());
    Tensor::cat(vec![x, zeros], 1)
}

impl Activation {
    fn map(self) -> Tensor<4> {
        match self {
            Self::Map(x) => x,
            Self::Vector(_) => panic!("a layer on maps follows a vector, which `networks::shapes` refuses"),
        }
    }

    fn vector(self) -> Tensor<2> {
        match self {
            Self::Vector(x) => x,
            Self::Map(_) => panic!("a layer on vectors follows a map, which `networks::shapes` refuses"),
        }
    }
}
