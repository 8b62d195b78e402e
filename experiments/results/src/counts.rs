//! Counts from the networks' definitions, as the step `counts` stores them (`counts.json`).

use serde::{Deserialize, Serialize};

use crate::peak_rates::PeakRates;

/// All networks, in the order of the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// One entry per network.
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
    /// For example `resnet`; each family has one hue.
    pub family: String,
    /// Where it is published.
    pub reference: String,
    /// Whether it is later than the study, whose claims are not about it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub later: bool,
    /// Channels, height, width.
    pub input: [usize; 3],
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates of convolutions and fully connected layers for one image, considering groups.
    pub macs: u64,
    /// Operations for one image by the rules of the 2016 paper's counter, but at the input size and with the groups
    /// that are timed (the paper counted AlexNet at 224, not 227, and without its groups).
    pub operations_2016: u64,
    /// Maximum number of live activation elements in the forward pass of one image, including the image.
    pub activations: u64,
    /// Elements of all tensors, including running statistics: a pass reads them once, whatever its batch.
    pub weights: u64,
    /// Elements that all layers read and write for one image: each its input and its output once.
    pub moved: u64,
    /// The work of each layer, in the order of execution.
    pub layers: Vec<LayerWork>,
}

/// What one layer computes and moves for one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerWork {
    /// Multiply-accumulates.
    pub macs: u64,
    /// Elements of its tensors, read once per pass.
    pub weights: u64,
    /// Elements that it reads and writes.
    pub moved: u64,
}

/// The minimum time per image by the roofline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The sum over all layers [s].
    pub time: f64,
    /// The part of it in memory-bound layers [s].
    pub in_memory_bound_layers: f64,
}

/// Bytes of a number on a device of that kind: 32-bit floating point unless the name ends with another format.
pub fn bytes_per_number(kind: &str) -> f64 {
    if kind.ends_with("-f16") { 2.0 } else { 4.0 }
}

impl NetworkCounts {
    /// Arithmetic operations for one image: two per multiply-accumulate.
    pub fn arithmetic(&self) -> f64 {
        2.0 * self.macs as f64
    }

    /// Bytes that a pass moves for each of its `batch` images, if each layer reads its weights once per pass and its
    /// activations are in memory, in numbers of `width` bytes. Caches and fused layers move less.
    pub fn bytes(&self, batch: u32, width: f64) -> f64 {
        width * (self.weights as f64 / f64::from(batch) + self.moved as f64)
    }

    /// Operations per byte moved, at that batch.
    pub fn intensity(&self, batch: u32, width: f64) -> f64 {
        self.arithmetic() / self.bytes(batch, width)
    }

    /// The minimum time per image with these peak rates (the roofline of Williams, Waterman and Patterson, 2009).
    /// Layers run one after another, so it is the sum over the layers of the time for arithmetic or traffic, whichever
    /// is longer.
    pub fn bound(&self, batch: u32, width: f64, peaks: PeakRates) -> Bound {
        self.layers.iter().fold(Bound { time: 0.0, in_memory_bound_layers: 0.0 }, |sum, layer| {
            let arithmetic = 2.0 * layer.macs as f64 / peaks.operations_per_second;
            let bytes = width * (layer.weights as f64 / f64::from(batch) + layer.moved as f64);
            let traffic = bytes / peaks.bytes_per_second;
            let memory_bound = if traffic > arithmetic { traffic } else { 0.0 };
            Bound {
                time: sum.time + arithmetic.max(traffic),
                in_memory_bound_layers: sum.in_memory_bound_layers + memory_bound,
            }
        })
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

    fn network(layers: &[LayerWork]) -> NetworkCounts {
        let sum = |of: fn(&LayerWork) -> u64| layers.iter().map(of).sum();
        NetworkCounts {
            name: String::new(),
            title: String::new(),
            family: String::new(),
            reference: String::new(),
            later: false,
            input: [1, 1, 1],
            parameters: sum(|layer| layer.weights),
            macs: sum(|layer| layer.macs),
            operations_2016: 0,
            activations: 0,
            weights: sum(|layer| layer.weights),
            moved: sum(|layer| layer.moved),
            layers: layers.to_vec(),
        }
    }

    fn layer(macs: u64, weights: u64, moved: u64) -> LayerWork {
        LayerWork { macs, weights, moved }
    }

    #[test]
    fn a_matrix_vector_product_has_half_an_operation_per_byte_and_a_batch_increases_it() {
        // 1000 x 1000 weights in numbers of four bytes: two operations for each weight, and little else to move.
        let linear = network(&[layer(1_000_000, 1_000_000, 2_000)]);
        assert!((linear.intensity(1, 4.0) - 0.5).abs() < 0.002);
        assert!((linear.intensity(64, 4.0) / linear.intensity(1, 4.0) - 56.9).abs() < 0.1);
        assert!((linear.intensity(1, 2.0) / linear.intensity(1, 4.0) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_bound_adds_the_longer_of_arithmetic_and_traffic_of_each_layer() {
        let peaks = PeakRates::best(1e9, 1e9);
        // 2 ms of arithmetic, then 4 ms of traffic: they do not overlap, as they would with sums over the network.
        let network = network(&[layer(1_000_000, 0, 10), layer(10, 1_000_000, 0)]);
        let bound = network.bound(1, 4.0, peaks);
        assert!((bound.time - 6e-3).abs() < 1e-12 && (bound.in_memory_bound_layers - 4e-3).abs() < 1e-12, "{bound:?}");
        // The weights are read once for eight images.
        assert!((network.bound(8, 4.0, peaks).time - 2.5e-3).abs() < 1e-12);
    }
}
