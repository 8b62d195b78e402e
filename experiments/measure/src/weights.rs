//! Where a network's tensors come from: a formula or a file. Independent of devices.

/// A source of tensors by name. Every tensor of a network is taken once, in the order of its definition.
pub trait Weights {
    /// The values of tensor `name` in row-major order.
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightError>;

    /// Called after the last tensor: an error if the source has tensors that were not taken.
    fn finish(&mut self) -> Result<(), WeightError>;
}

/// A prefix that names in a source have, and those of the network lack.
#[derive(Debug)]
pub struct Prefixed {
    /// For example `module.`.
    pub prefix: String,
    /// How many names have it.
    pub count: usize,
    /// How many names there are.
    pub all: usize,
    /// The program that adds it, if that is known.
    pub origin: Option<&'static str>,
}

impl Prefixed {
    /// Worded to follow the name of a tensor that is missing.
    fn words(&self) -> String {
        let Self { prefix, count, all, origin } = self;
        let origin = origin.map_or_else(String::new, |origin| format!(", which {origin} adds"));
        format!("; {count} of {all} names in the file begin with `{prefix}`{origin}")
    }
}

impl WeightError {
    /// The remedy, if the content of the source shows it.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Missing { prefixed: Some(Prefixed { prefix, .. }), .. } => Some(format!(
                "save the tensors without it: torch.save({{k.removeprefix(\"{prefix}\"): v for k, v in STATE_DICT.items() \
                 if k.startswith(\"{prefix}\")}}, \"FILE.pth\")"
            )),
            _ => None,
        }
    }
}

/// Why a tensor cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightError {
    /// The source has no such tensor.
    #[error("tensor `{name}` is missing{}", prefixed.as_ref().map(Prefixed::words).unwrap_or_default())]
    Missing {
        /// The tensor.
        name: String,
        /// The prefix under which the source has it, if so.
        prefixed: Option<Prefixed>,
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
    /// The elements are no floating-point numbers.
    #[error("tensor `{name}` has type {found}, expected F32, F16, BF16 or F64")]
    Type {
        /// The tensor.
        name: String,
        /// Its type in the source.
        found: String,
    },
    /// An element is no number, or infinite as f32.
    #[error("tensor `{name}` has {value} at element {element}")]
    NotFinite {
        /// The tensor.
        name: String,
        /// The first such element, row-major.
        element: usize,
        /// Its value.
        value: f32,
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
