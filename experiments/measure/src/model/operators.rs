//! The choice between burn's operators and the kernels.

use kernels::Processor;

use crate::device::{Device, Precision};

/// What computes a network's layers.
#[derive(Clone, Copy, Debug)]
pub enum Operators {
    /// burn's, on any of burn's devices.
    Burn {
        /// Maximum size of one buffer of the device. A fully connected layer with more weights is computed in pieces.
        max_bytes: u64,
    },
    /// The kernels of this workspace, on the processor.
    Kernels {
        /// Their vector instructions.
        processor: Processor,
    },
}

impl Operators {
    /// burn's, on a device whose buffers have no maximum size.
    pub const BURN: Self = Self::Burn { max_bytes: u64::MAX };

    /// The operators that compute timed networks on `device`, whose buffers have at most `max_bytes`: the kernels if
    /// [`Device::kernels`] allows them, otherwise burn's.
    pub fn of(device: Device, precision: Precision, max_bytes: Option<u64>) -> Self {
        match device.kernels(precision) {
            Some(processor) => Self::Kernels { processor },
            None => Self::Burn { max_bytes: max_bytes.unwrap_or(u64::MAX) },
        }
    }
}
