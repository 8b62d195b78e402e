//! MobileNet-v3-Large: blocks of MobileNet-v2 with squeeze and excitation and with hard swish, chosen by a search.

use super::blocks::{After, Inverted, normalised};
use crate::layer::Activation;
use crate::network::{Family, Network, Shape};
use crate::notation::{activation, conv, dropout, flatten, global_avg_pool, layers, linear, within};

const EPS: f64 = 1e-3;
const SWISH: After = After::Function(Activation::HardSwish);

/// Table 1: kernel, expansion, outputs, squeeze and excitation, function, stride.
#[rustfmt::skip]
const BLOCKS: [(usize, usize, usize, bool, After, usize); 15] = [
    (3,  16,  16, false, After::Relu, 1),       // 16 x 112 x 112
    (3,  64,  24, false, After::Relu, 2),       // 24 x 56 x 56
    (3,  72,  24, false, After::Relu, 1),
    (5,  72,  40, true,  After::Relu, 2),       // 40 x 28 x 28
    (5, 120,  40, true,  After::Relu, 1),
    (5, 120,  40, true,  After::Relu, 1),
    (3, 240,  80, false, SWISH, 2),             // 80 x 14 x 14
    (3, 200,  80, false, SWISH, 1),
    (3, 184,  80, false, SWISH, 1),
    (3, 184,  80, false, SWISH, 1),
    (3, 480, 112, true,  SWISH, 1),
    (3, 672, 112, true,  SWISH, 1),
    (5, 672, 160, true,  SWISH, 2),             // 160 x 7 x 7
    (5, 960, 160, true,  SWISH, 1),
    (5, 960, 160, true,  SWISH, 1),
];

/// Table 1, with the names of torchvision's `mobilenet_v3_large`.
pub fn mobilenet_v3_large() -> Network {
    let mut layers = normalised("features.0", conv("0", 3, 16, 3).stride(2).padding(1), EPS, SWISH);
    let mut inputs = 16;
    for (index, (kernel, wide, outputs, is_excited, after, stride)) in BLOCKS.into_iter().enumerate() {
        let excitation = is_excited.then(|| (squeezed(wide), After::Relu, Activation::HardSigmoid));
        let block = Inverted { kernel, inputs, wide, outputs, stride, eps: EPS, after, excitation };
        layers.extend(within(&format!("features.{}", index + 1), block.layers()));
        inputs = outputs;
    }
    layers.extend(normalised("features.16", conv("0", 160, 960, 1), EPS, SWISH));
    layers.extend(layers![
        global_avg_pool("avgpool"),
        flatten("flatten"),
        linear("classifier.0", 960, 1280),
        activation("classifier.1", Activation::HardSwish),
        dropout("classifier.2", 0.2),
        linear("classifier.3", 1280, 1000),
    ]);
    Network {
        name: "mobilenet-v3-large",
        title: "MobileNet-v3-Large",
        family: Family::MobileNet,
        reference: "Howard, Sandler, Chu, Chen, Chen, Tan, Wang, Zhu, Pang, Vasudevan, Le, Adam, Searching for \
                    MobileNetV3, arXiv:1905.02244, Table 1",
        input: Shape::Map(3, 224, 224),
        layers,
    }
}

/// A quarter of the channels, rounded to a multiple of 8, but never down by more than a tenth.
fn squeezed(wide: usize) -> usize {
    let quarter = wide / 4;
    let rounded = ((quarter + 4) / 8 * 8).max(8);
    if 10 * rounded < 9 * quarter { rounded + 8 } else { rounded }
}
