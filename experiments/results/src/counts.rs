//! What the walks over the networks counted, as the step `counts` stores it (`counts.json`).

use serde::{Deserialize, Serialize};

use crate::record::Ceiling;

/// All networks, in the order of the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// One entry a network.
    pub networks: Vec<NetworkCounts>,
}

/// One network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkCounts {
    /// For example `resnet-18`.
    pub name: String,
    /// For example `ResNet-18`.
    pub title: String,
    /// For example `resnet`; one hue a family.
    pub family: String,
    /// Where it is published.
    pub reference: String,
    /// Channels, height, width.
    pub input: [usize; 3],
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates of convolutions and fully connected layers for one image, groups honoured.
    pub macs: u64,
    /// Operations for one image by the rules of the 2016 paper's counter, but with groups honoured (it ignored AlexNet's).
    pub operations_2016: u64,
    /// Elements of activations alive at most in the forward pass of one image, the image included; of whatever width.
    pub activations: u64,
    /// Elements of all tensors, running statistics included: what a pass reads once, whatever its batch.
    pub weights: u64,
    /// Elements that the layers together read and write for one image, each its input and its output once.
    pub moved: u64,
}

/// Bytes of a number on a device of that kind: 32-bit floating point unless its name ends in another.
pub fn bytes_per_number(kind: &str) -> f64 {
    if kind.ends_with("-f16") { 2.0 } else { 4.0 }
}

impl NetworkCounts {
    /// Operations of arithmetic for one image: two a multiply-accumulate.
    pub fn arithmetic(&self) -> f64 {
        2.0 * self.macs as f64
    }

    /// Bytes that a pass moves for each of its `batch` images, if each layer reads its weights once a pass and reads and writes its
    /// activations in memory, in numbers of `width` bytes. Caches and fused layers move less.
    pub fn bytes(&self, batch: u32, width: f64) -> f64 {
        width * (self.weights as f64 / f64::from(batch) + self.moved as f64)
    }

    /// Operations for each byte moved, at that batch.
    pub fn intensity(&self, batch: u32, width: f64) -> f64 {
        self.arithmetic() / self.bytes(batch, width)
    }

    /// The least time of an image [s] on a device that reaches no more than these: its arithmetic or its traffic, whichever takes
    /// longer (the roofline of Williams, Waterman and Patterson, 2009).
    pub fn least_time(&self, batch: u32, width: f64, most: Ceiling) -> f64 {
        (self.arithmetic() / most.operations_per_second).max(self.bytes(batch, width) / most.bytes_per_second)
    }
}

impl Counts {
    /// The entry of a network, or none.
    pub fn get(&self, name: &str) -> Option<&NetworkCounts> {
        self.networks.iter().find(|network| network.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(macs: u64, weights: u64, moved: u64) -> NetworkCounts {
        NetworkCounts {
            name: String::new(),
            title: String::new(),
            family: String::new(),
            reference: String::new(),
            input: [1, 1, 1],
            parameters: weights,
            macs,
            operations_2016: 0,
            activations: 0,
            weights,
            moved,
        }
    }

    #[test]
    fn a_product_of_a_matrix_and_a_vector_has_half_an_operation_a_byte_and_a_batch_raises_it() {
        // 1000 x 1000 weights in numbers of four bytes: two operations for each of them, and next to nothing else to move.
        let product = layer(1_000_000, 1_000_000, 2_000);
        assert!((product.intensity(1, 4.0) - 0.5).abs() < 0.002);
        assert!((product.intensity(64, 4.0) / product.intensity(1, 4.0) - 56.9).abs() < 0.1);
        assert!((product.intensity(1, 2.0) / product.intensity(1, 4.0) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_least_time_is_that_of_arithmetic_or_of_traffic() {
        let most = Ceiling { operations_per_second: 1e9, bytes_per_second: 1e9 };
        assert!((layer(1_000_000, 0, 10).least_time(1, 4.0, most) - 2e-3).abs() < 1e-12);
        assert!((layer(10, 1_000_000, 0).least_time(1, 4.0, most) - 4e-3).abs() < 1e-12);
    }
}
