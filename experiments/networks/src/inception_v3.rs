//! Inception-v3, with the names and the padding of torchvision's checkpoint and without its auxiliary head.

use crate::layer::Branch;
use crate::network::{Family, Network, Shape};
use crate::notation::{
    OpenConv, avg_pool, concat, conv, dropout, flatten, global_avg_pool, layers, linear, max_pool, norm, relu, within,
};

/// Table 1 of the paper; the letters of the modules follow the released model.
pub fn inception_v3() -> Network {
    Network {
        name: "inception-v3",
        title: "Inception-v3",
        family: Family::Inception,
        reference: "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, Rethinking the Inception Architecture for Computer \
                    Vision, arXiv:1512.00567, Table 1",
        input: Shape::Map(3, 299, 299),
        #[rustfmt::skip]
        layers: [
            unit("Conv2d_1a_3x3", conv("conv", 3, 32, 3).stride(2)),        // 32 x 149 x 149
            unit("Conv2d_2a_3x3", conv("conv", 32, 32, 3)),                 // 32 x 147 x 147
            unit("Conv2d_2b_3x3", conv("conv", 32, 64, 3).same()),          // 64 x 147 x 147
            layers![max_pool("maxpool1", 3, 2)],                            // 64 x 73 x 73
            unit("Conv2d_3b_1x1", conv("conv", 64, 80, 1)),
            unit("Conv2d_4a_3x3", conv("conv", 80, 192, 3)),                // 192 x 71 x 71
            layers![max_pool("maxpool2", 3, 2)],                            // 192 x 35 x 35
            within("Mixed_5b", five_by_five(192, 32)),                      // 256 x 35 x 35
            within("Mixed_5c", five_by_five(256, 64)),                      // 288 x 35 x 35
            within("Mixed_5d", five_by_five(288, 64)),
            within("Mixed_6a", reduce_to_17(288)),                          // 768 x 17 x 17
            within("Mixed_6b", seven_by_seven(768, 128)),
            within("Mixed_6c", seven_by_seven(768, 160)),
            within("Mixed_6d", seven_by_seven(768, 160)),
            within("Mixed_6e", seven_by_seven(768, 192)),
            within("Mixed_7a", reduce_to_8(768)),                           // 1280 x 8 x 8
            within("Mixed_7b", expanded(1280)),                             // 2048 x 8 x 8
            within("Mixed_7c", expanded(2048)),
            layers![
                global_avg_pool("avgpool"),                                 // 2048 x 1 x 1
                dropout("dropout", 0.5),
                flatten("flatten"),                                         // 2048
                linear("fc", 2048, 1000),
            ],
        ]
        .concat(),
    }
}

/// A convolution without bias, with normalisation and rectifier, like all in this network.
fn unit(name: &str, conv: OpenConv) -> Branch {
    let conv = conv.without_bias();
    let outputs = conv.outputs();
    within(name, layers![conv, norm("bn", outputs, 1e-3), relu("relu")])
}

/// The branch of each module that begins with average pooling.
fn pool_branch(inputs: usize, outputs: usize) -> Branch {
    [
        layers![avg_pool("branch_pool.pool", 3, 1).padding(1).count_padding()],
        unit("branch_pool", conv("conv", inputs, outputs, 1)),
    ]
    .concat()
}

/// Figure 5, but with the 5x5 convolution of the released model: modules at 35 x 35.
fn five_by_five(inputs: usize, pooled: usize) -> Branch {
    let branches = vec![
        unit("branch1x1", conv("conv", inputs, 64, 1)),
        [unit("branch5x5_1", conv("conv", inputs, 48, 1)), unit("branch5x5_2", conv("conv", 48, 64, 5).same())]
            .concat(),
        [
            unit("branch3x3dbl_1", conv("conv", inputs, 64, 1)),
            unit("branch3x3dbl_2", conv("conv", 64, 96, 3).same()),
            unit("branch3x3dbl_3", conv("conv", 96, 96, 3).same()),
        ]
        .concat(),
        pool_branch(inputs, pooled),
    ];
    layers![concat("output", branches)]
}

/// Figure 10: 35 x 35 to 17 x 17.
fn reduce_to_17(inputs: usize) -> Branch {
    let branches = vec![
        unit("branch3x3", conv("conv", inputs, 384, 3).stride(2)),
        [
            unit("branch3x3dbl_1", conv("conv", inputs, 64, 1)),
            unit("branch3x3dbl_2", conv("conv", 64, 96, 3).same()),
            unit("branch3x3dbl_3", conv("conv", 96, 96, 3).stride(2)),
        ]
        .concat(),
        layers![max_pool("branch_pool", 3, 2)],
    ];
    layers![concat("output", branches)]
}

/// Figure 6 with n = 7: modules at 17 x 17.
fn seven_by_seven(inputs: usize, inner: usize) -> Branch {
    let branches = vec![
        unit("branch1x1", conv("conv", inputs, 192, 1)),
        [
            unit("branch7x7_1", conv("conv", inputs, inner, 1)),
            unit("branch7x7_2", conv("conv", inner, inner, [1, 7]).same()),
            unit("branch7x7_3", conv("conv", inner, 192, [7, 1]).same()),
        ]
        .concat(),
        [
            unit("branch7x7dbl_1", conv("conv", inputs, inner, 1)),
            unit("branch7x7dbl_2", conv("conv", inner, inner, [7, 1]).same()),
            unit("branch7x7dbl_3", conv("conv", inner, inner, [1, 7]).same()),
            unit("branch7x7dbl_4", conv("conv", inner, inner, [7, 1]).same()),
            unit("branch7x7dbl_5", conv("conv", inner, 192, [1, 7]).same()),
        ]
        .concat(),
        pool_branch(inputs, 192),
    ];
    layers![concat("output", branches)]
}

/// 17 x 17 to 8 x 8.
fn reduce_to_8(inputs: usize) -> Branch {
    let branches = vec![
        [unit("branch3x3_1", conv("conv", inputs, 192, 1)), unit("branch3x3_2", conv("conv", 192, 320, 3).stride(2))]
            .concat(),
        [
            unit("branch7x7x3_1", conv("conv", inputs, 192, 1)),
            unit("branch7x7x3_2", conv("conv", 192, 192, [1, 7]).same()),
            unit("branch7x7x3_3", conv("conv", 192, 192, [7, 1]).same()),
            unit("branch7x7x3_4", conv("conv", 192, 192, 3).stride(2)),
        ]
        .concat(),
        layers![max_pool("branch_pool", 3, 2)],
    ];
    layers![concat("output", branches)]
}

/// Figure 7: modules at 8 x 8, whose branches fork again.
fn expanded(inputs: usize) -> Branch {
    let fork = |name: &str| {
        let across = unit(&format!("{name}a"), conv("conv", 384, 384, [1, 3]).same());
        let down = unit(&format!("{name}b"), conv("conv", 384, 384, [3, 1]).same());
        layers![concat(name, vec![across, down])]
    };
    let branches = vec![
        unit("branch1x1", conv("conv", inputs, 320, 1)),
        [unit("branch3x3_1", conv("conv", inputs, 384, 1)), fork("branch3x3_2")].concat(),
        [
            unit("branch3x3dbl_1", conv("conv", inputs, 448, 1)),
            unit("branch3x3dbl_2", conv("conv", 448, 384, 3).same()),
            fork("branch3x3dbl_3"),
        ]
        .concat(),
        pool_branch(inputs, 192),
    ];
    layers![concat("output", branches)]
}
