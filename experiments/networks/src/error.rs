//! Errors of a network's definition, with the names of the network and the layer, and the sizes.

use crate::network::Shape;

/// A network whose layers do not match each other.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "network {network}, layer {layer}: {problem}\nhint: `networks show {network}` prints the shapes up to this layer"
)]
pub struct NetworkError {
    /// Name of the network.
    pub network: String,
    /// Name of the layer, including its prefix.
    pub layer: String,
    /// What is wrong.
    pub problem: Problem,
}

/// Why a layer does not accept its input. Sizes are `[height, width]`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// The layer needs maps, but its input is a vector.
    #[error("expects channels, height and width, but its input is {0}")]
    NotAMap(Shape),
    /// The layer needs a sequence of tokens.
    #[error("expects {}tokens in one column, but its input is {input}", tokens.map_or(String::new(), |tokens| format!("{tokens} ")))]
    Tokens {
        /// How many, if the definition gives it.
        tokens: Option<usize>,
        /// The input.
        input: Shape,
    },
    /// The heads do not divide the queries, keys and values.
    #[error("{heads} heads do not divide the queries, keys and values of {input}")]
    Heads {
        /// Heads of the attention.
        heads: usize,
        /// The input.
        input: Shape,
    },
    /// The number of channels or features differs from that in the layer's definition.
    #[error("is defined for {defined} channels or features, but its input is {input}")]
    Channels {
        /// The number in the definition.
        defined: usize,
        /// The input.
        input: Shape,
    },
    /// The groups do not divide the number of channels.
    #[error("{groups} groups do not divide {inputs} inputs and {outputs} outputs")]
    Groups {
        /// Groups of the convolution.
        groups: usize,
        /// Its input channels.
        inputs: usize,
        /// Its output channels.
        outputs: usize,
    },
    /// A size that must be positive is zero.
    #[error("has a {0} of zero")]
    Zero(&'static str),
    /// The kernel is larger than the padded input.
    #[error("a kernel that covers {covers:?} does not fit into {input} padded by {padding:?}")]
    Window {
        /// Size of the kernel, including dilation.
        covers: [usize; 2],
        /// The input.
        input: Shape,
        /// Padding on each side.
        padding: [usize; 2],
    },
    /// A window could lie entirely in the padding.
    #[error("a padding of {padding:?} exceeds half the pooling kernel of {kernel:?}")]
    PoolPadding {
        /// Window size.
        kernel: [usize; 2],
        /// Padding on each side.
        padding: [usize; 2],
    },
    /// A sum, product or concatenation without branches.
    #[error("has no branches")]
    NoBranches,
    /// Branches whose outputs cannot be added, multiplied or concatenated.
    #[error("its first branch gives {first}, but branch {index} gives {other}")]
    Branches {
        /// Output of the first branch.
        first: Shape,
        /// Index of the other branch, from zero.
        index: usize,
        /// Output of the other branch.
        other: Shape,
    },
    /// Padding cannot remove channels.
    #[error("pads to {channels} channels, but its input is {input}")]
    Narrower {
        /// Channels of the output.
        channels: usize,
        /// The input.
        input: Shape,
    },
    /// Two layers with tensors share a name.
    #[error("the tensor `{0}` is defined twice")]
    TensorTwice(String),
    /// Sizes that no real network has.
    #[error("its sizes overflow a 64-bit count")]
    TooLarge,
}
