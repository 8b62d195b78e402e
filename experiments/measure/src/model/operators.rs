//! Which operators compute a network.

use kernels::Processor;

use crate::device::{Device, Precision};

/// What computes a network's layers.
#[derive(Clone, Copy, Debug)]
pub enum Operators {
    /// burn's, on any device of burn's.
    Burn {
        /// Of one buffer of the device. A fully connected layer with more weights is computed in pieces.
        max_bytes: u64,
    },
    /// This workspace's own kernels, on the processor.
    Kernels {
        /// With which vectors.
        processor: Processor,
    },
}

impl Operators {
    /// burn's, on a device without such a bound.
    pub const BURN: Self = Self::Burn { max_bytes: u64::MAX };

    /// Those that a network is timed with on `device` in numbers of this precision, whose buffers have at most so many bytes: the kernels where
    /// [`Device::kernels`] says so, else burn's.
    pub fn of(device: Device, precision: Precision, max_bytes: Option<u64>) -> Self {
        match device.kernels(precision) {
            Some(processor) => Self::Kernels { processor },
            None => Self::Burn { max_bytes: max_bytes.unwrap_or(u64::MAX) },
        }
    }
}
