//! Constructors for the definitions, so that a line reads like a line of a paper's table:
//! `conv("conv2", 96, 256, 5).padding(2).groups(2)`. Nothing is checked here; the traversals check.

use crate::layer::{Activation, Branch, Conv, Layer, Lrn, Named, Norm, Pool};

/// Height and width: from one number for a square, or from `[height, width]`.
#[derive(Clone, Copy, Debug)]
pub struct Pair([usize; 2]);

impl From<usize> for Pair {
    fn from(side: usize) -> Self {
        Self([side; 2])
    }
}

impl From<[usize; 2]> for Pair {
    fn from(pair: [usize; 2]) -> Self {
        Self(pair)
    }
}

/// Layers in sequence; each item is a [`Named`] or a builder with options, such as the result of [`conv`].
macro_rules! layers {
    ($($layer:expr),* $(,)?) => { vec![$($crate::layer::Named::from($layer)),*] };
}
pub(crate) use layers;

/// A builder of a convolution.
#[derive(Clone, Debug)]
pub struct OpenConv(String, Conv);

/// A full convolution with stride 1, no padding, no dilation and a bias, unless changed by options.
pub fn conv(name: impl Into<String>, inputs: usize, outputs: usize, kernel: impl Into<Pair>) -> OpenConv {
    let kernel = kernel.into().0;
    let (one, none) = ([1, 1], [0, 0]);
    let (stride, padding, extra_padding, dilation) = (one, none, none, one);
    let conv = Conv { inputs, outputs, kernel, stride, padding, extra_padding, dilation, groups: 1, bias: true };
    OpenConv(name.into(), conv)
}

impl OpenConv {
    /// Channels of the output, for the layers that follow.
    pub fn outputs(&self) -> usize {
        self.1.outputs
    }

    /// Stride of the kernel.
    pub fn stride(mut self, stride: impl Into<Pair>) -> Self {
        self.1.stride = stride.into().0;
        self
    }

    /// Zeros on each side of an axis.
    pub fn padding(mut self, padding: impl Into<Pair>) -> Self {
        self.1.padding = padding.into().0;
        self
    }

    /// More zeros below and to the right.
    pub fn extra_padding(mut self, padding: impl Into<Pair>) -> Self {
        self.1.extra_padding = padding.into().0;
        self
    }

    /// The padding that preserves the size at stride 1 with an odd kernel. Call it after [`Self::dilation`].
    pub fn same(mut self) -> Self {
        let [down, across] = self.1.dilation;
        let [height, width] = self.1.kernel;
        self.1.padding = [down.saturating_mul(height / 2), across.saturating_mul(width / 2)];
        self
    }

    /// Distance between the kernel's taps.
    pub fn dilation(mut self, dilation: impl Into<Pair>) -> Self {
        self.1.dilation = dilation.into().0;
        self
    }

    /// Independent groups of channels.
    pub fn groups(mut self, groups: usize) -> Self {
        self.1.groups = groups;
        self
    }

    /// No bias: a batch normalisation follows.
    pub fn without_bias(mut self) -> Self {
        self.1.bias = false;
        self
    }
}

impl From<OpenConv> for Named {
    fn from(open: OpenConv) -> Self {
        named(open.0, Layer::Conv(open.1))
    }
}

/// A builder of a pooling layer.
#[derive(Clone, Debug)]
pub struct OpenPool(String, Pool, fn(Pool) -> Layer);

/// Maximum under the kernel; sizes are rounded down.
pub fn max_pool(name: impl Into<String>, kernel: impl Into<Pair>, stride: impl Into<Pair>) -> OpenPool {
    OpenPool(name.into(), pool(kernel.into(), stride.into()), Layer::MaxPool)
}

/// Mean under the kernel, excluding padding; sizes are rounded down.
pub fn avg_pool(name: impl Into<String>, kernel: impl Into<Pair>, stride: impl Into<Pair>) -> OpenPool {
    OpenPool(name.into(), pool(kernel.into(), stride.into()), Layer::AvgPool)
}

fn pool(kernel: Pair, stride: Pair) -> Pool {
    Pool { kernel: kernel.0, stride: stride.0, padding: [0, 0], ceil: false, count_padding: false }
}

impl OpenPool {
    /// Padding on each side of an axis.
    pub fn padding(mut self, padding: impl Into<Pair>) -> Self {
        self.1.padding = padding.into().0;
        self
    }

    /// Rounds sizes up, as Caffe does.
    pub fn ceil(mut self) -> Self {
        self.1.ceil = true;
        self
    }

    /// Makes an average count padding as zeros.
    pub fn count_padding(mut self) -> Self {
        self.1.count_padding = true;
        self
    }
}

impl From<OpenPool> for Named {
    fn from(open: OpenPool) -> Self {
        named(open.0, open.2(open.1))
    }
}

fn named(name: impl Into<String>, layer: Layer) -> Named {
    Named { name: name.into(), layer }
}

/// Batch normalisation.
pub fn norm(name: impl Into<String>, channels: usize, eps: f64) -> Named {
    named(name, Layer::Norm(Norm { channels, eps }))
}

/// Rectifier.
pub fn relu(name: impl Into<String>) -> Named {
    named(name, Layer::Relu)
}

/// Another elementwise function.
pub fn activation(name: impl Into<String>, function: Activation) -> Named {
    named(name, Layer::Activation(function))
}

/// A learned factor for each channel.
pub fn scale(name: impl Into<String>, channels: usize) -> Named {
    named(name, Layer::Scale { channels })
}

/// Layer normalisation over the channels of each pixel.
pub fn layer_norm(name: impl Into<String>, channels: usize, eps: f64) -> Named {
    named(name, Layer::LayerNorm(Norm { channels, eps }))
}

/// Rectifier with a learned slope for each channel.
pub fn prelu(name: impl Into<String>, channels: usize) -> Named {
    named(name, Layer::PRelu { channels })
}

/// Local response normalisation with the constants of Caffe's AlexNet and GoogLeNet.
pub fn lrn(name: impl Into<String>) -> Named {
    named(name, Layer::Lrn(Lrn { size: 5, alpha: 1e-4, beta: 0.75, k: 1.0 }))
}

/// Mean of each channel.
pub fn global_avg_pool(name: impl Into<String>) -> Named {
    named(name, Layer::GlobalAvgPool)
}

/// Maps to vectors.
pub fn flatten(name: impl Into<String>) -> Named {
    named(name, Layer::Flatten)
}

/// A fully connected layer.
pub fn linear(name: impl Into<String>, inputs: usize, outputs: usize) -> Named {
    named(name, Layer::Linear { inputs, outputs })
}

/// Dropout, with the probability of dropping.
pub fn dropout(name: impl Into<String>, p: f64) -> Named {
    named(name, Layer::Dropout { p })
}

/// Appends channels of zeros.
pub fn zero_pad_channels(name: impl Into<String>, channels: usize) -> Named {
    named(name, Layer::ZeroPadChannels { channels })
}

/// The sum of branches.
pub fn sum(name: impl Into<String>, branches: Vec<Branch>) -> Named {
    named(name, Layer::Sum(branches))
}

/// The product of branches.
pub fn product(name: impl Into<String>, branches: Vec<Branch>) -> Named {
    named(name, Layer::Product(branches))
}

/// Branches concatenated along the channels.
pub fn concat(name: impl Into<String>, branches: Vec<Branch>) -> Named {
    named(name, Layer::Concat(branches))
}

/// The same layers with `prefix.` before every name, including those in branches.
pub fn within(prefix: &str, layers: Branch) -> Branch {
    let rename = |Named { name, layer }| {
        let all = |branches: Vec<Branch>| branches.into_iter().map(|branch| within(prefix, branch)).collect();
        let layer = match layer {
            Layer::Sum(branches) => Layer::Sum(all(branches)),
            Layer::Product(branches) => Layer::Product(all(branches)),
            Layer::Concat(branches) => Layer::Concat(all(branches)),
            other => other,
        };
        named(format!("{prefix}.{name}"), layer)
    };
    layers.into_iter().map(rename).collect()
}
