//! AlexNet, as defined by the Caffe checkpoint `bvlc_alexnet`.

use crate::network::{Family, Network, Shape};
use crate::notation::{conv, dropout, flatten, layers, linear, lrn, max_pool, relu};

/// Figure 2 of the paper in one tower. Two groups separate the halves of the original; pooling rounds up, as in Caffe.
pub fn alexnet() -> Network {
    Network {
        name: "alexnet",
        title: "AlexNet",
        family: Family::AlexNet,
        reference: "Krizhevsky, Sutskever, Hinton, ImageNet Classification with Deep Convolutional Neural Networks, \
                    NIPS 2012, Figure 2; normalisation before pooling as in BVLC's reference model",
        input: Shape::Map(3, 227, 227),
        #[rustfmt::skip]
        layers: layers![
            conv("conv1", 3, 96, 11).stride(4),             // 96 x 55 x 55
            relu("relu1"),
            lrn("norm1"),
            max_pool("pool1", 3, 2).ceil(),                 // 96 x 27 x 27
            conv("conv2", 96, 256, 5).same().groups(2),     // 256 x 27 x 27
            relu("relu2"),
            lrn("norm2"),
            max_pool("pool2", 3, 2).ceil(),                 // 256 x 13 x 13
            conv("conv3", 256, 384, 3).same(),              // 384 x 13 x 13
            relu("relu3"),
            conv("conv4", 384, 384, 3).same().groups(2),
            relu("relu4"),
            conv("conv5", 384, 256, 3).same().groups(2),    // 256 x 13 x 13
            relu("relu5"),
            max_pool("pool5", 3, 2).ceil(),                 // 256 x 6 x 6
            flatten("flatten"),                             // 9216
            linear("fc6", 256 * 6 * 6, 4096),
            relu("relu6"),
            dropout("drop6", 0.5),
            linear("fc7", 4096, 4096),
            relu("relu7"),
            dropout("drop7", 0.5),
            linear("fc8", 4096, 1000),
        ],
    }
}
