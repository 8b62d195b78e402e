//! AlexNet as torchvision defines it: without groups and normalisation, and with fewer maps than the network of 2012.

use crate::network::{Family, Network, Shape};
use crate::notation::{conv, dropout, flatten, layers, linear, max_pool, relu};

/// The layers of torchvision's `alexnet`. Its adaptive pool before the classifier changes nothing at this input size.
pub fn alexnet() -> Network {
    Network {
        name: "alexnet-torchvision",
        title: "AlexNet-torchvision",
        family: Family::AlexNet,
        reference: "Krizhevsky, One weird trick for parallelizing convolutional neural networks, arXiv:1404.5997, \
                    Section 5, in the variant of torchvision 0.29",
        input: Shape::Map(3, 224, 224),
        #[rustfmt::skip]
        layers: layers![
            conv("features.0", 3, 64, 11).stride(4).padding(2),     // 64 x 55 x 55
            relu("features.1"),
            max_pool("features.2", 3, 2),                           // 64 x 27 x 27
            conv("features.3", 64, 192, 5).same(),
            relu("features.4"),
            max_pool("features.5", 3, 2),                           // 192 x 13 x 13
            conv("features.6", 192, 384, 3).same(),
            relu("features.7"),
            conv("features.8", 384, 256, 3).same(),
            relu("features.9"),
            conv("features.10", 256, 256, 3).same(),
            relu("features.11"),
            max_pool("features.12", 3, 2),                          // 256 x 6 x 6
            flatten("flatten"),                                     // 9216
            dropout("classifier.0", 0.5),
            linear("classifier.1", 9216, 4096),
            relu("classifier.2"),
            dropout("classifier.3", 0.5),
            linear("classifier.4", 4096, 4096),
            relu("classifier.5"),
            linear("classifier.6", 4096, 1000),
        ],
    }
}
