//! The operations that a timed window needs from a device: forward passes, one after the other, and the logits of the
//! last.

use anyhow::Result;
use results::Seconds;
use results::record::Allocator;

/// A network on a device with its batch, ready to run.
pub trait Passes {
    /// Runs one forward pass of the whole batch. The device is idle before and after it.
    fn pass(&mut self) -> Result<Pass>;

    /// The logits of the last pass, `[n, 1000]` in row-major order; empty where only times are known.
    fn logits(&mut self) -> Result<Vec<f32>>;

    /// The statistics of its allocator.
    fn allocator(&self) -> Allocator {
        Allocator::Unknown { reason: "it reports no statistics of its allocator".to_owned() }
    }

    /// Times of some passes by the device's own clock; none if it has no clock.
    fn by_its_own_clock(&mut self) -> Result<Vec<Seconds>> {
        Ok(Vec::new())
    }
}

/// The start and the end of a pass [s, monotonic time].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pass {
    /// When the pass was submitted to the idle device.
    pub began: f64,
    /// When the device was idle again.
    pub ended: f64,
}
