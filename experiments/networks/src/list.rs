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
///
/// # Errors
/// There is none; the error lists those that exist.
pub fn find(name: &str) -> Result<Network, UnknownNetwork> {
    let mut networks = all();
    match networks.iter().position(|network| network.name == name) {
        Some(index) => Ok(networks.swap_remove(index)),
        None => {
            Err(UnknownNetwork { name: name.to_owned(), known: networks.iter().map(|network| network.name).collect() })
        }
    }
}

/// A name that no network has.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` is not a network\nhint: expected one of {}", known.join(", "))]
pub struct UnknownNetwork {
    /// The name.
    pub name: String,
    /// The names that exist.
    pub known: Vec<&'static str>,
}
