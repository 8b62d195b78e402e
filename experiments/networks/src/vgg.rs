//! VGG: 3x3 convolutions only, in five stages.

use crate::layer::Branch;
use crate::network::{Family, Network, Shape};
use crate::notation::{conv, dropout, flatten, layers, linear, max_pool, relu};

/// Maps of the five stages; each ends with a 2x2 maximum.
const MAPS: [usize; 5] = [64, 128, 256, 512, 512];

/// Table 1, column D.
pub fn vgg_16() -> Network {
    vgg("vgg-16", "VGG-16", [2, 2, 3, 3, 3])
}

/// Table 1, column E.
pub fn vgg_19() -> Network {
    vgg("vgg-19", "VGG-19", [2, 2, 4, 4, 4])
}

fn vgg(name: &'static str, title: &'static str, convs: [usize; 5]) -> Network {
    Network {
        name,
        title,
        family: Family::Vgg,
        reference: "Simonyan, Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, \
                    arXiv:1409.1556, Table 1",
        input: Shape::Map(3, 224, 224),
        layers: [features(convs), classifier()].concat(),
    }
}

/// From 224 x 224, halved after each stage, to 512 x 7 x 7. Names number the layers, as in torchvision.
fn features(convs: [usize; 5]) -> Branch {
    let mut features = Branch::new();
    let mut inputs = 3;
    for (maps, convs) in MAPS.into_iter().zip(convs) {
        for _ in 0..convs {
            let index = features.len();
            features.extend(layers![
                conv(format!("features.{index}"), inputs, maps, 3).same(),
                relu(format!("features.{}", index + 1)),
            ]);
            inputs = maps;
        }
        features.extend(layers![max_pool(format!("features.{}", features.len()), 2, 2)]);
    }
    features
}

#[rustfmt::skip]
fn classifier() -> Branch {
    layers![
        flatten("flatten"),                                 // 25088
        linear("classifier.0", 512 * 7 * 7, 4096),
        relu("classifier.1"),
        dropout("classifier.2", 0.5),
        linear("classifier.3", 4096, 4096),
        relu("classifier.4"),
        dropout("classifier.5", 0.5),
        linear("classifier.6", 4096, 1000),
    ]
}
