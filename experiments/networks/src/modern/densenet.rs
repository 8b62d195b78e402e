//! DenseNet-121: each layer of a block reads the concatenated maps of all layers before it.

use crate::layer::Branch;
use crate::network::{Family, Network, Shape};
use crate::notation::{avg_pool, concat, conv, flatten, global_avg_pool, layers, linear, max_pool, norm, relu, within};

const EPS: f64 = 1e-5;
/// Maps that each layer of a block adds; its 1x1 convolution has four times as many.
const GROWTH: usize = 32;

/// Table 1, DenseNet-121, with the names of torchvision's `densenet121`.
pub fn densenet_121() -> Network {
    Network {
        name: "densenet-121",
        title: "DenseNet-121",
        family: Family::DenseNet,
        reference: "Huang, Liu, van der Maaten, Weinberger, Densely Connected Convolutional Networks, \
                    arXiv:1608.06993, Table 1",
        input: Shape::Map(3, 224, 224),
        #[rustfmt::skip]
        layers: [
            layers![
                conv("features.conv0", 3, 64, 7).stride(2).padding(3).without_bias(),   // 64 x 112 x 112
                norm("features.norm0", 64, EPS),
                relu("features.relu0"),
                max_pool("features.pool0", 3, 2).padding(1),                            // 64 x 56 x 56
            ],
            block("features.denseblock1", 64, 6),                                       // 256 x 56 x 56
            transition("features.transition1", 256),                                    // 128 x 28 x 28
            block("features.denseblock2", 128, 12),                                     // 512 x 28 x 28
            transition("features.transition2", 512),                                    // 256 x 14 x 14
            block("features.denseblock3", 256, 24),                                     // 1024 x 14 x 14
            transition("features.transition3", 1024),                                   // 512 x 7 x 7
            block("features.denseblock4", 512, 16),                                     // 1024 x 7 x 7
            layers![
                norm("features.norm5", 1024, EPS),
                relu("features.relu5"),
                global_avg_pool("features.pool5"),
                flatten("flatten"),                                                     // 1024
                linear("classifier", 1024, 1000),
            ],
        ]
        .concat(),
    }
}

fn block(name: &str, inputs: usize, layers: usize) -> Branch {
    let layer = |index: usize| {
        let inputs = inputs + index * GROWTH;
        let new = layers![
            norm("norm1", inputs, EPS),
            relu("relu1"),
            conv("conv1", inputs, 4 * GROWTH, 1).without_bias(),
            norm("norm2", 4 * GROWTH, EPS),
            relu("relu2"),
            conv("conv2", 4 * GROWTH, GROWTH, 3).same().without_bias(),
        ];
        within(&format!("{name}.denselayer{}", index + 1), layers![concat("concat", vec![layers![], new])])
    };
    (0..layers).flat_map(layer).collect()
}

/// Half the maps, at half the resolution.
fn transition(name: &str, inputs: usize) -> Branch {
    let layers = layers![
        norm("norm", inputs, EPS),
        relu("relu"),
        conv("conv", inputs, inputs / 2, 1).without_bias(),
        avg_pool("pool", 2, 2),
    ];
    within(name, layers)
}
