//! What a timed window asks of a device: forward passes, one after the other, and the last one's logits.

use anyhow::Result;

/// A network on a device with its batch, ready to run.
pub trait Passes {
    /// One forward pass of the whole batch, from a device that has nothing to do until it has nothing to do again.
    fn pass(&mut self) -> Result<Pass>;

    /// The logits of the last pass, `[n, 1000]` in row-major order; empty where only times are known.
    fn logits(&mut self) -> Result<Vec<f32>>;
}

/// When a pass began and ended, by one clock that nobody sets [s].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pass {
    /// The device had nothing to do and was given the pass.
    pub began: f64,
    /// It had nothing to do again.
    pub ended: f64,
}
