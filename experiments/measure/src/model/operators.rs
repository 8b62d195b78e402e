//! Which operators compute a network.

use kernels::Processor;

use crate::device::Device;

/// What computes a network's layers.
#[derive(Clone, Copy, Debug)]
pub enum Operators {
    /// burn's, on any device of burn's.
    Burn {
        /// Of one buffer of the device. A fully connected layer with more weights is computed in pieces.
        most_bytes: u64,
    },
    /// This workspace's own kernels, on the processor.
    Kernels {
        /// With which vectors.
        processor: Processor,
    },
}

impl Operators {
    /// burn's, on a device without such a bound.
    pub const BURN: Self = Self::Burn { most_bytes: u64::MAX };

    /// Those that a network is timed with on `device`, whose buffers have at most so many bytes. A processor that cannot multiply and
    /// add vectors in one instruction would take hundreds of times as long with the kernels: there burn's compute.
    pub fn of(device: Device, most_bytes: Option<u64>) -> Self {
        let processor = Processor::new();
        match device {
            Device::Cpu if processor.is_vector() => Self::Kernels { processor },
            _ => Self::Burn { most_bytes: most_bytes.unwrap_or(u64::MAX) },
        }
    }
}
