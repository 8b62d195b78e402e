//! BN-NIN: Network in Network with batch normalisation and a linear classifier.

use crate::layer::{Branch, Named};
use crate::network::{Family, Network, Shape};
use crate::notation::{OpenConv, conv, flatten, global_avg_pool, layers, linear, max_pool, norm, relu, within};

/// Four blocks of a convolution and two 1x1 convolutions: the paper's "mlpconv".
pub fn bn_nin() -> Network {
    Network {
        name: "bn-nin",
        title: "BN-NIN",
        family: Family::Nin,
        reference: "Lin, Chen, Yan, Network In Network, arXiv:1312.4400, Figure 2; batch normalisation as in \
                    Zagoruyko, imagenet-validation.torch, 2016",
        input: Shape::Map(3, 224, 224),
        #[rustfmt::skip]
        layers: [
            mlpconv(0, conv("conv1", 3, 96, 11).stride(4).padding(5), 96),  // 96 x 56 x 56
            layers![max_pool("pool1", 3, 2).padding(1)],                    // 96 x 28 x 28
            mlpconv(1, conv("conv1", 96, 256, 5).same(), 256),              // 256 x 28 x 28
            layers![max_pool("pool2", 3, 2).padding(1)],                    // 256 x 14 x 14
            mlpconv(2, conv("conv1", 256, 384, 3).same(), 384),             // 384 x 14 x 14
            layers![max_pool("pool3", 3, 2).padding(1)],                    // 384 x 7 x 7
            mlpconv(3, conv("conv1", 384, 1024, 3).same(), 1024),           // 1024 x 7 x 7
            layers![
                global_avg_pool("pool4"),                                   // 1024 x 1 x 1
                flatten("flatten"),                                         // 1024
                linear("fc", 1024, 1000),
            ],
        ]
        .concat(),
    }
}

/// `first`, then two 1x1 convolutions, each with normalisation and rectifier.
fn mlpconv(block: usize, first: OpenConv, maps: usize) -> Branch {
    let unit =
        |index: usize, conv: Named| layers![conv, norm(format!("bn{index}"), maps, 1e-3), relu(format!("relu{index}"))];
    let convs = [first.into(), conv("conv2", maps, maps, 1).into(), conv("conv3", maps, maps, 1).into()];
    let units = (1..).zip(convs).flat_map(|(index, conv)| unit(index, conv)).collect();
    within(&format!("blocks.{block}"), units)
}
