//! Bytes as numbers: `(p / 255 - mean) / deviation` in f32, channels first, as `ToTensor` and `Normalize` of torchvision.

use crate::picture::{CHANNELS, Picture};

/// Writes a picture as `[3, height, width]` to `out`.
///
/// # Panics
/// `out` has another number of elements.
pub fn normalise(picture: &Picture, mean: [f32; CHANNELS], deviation: [f32; CHANNELS], out: &mut [f32]) {
    assert_eq!(out.len(), picture.bytes().len(), "a tensor of the picture's size");
    let plane = out.len() / CHANNELS;
    for (channel, out) in out.chunks_exact_mut(plane).enumerate() {
        // One number for each of the 256 values.
        let value = |byte: u8| (f32::from(byte) / 255.0 - mean[channel]) / deviation[channel];
        let values: Vec<f32> = (0..=u8::MAX).map(value).collect();
        for (out, byte) in out.iter_mut().zip(picture.bytes().iter().skip(channel).step_by(CHANNELS)) {
            *out = values[usize::from(*byte)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_come_first_and_are_normalised_each_by_its_own_numbers() {
        let picture = Picture::new(2, 1, vec![0, 51, 102, 255, 204, 153]).expect("a picture");
        let mut out = [0.0; 6];
        normalise(&picture, [0.0, 0.5, 1.0], [1.0, 0.5, 2.0], &mut out);
        for (found, expected) in out.into_iter().zip([0.0, 1.0, -0.6, 0.6, -0.3, -0.2]) {
            assert!((found - expected).abs() < 1e-6, "{out:?}");
        }
    }
}
