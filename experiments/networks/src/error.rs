//! What can be wrong with a network, said with its name, the layer and the sizes. Knows no walk.

use crate::network::Shape;

/// A network whose layers do not fit together.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "network {network}, layer {layer}: {problem}\nhint: `networks show {network}` prints the shapes up to this layer"
)]
pub struct NetworkError {
    /// Name of the network.
    pub network: String,
    /// Name of the layer, its prefix included.
    pub layer: String,
    /// What does not fit.
    pub problem: Problem,
}

/// Why a layer does not accept what reaches it. Sizes are `[height, width]`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// A layer of maps met a vector.
    #[error("wants channels, height and width but gets {0}")]
    NotAMap(Shape),
    /// A layer of vectors met maps.
    #[error("wants a vector but gets {0}")]
    NotAVector(Shape),
    /// The number of channels or features differs from what the layer was defined for.
    #[error("is defined for {defined} channels or features but gets {input}")]
    Channels {
        /// What the definition says.
        defined: usize,
        /// What arrives.
        input: Shape,
    },
    /// Groups must divide both channel counts.
    #[error("{groups} groups do not divide {inputs} inputs and {outputs} outputs")]
    Groups {
        /// Groups of the convolution.
        groups: usize,
        /// Its input channels.
        inputs: usize,
        /// Its output channels.
        outputs: usize,
    },
    /// A size that must be at least one is zero.
    #[error("has a {0} of zero")]
    Zero(&'static str),
    /// The kernel covers more than the padded input.
    #[error("a kernel that covers {covers:?} does not fit into {input} padded by {padding:?}")]
    Window {
        /// Kernel size with dilation.
        covers: [usize; 2],
        /// What arrives.
        input: Shape,
        /// Padding on each side.
        padding: [usize; 2],
    },
    /// Some window would lie in the padding alone.
    #[error("a pooling kernel of {kernel:?} is less than twice its padding of {padding:?}")]
    PoolPadding {
        /// Window size.
        kernel: [usize; 2],
        /// Padding on each side.
        padding: [usize; 2],
    },
    /// A sum or a join of nothing.
    #[error("has no branches")]
    NoBranches,
    /// Branches that cannot be added or joined.
    #[error("its first branch gives {first} and branch {index} gives {other}")]
    Branches {
        /// Output of the first branch.
        first: Shape,
        /// Place of the other branch, counted from zero.
        index: usize,
        /// Output of the other branch.
        other: Shape,
    },
    /// Padding cannot take channels away.
    #[error("pads to {channels} channels but gets {input}")]
    Narrower {
        /// Channels of the output.
        channels: usize,
        /// What arrives.
        input: Shape,
    },
    /// Two layers with tensors share a name.
    #[error("the tensor {0} is there twice")]
    TensorTwice(String),
    /// Numbers beyond any network.
    #[error("its sizes multiply beyond what can be counted")]
    TooLarge,
}
