//! Blocks that several of these networks share, with torchvision's names for their layers.

use crate::layer::{Activation, Branch, Named};
use crate::notation::{OpenConv, activation, conv, global_avg_pool, layers, norm, product, relu, sum, within};

/// The function after a convolution.
#[derive(Clone, Copy)]
pub enum After {
    /// None.
    Nothing,
    /// A rectifier.
    Relu,
    /// Another function.
    Function(Activation),
}

impl After {
    pub fn named(self, name: &str) -> Option<Named> {
        match self {
            Self::Nothing => None,
            Self::Relu => Some(relu(name)),
            Self::Function(function) => Some(activation(name, function)),
        }
    }
}

/// A convolution called `0` without a bias, then its normalisation and a function, within `name`.
pub fn normalised(name: &str, conv: OpenConv, eps: f64, after: After) -> Branch {
    within(name, convolved(conv, eps, after))
}

fn convolved(conv: OpenConv, eps: f64, after: After) -> Branch {
    let outputs = conv.outputs();
    let mut layers = layers![conv.without_bias(), norm("1", outputs, eps)];
    layers.extend(after.named("2"));
    layers
}

/// A block of MobileNet-v3 or EfficientNet.
#[derive(Clone, Copy)]
pub struct Inverted {
    /// Side of the depthwise kernel.
    pub kernel: usize,
    /// Channels of the input.
    pub inputs: usize,
    /// Channels between the 1x1 convolutions.
    pub wide: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Stride of the depthwise convolution.
    pub stride: usize,
    /// Added to the variance of each normalisation.
    pub eps: f64,
    /// The function after each convolution but the last.
    pub after: After,
    /// The channels between the two layers of squeeze and excitation, and their functions, if the block has them.
    pub excitation: Option<(usize, After, Activation)>,
}

impl Inverted {
    /// A 1x1 convolution that widens the maps, a depthwise one, squeeze and excitation, and a 1x1 convolution that
    /// narrows them; with a shortcut where the shape stays.
    pub fn layers(self) -> Branch {
        let Self { kernel, inputs, wide, outputs, stride, eps, after, excitation } = self;
        let widen = (wide != inputs).then(|| convolved(conv("0", inputs, wide, 1), eps, after));
        let depthwise = conv("0", wide, wide, kernel).stride(stride).same().groups(wide);
        let excitation = excitation.map(|(squeezed, inner, outer)| excited(wide, squeezed, inner, outer));
        let narrow = convolved(conv("0", wide, outputs, 1), eps, After::Nothing);
        let parts = widen.into_iter().chain([convolved(depthwise, eps, after)]).chain(excitation).chain([narrow]);
        let main: Branch =
            parts.enumerate().flat_map(|(index, part)| within(&format!("block.{index}"), part)).collect();
        if stride == 1 && inputs == outputs { layers![sum("add", vec![main, layers![]])] } else { main }
    }
}

/// Squeeze and excitation (arXiv:1709.01507): a factor for each channel, from the means of all channels.
pub fn excited(channels: usize, squeezed: usize, inner: After, outer: Activation) -> Branch {
    let mut factors = layers![global_avg_pool("avgpool"), conv("fc1", channels, squeezed, 1)];
    factors.extend(inner.named("activation"));
    factors.extend(layers![conv("fc2", squeezed, channels, 1), activation("scale_activation", outer)]);
    layers![product("product", vec![layers![], factors])]
}
