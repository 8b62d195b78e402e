//! Where a network's tensors come from: a formula or a file. Knows no device.

/// A source of tensors by name. Every tensor of a network is taken once, in the order of its definition.
pub trait Weights {
    /// The values of tensor `name` in row-major order.
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightError>;

    /// Called after the last tensor: an error when the source holds tensors nobody took.
    fn finish(&mut self) -> Result<(), WeightError>;
}

/// Why a tensor cannot be used; each names it.
#[derive(Debug, thiserror::Error)]
pub enum WeightError {
    /// The source has no such tensor.
    #[error("tensor `{name}` is missing")]
    Missing {
        /// The tensor.
        name: String,
    },
    /// The source has a tensor the network has not.
    #[error("tensor `{name}` does not belong to the network{others}")]
    Extra {
        /// The first such tensor.
        name: String,
        /// How many more there are, in words.
        others: String,
    },
    /// The shapes differ.
    #[error("tensor `{name}` has shape {found:?}, the network needs {needed:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape in the source.
        found: Vec<usize>,
        /// The network's.
        needed: Vec<usize>,
    },
    /// The elements are not f32.
    #[error("tensor `{name}` holds {found}, only F32 can be read")]
    Type {
        /// The tensor.
        name: String,
        /// What it holds.
        found: String,
    },
    /// The source could not be read.
    #[error("tensor `{name}`: {problem}")]
    Unreadable {
        /// The tensor.
        name: String,
        /// What the operating system said.
        problem: String,
    },
}
