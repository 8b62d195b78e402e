//! Why a network cannot be written.

use std::io;

use networks::NetworkError;

use crate::file::MAX_BYTES;

/// The reason.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The definition of the network is wrong.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Programs that read Protocol Buffers count bytes in 31 bits.
    #[error(
        "network {network} takes {bytes} bytes in ONNX; its readers accept at most {MAX_BYTES}\n\
         hint: choose a network with fewer parameters"
    )]
    TooLarge {
        /// Name of the network.
        network: String,
        /// Size of the file.
        bytes: u64,
    },
    /// The operator excludes windows without a middle.
    #[error("layer {layer}: LRN in ONNX has an odd number of channels in its window, not {size}")]
    EvenWindow {
        /// Name of the layer.
        layer: String,
        /// Channels in the window.
        size: usize,
    },
    /// Two values with one name, which no program accepts.
    #[error("two values of the graph have the name `{0}`\nhint: rename the layer in the definition of the network")]
    Twice(String),
    /// A tensor that its source does not have, or not as the network needs it.
    #[error(transparent)]
    Weights(anyhow::Error),
    /// A source that returns too few or too many numbers.
    #[error("tensor `{name}` has {found} values, expected {needed}")]
    Length {
        /// Name of the tensor.
        name: String,
        /// Number of values from the source.
        found: usize,
        /// Number of values of its shape.
        needed: u64,
    },
    /// The bytes cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}
