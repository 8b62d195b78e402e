//! BN-AlexNet: AlexNet in two towers with batch normalisation instead of local response normalisation.

use crate::layer::Branch;
use crate::network::{Family, Network, Shape};
use crate::notation::{concat, conv, dropout, flatten, layers, linear, max_pool, norm, relu, within};

/// The epsilon of every normalisation of this network.
const EPS: f64 = 1e-3;

/// Two independent towers with the same image, concatenated before the first fully connected layer.
pub fn bn_alexnet() -> Network {
    Network {
        name: "bn-alexnet",
        title: "BN-AlexNet",
        family: Family::AlexNet,
        reference: "Krizhevsky, Sutskever, Hinton, ImageNet Classification with Deep Convolutional Neural Networks, \
                    NIPS 2012, Figure 2; batch normalisation as in Zagoruyko, imagenet-validation.torch, 2016",
        input: Shape::Map(3, 224, 224),
        #[rustfmt::skip]
        layers: layers![
            concat("towers", vec![within("towers.0", tower()), within("towers.1", tower())]),   // 256 x 6 x 6
            flatten("flatten"),                                                                 // 9216
            linear("fc6", 256 * 6 * 6, 4096),
            norm("bn6", 4096, EPS),
            relu("relu6"),
            dropout("drop6", 0.5),
            linear("fc7", 4096, 4096),
            norm("bn7", 4096, EPS),
            relu("relu7"),
            dropout("drop7", 0.5),
            linear("fc8", 4096, 1000),
        ],
    }
}

/// Half of AlexNet's maps: 48-128-192-192-128.
#[rustfmt::skip]
fn tower() -> Branch {
    layers![
        conv("conv1", 3, 48, 11).stride(4).padding(2),      // 48 x 55 x 55
        norm("bn1", 48, EPS),
        relu("relu1"),
        max_pool("pool1", 3, 2),                            // 48 x 27 x 27
        conv("conv2", 48, 128, 5).same(),                   // 128 x 27 x 27
        norm("bn2", 128, EPS),
        relu("relu2"),
        max_pool("pool2", 3, 2),                            // 128 x 13 x 13
        conv("conv3", 128, 192, 3).same(),                  // 192 x 13 x 13
        norm("bn3", 192, EPS),
        relu("relu3"),
        conv("conv4", 192, 192, 3).same(),
        norm("bn4", 192, EPS),
        relu("relu4"),
        conv("conv5", 192, 128, 3).same(),                  // 128 x 13 x 13
        norm("bn5", 128, EPS),
        relu("relu5"),
        max_pool("pool5", 3, 2),                            // 128 x 6 x 6
    ]
}
