//! Inception-v4, with the names of timm's checkpoint.

use crate::layer::Branch;
use crate::network::{Family, Network, Shape};
use crate::notation::{
    OpenConv, avg_pool, concat, conv, dropout, flatten, global_avg_pool, layers, linear, max_pool, norm, relu, within,
};

/// Figure 9 of the paper.
pub fn inception_v4() -> Network {
    let tower = [
        stem(), // 384 x 35 x 35
        vec![a(), a(), a(), a()],
        vec![reduction_a()], // 1024 x 17 x 17
        vec![b(), b(), b(), b(), b(), b(), b()],
        vec![reduction_b()], // 1536 x 8 x 8
        vec![c(), c(), c()],
    ]
    .concat();
    let features =
        tower.into_iter().enumerate().flat_map(|(index, branch)| within(&format!("features.{index}"), branch));
    Network {
        name: "inception-v4",
        title: "Inception-v4",
        family: Family::Inception,
        reference: "Szegedy, Ioffe, Vanhoucke, Alemi, Inception-v4, Inception-ResNet and the Impact of Residual \
                    Connections on Learning, arXiv:1602.07261, Figures 3 to 9",
        input: Shape::Map(3, 299, 299),
        #[rustfmt::skip]
        layers: [
            features.collect(),
            layers![
                global_avg_pool("avgpool"),                             // 1536 x 1 x 1
                dropout("dropout", 0.2),
                flatten("flatten"),                                     // 1536
                linear("last_linear", 1536, 1000),
            ],
        ]
        .concat(),
    }
}

/// A convolution without bias, with normalisation and rectifier, like all in this network.
fn unit(conv: OpenConv) -> Branch {
    let conv = conv.without_bias();
    let outputs = conv.outputs();
    layers![conv, norm("bn", outputs, 1e-3), relu("relu")]
}

fn one(inputs: usize, outputs: usize) -> Branch {
    unit(conv("conv", inputs, outputs, 1))
}

/// A convolution without padding, marked "V" in the figures.
fn valid(inputs: usize, outputs: usize, stride: usize) -> Branch {
    unit(conv("conv", inputs, outputs, 3).stride(stride))
}

fn same(inputs: usize, outputs: usize, kernel: [usize; 2]) -> Branch {
    unit(conv("conv", inputs, outputs, kernel).same())
}

/// Units in sequence, with names numbered from `first`.
fn chain(name: &str, first: usize, units: Vec<Branch>) -> Branch {
    (first..).zip(units).flat_map(|(index, unit)| within(&format!("{name}.{index}"), unit)).collect()
}

/// The branch of each module that begins with average pooling.
fn pool_branch(inputs: usize, outputs: usize) -> Branch {
    let pool = layers![avg_pool("branch3.0", 3, 1).padding(1)];
    [pool, chain("branch3", 1, vec![one(inputs, outputs)])].concat()
}

fn concatenated(branches: Vec<Branch>) -> Branch {
    layers![concat("output", branches)]
}

/// Figure 3: 3 x 299 x 299 to 384 x 35 x 35.
#[rustfmt::skip]
fn stem() -> Vec<Branch> {
    vec![
        valid(3, 32, 2),                                                // 32 x 149 x 149
        valid(32, 32, 1),                                               // 32 x 147 x 147
        same(32, 64, [3, 3]),                                           // 64 x 147 x 147
        concatenated(vec![
            layers![max_pool("maxpool", 3, 2)],
            within("conv", valid(64, 96, 2)),                           // 160 x 73 x 73
        ]),
        concatenated(vec![
            chain("branch0", 0, vec![one(160, 64), valid(64, 96, 1)]),
            chain("branch1", 0, vec![
                one(160, 64), same(64, 64, [1, 7]), same(64, 64, [7, 1]), valid(64, 96, 1),
            ]),                                                         // 192 x 71 x 71
        ]),
        concatenated(vec![
            within("conv", valid(192, 192, 2)),
            layers![max_pool("maxpool", 3, 2)],                         // 384 x 35 x 35
        ]),
    ]
}

/// Figure 4, at 384 x 35 x 35.
fn a() -> Branch {
    concatenated(vec![
        within("branch0", one(384, 96)),
        chain("branch1", 0, vec![one(384, 64), same(64, 96, [3, 3])]),
        chain("branch2", 0, vec![one(384, 64), same(64, 96, [3, 3]), same(96, 96, [3, 3])]),
        pool_branch(384, 96),
    ])
}

/// Figure 7 with k, l, m, n = 192, 224, 256, 384.
fn reduction_a() -> Branch {
    concatenated(vec![
        within("branch0", valid(384, 384, 2)),
        chain("branch1", 0, vec![one(384, 192), same(192, 224, [3, 3]), valid(224, 256, 2)]),
        layers![max_pool("branch2", 3, 2)],
    ])
}

/// Figure 5, at 1024 x 17 x 17.
fn b() -> Branch {
    concatenated(vec![
        within("branch0", one(1024, 384)),
        chain("branch1", 0, vec![one(1024, 192), same(192, 224, [1, 7]), same(224, 256, [7, 1])]),
        chain(
            "branch2",
            0,
            vec![
                one(1024, 192),
                same(192, 192, [7, 1]),
                same(192, 224, [1, 7]),
                same(224, 224, [7, 1]),
                same(224, 256, [1, 7]),
            ],
        ),
        pool_branch(1024, 128),
    ])
}

/// Figure 8.
fn reduction_b() -> Branch {
    concatenated(vec![
        chain("branch0", 0, vec![one(1024, 192), valid(192, 192, 2)]),
        chain("branch1", 0, vec![one(1024, 256), same(256, 256, [1, 7]), same(256, 320, [7, 1]), valid(320, 320, 2)]),
        layers![max_pool("branch2", 3, 2)],
    ])
}

/// Figure 6, at 1536 x 8 x 8; two branches fork again.
fn c() -> Branch {
    let fork = |name: &str, inputs: usize| {
        let across = within(&format!("{name}a"), same(inputs, 256, [1, 3]));
        let down = within(&format!("{name}b"), same(inputs, 256, [3, 1]));
        layers![concat(name, vec![across, down])]
    };
    concatenated(vec![
        within("branch0", one(1536, 256)),
        [within("branch1_0", one(1536, 384)), fork("branch1_1", 384)].concat(),
        [
            within("branch2_0", one(1536, 384)),
            within("branch2_1", same(384, 448, [3, 1])),
            within("branch2_2", same(448, 512, [1, 3])),
            fork("branch2_3", 512),
        ]
        .concat(),
        pool_branch(1536, 256),
    ])
}
