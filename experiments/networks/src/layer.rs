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

/// One operator on activations of shape `[n, channels, height, width]`, or `[n, features]` after [`Layer::Flatten`] or
/// [`Layer::FirstToken`]. A sequence of tokens is a map with one token in each row and one column, `[n, features, tokens, 1]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// Tensors `weight` `[out, in / groups, kh, kw]` and, with a bias, `bias` `[out]`.
    Conv(Conv),
    /// Batch normalisation as at inference; tensors `weight`, `bias`, `running_mean`, `running_var`, each `[channels]`.
    /// Applies to maps and to vectors.
    Norm(Norm),
    /// `max(x, 0)`.
    Relu,
    /// Another function of each element by itself.
    Activation(Activation),
    /// `x` where positive, else `slope * x`; tensor `weight` `[channels]`.
    PRelu {
        /// Channels of the input.
        channels: usize,
    },
    /// Multiplies each channel by a learned factor; the tensor has the layer's own name and the shape `[channels, 1, 1]`.
    Scale {
        /// Channels of the input.
        channels: usize,
    },
    /// Layer normalisation over the channels of each pixel; tensors `weight` and `bias`, each `[channels]`.
    LayerNorm(Norm),
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
    /// Tensors `weight` `[outputs, inputs]` and `bias` `[outputs]`. Of maps, each pixel's channels are a vector.
    Linear {
        /// Features of the input.
        inputs: usize,
        /// Features of the output.
        outputs: usize,
    },
    /// The queries, keys and values of each token, `[n, features, tokens, 1]` to `[n, 3 * features, tokens, 1]`. Tensors
    /// `in_proj_weight` `[3 * features, features]` and `in_proj_bias` `[3 * features]`.
    Projection {
        /// Features of a token.
        features: usize,
    },
    /// Attention of each token to all tokens of its image: `softmax(q . k / sqrt(features / heads))`, times the values,
    /// in `heads` groups of features. `[n, 3 * features, tokens, 1]` to `[n, features, tokens, 1]`.
    Attention {
        /// Groups of features.
        heads: usize,
    },
    /// `[n, c, h, w]` to `[n, c, 1 + h * w, 1]`: a learned token before the pixels, which follow row by row. The tensor
    /// has the layer's own name and the shape `[1, 1, features]`.
    ClassToken {
        /// Features of a token.
        features: usize,
    },
    /// Adds a learned vector to each token. The tensor has the layer's own name and the shape `[1, tokens, features]`.
    PositionEmbedding {
        /// Tokens of the sequence.
        tokens: usize,
        /// Features of a token.
        features: usize,
    },
    /// The first token: `[n, features, tokens, 1]` to `[n, features]`.
    FirstToken,
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
    /// Multiplies the outputs of branches with the same input. The first gives the shape; of another, each channel may
    /// be a single number, `[n, channels, 1, 1]`.
    Product(Vec<Branch>),
    /// Concatenates the outputs of branches with the same input along the channels, in order.
    Concat(Vec<Branch>),
}

impl Layer {
    /// The branches of a sum, a product or a concatenation; none of other layers.
    pub fn branches(&self) -> &[Branch] {
        match self {
            Self::Sum(branches) | Self::Product(branches) | Self::Concat(branches) => branches,
            _ => &[],
        }
    }

    /// Whether each element of the output depends on one element of the input, so that it can overwrite that.
    pub fn is_elementwise(&self) -> bool {
        matches!(self, Self::Norm(_) | Self::Relu | Self::Activation(_) | Self::PRelu { .. } | Self::Scale { .. })
    }
}

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `min(max(x, 0), 6)`.
    Relu6,
    /// `min(max(x + 3, 0), 6) / 6`.
    HardSigmoid,
    /// `x` times its hard sigmoid.
    HardSwish,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// `x` times its sigmoid.
    Silu,
    /// `x` times the distribution function of the normal distribution.
    Gelu,
}

impl Activation {
    /// The name in files, for example `hard-swish`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relu6 => "relu6",
            Self::HardSigmoid => "hard-sigmoid",
            Self::HardSwish => "hard-swish",
            Self::Sigmoid => "sigmoid",
            Self::Silu => "silu",
            Self::Gelu => "gelu",
        }
    }
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
    /// More zeros below and to the right, which TensorFlow's padding `SAME` adds where the stride divides the size.
    pub extra_padding: [usize; 2],
    /// Distance between the kernel's taps.
    pub dilation: [usize; 2],
    /// Independent groups of channels; 1 for a full convolution.
    pub groups: usize,
    /// Whether a bias is added.
    pub bias: bool,
}

/// Batch normalisation with running statistics, or layer normalisation.
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
