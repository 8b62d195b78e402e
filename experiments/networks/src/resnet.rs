//! Residual networks. Bottlenecks halve the resolution in their 3x3 convolution, as in the evaluated checkpoints, not
//! in the first 1x1 convolution, as in the paper.

use crate::layer::Branch;
use crate::network::{Family, Network, Shape};
use crate::notation::{conv, flatten, global_avg_pool, layers, linear, max_pool, norm, relu, sum, within};

const EPS: f64 = 1e-5;

/// A residual block of Figure 5 of the paper.
#[derive(Clone, Copy)]
enum Block {
    /// Left: two 3x3 convolutions.
    Basic,
    /// Right: 1x1, 3x3, 1x1 with four times the maps.
    Bottleneck,
}

/// Table 1, 18-layer.
pub fn resnet_18() -> Network {
    resnet("resnet-18", "ResNet-18", Block::Basic, [2, 2, 2, 2])
}

/// Table 1, 34-layer.
pub fn resnet_34() -> Network {
    resnet("resnet-34", "ResNet-34", Block::Basic, [3, 4, 6, 3])
}

/// Table 1, 50-layer.
pub fn resnet_50() -> Network {
    resnet("resnet-50", "ResNet-50", Block::Bottleneck, [3, 4, 6, 3])
}

/// Table 1, 101-layer.
pub fn resnet_101() -> Network {
    resnet("resnet-101", "ResNet-101", Block::Bottleneck, [3, 4, 23, 3])
}

/// Table 1, 152-layer.
pub fn resnet_152() -> Network {
    resnet("resnet-152", "ResNet-152", Block::Bottleneck, [3, 8, 36, 3])
}

fn resnet(name: &'static str, title: &'static str, block: Block, [two, three, four, five]: [usize; 4]) -> Network {
    let widen = match block {
        Block::Basic => 1,
        Block::Bottleneck => 4,
    };
    Network {
        name,
        title,
        family: Family::ResNet,
        reference: "He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition, arXiv:1512.03385, Table 1",
        input: Shape::Map(3, 224, 224),
        #[rustfmt::skip]
        layers: [
            layers![
                conv("conv1", 3, 64, 7).stride(2).padding(3).without_bias(),    // 64 x 112 x 112
                norm("bn1", 64, EPS),
                relu("relu"),
                max_pool("maxpool", 3, 2).padding(1),                           // 64 x 56 x 56
            ],
            stage("layer1", block, two, 64, 64, 1),                             // 64 or 256 x 56 x 56
            stage("layer2", block, three, 64 * widen, 128, 2),                  // 128 or 512 x 28 x 28
            stage("layer3", block, four, 128 * widen, 256, 2),                  // 256 or 1024 x 14 x 14
            stage("layer4", block, five, 256 * widen, 512, 2),                  // 512 or 2048 x 7 x 7
            layers![
                global_avg_pool("avgpool"),
                flatten("flatten"),                                             // 512 or 2048
                linear("fc", 512 * widen, 1000),
            ],
        ]
        .concat(),
    }
}

/// `conv2_x` to `conv5_x` of Table 1; the first block changes the number of maps and the resolution.
fn stage(name: &str, block: Block, blocks: usize, inputs: usize, maps: usize, stride: usize) -> Branch {
    let outputs = match block {
        Block::Basic => maps,
        Block::Bottleneck => 4 * maps,
    };
    let residual = |index: usize| {
        let (inputs, stride) = if index == 0 { (inputs, stride) } else { (outputs, 1) };
        let main = match block {
            Block::Basic => basic(inputs, maps, stride),
            Block::Bottleneck => bottleneck(inputs, maps, stride),
        };
        let branches = vec![main, shortcut(inputs, outputs, stride)];
        within(&format!("{name}.{index}"), layers![sum("add", branches), relu("relu")])
    };
    (0..blocks).flat_map(residual).collect()
}

fn basic(inputs: usize, maps: usize, stride: usize) -> Branch {
    layers![
        conv("conv1", inputs, maps, 3).stride(stride).same().without_bias(),
        norm("bn1", maps, EPS),
        relu("relu1"),
        conv("conv2", maps, maps, 3).same().without_bias(),
        norm("bn2", maps, EPS),
    ]
}

fn bottleneck(inputs: usize, maps: usize, stride: usize) -> Branch {
    layers![
        conv("conv1", inputs, maps, 1).without_bias(),
        norm("bn1", maps, EPS),
        relu("relu1"),
        conv("conv2", maps, maps, 3).stride(stride).same().without_bias(),
        norm("bn2", maps, EPS),
        relu("relu2"),
        conv("conv3", maps, 4 * maps, 1).without_bias(),
        norm("bn3", 4 * maps, EPS),
    ]
}

/// The identity, or option B of the paper where the shape changes: a 1x1 projection.
fn shortcut(inputs: usize, outputs: usize, stride: usize) -> Branch {
    if inputs == outputs && stride == 1 {
        return layers![];
    }
    layers![conv("downsample.0", inputs, outputs, 1).stride(stride).without_bias(), norm("downsample.1", outputs, EPS),]
}
