//! GoogLeNet as torchvision defines it: with batch normalisation, without local response normalisation, and with 3x3
//! kernels where the paper has 5x5. Its auxiliary heads are not part of it.

use crate::layer::Branch;
use crate::network::{Family, Network, Shape};
use crate::notation::{
    OpenConv, concat, conv, dropout, flatten, global_avg_pool, layers, linear, max_pool, norm, relu, within,
};

/// Table 1: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj.
type Widths = [usize; 6];

/// The layers of torchvision's `googlenet`. Pooling rounds up.
pub fn googlenet() -> Network {
    Network {
        name: "googlenet-torchvision",
        title: "GoogLeNet-torchvision",
        family: Family::Inception,
        reference: "Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich, Going Deeper with \
                    Convolutions, arXiv:1409.4842, Table 1, in the variant of torchvision 0.29",
        input: Shape::Map(3, 224, 224),
        #[rustfmt::skip]
        layers: [
            basic("conv1", conv("conv", 3, 64, 7).stride(2).padding(3)),        // 64 x 112 x 112
            layers![max_pool("maxpool1", 3, 2).ceil()],                         // 64 x 56 x 56
            basic("conv2", conv("conv", 64, 64, 1)),
            basic("conv3", conv("conv", 64, 192, 3).same()),                    // 192 x 56 x 56
            layers![max_pool("maxpool2", 3, 2).ceil()],                         // 192 x 28 x 28
            inception("inception3a", 192, [ 64,  96, 128, 16,  32,  32]),       // 256 x 28 x 28
            inception("inception3b", 256, [128, 128, 192, 32,  96,  64]),       // 480 x 28 x 28
            layers![max_pool("maxpool3", 3, 2).ceil()],                         // 480 x 14 x 14
            inception("inception4a", 480, [192,  96, 208, 16,  48,  64]),       // 512 x 14 x 14
            inception("inception4b", 512, [160, 112, 224, 24,  64,  64]),
            inception("inception4c", 512, [128, 128, 256, 24,  64,  64]),
            inception("inception4d", 512, [112, 144, 288, 32,  64,  64]),       // 528 x 14 x 14
            inception("inception4e", 528, [256, 160, 320, 32, 128, 128]),       // 832 x 14 x 14
            layers![max_pool("maxpool4", 2, 2).ceil()],                         // 832 x 7 x 7
            inception("inception5a", 832, [256, 160, 320, 32, 128, 128]),
            inception("inception5b", 832, [384, 192, 384, 48, 128, 128]),       // 1024 x 7 x 7
            layers![
                global_avg_pool("avgpool"),
                flatten("flatten"),                                             // 1024
                dropout("dropout", 0.2),
                linear("fc", 1024, 1000),
            ],
        ]
        .concat(),
    }
}

fn inception(name: &str, inputs: usize, [one, three_reduce, three, five_reduce, five, proj]: Widths) -> Branch {
    let reduced = |name: &str, reduce, outputs| {
        let convs = [basic("0", conv("conv", inputs, reduce, 1)), basic("1", conv("conv", reduce, outputs, 3).same())];
        within(name, convs.concat())
    };
    let pooled = [layers![max_pool("0", 3, 1).padding(1).ceil()], basic("1", conv("conv", inputs, proj, 1))];
    let branches = vec![
        basic("branch1", conv("conv", inputs, one, 1)),
        reduced("branch2", three_reduce, three),
        reduced("branch3", five_reduce, five),
        within("branch4", pooled.concat()),
    ];
    within(name, layers![concat("output", branches)])
}

/// A convolution with its normalisation and rectifier.
fn basic(name: &str, conv: OpenConv) -> Branch {
    let outputs = conv.outputs();
    within(name, layers![conv.without_bias(), norm("bn", outputs, 1e-3), relu("relu")])
}
