//! Local response normalisation by plain loops.

use crate::map::{Map, Rows};
use crate::processor::Processor;

/// Its constants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Response {
    /// Channels in the window.
    pub size: usize,
    /// Scale, divided by `size`.
    pub alpha: f64,
    /// Exponent.
    pub beta: f64,
    /// Offset.
    pub k: f64,
}

/// `x / (k + alpha / size * sum of squares)^beta`.
pub fn normalise(_: Processor, response: &Response, input: Map<'_>, output: Rows<'_>) {
    let channels = input.dims.channels;
    for (place, row) in output.values.chunks_mut(output.stride).enumerate() {
        let values = &input.values[place * channels..][..channels];
        for (channel, out) in row[output.first..][..channels].iter_mut().enumerate() {
            let window =
                channel.saturating_sub(response.size / 2)..(channel + (response.size - 1) / 2 + 1).min(channels);
            let squares: f32 = values[window].iter().map(|x| x * x).sum();
            let base = squares * (response.alpha / response.size as f64) as f32 + response.k as f32;
            *out = values[channel] / base.powf(response.beta as f32);
        }
    }
}
