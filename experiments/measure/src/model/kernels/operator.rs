//! One layer with its weights in the form that the kernels need.

use kernels::{Convolution, Depthwise, Function, Geometry, LayerNorm, Processor, Response, Window};
use networks::{Activation, Layer, Pool};

use crate::weights::{WeightError, Weights};

/// A layer for the kernels. A plan computes sums, products and concatenations itself, as parts of the steps of other layers.
pub(super) enum Operator {
    /// A convolution, or a fully connected layer as a convolution with a 1x1 kernel.
    Convolution(Convolution),
    Depthwise(Depthwise),
    Affine {
        scale: Vec<f32>,
        shift: Vec<f32>,
    },
    Relu,
    Function(Function),
    PRelu(Vec<f32>),
    LayerNorm(LayerNorm),
    Attention {
        heads: usize,
    },
    ClassToken(Vec<f32>),
    PositionEmbedding(Vec<f32>),
    FirstToken,
    Largest(Window),
    Mean(Window),
    GlobalMean,
    Response(Response),
    Flatten,
    /// A layer that only the plan handles.
    Structure,
}

/// The layer `name` with its tensors, taken in the order of their definition.
pub(super) fn build(
    name: &str,
    layer: &Layer,
    weights: &mut dyn Weights,
    processor: Processor,
) -> Result<Operator, WeightError> {
    let mut take = |suffix: &str, shape: &[usize]| weights.take(&format!("{name}.{suffix}"), shape);
    Ok(match layer {
        Layer::Conv(conv) => {
            let [height, width] = conv.kernel;
            let geometry = Geometry {
                inputs: conv.inputs,
                outputs: conv.outputs,
                kernel: conv.kernel,
                stride: conv.stride,
                padding: conv.padding,
                extra_padding: conv.extra_padding,
                dilation: conv.dilation,
                groups: conv.groups,
            };
            if Depthwise::fits(&geometry) {
                let weight = take("weight", &[conv.outputs, 1, height, width])?;
                let bias = if conv.bias { Some(take("bias", &[conv.outputs])?) } else { None };
                return Ok(Operator::Depthwise(Depthwise::pack(processor, geometry, &weight, bias.as_deref())));
            }
            let room = Convolution::empty(processor, geometry);
            let weight = take("weight", &[conv.outputs, conv.inputs / conv.groups, height, width])?;
            let bias = if conv.bias { Some(take("bias", &[conv.outputs])?) } else { None };
            Operator::Convolution(room.fill(&weight, bias.as_deref()))
        }
        Layer::Linear { inputs, outputs } => {
            let room = Convolution::empty(processor, Geometry::linear(*inputs, *outputs));
            let weight = take("weight", &[*outputs, *inputs])?;
            let bias = take("bias", &[*outputs])?;
            Operator::Convolution(room.fill(&weight, Some(&bias)))
        }
        Layer::Norm(norm) => {
            let shape = [norm.channels];
            let [gamma, beta] = [take("weight", &shape)?, take("bias", &shape)?];
            let [mean, variance] = [take("running_mean", &shape)?, take("running_var", &shape)?];
            // Two constants replace four. They are computed in f64 and rounded once.
            let constants =
                gamma.iter().zip(beta).zip(mean.iter().zip(variance)).map(|((gamma, beta), (mean, variance))| {
                    let scale = f64::from(*gamma) / (f64::from(variance) + norm.eps).sqrt();
                    (scale as f32, (f64::from(beta) - f64::from(*mean) * scale) as f32)
                });
            let (scale, shift) = constants.unzip();
            Operator::Affine { scale, shift }
        }
        Layer::Projection { features } => {
            let room = Convolution::empty(processor, Geometry::linear(*features, 3 * features));
            let weight = take("in_proj_weight", &[3 * features, *features])?;
            let bias = take("in_proj_bias", &[3 * features])?;
            Operator::Convolution(room.fill(&weight, Some(&bias)))
        }
        Layer::LayerNorm(norm) => {
            let [weight, bias] = [take("weight", &[norm.channels])?, take("bias", &[norm.channels])?];
            Operator::LayerNorm(LayerNorm { weight, bias, eps: norm.eps as f32 })
        }
        Layer::Scale { channels } => {
            Operator::Affine { scale: weights.take(name, &[*channels, 1, 1])?, shift: vec![0.0; *channels] }
        }
        Layer::ClassToken { features } => Operator::ClassToken(weights.take(name, &[1, 1, *features])?),
        Layer::PositionEmbedding { tokens, features } => {
            Operator::PositionEmbedding(weights.take(name, &[1, *tokens, *features])?)
        }
        Layer::Attention { heads } => Operator::Attention { heads: *heads },
        Layer::FirstToken => Operator::FirstToken,
        Layer::Activation(function) => Operator::Function(match function {
            Activation::Relu6 => Function::Relu6,
            Activation::HardSigmoid => Function::HardSigmoid,
            Activation::HardSwish => Function::HardSwish,
            Activation::Sigmoid => Function::Sigmoid,
            Activation::Silu => Function::Silu,
            Activation::Gelu => Function::Gelu,
        }),
        Layer::PRelu { channels } => Operator::PRelu(take("weight", &[*channels])?),
        Layer::Relu => Operator::Relu,
        Layer::Lrn(lrn) => Operator::Response(Response { size: lrn.size, alpha: lrn.alpha, beta: lrn.beta, k: lrn.k }),
        Layer::MaxPool(pool) => Operator::Largest(window(pool)),
        Layer::AvgPool(pool) => Operator::Mean(window(pool)),
        Layer::GlobalAvgPool => Operator::GlobalMean,
        Layer::Flatten => Operator::Flatten,
        Layer::Dropout { .. }
        | Layer::ZeroPadChannels { .. }
        | Layer::Sum(_)
        | Layer::Product(_)
        | Layer::Concat(_) => Operator::Structure,
    })
}

fn window(pool: &Pool) -> Window {
    Window {
        kernel: pool.kernel,
        stride: pool.stride,
        padding: pool.padding,
        ceil: pool.ceil,
        count_padding: pool.count_padding,
    }
}
