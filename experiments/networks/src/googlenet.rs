//! GoogLeNet, the Inception network of 2014, as defined by the Caffe checkpoint `bvlc_googlenet`, without auxiliary
//! heads.

use crate::layer::Branch;
use crate::network::{Family, Network, Shape};
use crate::notation::{
    OpenConv, avg_pool, concat, conv, dropout, flatten, layers, linear, lrn, max_pool, relu, within,
};

/// Table 1: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj.
type Widths = [usize; 6];

/// The rows of Table 1. Pooling rounds up, as in Caffe.
pub fn googlenet() -> Network {
    Network {
        name: "googlenet",
        title: "GoogLeNet",
        family: Family::Inception,
        reference: "Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich, Going Deeper with \
                    Convolutions, arXiv:1409.4842, Table 1",
        input: Shape::Map(3, 224, 224),
        #[rustfmt::skip]
        layers: [
            rectified(conv("conv1", 3, 64, 7).stride(2).padding(3), "relu1"),       // 64 x 112 x 112
            layers![max_pool("pool1", 3, 2).ceil(), lrn("norm1")],                  // 64 x 56 x 56
            rectified(conv("conv2_reduce", 64, 64, 1), "relu2_reduce"),
            rectified(conv("conv2", 64, 192, 3).same(), "relu2"),                   // 192 x 56 x 56
            layers![lrn("norm2"), max_pool("pool2", 3, 2).ceil()],                  // 192 x 28 x 28
            inception("inception_3a", 192, [ 64,  96, 128, 16,  32,  32]),          // 256 x 28 x 28
            inception("inception_3b", 256, [128, 128, 192, 32,  96,  64]),          // 480 x 28 x 28
            layers![max_pool("pool3", 3, 2).ceil()],                                // 480 x 14 x 14
            inception("inception_4a", 480, [192,  96, 208, 16,  48,  64]),          // 512 x 14 x 14
            inception("inception_4b", 512, [160, 112, 224, 24,  64,  64]),
            inception("inception_4c", 512, [128, 128, 256, 24,  64,  64]),
            inception("inception_4d", 512, [112, 144, 288, 32,  64,  64]),          // 528 x 14 x 14
            inception("inception_4e", 528, [256, 160, 320, 32, 128, 128]),          // 832 x 14 x 14
            layers![max_pool("pool4", 3, 2).ceil()],                                // 832 x 7 x 7
            inception("inception_5a", 832, [256, 160, 320, 32, 128, 128]),
            inception("inception_5b", 832, [384, 192, 384, 48, 128, 128]),          // 1024 x 7 x 7
            layers![
                avg_pool("pool5", 7, 1),                                            // 1024 x 1 x 1
                dropout("drop5", 0.4),
                flatten("flatten"),                                                 // 1024
                linear("fc", 1024, 1000),
            ],
        ]
        .concat(),
    }
}

/// Figure 2(b): four parallel branches.
fn inception(name: &str, inputs: usize, [one, three_reduce, three, five_reduce, five, proj]: Widths) -> Branch {
    let branches = vec![
        rectified(conv("conv1x1", inputs, one, 1), "relu1x1"),
        [
            rectified(conv("conv3x3_reduce", inputs, three_reduce, 1), "relu3x3_reduce"),
            rectified(conv("conv3x3", three_reduce, three, 3).same(), "relu3x3"),
        ]
        .concat(),
        [
            rectified(conv("conv5x5_reduce", inputs, five_reduce, 1), "relu5x5_reduce"),
            rectified(conv("conv5x5", five_reduce, five, 5).same(), "relu5x5"),
        ]
        .concat(),
        [layers![max_pool("pool", 3, 1).padding(1)], rectified(conv("pool_proj", inputs, proj, 1), "relu_pool_proj")]
            .concat(),
    ];
    within(name, layers![concat("output", branches)])
}

fn rectified(conv: OpenConv, name: &str) -> Branch {
    layers![conv, relu(name)]
}
