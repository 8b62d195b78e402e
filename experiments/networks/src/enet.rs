//! ENet as an ImageNet classifier: the encoder of the segmentation network with more channels (version 12 of its
//! authors' lab).

use crate::layer::Branch;
use crate::network::{Family, Network, Shape};
use crate::notation::{
    avg_pool, concat, conv, flatten, layers, linear, max_pool, norm, prelu, sum, within, zero_pad_channels,
};

const EPS: f64 = 1e-3;

/// How a bottleneck changes the resolution.
#[derive(Clone, Copy)]
enum Bottleneck {
    /// Halves it: a 2x2 projection with stride 2, parallel to a 2x2 maximum.
    Down,
    /// Keeps it, with this dilation of the 3x3 convolution.
    Dilated(usize),
}

use Bottleneck::{Dilated, Down};

/// Bottlenecks in order: kind, channels in, channels inside, channels out.
#[rustfmt::skip]
const BOTTLENECKS: [(Bottleneck, usize, usize, usize); 12] = [
    (Down,         16,  64,   64),  // 64 x 56 x 56
    (Dilated(1),   64,  32,  128),  // 128 x 56 x 56
    (Dilated(1),  128,  32,  128),
    (Down,        128,  64,  256),  // 256 x 28 x 28
    (Dilated(1),  256,  64,  256),
    (Dilated(2),  256,  64,  256),
    (Down,        256, 128,  512),  // 512 x 14 x 14
    (Dilated(1),  512, 128,  512),
    (Dilated(4),  512, 128,  512),
    (Down,        512, 256, 1024),  // 1024 x 7 x 7
    (Dilated(1), 1024, 256, 1024),
    (Dilated(8), 1024, 256, 1024),
];

/// The initial block, twelve bottlenecks, an average and a linear classifier.
pub fn enet() -> Network {
    let bottlenecks = BOTTLENECKS.iter().enumerate().flat_map(|(index, &(kind, inputs, inner, outputs))| {
        within(&format!("blocks.{index}"), bottleneck(kind, inputs, inner, outputs))
    });
    Network {
        name: "enet",
        title: "ENet",
        family: Family::Enet,
        reference: "Paszke, Chaurasia, Kim, Culurciello, ENet: A Deep Neural Network Architecture for Real-Time \
                    Semantic Segmentation, arXiv:1606.02147, Figure 2; widths of the lab's ImageNet classifier V12",
        input: Shape::Map(3, 224, 224),
        #[rustfmt::skip]
        layers: [
            within("initial", initial()),                   // 16 x 112 x 112
            bottlenecks.collect(),                          // 1024 x 7 x 7
            layers![
                avg_pool("pool", 7, 1),                     // 1024 x 1 x 1
                flatten("flatten"),                         // 1024
                linear("fc", 1024, 1000),
            ],
        ]
        .concat(),
    }
}

/// Figure 2(a): 13 maps of a convolution and the 3 of the image, at half the resolution.
fn initial() -> Branch {
    layers![
        concat("concat", vec![layers![conv("conv", 3, 13, 3).stride(2).padding(1)], layers![max_pool("pool", 2, 2)]]),
        norm("bn", 16, EPS),
        prelu("act", 16),
    ]
}

/// Figure 2(b): projection, 3x3 convolution, expansion; the shortcut is padded with zero maps if it has fewer.
fn bottleneck(kind: Bottleneck, inputs: usize, inner: usize, outputs: usize) -> Branch {
    let (projection, dilation, mut shortcut) = match kind {
        Down => (conv("conv1", inputs, inner, 2).stride(2), 1, layers![max_pool("pool", 2, 2)]),
        Dilated(dilation) => (conv("conv1", inputs, inner, 1), dilation, layers![]),
    };
    if outputs > inputs {
        shortcut.push(zero_pad_channels("pad", outputs));
    }
    let main = layers![
        projection.without_bias(),
        norm("bn1", inner, EPS),
        prelu("act1", inner),
        conv("conv2", inner, inner, 3).dilation(dilation).same(),
        norm("bn2", inner, EPS),
        prelu("act2", inner),
        conv("conv3", inner, outputs, 1).without_bias(),
        norm("bn3", outputs, EPS),
    ];
    layers![sum("add", vec![main, shortcut]), prelu("act", outputs)]
}
