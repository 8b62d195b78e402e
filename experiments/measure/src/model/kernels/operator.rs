//! One layer with its weights in the form that the kernels need.

use kernels::{Convolution, Geometry, Processor, Response, Window};
use networks::{Layer, Pool};

use crate::weights::{WeightError, Weights};

/// A layer for the kernels. A plan computes sums and concatenations itself, as parts of the steps of other layers.
pub(super) enum Operator {
    /// A convolution, or a fully connected layer as a convolution with a 1x1 kernel.
    Convolution(Convolution),
    Affine {
        scale: Vec<f32>,
        shift: Vec<f32>,
    },
    Relu,
    PRelu(Vec<f32>),
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
                dilation: conv.dilation,
                groups: conv.groups,
            };
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
        Layer::PRelu { channels } => Operator::PRelu(take("weight", &[*channels])?),
        Layer::Relu => Operator::Relu,
        Layer::Lrn(lrn) => Operator::Response(Response { size: lrn.size, alpha: lrn.alpha, beta: lrn.beta, k: lrn.k }),
        Layer::MaxPool(pool) => Operator::Largest(window(pool)),
        Layer::AvgPool(pool) => Operator::Mean(window(pool)),
        Layer::GlobalAvgPool => Operator::GlobalMean,
        Layer::Flatten => Operator::Flatten,
        Layer::Dropout { .. } | Layer::ZeroPadChannels { .. } | Layer::Sum(_) | Layer::Concat(_) => Operator::Structure,
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
