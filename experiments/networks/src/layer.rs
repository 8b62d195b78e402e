//! The layers of networks, in the vocabulary of their papers. There are no weights here, only what a table in a paper
//! gives.

/// A layer with its name: the prefix of its tensors' names in a state dict, unique in its network.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// For example `layer1.0.conv1`; its weight is then the tensor `layer1.0.conv1.weight`.
    pub name: String,
    /// The operator.
    pub layer: Layer,
}

/// Layers applied one after the other. An empty branch is the identity.
pub type Branch = Vec<Named>;

/// One operator on activations of shape `[n, channels, height, width]`, or `[n, features]` after [`Layer::Flatten`].
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// Tensors `weight` `[out, in / groups, kh, kw]` and, with a bias, `bias` `[out]`.
    Conv(Conv),
    /// Batch normalisation as at inference; tensors `weight`, `bias`, `running_mean`, `running_var`, each `[channels]`.
    /// Applies to maps and to vectors.
    Norm(Norm),
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, else `slope * x`; tensor `weight` `[channels]`.
    PRelu {
        /// Channels of the input.
        channels: usize,
    },
    /// Local response normalisation across channels.
    Lrn(Lrn),
    /// The maximum under the kernel; padding is never the maximum.
    MaxPool(Pool),
    /// The mean under the kernel.
    AvgPool(Pool),
    /// The mean of each channel: `[n, c, h, w]` to `[n, c, 1, 1]`.
    GlobalAvgPool,
    /// `[n, c, h, w]` to `[n, c * h * w]`.
    Flatten,
    /// Tensors `weight` `[outputs, inputs]` and `bias` `[outputs]`.
    Linear {
        /// Features of the input.
        inputs: usize,
        /// Features of the output.
        outputs: usize,
    },
    /// The identity at inference; kept because the papers' tables give it and its probability.
    Dropout {
        /// Probability of dropping while training.
        p: f64,
    },
    /// Appends channels of zeros up to `channels` (the shortcut of an ENet block with more outputs than inputs).
    ZeroPadChannels {
        /// Channels of the output.
        channels: usize,
    },
    /// Adds the outputs of branches with the same input.
    Sum(Vec<Branch>),
    /// Concatenates the outputs of branches with the same input along the channels, in order.
    Concat(Vec<Branch>),
}

/// A convolution. Pairs are `[height, width]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Kernel size.
    pub kernel: [usize; 2],
    /// Stride of the kernel.
    pub stride: [usize; 2],
    /// Zeros on each side of an axis.
    pub padding: [usize; 2],
    /// Distance between the kernel's taps.
    pub dilation: [usize; 2],
    /// Independent groups of channels; 1 for a full convolution.
    pub groups: usize,
    /// Whether a bias is added.
    pub bias: bool,
}

/// Batch normalisation with running statistics.
#[derive(Clone, Debug, PartialEq)]
pub struct Norm {
    /// Channels, or features of a vector.
    pub channels: usize,
    /// Added to the variance.
    pub eps: f64,
}

/// Local response normalisation: `x / (k + alpha / size * sum of squares over size channels)^beta`, as in Caffe.
#[derive(Clone, Debug, PartialEq)]
pub struct Lrn {
    /// Channels in the window.
    pub size: usize,
    /// Scale, divided by `size`.
    pub alpha: f64,
    /// Exponent.
    pub beta: f64,
    /// Offset.
    pub k: f64,
}

/// The window of a pooling layer. Pairs are `[height, width]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// Window size.
    pub kernel: [usize; 2],
    /// Stride of the window.
    pub stride: [usize; 2],
    /// Padding on each side of an axis.
    pub padding: [usize; 2],
    /// Whether the sizes of the output are rounded up. As in PyTorch, a window that would start in the right padding is
    /// dropped.
    pub ceil: bool,
    /// Whether an average counts padding as zeros. It does not affect a maximum.
    pub count_padding: bool,
}
