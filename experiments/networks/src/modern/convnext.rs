//! ConvNeXt-Tiny: depthwise convolutions with large kernels, layer normalisation, and two layers at each pixel.

use crate::layer::{Activation, Branch};
use crate::network::{Family, Network, Shape};
use crate::notation::{activation, conv, flatten, global_avg_pool, layer_norm, layers, linear, scale, sum, within};

const EPS: f64 = 1e-6;

/// Section 2.2: channels and number of blocks of each stage.
#[rustfmt::skip]
const STAGES: [[usize; 2]; 4] = [
    [ 96, 3],       // 96 x 56 x 56
    [192, 3],       // 192 x 28 x 28
    [384, 9],       // 384 x 14 x 14
    [768, 3],       // 768 x 7 x 7
];

/// ConvNeXt-T of the paper's Table 9, with the names of torchvision's `convnext_tiny`.
pub fn convnext_tiny() -> Network {
    let mut layers = Branch::new();
    let mut inputs = 3;
    for (index, [channels, blocks]) in STAGES.into_iter().enumerate() {
        layers.extend(within(
            &format!("features.{}", 2 * index),
            match index {
                0 => layers![conv("0", inputs, channels, 4).stride(4), layer_norm("1", channels, EPS)],
                _ => layers![layer_norm("0", inputs, EPS), conv("1", inputs, channels, 2).stride(2)],
            },
        ));
        let blocks = (0..blocks).flat_map(|number| within(&number.to_string(), block(channels)));
        layers.extend(within(&format!("features.{}", 2 * index + 1), blocks.collect()));
        inputs = channels;
    }
    layers.extend(layers![
        global_avg_pool("avgpool"),
        layer_norm("classifier.0", inputs, EPS),
        flatten("classifier.1"),
        linear("classifier.2", inputs, 1000),
    ]);
    Network {
        name: "convnext-tiny",
        title: "ConvNeXt-Tiny",
        family: Family::ConvNeXt,
        reference: "Liu, Mao, Wu, Feichtenhofer, Darrell, Xie, A ConvNet for the 2020s, arXiv:2201.03545, Table 9, \
                    ConvNeXt-T",
        input: Shape::Map(3, 224, 224),
        layers,
    }
}

/// Figure 4, right.
fn block(channels: usize) -> Branch {
    let main = layers![
        conv("block.0", channels, channels, 7).same().groups(channels),
        layer_norm("block.2", channels, EPS),
        linear("block.3", channels, 4 * channels),
        activation("block.4", Activation::Gelu),
        linear("block.5", 4 * channels, channels),
        scale("layer_scale", channels),
    ];
    layers![sum("add", vec![main, layers![]])]
}
