//! Whether the largest tensor of a point fits into one buffer of the device, before the point is tried.

use networks::{Layer, Network, NetworkError};

/// Bytes of a 32-bit floating-point number.
const BYTES: u64 = 4;

/// The largest tensor of a network that has to be in one buffer: its name and its size [bytes].
pub fn largest(network: &Network, batch: u32) -> Result<(String, u64), NetworkError> {
    let bytes = |elements: u64| elements.saturating_mul(BYTES);
    let input = network.input.elements().unwrap_or(u64::MAX);
    let mut largest = ("the images".to_owned(), bytes(input.saturating_mul(u64::from(batch))));
    for step in networks::shapes(network)? {
        let of_batch = bytes(step.output.elements().unwrap_or(u64::MAX).saturating_mul(u64::from(batch)));
        if of_batch > largest.1 {
            largest = (format!("the output of {}", step.name), of_batch);
        }
    }
    // Fully connected layers whose weights do not fit are computed in pieces.
    let steps = networks::shapes(network)?;
    let in_pieces: Vec<String> = steps
        .iter()
        .filter(|step| matches!(step.layer, Layer::Linear { .. }))
        .map(|step| format!("{}.weight", step.name))
        .collect();
    for tensor in networks::tensors(network)?.into_iter().filter(|tensor| !in_pieces.contains(&tensor.name)) {
        let size = bytes(tensor.elements().unwrap_or(u64::MAX));
        if size > largest.1 {
            largest = (format!("the weights {}", tensor.name), size);
        }
    }
    Ok(largest)
}

/// Why the point cannot run on a device whose buffers have at most `max` bytes, if so.
pub fn refusal(network: &Network, batch: u32, max: u64) -> Result<Option<String>, NetworkError> {
    let (what, size) = largest(network, batch)?;
    let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
    Ok((size > max).then(|| {
        format!(
            "{what} has {} MB, but the device's largest buffer has {} MB; not tried",
            megabytes(size),
            max / 1_000_000
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_tensor_is_a_map_or_a_weight_that_cannot_be_split() {
        let of = |network: &str, batch: u32| {
            largest(&networks::find(network).expect("it is in the list"), batch).expect("it fits")
        };
        // VGG-16: 64 channels of 224 x 224 for each image. Its first fully connected layer has 411 MB, and may be split.
        for batch in [1, 64] {
            let (what, size) = of("vgg-16", batch);
            assert!(
                what.starts_with("the output of ") && size == u64::from(batch) * 64 * 224 * 224 * 4,
                "{what}: {size}"
            );
        }
        // AlexNet's third convolution: 384 x 256 x 3 x 3 numbers, more than any of its maps.
        let (what, size) = of("alexnet", 1);
        assert!(what.starts_with("the weights ") && size == 384 * 256 * 9 * 4, "{what}: {size}");
    }

    #[test]
    fn a_buffer_that_is_too_small_is_reported_with_both_sizes() {
        let vgg = networks::find("vgg-16").expect("it is in the list");
        assert_eq!(refusal(&vgg, 1, 128 << 20), Ok(None));
        let reason = refusal(&vgg, 16, 128 << 20).expect("it fits").expect("it is too large");
        assert!(reason.ends_with("has 206 MB, but the device's largest buffer has 134 MB; not tried"), "{reason}");
    }
}
