//! MobileNet-v2: blocks that widen the maps, convolve each by itself, and narrow them again.

use super::blocks::{After, normalised};
use crate::layer::{Activation, Branch};
use crate::network::{Family, Network, Shape};
use crate::notation::{conv, dropout, flatten, global_avg_pool, layers, linear, norm, sum, within};

const EPS: f64 = 1e-5;
const CLIPPED: After = After::Function(Activation::Relu6);

/// Table 2: expansion, outputs, number of blocks, stride of the first.
#[rustfmt::skip]
const STAGES: [[usize; 4]; 7] = [
    [1,  16, 1, 1],     // 16 x 112 x 112
    [6,  24, 2, 2],     // 24 x 56 x 56
    [6,  32, 3, 2],     // 32 x 28 x 28
    [6,  64, 4, 2],     // 64 x 14 x 14
    [6,  96, 3, 1],
    [6, 160, 3, 2],     // 160 x 7 x 7
    [6, 320, 1, 1],
];

/// Table 2, with the names of torchvision's `mobilenet_v2`.
pub fn mobilenet_v2() -> Network {
    let mut layers = normalised("features.0", conv("0", 3, 32, 3).stride(2).padding(1), EPS, CLIPPED);
    let (mut inputs, mut index) = (32, 1);
    for [expansion, outputs, blocks, stride] in STAGES {
        for block in 0..blocks {
            let stride = if block == 0 { stride } else { 1 };
            layers.extend(within(&format!("features.{index}"), inverted(inputs, expansion, outputs, stride)));
            (inputs, index) = (outputs, index + 1);
        }
    }
    layers.extend(normalised("features.18", conv("0", inputs, 1280, 1), EPS, CLIPPED));
    layers.extend(layers![
        global_avg_pool("avgpool"),
        flatten("flatten"),
        dropout("classifier.0", 0.2),
        linear("classifier.1", 1280, 1000),
    ]);
    Network {
        name: "mobilenet-v2",
        title: "MobileNet-v2",
        family: Family::MobileNet,
        reference: "Sandler, Howard, Zhu, Zhmoginov, Chen, MobileNetV2: Inverted Residuals and Linear Bottlenecks, \
                    arXiv:1801.04381, Table 2",
        input: Shape::Map(3, 224, 224),
        layers,
    }
}

/// Table 1, with a shortcut where the shape stays.
fn inverted(inputs: usize, expansion: usize, outputs: usize, stride: usize) -> Branch {
    let wide = expansion * inputs;
    let mut main = Branch::new();
    if expansion > 1 {
        main.extend(normalised("conv.0", conv("0", inputs, wide, 1), EPS, CLIPPED));
    }
    let depthwise = conv("0", wide, wide, 3).stride(stride).padding(1).groups(wide);
    let next = usize::from(expansion > 1);
    main.extend(normalised(&format!("conv.{next}"), depthwise, EPS, CLIPPED));
    main.extend(layers![
        conv(format!("conv.{}", next + 1), wide, outputs, 1).without_bias(),
        norm(format!("conv.{}", next + 2), outputs, EPS),
    ]);
    if stride == 1 && inputs == outputs { layers![sum("add", vec![layers![], main])] } else { main }
}
