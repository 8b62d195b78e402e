//! RegNet-Y-400MF: residual bottlenecks with grouped convolutions and with squeeze and excitation, whose widths follow
//! from four numbers.

use super::blocks::{After, excited, normalised};
use crate::layer::{Activation, Branch};
use crate::network::{Family, Network, Shape};
use crate::notation::{conv, flatten, global_avg_pool, layers, linear, relu, sum, within};

const EPS: f64 = 1e-5;
/// Channels of a group.
const GROUP: usize = 8;

/// Table 6, RegNetY-400MF: outputs and number of blocks of each stage.
#[rustfmt::skip]
const STAGES: [[usize; 2]; 4] = [
    [ 48, 1],       // 48 x 56 x 56
    [104, 3],       // 104 x 28 x 28
    [208, 6],       // 208 x 14 x 14
    [440, 6],       // 440 x 7 x 7
];

/// The network of the paper's Table 6, with the names of torchvision's `regnet_y_400mf`.
pub fn regnet_y_400mf() -> Network {
    let mut layers = normalised("stem", conv("0", 3, 32, 3).stride(2).padding(1), EPS, After::Relu);
    let mut inputs = 32;
    for ([outputs, blocks], stage) in STAGES.into_iter().zip(1..) {
        for index in 0..blocks {
            let stride = if index == 0 { 2 } else { 1 };
            layers.extend(within(
                &format!("trunk_output.block{stage}.block{stage}-{index}"),
                block(inputs, outputs, stride),
            ));
            inputs = outputs;
        }
    }
    layers.extend(layers![global_avg_pool("avgpool"), flatten("flatten"), linear("fc", inputs, 1000)]);
    Network {
        name: "regnet-y-400mf",
        title: "RegNet-Y-400MF",
        family: Family::RegNet,
        reference: "Radosavovic, Kosaraju, Girshick, He, Dollar, Designing Network Design Spaces, arXiv:2003.13678, \
                    Table 6",
        input: Shape::Map(3, 224, 224),
        layers,
    }
}

/// Squeeze and excitation has a quarter of the channels of the block's input.
fn block(inputs: usize, outputs: usize, stride: usize) -> Branch {
    let grouped = conv("0", outputs, outputs, 3).stride(stride).padding(1).groups(outputs / GROUP);
    let main = [
        normalised("f.a", conv("0", inputs, outputs, 1), EPS, After::Relu),
        normalised("f.b", grouped, EPS, After::Relu),
        within("f.se", excited(outputs, inputs / 4, After::Relu, Activation::Sigmoid)),
        normalised("f.c", conv("0", outputs, outputs, 1), EPS, After::Nothing),
    ];
    let shortcut = match stride == 1 && inputs == outputs {
        true => layers![],
        false => normalised("proj", conv("0", inputs, outputs, 1).stride(stride), EPS, After::Nothing),
    };
    layers![sum("add", vec![shortcut, main.concat()]), relu("activation")]
}
