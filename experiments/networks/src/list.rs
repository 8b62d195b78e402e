//! The networks of the study, and later ones. A new one needs a file in this folder and a line here.

use crate::network::Network;
use crate::{alexnet, bn_alexnet, bn_nin, enet, googlenet, inception_v3, inception_v4, resnet, vgg};

/// The networks of the study, older and smaller families first.
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

/// Networks that are measured only when they are named, older ones first: those of torchvision and one other, whose
/// published checkpoints load by name.
pub fn modern() -> Vec<Network> {
    vec![
        crate::modern::alexnet::alexnet(),
        crate::modern::googlenet::googlenet(),
        crate::modern::squeezenet::squeezenet_1_1(),
        crate::modern::densenet::densenet_121(),
        crate::modern::mobilenet_v2::mobilenet_v2(),
        crate::modern::mobilenet_v3::mobilenet_v3_large(),
        crate::modern::efficientnet::efficientnet_b0(),
        crate::modern::efficientnet::efficientnet_lite0(),
        crate::modern::regnet::regnet_y_400mf(),
        crate::modern::vit::vit_b_16(),
        crate::modern::convnext::convnext_tiny(),
    ]
}

/// The networks with these names, in the order of the lists: those of the study, then the others. The name `all` stands
/// for those of the study, as does no name; `modern` stands for the others.
///
/// # Errors
/// A name that does not exist; the error lists those that do.
pub fn select(names: &[String]) -> Result<Vec<Network>, UnknownNetwork> {
    let group = |name: &str| ["all", "modern"].contains(&name);
    names.iter().filter(|name| !group(name)).try_for_each(|name| find(name).map(drop))?;
    let named = |name: &str| names.iter().any(|other| other == name);
    let (is_all, is_modern) = (named("all") || names.is_empty(), named("modern"));
    let of_study = all().into_iter().filter(|network| is_all || named(network.name));
    Ok(of_study.chain(modern().into_iter().filter(|network| is_modern || named(network.name))).collect())
}

/// The network called `name`, for example `resnet-18`.
///
/// # Errors
/// There is none; the error lists those that exist.
pub fn find(name: &str) -> Result<Network, UnknownNetwork> {
    let mut networks = all();
    networks.extend(modern());
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
