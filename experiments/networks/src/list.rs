//! The networks of the study. A new one needs a file in this folder and a line here.

use crate::network::Network;
use crate::{alexnet, bn_alexnet, bn_nin, enet, googlenet, inception_v3, inception_v4, resnet, vgg};

/// All networks, older and smaller families first.
pub fn all() -> Vec<Network> {
    vec![
        alexnet::alexnet(),
        bn_alexnet::bn_alexnet(),
        bn_nin::bn_nin(),
        enet::enet(),
        googlenet::googlenet(),
        vgg::vgg_16(),
        vgg::vgg_19(),
        resnet::resnet_18(),
        resnet::resnet_34(),
        resnet::resnet_50(),
        resnet::resnet_101(),
        resnet::resnet_152(),
        inception_v3::inception_v3(),
        inception_v4::inception_v4(),
    ]
}

/// The network called `name`, for example `resnet-18`.
pub fn find(name: &str) -> Option<Network> {
    all().into_iter().find(|network| network.name == name)
}
