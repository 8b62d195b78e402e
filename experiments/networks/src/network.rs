//! A network: a list of named layers with its names, family and reference.

use std::fmt;

use crate::layer::Named;

/// A network.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The name on command lines and in files: the title in lower case with hyphens, for example `resnet-18`.
    pub name: &'static str,
    /// The name in the 2016 paper's figures, or in its own paper, for example `ResNet-18`.
    pub title: &'static str,
    /// The family; all figures give its networks one hue.
    pub family: Family,
    /// The publication of the definition: authors, title, table or figure, identifier.
    pub reference: &'static str,
    /// Shape of one image.
    pub input: Shape,
    /// The layers, from the image to the 1000 logits (before softmax).
    pub layers: Vec<Named>,
}

/// Groups of networks with a common origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// AlexNet and its batch-normalised variant.
    AlexNet,
    /// Network in Network.
    Nin,
    /// ENet.
    Enet,
    /// GoogLeNet and the Inception networks.
    Inception,
    /// VGG.
    Vgg,
    /// Residual networks.
    ResNet,
    /// SqueezeNet.
    SqueezeNet,
    /// MobileNets.
    MobileNet,
    /// Densely connected networks.
    DenseNet,
    /// EfficientNets.
    EfficientNet,
    /// RegNets.
    RegNet,
    /// ConvNeXts.
    ConvNeXt,
    /// Vision transformers.
    VisionTransformer,
}

/// Shape of one image's activation, without the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Channels, height, width.
    Map(usize, usize, usize),
    /// Features.
    Vector(usize),
}

impl Family {
    /// The name in files, for example `resnet`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AlexNet => "alexnet",
            Self::Nin => "nin",
            Self::Enet => "enet",
            Self::Inception => "inception",
            Self::Vgg => "vgg",
            Self::ResNet => "resnet",
            Self::SqueezeNet => "squeezenet",
            Self::MobileNet => "mobilenet",
            Self::DenseNet => "densenet",
            Self::EfficientNet => "efficientnet",
            Self::RegNet => "regnet",
            Self::ConvNeXt => "convnext",
            Self::VisionTransformer => "vit",
        }
    }
}

impl Shape {
    /// Elements of one image's activation; `None` if 64 bits overflow.
    pub fn elements(self) -> Option<u64> {
        let sizes: &[usize] = match &self {
            Self::Map(channels, height, width) => &[*channels, *height, *width],
            Self::Vector(features) => &[*features],
        };
        sizes.iter().try_fold(1_u64, |product, &size| product.checked_mul(u64::try_from(size).ok()?))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map(channels, height, width) => write!(out, "{channels} x {height} x {width}"),
            Self::Vector(features) => write!(out, "{features}"),
        }
    }
}
