//! Where a network's tensors come from: a formula or a file. Independent of devices.

/// A source of tensors by name. Every tensor of a network is taken once, in the order of its definition.
pub trait Weights {
    /// The values of tensor `name` in row-major order.
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightError>;

    /// Called after the last tensor: an error if the source has tensors that were not taken.
    fn finish(&mut self) -> Result<(), WeightError>;
}

/// Why a tensor cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightError {
    /// The source has no such tensor.
    #[error("tensor `{name}` is missing")]
    Missing {
        /// The tensor.
        name: String,
    },
    /// The source has a tensor that the network does not have.
    #[error("tensor `{name}` does not belong to the network{others}")]
    Extra {
        /// The first such tensor.
        name: String,
        /// The number of others, in words.
        others: String,
    },
    /// The shapes differ.
    #[error("tensor `{name}` has shape {found:?}, expected {needed:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape in the source.
        found: Vec<usize>,
        /// Its shape in the network.
        needed: Vec<usize>,
    },
    /// The elements are not f32.
    #[error("tensor `{name}` has type {found}, expected F32")]
    Type {
        /// The tensor.
        name: String,
        /// Its type in the source.
        found: String,
    },
    /// The source could not be read.
    #[error("tensor `{name}`: {problem}")]
    Unreadable {
        /// The tensor.
        name: String,
        /// The error of the operating system.
        problem: String,
    },
}
