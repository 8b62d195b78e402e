//! SqueezeNet 1.1: the network of the paper with fewer maps in the first convolution and earlier pools.

use crate::layer::Branch;
use crate::network::{Family, Network, Shape};
use crate::notation::{concat, conv, dropout, flatten, global_avg_pool, layers, max_pool, relu, within};

/// The layers of torchvision's `squeezenet1_1`. Pooling rounds up.
pub fn squeezenet_1_1() -> Network {
    Network {
        name: "squeezenet-1-1",
        title: "SqueezeNet-1.1",
        family: Family::SqueezeNet,
        reference: "Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer, SqueezeNet: AlexNet-level accuracy with 50x fewer \
                    parameters and <0.5MB model size, arXiv:1602.07360, version 1.1 of its authors",
        input: Shape::Map(3, 224, 224),
        #[rustfmt::skip]
        layers: [
            layers![
                conv("features.0", 3, 64, 3).stride(2),         // 64 x 111 x 111
                relu("features.1"),
                max_pool("features.2", 3, 2).ceil(),            // 64 x 55 x 55
            ],
            fire("features.3", 64, 16, 64),                     // 128 x 55 x 55
            fire("features.4", 128, 16, 64),
            layers![max_pool("features.5", 3, 2).ceil()],       // 128 x 27 x 27
            fire("features.6", 128, 32, 128),                   // 256 x 27 x 27
            fire("features.7", 256, 32, 128),
            layers![max_pool("features.8", 3, 2).ceil()],       // 256 x 13 x 13
            fire("features.9", 256, 48, 192),                   // 384 x 13 x 13
            fire("features.10", 384, 48, 192),
            fire("features.11", 384, 64, 256),                  // 512 x 13 x 13
            fire("features.12", 512, 64, 256),
            layers![
                dropout("classifier.0", 0.5),
                conv("classifier.1", 512, 1000, 1),             // 1000 x 13 x 13
                relu("classifier.2"),
                global_avg_pool("classifier.3"),
                flatten("flatten"),                             // 1000
            ],
        ]
        .concat(),
    }
}

/// Figure 1: a layer that squeezes the maps, and two that expand them in parallel.
fn fire(name: &str, inputs: usize, squeezed: usize, expanded: usize) -> Branch {
    let branches = vec![
        layers![conv("expand1x1", squeezed, expanded, 1), relu("expand1x1_activation")],
        layers![conv("expand3x3", squeezed, expanded, 3).same(), relu("expand3x3_activation")],
    ];
    let layers = layers![conv("squeeze", inputs, squeezed, 1), relu("squeeze_activation"), concat("expand", branches)];
    within(name, layers)
}
